"""Statements that run for every event, in the driver's own words: compiled once, and given rows as tuples.

A row costs a third of what it does when each of its values is named and asked for its type.
"""

import re
import sqlite3
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any, NamedTuple, cast

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    Connection,
    Delete,
    Dialect,
    Select,
    String,
    Table,
    Update,
    bindparam,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite as sqlite_dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import Insert, ReturningInsert
from sqlalchemy.types import TypeDecorator, TypeEngine

from gateway.storage.types import FreeText, Keys

_PIECES = (64, 16, 4, 1)
"""How many rows one statement inserts: few sizes, so that all stay prepared. With a statement for each row, the writer waits
after each for its turn to run Python again, which on a busy process is dearer than the row.
"""

_PLACE = re.compile(r"\$(\d+)(::\w+(?:\(\d+\))?)?")
"""Where a value stands in a statement for PostgreSQL, and of which type it is."""

_Convert = Callable[[Any], Any]


class _Words(NamedTuple):
    """A statement in the words of a driver; where its values stand in a row, in its order, and how each is converted. `constants`
    stand behind those of each row.
    """

    text: str
    places: Sequence[int]
    converters: Sequence[_Convert | None]
    constants: tuple[Any, ...] = ()

    def columns(self, rows: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
        given = [*zip(*rows, strict=True), *([one] * len(rows) for one in self.constants)]
        return [
            given[place] if convert is None else list(map(convert, given[place]))
            for place, convert in zip(self.places, self.converters, strict=True)
        ]

    def lists(self, rows: Sequence[Sequence[Any]]) -> tuple[Any, ...]:
        """What a statement is given that takes all rows at once."""
        values = ([row[place] for row in rows] for place in self.places)
        found = (
            one if convert is None else list(map(convert, one))
            for one, convert in zip(values, self.converters, strict=True)
        )
        return (*found, *self.constants)


class Rows:
    """Inserts rows, each the values of these columns in their order. `unless_there`: one whose key is there already is left out. `adds`: its
    value in that column is added to what is there.
    """

    def __init__(
        self, table: Table, *names: str, unless_there: bool = False, adds: str | None = None
    ) -> None:
        self._table = table
        self._names = names
        self._unless_there = unless_there
        self._adds = adds
        self._key = next(iter(table.primary_key))
        self._there = Ask(select(self._key).where(among(self._key, "keys")), "keys")
        self._words: dict[tuple[str, int, bool], _Words] = {}

    def insert(self, connection: Connection, rows: Sequence[Sequence[Any]]) -> None:
        """Add these, in their order."""
        self._together(connection, rows, tells=False)

    def added(self, connection: Connection, rows: Sequence[Sequence[Any]]) -> set[Any]:
        """Add these, of a table whose key is one column; the keys of those that were not there."""
        if not rows:
            return set()
        if connection.dialect.name == "postgresql":
            return {key for (key,) in self._together(connection, rows, tells=True)}
        # SQLite has one writer, so that what is there stays so until these are. A row that many indexes have it takes alone at
        # half the price: of many in one statement it first keeps every page as it was.
        place = self._names.index(self._key.name)
        keys = {row[place] for row in rows}
        there = {key for (key,) in self._there.rows(connection, list(keys))}
        words = self._of(connection.dialect, 1, tells=False)
        _run_each(connection, words.text, list(zip(*words.columns(rows), strict=True)))
        return keys - there

    def _together(
        self, connection: Connection, rows: Sequence[Sequence[Any]], *, tells: bool
    ) -> list[Sequence[Any]]:
        if not rows:
            return []
        dialect = connection.dialect
        done = list(zip(*self._of(dialect, 1, tells=tells).columns(rows), strict=True))
        told: list[Sequence[Any]] = []
        start = 0
        for size in _PIECES:
            while len(done) - start >= size:
                values = tuple(chain.from_iterable(done[start : start + size]))
                text = self._of(dialect, size, tells=tells).text
                told += _run(connection, text, values, tells=tells)
                start += size
        return told

    def _of(self, dialect: Dialect, size: int, *, tells: bool) -> _Words:
        kind = (dialect.name, size, tells)
        words = self._words.get(kind)
        if words is None:
            words = self._words[kind] = self._compiled(dialect, size, tells=tells)
        return words

    def _compiled(self, dialect: Dialect, size: int, *, tells: bool) -> _Words:
        insert = (postgresql if dialect.name == "postgresql" else sqlite_dialect).insert(self._table)
        insert = insert.values([dict.fromkeys(self._names)] * size)
        if self._unless_there:
            insert = insert.on_conflict_do_nothing()
        if self._adds is not None:
            more = {self._adds: self._table.c[self._adds] + insert.excluded[self._adds]}
            insert = insert.on_conflict_do_update(index_elements=self._table.primary_key.columns, set_=more)
        whole: Insert | ReturningInsert[Any] = insert.returning(self._key) if tells else insert
        columns = [one for one in self._table.columns if one.name in self._names]  # as the statement has them
        return _Words(
            str(whole.compile(dialect=dialect)),
            [self._names.index(one.name) for one in columns],
            [_converter(one.type, dialect) for one in columns],
        )


class among(ColumnElement[bool]):  # noqa: N801  reads as the operator that it is
    """That a column has one of some values, which are bound as one: so the statement is the same however many there are."""

    inherit_cache = False  # it is compiled once, by whoever prepares it

    def __init__(self, column: Column[Any], name: str) -> None:
        self.column = column
        self.values: BindParameter[Any] = bindparam(name, type_=Keys(_unbounded(column.type)))


def _unbounded(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    """Without a length: what is longer than the column has room for is in no row, and must not be cut until it is."""
    return String() if isinstance(kind, String | FreeText) else kind


@compiles(among, "sqlite")
def _among_of_json(element: among, compiler: SQLCompiler, **how: Any) -> str:
    column, values = compiler.process(element.column, **how), compiler.process(element.values, **how)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608  compiled words, no values


@compiles(among, "postgresql")
def _among_of_array(element: among, compiler: SQLCompiler, **how: Any) -> str:
    column, values = compiler.process(element.column, **how), compiler.process(element.values, **how)
    return f"{column} = ANY ({values})"


class Ask:
    """Reads: the statement's parameters are given in this order, each row is a tuple of its columns."""

    def __init__(self, statement: Select[Any], *names: str) -> None:
        self._statement = statement
        self._names = names
        self._words: dict[str, tuple[_Words, Sequence[tuple[int, _Convert]]]] = {}

    def rows(self, connection: Connection, *values: Any) -> Sequence[Sequence[Any]]:
        """What there is for these values."""
        dialect = connection.dialect
        known = self._words.get(dialect.name)
        if known is None:
            known = self._words[dialect.name] = self._compiled(dialect)
        words, kept = known
        values += words.constants
        given = tuple(
            values[place] if convert is None else convert(values[place])
            for place, convert in zip(words.places, words.converters, strict=True)
        )
        found = _run(connection, words.text, given, tells=True)
        if not kept or not found:
            return found
        columns: list[Sequence[Any]] = list(zip(*found, strict=True))
        for place, convert in kept:
            columns[place] = list(map(convert, columns[place]))
        return list(zip(*columns, strict=True))

    def _compiled(self, dialect: Dialect) -> tuple[_Words, Sequence[tuple[int, _Convert]]]:
        processors = [
            (place, column.type.dialect_impl(dialect).result_processor(dialect, None))
            for place, column in enumerate(self._statement.selected_columns)
        ]
        kept = [(place, processor) for place, processor in processors if processor is not None]
        return _in_words(self._statement, self._names, dialect), kept


class Each:
    """Changes or deletes what each row names: the row has the values of the statement's parameters, and of the columns that are set,
    in this order. `in_turn`: what one row changes another may name.

    PostgreSQL gets all rows by one statement, which it would carry out for each else; but for those in turn, or named twice.
    """

    def __init__(self, statement: Update | Delete, *names: str, in_turn: bool = False) -> None:
        self._statement = statement
        self._names = names
        self._in_turn = in_turn
        self._words: dict[str, _Words] = {}
        self._at_once: tuple[_Words, Sequence[int]] | None = None

    def run(self, connection: Connection, rows: Sequence[Sequence[Any]]) -> None:
        """Do so for these, in their order."""
        if not rows:
            return
        dialect = connection.dialect
        if len(rows) > 1 and dialect.name == "postgresql" and not self._in_turn:
            if self._at_once is None:
                self._at_once = _at_once(self._statement, self._names, dialect)
            words, keys = self._at_once
            named = {tuple(row[place] for place in keys): row for row in rows}
            if len(named) == len(rows):
                in_order = [
                    named[one] for one in sorted(named)
                ]  # whoever locks several takes them in one order
                connection.exec_driver_sql(words.text, words.lists(in_order))
                return
        known = self._words.get(dialect.name)
        if known is None:
            known = self._words[dialect.name] = _in_words(self._statement, self._names, dialect)
        _run_each(connection, known.text, list(zip(*known.columns(rows), strict=True)))


# What SQLAlchemy makes around a statement, and of the columns of its answer, takes as long as most of these do: SQLite's driver is asked
# itself. That of PostgreSQL is not one that can be asked so: it is asynchronous.


def _run(
    connection: Connection, text: str, values: tuple[Any, ...], *, tells: bool
) -> Sequence[Sequence[Any]]:
    """Carry out a statement; the rows that it `tells`."""
    driver = _sqlite(connection)
    if driver is None:
        result = connection.exec_driver_sql(text, values)
        return result.all() if tells else ()
    try:
        return driver.execute(text, values).fetchall()
    except sqlite3.Error as error:
        raise _as_it_is_known(error, text) from error


def _run_each(connection: Connection, text: str, rows: list[tuple[Any, ...]]) -> None:
    """Carry out a statement for each of these."""
    driver = _sqlite(connection)
    if driver is None:
        connection.exec_driver_sql(text, rows)
        return
    try:
        driver.executemany(text, rows)
    except sqlite3.Error as error:
        raise _as_it_is_known(error, text) from error


def _as_it_is_known(error: sqlite3.Error, text: str) -> Exception:
    """As SQLAlchemy raises it, without the values, which are people's."""
    return DBAPIError.instance(text, None, error, sqlite3.Error, hide_parameters=True)


def _sqlite(connection: Connection) -> sqlite3.Connection | None:
    """The driver's connection, where it is SQLite's, in a transaction. None too where somebody listens to SQLAlchemy's statements: they
    are to hear of each.
    """
    heard = connection.dispatch.before_cursor_execute or connection.dispatch.after_cursor_execute
    if connection.dialect.name != "sqlite" or heard:
        return None
    if not connection.in_transaction():
        connection.begin()  # as a statement of SQLAlchemy's begins one
    return cast("sqlite3.Connection", connection.connection.driver_connection)


def _at_once(
    statement: Update | Delete, names: Sequence[str], dialect: Dialect
) -> tuple[_Words, Sequence[int]]:
    """The statement for many rows, each parameter of which is a list; and where in a row stands what says which it is about."""
    compiled = statement.compile(dialect=dialect, column_keys=names)
    order = compiled.positiontup or ()
    columns = [name for name in order if name in names]
    own = [name for name in order if name not in names]
    lists: dict[str, str] = {}

    def named(found: re.Match[str]) -> str:
        name = order[int(found[1]) - 1]
        if name in own:
            return f"${len(columns) + 1 + own.index(name)}{found[2] or ''}"
        lists[name] = f"${columns.index(name) + 1}{found[2]}[]"
        return f"given.its_{name}"

    changes, where, which = _PLACE.sub(named, str(compiled)).partition(" WHERE ")
    beside = "FROM" if isinstance(statement, Update) else "USING"
    values = ", ".join(lists[name] for name in columns)
    given = f"unnest({values}) AS given ({', '.join(f'its_{name}' for name in columns)})"
    words = _Words(
        f"{changes} {beside} {given}{where}{which}",
        [names.index(name) for name in columns],
        [_converter(compiled.binds[name].type, dialect) for name in columns],
        tuple(compiled.params[name] for name in own),
    )
    return words, [
        place for place, name in enumerate(names) if re.search(rf"given\.its_{name}\b", which) is not None
    ]


class EachOfDay:
    """Changes rows of a table that PostgreSQL has by the day: each row has its key, its time `at` as it is stored, and the values of these columns.
    All of them by one statement, since the server would plan one for each row, in the partitions of their times. A key is
    there once.
    """

    def __init__(self, table: Table, at: str, *names: str) -> None:
        self._table = table
        self._at = at
        self._names = names
        self._words: _Words | None = None

    def run(self, connection: Connection, rows: Sequence[Sequence[Any]]) -> None:
        """Do so for these."""
        if not rows:
            return
        if self._words is None:
            self._words = self._compiled(connection.dialect)
        connection.exec_driver_sql(self._words.text, tuple(list(one) for one in self._words.columns(rows)))

    def _compiled(self, dialect: Dialect) -> _Words:
        columns = [self._table.c[name] for name in ("id", self._at, *self._names)]
        kinds = [_unbounded(one.type).compile(dialect=dialect) for one in columns]
        given = ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(kinds, 1))
        name, at = self._table.name, self._at
        values = ", ".join(f"value_{place}" for place in range(len(columns)))
        changes = ", ".join(f"{one} = value_{place}" for place, one in enumerate(self._names, 2))
        statement = (
            f"UPDATE {name} SET {changes} FROM unnest({given}) AS given ({values}) "  # noqa: S608  names of the code
            f"WHERE {name}.id = value_0 AND {name}.{at} = value_1 AND {name}.{at} = ANY ($2::bigint[])"
        )
        converters = [_converter(one.type, dialect) for one in columns]
        converters[1] = None
        return _Words(statement, range(len(columns)), converters)


def _in_words(statement: Select[Any] | Update | Delete, names: Sequence[str], dialect: Dialect) -> _Words:
    compiled = statement.compile(dialect=dialect, column_keys=() if isinstance(statement, Select) else names)
    order = compiled.positiontup or ()
    own = [name for name in order if name not in names]
    places = [*names, *own]
    return _Words(
        str(compiled),
        [places.index(name) for name in order],
        [_converter(compiled.binds[name].type, dialect) for name in order],
        tuple(compiled.params[name] for name in own),
    )


def _converter(kind: TypeEngine[Any], dialect: Dialect) -> _Convert | None:
    """Our own types have one; what else is stored, the drivers take as it is."""
    return kind.bind_processor(dialect) if isinstance(kind, TypeDecorator) else None
