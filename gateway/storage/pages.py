"""Keyset pages: a deep page costs what the first one costs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Generic, TypeVar

from sqlalchemy import (
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
        some = select(ident).where(*every).limit(COUNTED + 1).subquery()  # the index alone, no row is read
        total = connection.scalar(select(func.count()).select_from(some)) or 0
    if after is not None and (until is None or after.at < until):
        last = tuple_(literal(after.at, time.type), literal(after.id, ident.type))
        where = [*where, tuple_(time, ident) < last]  # as a pair, which an index serves; an OR it does not
    elif until is not None:  # of two such bounds SQLite would take the wrong index
        where = [*where, time < until]
    if legs is not None:
        keys_alone = _newest(table, at, (at, "id"))
        firsts = [keys_alone.where(*where, part).subquery() for part in legs.parts]
        union = union_all(*(select(one) for one in firsts))
        keys = connection.execute(union, {"most": first + 1}).all() if firsts else []
        chosen = sorted({(key[0], key[1]) for key in keys}, reverse=True)[
            : first + 1
        ]  # a row may be in several
        where = [ident.in_([key[1] for key in chosen])]
    newest = _newest(table, at, tuple(table.c.keys() if columns is None else columns))
    rows = connection.execute(newest.where(*where), {"most": first + 1}).all()
    return Page(
        items=values(rows[:first]),
        has_next=len(rows) > first,
        total=total if total <= COUNTED else None,
    )


@lru_cache
def _newest(table: Table, at: str, columns: Sequence[str]) -> Select[Any]:
    """The first `most` rows of a table in the order of its pages; made once, since that takes longer than reading the rows."""
    query = select(*(table.c[name] for name in columns))
    return query.order_by(table.c[at].desc(), table.c.id.desc()).limit(bindparam("most"))
