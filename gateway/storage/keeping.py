"""How much is kept and waits, for whoever looks by hand: each look bounded by an index or a number."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, func, select, text

from gateway.deliveries import DeliveryStatus
from gateway.jobs import JobKind
from gateway.storage import days, jobs, partitions
from gateway.storage.tables import buried_jobs, deliveries, events
from gateway.storage.tables.by_day import DAY_OF
from gateway.storage.types import to_time

MOST = 1000
"""Of what waits or was given up no more are counted."""

_c = deliveries.c


class Waits(NamedTuple):
    """How many jobs of a kind are due, up to MOST, and for how long the oldest is."""

    due: int
    oldest: timedelta


def waiting(connection: Connection, now: datetime) -> Mapping[JobKind, Waits]:
    """What is due of each kind that is worked on all the time."""
    found: dict[JobKind, Waits] = {}
    for kind in (JobKind.MATCH, JobKind.DELIVER, JobKind.WEBHOOK):
        first = jobs.next_due(connection, kind)
        oldest = timedelta(0) if first is None else max(timedelta(0), now - first)
        found[kind] = Waits(jobs.due(connection, kind, now, MOST), oldest)
    return found


def buried(connection: Connection) -> Mapping[str, int]:
    """How many jobs of each kind were given up for failures of our own, of the last MOST."""
    last = select(buried_jobs.c.kind).order_by(buried_jobs.c.id.desc()).limit(MOST).subquery()
    rows = connection.execute(select(last.c.kind, func.count()).group_by(last.c.kind))
    return {row[0]: row[1] for row in rows}


def uncertain(connection: Connection, destination_ids: Sequence[str], before: datetime) -> Mapping[str, int]:
    """How many Deliveries of each of these destinations were made before that, and nobody knows whether they went out; up to MOST each."""
    found: dict[str, int] = {}
    for key in destination_ids:
        some = select(_c.id).where(
            _c.destination_id == key,
            _c.status == DeliveryStatus.UNCERTAIN.value,
            _c.created_at < before,
        )
        some = days.unfinished(connection, some.limit(MOST))
        count = connection.scalar(select(func.count()).select_from(some.subquery())) or 0
        if count:
            found[key] = count
    return found


def oldest_event(connection: Connection, spaces: Sequence[str]) -> datetime | None:
    """When the oldest event was received that is kept of these spaces."""
    first = [
        connection.scalar(
            select(events.c.received_at)
            .where(events.c.space == space)
            .order_by(events.c.received_at, events.c.id)
            .limit(1)
        )
        for space in spaces
    ]
    return min((one for one in first if one is not None), default=None)


def size(connection: Connection) -> int:
    """The bytes of the whole database."""
    if connection.dialect.name == "sqlite":
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        return int(pages * connection.exec_driver_sql("PRAGMA page_size").scalar_one())
    return int(connection.scalar(text("SELECT pg_database_size(current_database())")) or 0)


def days_ahead(connection: Connection, now: datetime) -> int | None:
    """For how many days from now on there are partitions, of the table that has the fewest; None where there are none."""
    if connection.dialect.name == "sqlite":
        return None
    today = partitions.start_of_day(now)
    ends = [max((one.until for one in partitions.of(connection, table)), default=0) for table in DAY_OF]
    return (to_time(min(ends)) - today).days - 1
