"""Mappings."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, insert, select, update

from gateway.deliveries import UNSENT
from gateway.jobs import JobKind
from gateway.storage import configuration, days
from gateway.storage.rows import to_value, to_values
from gateway.storage.tables import OF_A_DELIVERY, deliveries, jobs, mappings
from gateway.workspace import Mapping


def add(connection: Connection, mapping: Mapping) -> None:
    """Store a new mapping."""
    connection.execute(insert(mappings).values(id=mapping.id, **_columns(mapping)))
    configuration.changed(connection)


def save(connection: Connection, mapping: Mapping) -> None:
    """Store what a mapping is now. Read it `for_update` first."""
    connection.execute(update(mappings).where(mappings.c.id == mapping.id).values(**_columns(mapping)))
    configuration.changed(connection)


def _columns(mapping: Mapping) -> dict[str, Any]:
    return {
        "destination_id": mapping.destination_id,
        "action": mapping.action,
        "name": mapping.name,
        "trigger": mapping.trigger,
        "cancel_trigger": mapping.cancel_trigger,
        "purpose": mapping.purpose.value,
        "max_age_seconds": mapping.max_age_seconds,
        "allow_browser_events": mapping.allow_browser_events,
        "allow_import": mapping.allow_import,
        "fields": mapping.fields,
        "enabled": mapping.enabled,
        "revision": mapping.revision,
        "created_at": mapping.created_at,
        "updated_at": mapping.updated_at,
        "deleted_at": mapping.deleted_at,
        "mode": mapping.mode.value,
        "live_since": mapping.live_since,
    }


def get(connection: Connection, mapping_id: str, *, for_update: bool = False) -> Mapping | None:
    """The mapping of that id, deleted or not. `for_update`: nobody else changes it before this transaction ends."""
    query = select(mappings).where(mappings.c.id == mapping_id)
    row = connection.execute(query.with_for_update() if for_update else query).one_or_none()
    return None if row is None else to_value(Mapping, row)


def everything(connection: Connection) -> list[Mapping]:
    """Every mapping of every space that was not deleted."""
    return _where(connection, mappings.c.deleted_at.is_(None))


def deleted(connection: Connection) -> list[Mapping]:
    """Every mapping of every space that was deleted."""
    return _where(connection, mappings.c.deleted_at.is_not(None))


def _where(connection: Connection, wanted: ColumnElement[bool]) -> list[Mapping]:
    return to_values(Mapping, connection.execute(select(mappings).where(wanted)).all())


def recall(connection: Connection, mapping: Mapping, now: datetime) -> int:
    """Give whatever waits of a mapping its next turn now, out of its line at its sender, too; how many that is. Where it still is to be
    sent then, it gets in line again.
    """
    waiting = _waiting(connection, mapping).with_only_columns(deliveries.c.id)
    recalled = update(jobs).where(
        OF_A_DELIVERY,
        jobs.c.subject.in_(waiting),
        jobs.c.leased_until.is_(None),
    )
    return connection.execute(
        recalled.values(kind=JobKind.DELIVER.value, lane=None, available_at=now)
    ).rowcount


def last_waiting(connection: Connection, mapping: Mapping) -> datetime | None:
    """When the newest was made of what waits of a mapping; None: nothing does."""
    newest = func.max(deliveries.c.created_at, type_=deliveries.c.created_at.type)
    found: datetime | None = connection.scalar(_waiting(connection, mapping).with_only_columns(newest))
    return found


def _waiting(connection: Connection, mapping: Mapping) -> Select[Any]:
    waiting = select(deliveries).where(
        deliveries.c.destination_id == mapping.destination_id,  # few wait, and the index finds them so
        deliveries.c.status.in_([status.value for status in UNSENT]),
        deliveries.c.mapping_id == mapping.id,
    )
    return days.unfinished(connection, waiting)


def by_ids(connection: Connection, mapping_ids: Collection[str]) -> dict[str, Mapping]:
    """These, deleted or not, as they are stored."""
    found = _where(connection, mappings.c.id.in_(sorted(mapping_ids)))
    return {one.id: one for one in found}
