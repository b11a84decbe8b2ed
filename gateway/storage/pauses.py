"""Pauses of destinations and of whole spaces, and what waits for their end."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, and_, bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from destinations.kit import Reason
from gateway import audit
from gateway.audit import FieldChange
from gateway.deliveries import DeliveryStatus
from gateway.jobs import JobKind
from gateway.storage import configuration, days
from gateway.storage.tables import OF_A_DELIVERY, deliveries, destinations, jobs, space_pauses
from gateway.workspace import Pause


class OnHold(NamedTuple):
    """So many deliveries wait for the end of a pause, as PAUSED or with the turn that they wait for (PACED); `expired` of them are too
    old to be sent. `oldest_at`: when the first was made.
    """

    deliveries: int
    expired: int
    oldest_at: datetime | None


class InLine(NamedTuple):
    """One of them: it is too old from `until` on. In a `lane` it has the place that it waits for."""

    mapping_id: str
    lane: str | None
    segments: int
    until: datetime | None
    created_at: datetime


_IS_HELD = and_(
    deliveries.c.destination_id.in_(bindparam("of", expanding=True)),
    deliveries.c.status == DeliveryStatus.HELD.value,
)
_WAITS = and_(_IS_HELD, deliveries.c.reason.in_([Reason.PAUSED.value, Reason.PACED.value]))
_LINE = (
    select(
        deliveries.c.mapping_id,
        jobs.c.lane,
        func.coalesce(deliveries.c.segments, 1),
        deliveries.c.next_attempt_at,
        deliveries.c.created_at,
    )
    .join_from(deliveries, jobs, and_(OF_A_DELIVERY, jobs.c.subject == deliveries.c.id), isouter=True)
    .where(_WAITS)
    .order_by(jobs.c.id)
)
_WAITING = select(
    func.count(),
    func.count().filter(deliveries.c.next_attempt_at <= bindparam("now")),
    func.min(deliveries.c.created_at),
).where(_WAITS)
_PAUSED = select(deliveries.c.id).where(_IS_HELD, deliveries.c.reason == Reason.PAUSED.value)


def waiting(connection: Connection, destination_ids: Sequence[str], now: datetime) -> OnHold:
    """What waits for the end of a pause of these destinations."""
    query = days.unfinished(connection, _WAITING)
    return OnHold(*connection.execute(query, {"of": destination_ids, "now": now}).one())


def line(connection: Connection, destination_ids: Sequence[str]) -> list[InLine]:
    """What waits for the end of a pause of these destinations, in the order in which it will go on."""
    query = days.unfinished(connection, _LINE)
    return [InLine(*row) for row in connection.execute(query, {"of": destination_ids})]


def pause(connection: Connection, destination_id: str, begun: Pause) -> bool:
    """Pause a destination; False, and nothing is changed, where it is paused already."""
    done = connection.execute(
        update(destinations)
        .where(destinations.c.id == destination_id, destinations.c.paused_at.is_(None))
        .values(paused_at=begun.at, paused_by=begun.by, pause_note=begun.note)
    )
    return _changed(connection, done.rowcount)


def resume(connection: Connection, destination_id: str) -> bool:
    """Let a destination go on, and what waits with it unless its whole space is paused; False where it is not paused."""
    done = connection.execute(
        update(destinations)
        .where(destinations.c.id == destination_id, destinations.c.paused_at.is_not(None))
        .values(paused_at=None, paused_by=None, pause_note=None)
    )
    space = select(destinations.c.space).where(destinations.c.id == destination_id).scalar_subquery()
    if (
        done.rowcount
        and connection.scalar(select(space_pauses.c.space).where(space_pauses.c.space == space)) is None
    ):
        _wake(connection, [destination_id])
    return _changed(connection, done.rowcount)


def pause_space(connection: Connection, space: str, begun: Pause) -> bool:
    """Pause all destinations of a space, those to come too; False, and nothing is changed, where it is paused already."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    done = connection.execute(
        dialect.insert(space_pauses)
        .values(space=space, paused_at=begun.at, paused_by=begun.by, note=begun.note)
        .on_conflict_do_nothing()
    )
    return _changed(connection, done.rowcount)


def resume_space(connection: Connection, space: str) -> bool:
    """Let a space go on, and what waits but for destinations that are paused themselves; False where it is not paused."""
    own = destinations.c.space == space
    # Whoever is about to hold a delivery for this pause comes before, and is woken, or after, and sees that it is over.
    connection.execute(select(destinations.c.id).where(own).order_by(destinations.c.id).with_for_update())
    done = connection.execute(delete(space_pauses).where(space_pauses.c.space == space))
    if done.rowcount:
        _wake(connection, going_on(connection, space))
    return _changed(connection, done.rowcount)


def _wake(connection: Connection, destination_ids: Sequence[str]) -> None:
    """Let what waits for the end of a pause of these go on."""
    wake = update(jobs).where(
        OF_A_DELIVERY,
        jobs.c.kind != JobKind.PACED.value,
        jobs.c.subject.in_(days.unfinished(connection, _PAUSED)),
        jobs.c.leased_until.is_(None),
    )
    # The oldest first, and before whatever came meanwhile.
    connection.execute(wake.values(available_at=jobs.c.created_at), {"of": destination_ids})


def told(begun: Pause | None) -> tuple[FieldChange, ...]:
    """What the audit log tells of a pause, or, with none, of its end."""
    paused = begun is not None
    return audit.changes({"paused": not paused}, {"paused": paused, "note": begun.note if begun else None})


def going_on(connection: Connection, space: str) -> list[str]:
    """The destinations of a space that are not paused themselves: those that its own pause keeps."""
    query = select(destinations.c.id).where(destinations.c.space == space, destinations.c.paused_at.is_(None))
    return list(connection.scalars(query))


def of_space(connection: Connection, space: str) -> Pause | None:
    """The pause of a whole space, where there is one."""
    row = connection.execute(select(space_pauses).where(space_pauses.c.space == space)).one_or_none()
    return None if row is None else Pause(row.paused_at, row.paused_by, row.note)


def _changed(connection: Connection, rows: int) -> bool:
    if rows:
        configuration.changed(connection)
    return rows > 0
