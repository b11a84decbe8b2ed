"""Rows that are stored by statements in the driver's own words are the rows that anybody reads."""

import sqlite3
from collections.abc import Callable
from typing import Any, cast

import pytest
from sqlalchemy import Connection, bindparam, delete, event, select, update
from sqlalchemy.exc import IntegrityError

from gateway.storage.engine import Store
from gateway.storage.prepared import Ask, Each, Rows, among
from gateway.storage.sqlite import SqliteStore
from gateway.storage.tables import people, person_phones, sources
from tests.factories import NOW, later

ADD = Rows(people, "updated_at", "traits", "space", "id")
"""In another order than the table has them."""

ADD_NEW = Rows(people, "id", "space", "traits", "updated_at", unless_there=True)
SET = Each(update(people).where(people.c.id == bindparam("whose")), "whose", "updated_at", "traits")
DROP = Each(
    delete(people).where(people.c.id == bindparam("whose"), people.c.updated_at == bindparam("since")),
    "whose",
    "since",
)
TAKE = Each(update(people).where(people.c.id == bindparam("whose")), "whose", "id")
ASK = Ask(select(people.c.id).where(among(people.c.id, "many")), "many")


async def kept(store: Store) -> list[tuple[Any, ...]]:
    """Everybody who is stored, by id."""

    def read(connection: Connection) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in connection.execute(select(people).order_by(people.c.id))]

    return await store.read(read)


@pytest.mark.parametrize("count", [0, 1, 3, 64, 2 * 64 + 16 + 3])
async def test_however_many_rows_are_inserted_each_is_there_wholly(store: Store, count: int) -> None:
    rows = [
        (later(number), {"n": [number, "\x00"]}, "default", f"per_{number:04}") for number in range(count)
    ]

    await store.write(lambda c: ADD.insert(c, rows))

    assert await kept(store) == [(id_, space, traits, at) for at, traits, space, id_ in rows]


async def test_text_from_outside_is_stored_without_what_postgresql_refuses_and_nothing_stays_nothing(
    store: Store,
) -> None:
    names = [column.name for column in sources.columns]
    row = {
        **dict.fromkeys(names),
        "id": "src_1",
        "space": "default",
        "name": "a\x00b",
        "trust": "SERVER",
        "enabled": False,
        "revision": 1,
        "write_key_hash": "h",
        "write_key_last_four": "last",
        "write_key_set_at": NOW,
        "sms_opt_in_trait": "",
        "whatsapp_opt_in_trait": "w",
        "created_at": NOW,
        "former_keys": False,
        "path_key_allowed": False,
        "shared_secret": None,
        "shared_secret_last_four": None,
        "shared_secret_set_at": None,
    }

    await store.write(lambda c: Rows(sources, *names).insert(c, [tuple(row.values())]))

    stored = await store.read(lambda c: c.execute(select(sources)).one()._asdict())
    assert stored == {**row, "name": "ab"}


async def test_a_row_whose_key_is_there_is_left_alone_and_not_among_what_was_added(store: Store) -> None:
    await store.write(lambda c: ADD.insert(c, [(NOW, {}, "default", "per_1")]))
    again = [(f"per_{number}", "other", {"new": True}, later(1)) for number in (0, 1, 2, 2)]

    added = await store.write(lambda c: ADD_NEW.added(c, again))

    assert added == {"per_0", "per_2"}
    assert await kept(store) == [
        ("per_0", "other", {"new": True}, later(1)),
        ("per_1", "default", {}, NOW),
        ("per_2", "other", {"new": True}, later(1)),
    ]


async def test_however_many_rows_are_added_no_statement_asks_for_more_keys_than_sqlite_takes(
    sqlite_store: SqliteStore,
) -> None:
    names = [f"per_{number:04}" for number in range(2_500)]
    rows: list[tuple[Any, ...]] = [(name, "default", {}, NOW) for name in names]

    def twice(connection: Connection) -> tuple[set[str], set[str]]:
        raw = cast("sqlite3.Connection", connection.connection.driver_connection)
        raw.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 1_000)
        return ADD_NEW.added(connection, rows[1:]), ADD_NEW.added(connection, rows)

    assert await sqlite_store.write(twice) == (set(names[1:]), {names[0]})


async def test_each_row_changes_or_deletes_what_it_names_in_their_order(store: Store) -> None:
    await store.write(lambda c: ADD.insert(c, [(NOW, {}, "default", f"per_{n}") for n in range(4)]))

    await store.write(lambda c: SET.run(c, [("per_1", later(1), {"a": 1}), ("per_1", later(2), {"a": 2})]))
    await store.write(lambda c: DROP.run(c, [("per_2", NOW), ("per_3", later(1))]))
    await store.write(lambda c: DROP.run(c, []))

    assert await kept(store) == [
        ("per_0", "default", {}, NOW),
        ("per_1", "default", {"a": 2}, later(2)),
        ("per_3", "default", {}, NOW),
    ]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(
            lambda c: ADD.insert(c, [(NOW, {"phone": "+1"}, "default", "per_1")]), id="rows together"
        ),
        pytest.param(lambda c: TAKE.run(c, [("per_0", "per_1")]), id="each row"),
    ],
)
async def test_a_row_that_can_not_be_stored_is_told_as_by_sqlalchemy(
    store: Store, change: Callable[[Connection], None]
) -> None:
    await store.write(lambda c: ADD.insert(c, [(NOW, {}, "default", f"per_{n}") for n in range(2)]))

    with pytest.raises(IntegrityError) as raised:
        await store.write(change)

    assert "+1" not in str(raised.value)
    assert [row[3] for row in await kept(store)] == [NOW, NOW]


async def test_what_is_asked_for_together_is_of_one_moment(sqlite_store: SqliteStore) -> None:
    def ask(connection: Connection) -> bool:
        driver = cast("sqlite3.Connection", connection.connection.driver_connection)
        assert not driver.in_transaction
        ASK.rows(connection, ["per_1"])
        return driver.in_transaction

    assert await sqlite_store.read(ask)


async def test_of_many_rows_a_server_is_told_at_once(store: Store) -> None:
    await store.write(lambda c: ADD.insert(c, [(NOW, {}, "default", f"per_{n}") for n in range(5)]))
    told: list[tuple[str, bool]] = []

    def change(connection: Connection) -> None:
        event.listen(
            connection,
            "before_cursor_execute",
            lambda _c, _cursor, statement, _given, _context, many: told.append((statement.split()[0], many)),
        )
        SET.run(connection, [(f"per_{n}", later(n), {"n": [n, "\x00", None]}) for n in (3, 1, 2)])
        DROP.run(connection, [("per_3", later(3)), ("per_0", later(1)), ("per_4", NOW)])

    await store.write(change)

    row_by_row = isinstance(store, SqliteStore)
    assert told == [("UPDATE", row_by_row), ("DELETE", row_by_row)]
    assert await kept(store) == [
        ("per_0", "default", {}, NOW),
        *((f"per_{n}", "default", {"n": [n, "\x00", None]}, later(n)) for n in (1, 2)),
    ]


@pytest.mark.parametrize("when", ["before_cursor_execute", "after_cursor_execute"])
async def test_whoever_listens_hears_of_every_statement(store: Store, when: str) -> None:
    told: list[str] = []

    def change(connection: Connection) -> None:
        event.listen(
            connection, when, lambda _c, _cursor, statement, *_rest: told.append(statement.split()[0])
        )
        ADD.insert(connection, [(NOW, {}, "default", "per_1")])
        ASK.rows(connection, ["per_1"])
        DROP.run(connection, [("per_1", later(3))])

    await store.write(change)

    assert told == ["INSERT", "SELECT", "DELETE"]


async def test_what_one_row_changes_another_may_name(store: Store) -> None:
    await store.write(lambda c: ADD.insert(c, [(NOW, {}, "a", "per_1"), (NOW, {}, "b", "per_2")]))
    move = Each(update(people).where(people.c.space == bindparam("before")), "before", "space", in_turn=True)

    await store.write(lambda c: move.run(c, [("a", "b"), ("b", "c")]))

    assert [space for _id, space, *_ in await kept(store)] == ["c", "c"]


async def test_what_is_true_or_false_is_read_so_again(store: Store) -> None:
    phones = Rows(person_phones, "person_id", "phone", "space", "by_server", "seen_at")

    def change(connection: Connection) -> None:
        ADD.insert(connection, [(NOW, {}, "default", "per_1")])
        rows = [
            ("per_1", "+12025550100", "default", True, NOW),
            ("per_1", "+12025550101", "default", False, NOW),
        ]
        phones.insert(connection, rows)

    await store.write(change)

    query = select(person_phones.c.by_server).order_by(person_phones.c.phone)
    assert await store.read(lambda c: list(c.scalars(query))) == [True, False]


async def test_many_are_asked_for_by_one_statement_and_what_is_too_long_for_the_column_is_nobody(
    store: Store,
) -> None:
    long = "per_" + "x" * 60
    await store.write(
        lambda c: ADD.insert(c, [(NOW, {"of": one}, "default", one) for one in ("per_1", long)])
    )
    asked = Ask(
        select(people.c.id, people.c.traits, people.c.updated_at)
        .where(among(people.c.id, "many"), people.c.space == bindparam("space"))
        .order_by(people.c.id)
        .limit(5),
        *("space", "many"),
    )

    async def found(*many: str) -> list[tuple[object, ...]]:
        return [tuple(row) for row in await store.read(lambda c: asked.rows(c, "default", list(many)))]

    assert await found("per_1", "per_2", long) == [
        ("per_1", {"of": "per_1"}, NOW),
        (long, {"of": long}, NOW),
    ]
    assert await found(long + "y") == []
    assert await found() == []
    assert await store.read(lambda c: list(asked.rows(c, "other", ["per_1"]))) == []
