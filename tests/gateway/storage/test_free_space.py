"""What removed rows leave of a SQLite file, and how the disk gets it back."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert

from gateway.errors import StartupError
from gateway.settings import Settings
from gateway.storage import free_space, retention, tables
from gateway.storage.engine import Store
from gateway.storage.sqlite import SqliteStore
from tests.factories import NOW

LEFT = 44
"""More pages than an empty file has that one may keep whose rows are gone."""


def pragma(file: Path, name: str) -> int:
    with closing(sqlite3.connect(file)) as other:
        number: int = other.execute(f"PRAGMA {name}").fetchone()[0]
        return number


def fill(connection: Connection) -> None:
    """Some 8 MB of keys, a day old."""
    key = {"space": "default", "operation": "o", "input_hash": "h" * 64, "result_id": "r", "created_at": NOW}
    rows = [{**key, "key": f"{number:0255}"} for number in range(10_000)]
    connection.execute(insert(tables.idempotency_keys), rows)


def as_it_was(file: Path) -> None:
    """A file of before."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("PRAGMA auto_vacuum=NONE")
        other.execute("VACUUM")


async def test_a_new_file_shrinks_once_old_rows_are_forgotten_but_for_a_tenth(
    sqlite_store: SqliteStore, database: Path
) -> None:
    empty = pragma(database, "page_count")
    await sqlite_store.write(fill)
    full = pragma(database, "page_count")

    await retention.forget(sqlite_store, Settings(), NOW + timedelta(days=2))

    left, free = pragma(database, "page_count"), pragma(database, "freelist_count")
    assert (full > 700, left < empty + LEFT) == (True, True)
    assert left // free_space.SPARE <= free < 2 * left // free_space.SPARE
    await sqlite_store.close()
    assert len(await asyncio.to_thread(database.read_bytes)) == left * 8192


async def test_it_is_given_back_in_small_steps(sqlite_store: SqliteStore, database: Path) -> None:
    await sqlite_store.write(fill)
    await sqlite_store.write(lambda c: c.execute(tables.idempotency_keys.delete()))
    full = pragma(database, "page_count")

    assert await sqlite_store.write(free_space.give_back)

    assert pragma(database, "page_count") == full - free_space.STEP


async def test_a_file_of_before_keeps_its_size_until_it_is_written_anew(database: Path) -> None:
    as_it_was(database)
    store = SqliteStore.open(database)
    empty = pragma(database, "page_count")
    await store.write(fill)
    full = pragma(database, "page_count")
    await retention.forget(store, Settings(), NOW + timedelta(days=2))
    assert await store.read(free_space.is_kept)
    assert pragma(database, "page_count") == full
    await store.write(fill)
    await store.close()

    free_space.vacuum(database)

    store = SqliteStore.open(database)
    assert not await store.read(free_space.is_kept)
    await retention.forget(store, Settings(), NOW + timedelta(days=2))
    assert pragma(database, "page_count") < empty + LEFT
    await store.close()


async def test_a_file_that_is_in_use_is_left_as_it_is(database: Path) -> None:
    as_it_was(database)
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(
            StartupError, match=r"was not written anew \(database is locked\)\. Nothing in it was changed"
        ):
            free_space.vacuum(database)

    assert pragma(database, "auto_vacuum") == 0


async def test_postgresql_sees_to_it_by_itself(postgresql_store: Store) -> None:
    assert not await postgresql_store.read(free_space.is_kept)
    assert not await postgresql_store.write(free_space.give_back)
