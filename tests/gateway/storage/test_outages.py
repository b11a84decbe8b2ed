"""What a database can't do now is an outage; what a statement does wrong is not. Real errors, where they can be had."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, bindparam, text
from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError

from gateway.errors import StoreUnavailable
from gateway.storage.engine import Store
from gateway.storage.outages import is_outage
from gateway.storage.sqlite import SqliteStore

Change = Callable[[Connection], Any]


def run(*statements: str, **values: Any) -> Change:
    def change(connection: Connection) -> None:
        for statement in statements:
            connection.execute(text(statement), values)

    return change


WRONG = {
    "no such column": run("SELECT nothing FROM jobs"),
    "no such table": run("SELECT 1 FROM nowhere"),
    "syntax": run("SELEC 1"),
    "a constraint": run("INSERT INTO event_keys (message_id) VALUES ('m')"),
    "a value that can't be bound": run("SELECT 1 FROM jobs WHERE id = :id", id=object()),
}


@pytest.mark.parametrize("change", WRONG.values(), ids=list(WRONG))
async def test_a_wrong_statement_is_no_outage(store: Store, change: Change) -> None:
    for run_it in (store.read, store.write):
        with pytest.raises(DBAPIError) as caught:
            await run_it(change)
        assert not is_outage(caught.value)

    await store.write(run("SELECT 1"))


# -- SQLite --------------------------------------------------------------------------------------------------------


SQLITE_WRONG = {
    "SQLITE_MISMATCH": run("INSERT INTO jobs (id) VALUES ('a')"),
    "SQLITE_TOOBIG": run("SELECT zeroblob(2000000000)"),
    "SQLITE_ERROR": run("SELECT abs(-9223372036854775808)"),
}


@pytest.mark.parametrize("name", SQLITE_WRONG)
async def test_sqlites_word_for_a_wrong_statement_is_no_outage(sqlite_store: SqliteStore, name: str) -> None:
    with pytest.raises(DBAPIError) as caught:
        await sqlite_store.write(SQLITE_WRONG[name])

    assert getattr(caught.value.orig, "sqlite_errorname", None) == name


def interrupted(connection: Connection) -> None:
    raw: Any = connection.connection.driver_connection
    raw.set_progress_handler(lambda: 1, 1)
    try:
        connection.execute(text("SELECT count(*) FROM jobs"))
    finally:
        raw.set_progress_handler(None, 1)


def without_room(connection: Connection) -> None:
    connection.execute(text("PRAGMA max_page_count = 1"))  # as many as there are
    connection.execute(text("CREATE TABLE large AS SELECT zeroblob(10000000) AS content"))


def without_sqlalchemy(connection: Connection) -> None:
    raw: Any = connection.connection.driver_connection
    raw.execute("PRAGMA query_only = ON")
    try:
        raw.execute("DELETE FROM jobs")
    finally:
        raw.execute("PRAGMA query_only = OFF")


SQLITE_OUTAGES = {
    "attempt to write a readonly database": without_sqlalchemy,
    "database or disk is full": without_room,
    "interrupted": interrupted,
    "unable to open database": run("ATTACH DATABASE '/nowhere/at/all' AS other"),
}


@pytest.mark.parametrize("words", SQLITE_OUTAGES)
async def test_what_a_file_can_not_do_now_is_an_outage(sqlite_store: SqliteStore, words: str) -> None:
    with pytest.raises(StoreUnavailable, match=words):
        await sqlite_store.write(SQLITE_OUTAGES[words])


async def test_a_file_that_is_damaged_is_an_outage(sqlite_store: SqliteStore, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(b"no database" * 1000)

    with pytest.raises(StoreUnavailable, match=r"file is not a database"):
        await sqlite_store.write(
            run(f"ATTACH DATABASE '{damaged}' AS other", "SELECT * FROM other.sqlite_master")
        )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("SQLITE_BUSY", True),
        ("SQLITE_BUSY_SNAPSHOT", True),
        ("SQLITE_LOCKED", True),
        ("SQLITE_IOERR_WRITE", True),
        ("SQLITE_IOERR_FSYNC", True),
        ("SQLITE_FULL", True),
        ("SQLITE_READONLY_DBMOVED", True),
        ("SQLITE_CANTOPEN_ISDIR", True),
        ("SQLITE_CORRUPT_INDEX", True),
        ("SQLITE_NOTADB", True),
        ("SQLITE_PROTOCOL", True),
        ("SQLITE_ERROR", False),
        ("SQLITE_ERROR_MISSING_COLLSEQ", False),
        ("SQLITE_MISUSE", False),
        ("SQLITE_RANGE", False),
        ("SQLITE_CONSTRAINT_UNIQUE", False),
        ("SQLITE_INTERNAL", False),
    ],
)
def test_each_word_of_sqlite_is_an_outage_or_not(name: str, expected: bool) -> None:
    error = sqlite3.OperationalError(name)
    error.sqlite_errorcode = getattr(sqlite3, name)

    assert is_outage(error) is expected
    assert is_outage(OperationalError("SELECT 1", {}, error)) is expected
    assert is_outage(DatabaseError("SELECT 1", {}, error)) is expected


# -- PostgreSQL ----------------------------------------------------------------------------------------------------


def too_many_values(connection: Connection) -> None:
    query = text("SELECT 1 WHERE 1 IN :many").bindparams(bindparam("many", expanding=True))
    connection.execute(query, {"many": range(40_000)})


POSTGRESQL_WRONG = {
    "22012": run("SELECT 1 / 0"),
    "22000": run("SELECT CAST(:x AS integer)", x="a"),
    "42883": run("SELECT nothing(1)"),
    None: too_many_values,
}


@pytest.mark.parametrize("state", POSTGRESQL_WRONG)
async def test_postgresqls_word_for_a_wrong_statement_is_no_outage(
    postgresql_store: Store, state: str | None
) -> None:
    with pytest.raises(DBAPIError) as caught:
        await postgresql_store.write(POSTGRESQL_WRONG[state])

    assert getattr(caught.value.orig, "sqlstate", None) == state
    assert not is_outage(caught.value)


POSTGRESQL_OUTAGES = {
    "canceling statement due to statement timeout": run(
        "SET LOCAL statement_timeout = 10", "SELECT pg_sleep(9)"
    ),
    "permission denied": run("SET LOCAL ROLE pg_monitor", "DELETE FROM jobs"),
    "read-only transaction": run("SET TRANSACTION READ ONLY", "DELETE FROM jobs"),
    "terminating connection": run("SELECT pg_terminate_backend(pg_backend_pid())"),
}


@pytest.mark.parametrize("words", POSTGRESQL_OUTAGES)
async def test_what_a_server_can_not_do_now_is_an_outage(postgresql_store: Store, words: str) -> None:
    with pytest.raises(StoreUnavailable, match=words):
        await postgresql_store.write(POSTGRESQL_OUTAGES[words])
