"""The audit log: written in the transaction of the change it tells of, never changed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, insert, select

from gateway import ids
from gateway.audit import AuditEntry, FieldChange
from gateway.storage import pages
from gateway.storage.pages import Cursor, Page
from gateway.storage.rows import to_values
from gateway.storage.tables import audit_entries


def add(
    connection: Connection,
    *,
    space: str,
    actor: str,
    action: str,
    target_id: str | None,
    now: datetime,
    changes: tuple[FieldChange, ...] = (),
) -> None:
    """Keep that it was done."""
    connection.execute(
        insert(audit_entries).values(
            id=ids.new("aud"),
            space=space,
            actor=actor,
            action=action,
            target_id=target_id,
            at=now,
            changes=msgspec.to_builtins(changes),
        )
    )


def _of_rows(rows: Sequence[Row[Any]]) -> list[AuditEntry]:
    return to_values(AuditEntry, rows, {"changes": _changes})


def _changes(kept: Any) -> tuple[FieldChange, ...]:
    return tuple(msgspec.convert(kept, list[FieldChange]))


def get(connection: Connection, entry_id: str) -> AuditEntry | None:
    """The entry of that id."""
    rows = connection.execute(select(audit_entries).where(audit_entries.c.id == entry_id)).all()
    return next(iter(_of_rows(rows)), None)


def page(
    connection: Connection, space: str, target_id: str | None, first: int, after: Cursor | None
) -> Page[AuditEntry]:
    """What was done in a space, or to one thing in it, the newest first."""
    where = [audit_entries.c.space == space]
    if target_id is not None:
        where.append(audit_entries.c.target_id == target_id)
    return pages.newest_first(connection, audit_entries, "at", where, first, after, _of_rows)
