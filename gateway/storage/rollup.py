"""Adds counts up: what was written down by the minute it is about, and as they age minutes to hours and hours to days.

Each step takes some rows and leaves what they come to in their place, in one transaction: nothing counts twice or not at all,
whenever it is read and whatever is killed.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert

from gateway.stats import Bucket, Counts, Key, finest, oldest
from gateway.storage.engine import Store
from gateway.storage.prepared import Each
from gateway.storage.stats import Change, changes_of, sums
from gateway.storage.tables import stats, stats_changes
from gateway.storage.types import to_number, to_time

ROWS = 100
"""The most rows that one transaction takes: a few milliseconds of a writer."""

STEPS = 50
"""The most transactions at a time, so that a worker that is to stop need not wait for all of it."""

_LOCK = 4_170_012
"""Of the workers over one PostgreSQL, one at a time adds up."""

_WRITTEN = select(stats_changes.c.id, stats_changes.c.changes).order_by(stats_changes.c.id).limit(ROWS)
_AGES = (Bucket.MINUTE, Bucket.HOUR)
"""What becomes something larger with its age."""

_ADDED = Each(delete(stats_changes).where(stats_changes.c.id == bindparam("which")), "which")
_AGED = Each(delete(stats).where(stats.c.id == bindparam("which")), "which")


async def roll_up(store: Store, now: datetime) -> bool:
    """Add up what there is; where that is much, some of it. Whether there may be more."""
    for _ in range(STEPS):
        if not await store.read(lambda c: _is_due(c, now)):
            return False
        if not await store.write(lambda c: _step(c, now)):
            return False
    return True


def _is_due(connection: Connection, now: datetime) -> bool:
    """Whether anything is to be added up: asked without a writer, since mostly nothing is."""
    some = [_WRITTEN, *(_old(size, now) for size in _AGES)]
    return any(connection.execute(query.limit(1)).first() is not None for query in some)


def _old(size: Bucket, now: datetime) -> Select[Any]:
    old = (stats.c.size == size.value, stats.c.at < oldest(size, now))
    return select(stats).where(*old).order_by(stats.c.at).limit(ROWS)


def _step(connection: Connection, now: datetime) -> bool:
    """Add some up; whether anything was taken. On PostgreSQL not while somebody else does, and SQLite has one writer."""
    if connection.dialect.name == "postgresql" and not connection.scalar(
        select(func.pg_try_advisory_xact_lock(_LOCK))
    ):
        return False
    written = connection.execute(_WRITTEN).all()
    aged = [row for size in _AGES for row in connection.execute(_old(size, now))]
    _ADDED.run(connection, [(row.id,) for row in written])
    _AGED.run(connection, [(row.id,) for row in aged])
    _add(connection, [*changes_of(row.changes for row in written), *map(_change, aged)], now)
    return bool(written or aged)


def _change(row: Row[Any]) -> Change:
    key = {name: getattr(row, name) for name in Key._fields}
    return Key(**{**key, "at": to_number(row.at)}), Counts(*(getattr(row, name) for name in Counts._fields))


def _add(connection: Connection, changes: Iterable[Change], now: datetime) -> None:
    """Add these to what there is, each in the smallest buckets that are kept of its time."""
    whole = sums((key._replace(at=_begin(key.at, now)), counts) for key, counts in changes)
    rows = [
        {**key._asdict(), **counts._asdict(), "at": (at := to_time(key.at)), "size": finest(at, now).value}
        for key, counts in sorted(whole.items())
        if any(counts)
    ]
    if rows:
        connection.execute(_upsert(connection.dialect.name), rows)


def _begin(at: int, now: datetime) -> int:
    """When the bucket begins that a minute is kept in."""
    when = to_time(at)
    return to_number(finest(when, now).floor(when))


@cache
def _upsert(dialect: str) -> Insert:
    new = (postgresql if dialect == "postgresql" else sqlite).insert(stats)
    more = {name: stats.c[name] + new.excluded[name] for name in Counts._fields}
    found: Insert = new.on_conflict_do_update(index_elements=[*Key._fields, "size"], set_=more)
    return found
