"""Keyset pages: a deep page costs what the first one costs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
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
    query: Select[Any],
    first: int,
    after: Cursor | None,
    values: Callable[[Sequence[Row[Any]]], list[T]],
    *,
    until: datetime | None = None,
    legs: Legs | None = None,
    counted: bool = True,
) -> Page[T]:
    """One page of `query` over `table`, ordered by the column `at` and the id: of what is older than `until`, and in one of the
    `legs`. `counted`: with how many there are in all.
    """
    time, ident = table.c[at], table.c.id
    total = COUNTED + 1
    if counted:
        every = query if until is None else query.where(time < until)
        every = every if legs is None else every.where(legs.whole)
        some = every.with_only_columns(ident).limit(COUNTED + 1).subquery()  # the index alone, no row is read
        total = connection.scalar(select(func.count()).select_from(some)) or 0
    if after is not None and (until is None or after.at < until):
        last = tuple_(literal(after.at, time.type), literal(after.id, ident.type))
        query = query.where(tuple_(time, ident) < last)  # as a pair, which an index serves; an OR it does not
    elif until is not None:  # of two such bounds SQLite would take the wrong index
        query = query.where(time < until)
    newest = (time.desc(), ident.desc())
    if legs is not None:
        firsts = [
            query.with_only_columns(time, ident).where(part).order_by(*newest).limit(first + 1).subquery()
            for part in legs.parts
        ]
        keys = connection.execute(union_all(*(select(one) for one in firsts))).all() if firsts else []
        chosen = sorted({(key[0], key[1]) for key in keys}, reverse=True)[
            : first + 1
        ]  # a row may be in several
        query = select(table).where(ident.in_([key[1] for key in chosen]))
    rows = connection.execute(query.order_by(*newest).limit(first + 1)).all()
    return Page(
        items=values(rows[:first]),
        has_next=len(rows) > first,
        total=total if total <= COUNTED else None,
    )
