"""Statements that run for every event, in the driver's own words: compiled once, and given rows as tuples.

A row costs a third of what it does when each of its values is named and asked for its type.
"""

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import Connection, CursorResult, Delete, Dialect, Table, Update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert, ReturningInsert
from sqlalchemy.types import TypeDecorator, TypeEngine

_PIECES = (64, 16, 4, 1)
"""How many rows one statement inserts: few sizes, so that all stay prepared. With a statement for each row, the writer waits
after each for its turn to run Python again, which on a busy process is dearer than the row.
"""

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
    """Inserts rows, each the values of these columns in their order. `unless_there`: one whose key is there already is left out.
    `returning`: the column that `added` asks for.
    """

    def __init__(
        self, table: Table, *names: str, unless_there: bool = False, returning: str | None = None
    ) -> None:
        self._table = table
        self._names = names
        self._unless_there = unless_there
        self._returning = returning
        self._words: dict[tuple[str, int], _Words] = {}

    def insert(self, connection: Connection, rows: Sequence[Sequence[Any]]) -> None:
        """Add these, in their order."""
        self._results(connection, rows)

    def added(self, connection: Connection, rows: Sequence[Sequence[Any]]) -> set[Any]:
        """Add these; of each that was not there, what is returned."""
        return {value for result in self._results(connection, rows) for (value,) in result}

    def _results(self, connection: Connection, rows: Sequence[Sequence[Any]]) -> list[CursorResult[Any]]:
        if not rows:
            return []
        done = list(zip(*self._of(connection.dialect, 1).columns(rows), strict=True))
        results: list[CursorResult[Any]] = []
        start = 0
        for size in _PIECES:
            while len(done) - start >= size:
                values = tuple(chain.from_iterable(done[start : start + size]))
                results.append(connection.exec_driver_sql(self._of(connection.dialect, size).text, values))
                start += size
        return results

    def _of(self, dialect: Dialect, size: int) -> _Words:
        words = self._words.get((dialect.name, size))
        if words is None:
            words = self._words[dialect.name, size] = self._compiled(dialect, size)
        return words

    def _compiled(self, dialect: Dialect, size: int) -> _Words:
        insert = (postgresql if dialect.name == "postgresql" else sqlite).insert(self._table)
        insert = insert.values([dict.fromkeys(self._names)] * size)
        if self._unless_there:
            insert = insert.on_conflict_do_nothing()
        whole: Insert | ReturningInsert[Any] = insert
        if self._returning is not None:
            whole = insert.returning(self._table.c[self._returning])
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
