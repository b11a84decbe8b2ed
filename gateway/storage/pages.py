"""Keyset pages: a deep page costs what the first one costs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    bindparam,
    func,
    literal,
    select,
    tuple_,
    union_all,
)

from gateway.storage import days
from gateway.storage.tables.by_day import DAY_OF

T = TypeVar("T")

COUNTED = 10_000
"""Counts are exact up to here, and None beyond: never a scan of the whole table."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row seen: rows that are older, or as old with a smaller id, come next."""

    at: datetime
    id: str


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows, newest first. `total` is None beyond 10,000, and where nobody asked for it."""

    items: Sequence[T]
    has_next: bool
    total: int | None


@dataclass(frozen=True, slots=True)
class Legs:
    """A condition, `whole`, in `parts` of which each row fulfils some: an index has the rows of each part in their order, and not
    those of the whole.
    """

    whole: ColumnElement[bool]
    parts: Sequence[ColumnElement[bool]]


def newest_first(
    connection: Connection,
    table: Table,
    at: str,
    where: Sequence[ColumnElement[bool]],
    first: int,
    after: Cursor | None,
    values: Callable[[Sequence[Row[Any]]], list[T]],
    *,
    until: datetime | None = None,
    legs: Legs | None = None,
    counted: bool = True,
    columns: Sequence[str] | None = None,
) -> Page[T]:
    """One page of what of a table passes all of `where`, ordered by the column `at` and the id: of what is older than `until`, and in
    one of the `legs`. `counted`: with how many there are in all. `columns`: those that are read; None: all.
    """
    time, ident = table.c[at], table.c.id
    total = COUNTED + 1
    if counted:
        every = [*where, *([] if until is None else [time < until]), *([] if legs is None else [legs.whole])]
        total = _count(connection, table, time, every, until)
    if after is not None and (until is None or after.at < until):
        last = tuple_(literal(after.at, time.type), literal(after.id, ident.type))
        where = [*where, tuple_(time, ident) < last]  # as a pair, which an index serves; an OR it does not
        if table.name in DAY_OF:
            where += days.within(connection, time, None, after.at)
        until = after.at
    elif until is not None:  # of two such bounds SQLite would take the wrong index
        where = [*where, time < until]
    rows: Sequence[Row[Any]] = ()
    for since in days.windows(connection, table.name, until):
        some = [*where, *days.within(connection, time, since)] if since else where
        if legs is not None:
            some = _in_legs(connection, table, at, some, legs, first + 1)
        newest = _newest(table, at, tuple(table.c.keys() if columns is None else columns))
        rows = connection.execute(newest.where(*some), {"most": first + 1}).all()
        if len(rows) > first:
            break
    return Page(
        items=values(rows[:first]),
        has_next=len(rows) > first,
        total=total if total <= COUNTED else None,
    )


def _count(
    connection: Connection,
    table: Table,
    time: Column[datetime],
    every: Sequence[ColumnElement[bool]],
    until: datetime | None,
) -> int:
    """How many there are, up to one more than are counted."""
    total = 0
    for since in days.windows(connection, table.name, until):
        bounds = days.within(connection, time, since) if since else ()
        query = select(table.c.id).where(*every, *bounds)
        some = query.limit(COUNTED + 1).subquery()  # the index alone, no row is read
        total = connection.scalar(select(func.count()).select_from(some)) or 0
        if total > COUNTED:
            break
    return total


def _in_legs(
    connection: Connection,
    table: Table,
    at: str,
    where: Sequence[ColumnElement[bool]],
    legs: Legs,
    most: int,
) -> Sequence[ColumnElement[bool]]:
    """What the newest of all legs together fulfil: that they are these rows."""
    keys_alone = _newest(table, at, (at, "id"))
    firsts = [keys_alone.where(*where, part).subquery() for part in legs.parts]
    union = union_all(*(select(one) for one in firsts))
    keys = connection.execute(union, {"most": most}).all() if firsts else []
    chosen = sorted({(key[0], key[1]) for key in keys}, reverse=True)[:most]  # a row may be in several
    found: list[ColumnElement[bool]] = [table.c.id.in_([key[1] for key in chosen])]
    if chosen and table.name in DAY_OF:
        found += days.within(connection, table.c[at], chosen[-1][0], chosen[0][0])
    return found


@lru_cache
def _newest(table: Table, at: str, columns: Sequence[str]) -> Select[Any]:
    """The first `most` rows of a table in the order of its pages; made once, since that takes longer than reading the rows."""
    query = select(*(table.c[name] for name in columns))
    return query.order_by(table.c[at].desc(), table.c.id.desc()).limit(bindparam("most"))
