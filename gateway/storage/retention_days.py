"""What retention does with the days of the big tables on PostgreSQL: makes those to come, and drops those that are old enough.

A day goes in two steps: first what must be remembered of it is noted, which takes as long as it takes and stops nobody; then it is
dropped, which stops everybody for a moment, as making one does, and is left for the next time where that moment does not come. What is in no day that can
be dropped goes row by row, as on SQLite.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects import postgresql

from gateway import logging, metrics
from gateway.deliveries import DeliveryStatus
from gateway.errors import StoreUnavailable
from gateway.storage import days, partitions
from gateway.storage.days import DAY, OPEN
from gateway.storage.engine import Store
from gateway.storage.partitions import Partition, Settled
from gateway.storage.tables import deliveries, retention_marks
from gateway.storage.tables.by_day import DAY_OF
from gateway.storage.types import EPOCH, to_number, to_time

LOCK = 4_170_011
"""Of the workers over one PostgreSQL, one at a time forgets."""

_NEXT = "open_next"
"""The mark that has since when there were open Deliveries at its `row_id`, and becomes OPEN a day later."""

_TABLES = ("deliveries", "events")
_NOT_FINAL = [one.value for one in DeliveryStatus if not one.final]
_log = logging.get("retention")

T = TypeVar("T")


@dataclass(slots=True)
class Tended:
    """How many rows went with their days, by table. `rows_until`: what is older, and there still, is to go row by row; None: not now,
    since a day that is to go could not.
    """

    rows_until: datetime | None
    gone: Counter[str] = field(default_factory=Counter)


async def tend(store: Store, now: datetime, before: datetime, waits: datetime | None) -> Tended:
    """Make the days to come, and drop those that ended `before`. The oldest request that waits to be matched was taken at `waits`."""
    if not await store.read(days.are_kept):
        return Tended(before)
    await _write(store, partial(_note_open, now=now))
    await _make(store, now, before)
    tended = Tended(before)
    try:
        for table in _TABLES:
            for one in await store.read(partial(_to_go, table=table, before=before, waits=waits)):
                tended.gone[table] += await _go(store, one, now)
        await _drop_former(store, before)
        tended.rows_until = await store.read(partial(_rows_until, before=before))
    except StoreUnavailable as error:
        _log.warning("A day that is old enough was not dropped, and will be tried again", error=str(error))
        tended.rows_until = None
    return tended


async def _write(store: Store, change: Callable[[Connection], T]) -> T | None:
    """What the change returns; None: another worker is at it."""
    return await store.write(lambda c: change(c) if alone(c) else None)


def alone(connection: Connection) -> bool:
    """Whether nobody else forgets until this transaction ends; SQLite has one writer anyway."""
    if not days.are_kept(connection):
        return True
    return bool(connection.scalar(select(func.pg_try_advisory_xact_lock(LOCK))))


async def _make(store: Store, now: datetime, before: datetime) -> None:
    for table, day in await store.read(partial(partitions.missing, now=now, since=before)):
        try:
            moved = await _write(store, partial(partitions.make, table=table, day=day))
        except StoreUnavailable as error:
            _log.warning("A day has no partition yet", table=table, day=f"{day:%Y-%m-%d}", error=str(error))
            continue
        if moved:
            metrics.MISPLACED.labels(table).inc(moved)
            _log.warning(
                "Rows were in no partition of their day and are now",
                table=table,
                day=f"{day:%Y-%m-%d}",
                rows=moved,
            )


def _to_go(connection: Connection, table: str, before: datetime, waits: datetime | None) -> list[Partition]:
    """The days of a table that are old enough. An event that waits to be matched must not come behind."""
    until = before if table == "deliveries" or waits is None else min(before, waits - days.MARGIN)
    found = [one for one in partitions.of(connection, table) if one.is_day and one.until <= to_number(until)]
    if table == "deliveries":
        beside = [
            {one.until for one in partitions.of(connection, name) if one.is_day}
            for name in DAY_OF
            if name != "events"
        ]
        found = [one for one in found if all(one.until in ends for ends in beside)]
    return found


async def _go(store: Store, one: Partition, now: datetime) -> int:
    """Drop a day; how many rows that was, and none where it has to stay."""
    if one.table == "deliveries":
        settle: Callable[[Connection], Settled | None] = partial(partitions.settle_deliveries, one=one)
        drop: Callable[[Connection, Partition, Settled], int | None] = partitions.drop_deliveries
    else:
        settle = partial(partitions.settle_events, one=one, seen_until=now - DAY)
        drop = partitions.drop_events
    settled = await _write(store, settle)
    if settled is None:
        return 0
    gone = await _write(store, lambda c: drop(c, one, settled))
    return gone or 0


async def _drop_former(store: Store, before: datetime) -> None:
    """What there was before there were days goes row by row; when all of it has, its partition does."""
    for table in DAY_OF:
        for one in await store.read(partial(partitions.of, table=table)):
            if not one.is_day and one.until <= to_number(before):
                await _write(store, partial(partitions.drop_empty, one=one))


def _rows_until(connection: Connection, before: datetime) -> datetime:
    """A day that is not over goes as a whole when it is; where the last one has no partition, row by row."""
    start = partitions.start_of_day(before)
    there = (one.since for table in _TABLES for one in partitions.of(connection, table))
    return start if to_number(start) in there else before


def _note_open(connection: Connection, now: datetime) -> None:
    """Once a day, note since when there are Deliveries that are not final: as of a day ago, so that one that was proven another's and
    is open again was there.
    """
    marks = {
        row.kind: row
        for row in connection.execute(
            select(retention_marks).where(
                retention_marks.c.kind.in_([OPEN, _NEXT]), retention_marks.c.space == ""
            )
        )
    }
    noted = marks.get(_NEXT)
    if noted is not None and now - to_time(int(noted.row_id)) < DAY:
        return
    since: datetime = marks[OPEN].at if OPEN in marks else EPOCH
    if noted is not None:
        since = max(since, noted.at)
        _mark(connection, OPEN, since, "")
    first = connection.scalar(
        select(func.min(deliveries.c.created_at)).where(
            deliveries.c.created_at >= since, deliveries.c.status.in_(_NOT_FINAL)
        )
    )
    latest = partitions.start_of_day(now) - DAY
    _mark(connection, _NEXT, latest if first is None else min(first, latest), str(to_number(now)))


def _mark(connection: Connection, kind: str, at: datetime, row_id: str) -> None:
    new = postgresql.insert(retention_marks).values(kind=kind, space="", at=at, row_id=row_id)
    there = {"at": new.excluded.at, "row_id": new.excluded.row_id}
    connection.execute(
        new.on_conflict_do_update(index_elements=retention_marks.primary_key.columns, set_=there)
    )
