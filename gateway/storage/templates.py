"""The templates of accounts, as syncs keep them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from destinations.kit import OwnedTemplate, TemplateApproval, TemplateForm
from gateway.background_jobs import BackgroundKind
from gateway.storage import configuration, pages, synced, syncs
from gateway.storage.pages import Cursor, Page
from gateway.storage.rows import to_values
from gateway.storage.tables import templates
from gateway.synced import Changes, KnownTemplate, Template


def keep(
    connection: Connection, destination_id: str, listed: Sequence[OwnedTemplate], at: datetime
) -> Changes:
    """Keep what a sync listed that began `at`."""
    before = of_destination(connection, destination_id)
    changes = synced.keep(
        connection,
        templates,
        templates.c.sid,
        destination_id,
        {
            one.sid: {
                "name": one.name,
                "language": one.language,
                "types": list(one.types),
                "approval": one.approval.value,
                "rejection_reason": one.rejection_reason,
                "variables": dict(one.variables),
                "forms": msgspec.json.decode(msgspec.json.encode(one.forms)),
                "fell_at": _fell_at(before.get(one.sid), one.approval, at),
            }
            for one in listed
        },
        "tpl",
        at,
    )
    syncs.went_well(connection, destination_id, BackgroundKind.TEMPLATE_SYNC, at)
    if changes.any:
        configuration.changed(connection)
    return changes


_REFUSED = (TemplateApproval.REJECTED, TemplateApproval.PAUSED, TemplateApproval.DISABLED)


def _fell_at(before: Template | None, approval: TemplateApproval, at: datetime) -> datetime | None:
    """See synced.Template. `before` is how the last sync listed it."""
    if approval is TemplateApproval.APPROVED:
        return None
    if before is not None and before.fell_at is not None:
        return before.fell_at
    was_approved = before is not None and before.approval is TemplateApproval.APPROVED
    return at if was_approved or approval in _REFUSED else None


def get(connection: Connection, template_id: str) -> Template | None:
    """The template of that id, a removed one too."""
    rows = connection.execute(select(templates).where(templates.c.id == template_id)).all()
    return next(iter(_of_rows(rows)), None)


def of_destination(connection: Connection, destination_id: str) -> dict[str, Template]:
    """All of a destination by SID, the removed ones too."""
    rows = connection.execute(select(templates).where(templates.c.destination_id == destination_id)).all()
    return {one.sid: one for one in _of_rows(rows)}


def by_sids(connection: Connection, named: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Template]:
    """Of each (destination id, SID) the template, a removed one too; those that no sync ever listed are left out."""
    by_destination: dict[str, list[str]] = {}
    for destination_id, sid in named:
        by_destination.setdefault(destination_id, []).append(sid)
    found: dict[tuple[str, str], Template] = {}
    for destination_id, sids in by_destination.items():
        where = (templates.c.destination_id == destination_id, templates.c.sid.in_(sids))
        rows = connection.execute(select(templates).where(*where)).all()
        found |= {(destination_id, one.sid): one for one in _of_rows(rows)}
    return found


_c = templates.c
_AT_HAND = (_c.id, _c.name, _c.approval, _c.rejection_reason, _c.removed_at, _c.fell_at)


def known(connection: Connection) -> dict[str, dict[str, KnownTemplate]]:
    """What is known of the templates of all destinations, by destination and SID."""
    columns = (templates.c.destination_id, templates.c.sid, *_AT_HAND)
    rows: list[Row[Any]] = list(connection.execute(select(*columns)))
    found: dict[str, dict[str, KnownTemplate]] = {}
    for row, one in zip(rows, to_values(KnownTemplate, rows), strict=True):
        found.setdefault(row.destination_id, {})[row.sid] = one
    return found


def page(
    connection: Connection,
    destination_id: str,
    approval: TemplateApproval | None,
    first: int,
    after: Cursor | None,
    *,
    counted: bool,
) -> Page[Template]:
    """The templates of a destination, those that were listed first last."""
    where = [templates.c.destination_id == destination_id]
    if approval is not None:
        where.append(templates.c.approval == approval.value)
    return pages.newest_first(
        connection, templates, "created_at", where, first, after, _of_rows, counted=counted
    )


def _of_rows(rows: Sequence[Row[Any]]) -> list[Template]:
    return to_values(Template, rows, {"types": tuple, "forms": _forms})


def _forms(kept: Any) -> tuple[TemplateForm, ...]:
    return () if kept is None else msgspec.convert(kept, tuple[TemplateForm, ...])
