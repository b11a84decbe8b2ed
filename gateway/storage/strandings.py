"""What hangs on a destination: the sources whose events reach it, its mappings, and what it has yet to send; and on a source."""

from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import Connection, delete, func, select

from gateway.deliveries import UNSENT
from gateway.storage import days
from gateway.storage.tables import deliveries, destinations, events, mappings, source_destinations, sources

MOST_COUNTED: Final = 10_000
"""So many deliveries are counted; more are that many and more."""


class Named(NamedTuple):
    """A source, destination or mapping, by what people call it."""

    id: str
    name: str


class Stranded(NamedTuple):
    """What would be stranded without the destination. `waiting` deliveries were not sent yet, at most MOST_COUNTED and one."""

    sources: list[Named]
    mappings: list[Named]
    waiting: int

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.sources or self.mappings or self.waiting)


class CutOff(NamedTuple):
    """What would get nothing any more without the source; and when the last event came from it, where that was lately."""

    destinations: list[Named]
    last_event_at: datetime | None

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.destinations) or self.last_event_at is not None


def of_source(connection: Connection, source_id: str, lately: datetime) -> CutOff:
    """What hangs on that source; `lately`: since when an event counts."""
    connected = (
        select(destinations.c.id, destinations.c.name)
        .join(source_destinations, source_destinations.c.destination_id == destinations.c.id)
        .where(source_destinations.c.source_id == source_id, destinations.c.deleted_at.is_(None))
        .order_by(destinations.c.name, destinations.c.id)
    )
    last = select(func.max(events.c.received_at)).where(
        events.c.source_id == source_id, events.c.received_at >= lately
    )
    return CutOff([Named(*row) for row in connection.execute(connected)], connection.scalar(last))


def of_destination(connection: Connection, destination_id: str) -> Stranded:
    """What hangs on that destination, by name."""
    connected = (
        select(sources.c.id, sources.c.name)
        .join(source_destinations, source_destinations.c.source_id == sources.c.id)
        .where(source_destinations.c.destination_id == destination_id, sources.c.deleted_at.is_(None))
        .order_by(sources.c.name, sources.c.id)
    )
    own = (
        select(mappings.c.id, mappings.c.name)
        .where(mappings.c.destination_id == destination_id, mappings.c.deleted_at.is_(None))
        .order_by(mappings.c.name, mappings.c.id)
    )
    waiting = select(deliveries.c.id).where(
        deliveries.c.destination_id == destination_id,
        deliveries.c.status.in_([status.value for status in UNSENT]),
    )
    unsent = days.unfinished(connection, waiting).limit(MOST_COUNTED + 1).subquery()
    return Stranded(
        [Named(*row) for row in connection.execute(connected)],
        [Named(*row) for row in connection.execute(own)],
        connection.scalar(select(func.count()).select_from(unsent)) or 0,
    )


def disconnect(connection: Connection, destination_id: str) -> None:
    """No source's events reach that destination any more."""
    connection.execute(
        delete(source_destinations).where(source_destinations.c.destination_id == destination_id)
    )
