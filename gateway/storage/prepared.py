"""Statements that run for every event, in the driver's own words: compiled once, and given rows as tuples.

A row costs a third of what it does when each of its values is named and asked for its type.
"""

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import Connection, CursorResult, Delete, Dialect, Table, Update, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert, ReturningInsert
from sqlalchemy.types import TypeDecorator, TypeEngine

_PIECES = (64, 16, 4, 1)
"""How many rows one statement inserts: few sizes, so that all stay prepared. With a statement for each row, the writer waits
after each for its turn to run Python again, which on a busy process is dearer than the row.
"""

_MOST_KEYS = 1_000
"""How many keys one statement asks for: it takes a bounded number of values."""

_Convert = Callable[[Any], Any]


class _Words(NamedTuple):
    """A statement in the words of a driver; where its values stand in a row, in its order, and how each is converted."""

    text: str
    places: Sequence[int]
    converters: Sequence[_Convert | None]

    def columns(self, rows: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
        given = list(zip(*rows, strict=True))
        return [
            given[place] if convert is None else list(map(convert, given[place]))
            for place, convert in zip(self.places, self.converters, strict=True)
        ]


class Rows:
    """Inserts rows, each the values of these columns in their order. `unless_there`: one whose key is there already is left out."""

    def __init__(self, table: Table, *names: str, unless_there: bool = False) -> None:
        self._table = table
        self._names = names
        self._unless_there = unless_there
        self._key = next(iter(table.primary_key))
        self._there = select(self._key).where(self._key.in_(bindparam("keys", expanding=True)))
        self._words: dict[tuple[str, int, bool], _Words] = {}

    def insert(self, connection: Connection, rows: Sequence[Sequence[Any]]) -> None:
        """Add these, in their order."""
        self._together(connection, rows, tells=False)

    def added(self, connection: Connection, rows: Sequence[Sequence[Any]]) -> set[Any]:
        """Add these, of a table whose key is one column; the keys of those that were not there."""
        if not rows:
            return set()
        if connection.dialect.name == "postgresql":
            told = self._together(connection, rows, tells=True)
            return {key for result in told for (key,) in result}
        # SQLite has one writer, so that what is there stays so until these are. A row that many indexes have it takes alone at
        # half the price: of many in one statement it first keeps every page as it was.
        place = self._names.index(self._key.name)
        keys = list({row[place] for row in rows})
        there = {
            key
            for start in range(0, len(keys), _MOST_KEYS)
            for key in connection.scalars(self._there, {"keys": keys[start : start + _MOST_KEYS]})
        }
        words = self._of(connection.dialect, 1, tells=False)
        connection.exec_driver_sql(words.text, list(zip(*words.columns(rows), strict=True)))
        return {key for key in keys if key not in there}

    def _together(
        self, connection: Connection, rows: Sequence[Sequence[Any]], *, tells: bool
    ) -> list[CursorResult[Any]]:
        if not rows:
            return []
        dialect = connection.dialect
        done = list(zip(*self._of(dialect, 1, tells=tells).columns(rows), strict=True))
        results: list[CursorResult[Any]] = []
        start = 0
        for size in _PIECES:
            while len(done) - start >= size:
                values = tuple(chain.from_iterable(done[start : start + size]))
                text = self._of(dialect, size, tells=tells).text
                results.append(connection.exec_driver_sql(text, values))
                start += size
        return results

    def _of(self, dialect: Dialect, size: int, *, tells: bool) -> _Words:
        kind = (dialect.name, size, tells)
        words = self._words.get(kind)
        if words is None:
            words = self._words[kind] = self._compiled(dialect, size, tells=tells)
        return words

    def _compiled(self, dialect: Dialect, size: int, *, tells: bool) -> _Words:
        insert = (postgresql if dialect.name == "postgresql" else sqlite).insert(self._table)
        insert = insert.values([dict.fromkeys(self._names)] * size)
        if self._unless_there:
            insert = insert.on_conflict_do_nothing()
        whole: Insert | ReturningInsert[Any] = insert.returning(self._key) if tells else insert
        columns = [one for one in self._table.columns if one.name in self._names]  # as the statement has them
        return _Words(
            str(whole.compile(dialect=dialect)),
            [self._names.index(one.name) for one in columns],
            [_converter(one.type, dialect) for one in columns],
        )


class Each:
    """Changes or deletes what each row names: the row has the values of the statement's parameters, and of the columns that are set,
    in this order.
    """

    def __init__(self, statement: Update | Delete, *names: str) -> None:
        self._statement = statement
        self._names = names
        self._words: dict[str, _Words] = {}

    def run(self, connection: Connection, rows: Sequence[Sequence[Any]]) -> None:
        """Do so for these, in their order."""
        if not rows:
            return
        dialect = connection.dialect
        words = self._words.get(dialect.name)
        if words is None:
            words = self._words[dialect.name] = self._compiled(dialect)
        connection.exec_driver_sql(words.text, list(zip(*words.columns(rows), strict=True)))

    def _compiled(self, dialect: Dialect) -> _Words:
        compiled = self._statement.compile(dialect=dialect, column_keys=self._names)
        order = compiled.positiontup or ()
        return _Words(
            str(compiled),
            [self._names.index(name) for name in order],
            [_converter(compiled.binds[name].type, dialect) for name in order],
        )


def _converter(kind: TypeEngine[Any], dialect: Dialect) -> _Convert | None:
    """Our own types have one; what else is stored, the drivers take as it is."""
    return kind.bind_processor(dialect) if isinstance(kind, TypeDecorator) else None
