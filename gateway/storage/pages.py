"""Keyset pages: a deep page costs what the first one costs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Row, Select, Table, func, literal, select, tuple_

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
    """Some rows, newest first. `total` is None beyond 10,000."""

    items: Sequence[T]
    has_next: bool
    total: int | None


def newest_first(
    connection: Connection,
    table: Table,
    at: str,
    query: Select[Any],
    first: int,
    after: Cursor | None,
    value: Callable[[Row[Any]], T],
) -> Page[T]:
    """One page of `query` over `table`, ordered by the column `at` and the id."""
    time, ident = table.c[at], table.c.id
    some = query.with_only_columns(ident).limit(COUNTED + 1).subquery()  # the index alone, no row is read
    counted = connection.scalar(select(func.count()).select_from(some)) or 0
    if after is not None:
        last = tuple_(literal(after.at, time.type), literal(after.id, ident.type))
        query = query.where(tuple_(time, ident) < last)  # as a pair, which an index serves; an OR it does not
    rows = connection.execute(query.order_by(time.desc(), ident.desc()).limit(first + 1)).all()
    return Page(
        items=[value(row) for row in rows[:first]],
        has_next=len(rows) > first,
        total=counted if counted <= COUNTED else None,
    )
