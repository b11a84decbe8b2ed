"""Keyset pages: a deep page costs what the first one costs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Row, Select, Table, and_, func, or_, select

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
    counted = connection.scalar(select(func.count()).select_from(query.limit(COUNTED + 1).subquery())) or 0
    if after is not None:
        query = query.where(or_(time < after.at, and_(time == after.at, ident < after.id)))
    rows = connection.execute(query.order_by(time.desc(), ident.desc()).limit(first + 1)).all()
    return Page(
        items=[value(row) for row in rows[:first]],
        has_next=len(rows) > first,
        total=counted if counted <= COUNTED else None,
    )
