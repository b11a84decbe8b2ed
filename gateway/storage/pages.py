"""Keyset pages: a deep page costs what the first one costs."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
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
    every = [*where, *([] if until is None else [time < until]), *([] if legs is None else [legs.whole])]
    upto = until
    if after is not None and (until is None or after.at < until):
        last = tuple_(literal(after.at, time.type), literal(after.id, ident.type))
        where = [*where, tuple_(time, ident) < last]  # as a pair, which an index serves; an OR it does not
        if table.name in DAY_OF:
            where += days.within(connection, time, None, after.at)
        upto = after.at
    elif until is not None:  # of two such bounds SQLite would take the wrong index
        where = [*where, time < until]
    newest = _newest(table, at, tuple(table.c.keys() if columns is None else columns))

    rows: Sequence[Row[Any]] = ()
    for since in days.windows(connection, table.name, upto):
        some = [*where, *days.within(connection, time, since)] if since else where
        if legs is None:
            rows = days.planned_once(
                connection, partial(_read, connection, newest, some, first + 1), since=since
            )
        else:
            found = partial(_of_legs, connection, table, at, some, legs, first + 1)
            keys = days.planned_once(connection, found, since=since)
            rows = _read(connection, newest, _are(connection, table, at, keys, first + 1), first + 1)
        if len(rows) > first:
            break
    has_next = len(rows) > first
    if not counted:
        total: int | None = None
    elif after is None and not has_next:
        total = len(rows)
    else:
        total = _count(connection, table, time, every, until)
    return Page(
        items=values(rows[:first]),
        has_next=has_next,
        total=None if total is None or total > COUNTED else total,
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


def _read(
    connection: Connection, newest: Select[Any], where: Sequence[ColumnElement[bool]], most: int
) -> Sequence[Row[Any]]:
    return connection.execute(newest.where(*where), {"most": most}).all()


def _of_legs(
    connection: Connection,
    table: Table,
    at: str,
    where: Sequence[ColumnElement[bool]],
    legs: Legs,
    most: int,
) -> set[tuple[datetime, str]]:
    """The time and the id of the newest of each leg; a row may be in several."""
    if not legs.parts:
        return set()
    keys_alone = _newest(table, at, (at, "id"))
    firsts = [keys_alone.where(*where, part).subquery() for part in legs.parts]
    union = union_all(*(select(one) for one in firsts))
    return {(row[0], row[1]) for row in connection.execute(union, {"most": most})}


def _are(
    connection: Connection, table: Table, at: str, keys: Iterable[tuple[datetime, str]], most: int
) -> list[ColumnElement[bool]]:
    """What the newest of these rows fulfil, and no others."""
    chosen = sorted(keys, reverse=True)[:most]
    found: list[ColumnElement[bool]] = [table.c.id.in_([key[1] for key in chosen])]
    if table.name in DAY_OF:
        found += days.at(connection, table.c[at], [key[0] for key in chosen])
    return found


@lru_cache
def _newest(table: Table, at: str, columns: Sequence[str]) -> Select[Any]:
    """The first `most` rows of a table in the order of its pages; made once, since that takes longer than reading the rows."""
    query = select(*(table.c[name] for name in columns))
    return query.order_by(table.c[at].desc(), table.c.id.desc()).limit(bindparam("most"))
