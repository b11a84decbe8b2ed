"""The store: read something, or change something durably; one suite over both engines."""

import asyncio
import random
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.util import await_only

from gateway.errors import StoreBusy, StoreUnavailable
from gateway.storage import sqlite
from gateway.storage.engine import Store, probe
from gateway.storage.sqlite import SqliteStore
from gateway.storage.tables import event_keys
from tests.factories import NOW


def keep(number: int) -> Any:
    def change(connection: Connection) -> int:
        connection.execute(
            insert(event_keys).values(
                source_id="s", message_id=f"m-{number:04}", event_id="e", received_at=NOW
            )
        )
        return number

    return change


async def kept(store: Store) -> list[str]:
    return await store.read(
        lambda c: list(c.scalars(select(event_keys.c.message_id).order_by(event_keys.c.message_id)))
    )


async def test_a_change_is_seen_once_it_is_answered(store: Store) -> None:
    assert await store.write(keep(1)) == 1

    assert await kept(store) == ["m-0001"]


async def test_a_change_that_raises_leaves_nothing_behind(store: Store) -> None:
    def change(connection: Connection) -> None:
        keep(1)(connection)
        raise ValueError("halfway")

    with pytest.raises(ValueError, match=r"halfway"):
        await store.write(change)

    assert await kept(store) == []


async def test_of_many_at_once_one_that_fails_fails_alone(store: Store) -> None:
    await store.write(keep(13))

    results = await asyncio.gather(
        *(store.write(keep(number)) for number in range(30)), return_exceptions=True
    )

    failed = [number for number, result in enumerate(results) if isinstance(result, BaseException)]
    assert failed == [13]
    assert isinstance(results[13], IntegrityError)
    assert len(await kept(store)) == 30


async def test_a_read_sees_one_moment(sqlite_store: SqliteStore) -> None:
    def twice(connection: Connection) -> tuple[int, int]:
        query = select(event_keys.c.message_id)
        before = len(connection.execute(query).all())
        reading.set()
        assert written.wait(10)
        return before, len(connection.execute(query).all())

    reading, written = threading.Event(), threading.Event()
    looking = asyncio.create_task(sqlite_store.read(twice))
    await asyncio.to_thread(reading.wait, 10)
    await sqlite_store.write(keep(1))
    written.set()

    assert await looking == (0, 0)


async def test_postgresql_reads_from_one_snapshot(postgresql_store: Store) -> None:
    level = await postgresql_store.read(lambda c: c.scalar(text("SHOW transaction_isolation")))

    assert level == "repeatable read"
    assert (
        await postgresql_store.write(lambda c: c.scalar(text("SHOW transaction_isolation")))
        == "read committed"
    )


async def test_past_the_backlog_new_work_is_refused_and_what_was_begun_is_recorded(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.storage.sqlite.BACKLOG", 3)
    monkeypatch.setattr("gateway.storage.engine.BACKLOG", 3)
    entered, free = threading.Event(), threading.Event()

    def slow(connection: Connection) -> None:
        entered.set()
        assert free.wait(10)

    if isinstance(store, SqliteStore):
        blocking = [asyncio.create_task(store.write(slow))]
        await asyncio.to_thread(entered.wait, 10)
        taken = [asyncio.create_task(store.write(keep(number))) for number in range(3)]
    else:
        blocking = []
        taken = [asyncio.create_task(store.write(keep(number))) for number in range(3)]
    await asyncio.sleep(0)

    with pytest.raises(
        StoreBusy, match=r"^3 changes wait for the (disk|database). Nothing of this one was kept"
    ):
        await store.write(keep(3), bounded=True)
    recorded = asyncio.create_task(store.write(keep(4)))
    await asyncio.sleep(0)

    free.set()
    assert await asyncio.gather(*blocking, *taken, recorded) == [None] * len(blocking) + [0, 1, 2, 4]
    assert await store.write(keep(3), bounded=True) == 3
    assert len(await kept(store)) == 5


async def test_past_so_many_bytes_new_work_is_refused_and_what_was_begun_is_recorded(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.storage.sqlite.BACKLOG_BYTES", 100)
    monkeypatch.setattr("gateway.storage.engine.BACKLOG_BYTES", 100)
    async with nobody_may_write(store):
        taken = [asyncio.create_task(store.write(keep(number), bounded=True, size=50)) for number in range(2)]
        await asyncio.sleep(0)

        with pytest.raises(StoreBusy):
            await store.write(keep(2), bounded=True, size=1)
        recorded = asyncio.create_task(store.write(keep(3)))
        await asyncio.sleep(0)

    assert await asyncio.gather(*taken, recorded) == [0, 1, 3]
    assert await store.write(keep(4), bounded=True, size=100) == 4
    assert len(await kept(store)) == 4


async def test_an_error_does_not_show_what_was_to_be_stored(store: Store) -> None:
    def change(connection: Connection) -> None:
        for _ in range(2):
            connection.execute(
                insert(event_keys).values(
                    source_id="s", message_id="m", event_id="+12025550101", received_at=NOW
                )
            )

    with pytest.raises(IntegrityError) as caught:
        await store.write(change)

    assert "+12025550101" not in str(caught.value)


# -- bounded changes, which are refused where their turn does not come ------------------------------------------------


@asynccontextmanager
async def nobody_may_write(store: Store) -> AsyncIterator[None]:
    """Somebody holds what every change needs, and does not let go."""
    entered, free = threading.Event(), threading.Event()

    def hold(connection: Connection) -> None:
        if not isinstance(store, SqliteStore):
            connection.execute(text("LOCK TABLE event_keys, jobs"))
        entered.set()
        if isinstance(store, SqliteStore):
            assert free.wait(10)
        else:
            await_only(asyncio.to_thread(free.wait, 10))

    holding = asyncio.create_task(store.write(hold))
    await asyncio.to_thread(entered.wait, 10)
    try:
        yield
    finally:
        free.set()
        await holding


async def test_a_bounded_change_whose_turn_does_not_come_is_refused_and_never_made(store: Store) -> None:
    async with nobody_may_write(store):
        with pytest.raises(
            StoreBusy, match=r"was not free for 0.1 s. Nothing of this change was kept, nor will be"
        ):
            await store.write(keep(1), bounded=True, size=100, within=0.1)
        begun = asyncio.create_task(store.write(keep(2)))

    assert await begun == 2
    assert await kept(store) == ["m-0002"]
    assert await store.write(keep(3), bounded=True) == 3


async def test_what_was_refused_takes_no_room(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.storage.sqlite.BACKLOG_BYTES", 100)
    monkeypatch.setattr("gateway.storage.engine.BACKLOG_BYTES", 100)

    async with nobody_may_write(store):
        for _ in range(3):
            with pytest.raises(StoreBusy, match=r"was not free"):
                await store.write(keep(1), bounded=True, size=100, within=0.02)


async def test_of_changes_that_are_refused_in_the_last_moment_none_is_made(store: Store) -> None:
    chance = random.Random(7)

    async def one(number: int) -> str | None:
        try:
            await store.write(keep(number), bounded=True, within=chance.uniform(0, 0.05))
        except (StoreBusy, StoreUnavailable):  # of a pool that is exhausted by connections that were given up
            return None
        return f"m-{number:04}"

    answered = await asyncio.gather(*(one(number) for number in range(400)))

    assert await kept(store) == sorted(message_id for message_id in answered if message_id is not None)


async def test_a_probe_leaves_nothing_behind(store: Store) -> None:
    await store.write(probe)

    assert await store.read(lambda c: c.scalar(text("SELECT count(*) FROM jobs"))) == 0


# -- SQLite: the writer that commits in groups ------------------------------------------------------------------------


async def test_what_a_change_would_be_undone_by_is_in_no_file_beside_the_data(
    sqlite_store: SqliteStore,
) -> None:
    kept = await sqlite_store.write(lambda c: c.exec_driver_sql("PRAGMA temp_store").scalar_one())

    assert kept == 2  # MEMORY


async def test_changes_that_wait_share_one_commit_in_their_order(sqlite_store: SqliteStore) -> None:
    commits: list[int] = []
    order: list[int] = []
    event.listen(sqlite_store._writer, "commit", lambda _connection: commits.append(1))
    entered, free = threading.Event(), threading.Event()

    def slow(connection: Connection) -> None:
        entered.set()
        assert free.wait(10)

    def note(number: int) -> Any:
        def change(connection: Connection) -> None:
            keep(number)(connection)
            order.append(number)

        return change

    first = asyncio.create_task(sqlite_store.write(slow))
    await asyncio.to_thread(entered.wait, 10)
    waiting = [asyncio.create_task(sqlite_store.write(note(number))) for number in range(100)]
    await asyncio.sleep(0)
    free.set()
    await asyncio.gather(first, *waiting)

    assert order == list(range(100))
    assert len(commits) == 2


async def test_what_was_answered_is_in_the_file(sqlite_store: SqliteStore, database: Path) -> None:
    await sqlite_store.write(keep(1))

    other = sqlite3.connect(database)
    assert other.execute("SELECT message_id FROM event_keys").fetchall() == [("m-0001",)]
    assert other.execute("PRAGMA journal_mode").fetchall() == [("wal",)]
    other.close()
    assert await sqlite_store.write(lambda c: c.execute(text("PRAGMA synchronous")).scalar()) == 2
    assert await sqlite_store.write(lambda c: c.execute(text("PRAGMA foreign_keys")).scalar()) == 1


async def test_a_commit_that_fails_is_heard_by_everybody_in_it_and_keeps_nothing(
    sqlite_store: SqliteStore,
) -> None:
    def refuse(_connection: Connection) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    entered, free = threading.Event(), threading.Event()

    def slow(connection: Connection) -> None:
        entered.set()
        assert free.wait(10)

    first = asyncio.create_task(sqlite_store.write(slow))
    await asyncio.to_thread(entered.wait, 10)
    waiting = [asyncio.create_task(sqlite_store.write(keep(number))) for number in range(5)]
    await asyncio.sleep(0)
    event.listen(sqlite_store._writer, "commit", refuse)
    free.set()
    results = await asyncio.gather(first, *waiting, return_exceptions=True)
    event.remove(sqlite_store._writer, "commit", refuse)

    assert {type(result) for result in results} == {StoreUnavailable}
    assert str(results[0]) == (
        "The database did not commit (disk I/O error). Nothing of this change was kept: try again."
    )
    assert await kept(sqlite_store) == []
    assert await sqlite_store.write(keep(7)) == 7


async def test_a_commit_that_fails_does_not_fail_the_next(sqlite_store: SqliteStore) -> None:
    def refuse(_connection: Connection) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    event.listen(sqlite_store._writer, "commit", refuse)
    with pytest.raises(StoreUnavailable):
        await sqlite_store.write(keep(1))
    event.remove(sqlite_store._writer, "commit", refuse)

    assert await sqlite_store.write(keep(2)) == 2
    assert await kept(sqlite_store) == ["m-0002"]


async def test_while_another_process_holds_the_file_changes_are_refused_in_time_and_never_made(
    sqlite_store: SqliteStore, database: Path
) -> None:
    other = sqlite3.connect(database, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")

    begun = [asyncio.create_task(sqlite_store.write(keep(1)))]
    with pytest.raises(StoreBusy, match=r"^The disk was not free for 0.1 s"):
        await sqlite_store.write(keep(2), bounded=True, within=0.1)
    other.execute("ROLLBACK")
    other.close()

    assert await asyncio.gather(*begun) == [1]
    assert await kept(sqlite_store) == ["m-0001"]


async def test_a_full_disk_is_trouble_of_the_store_and_passes(sqlite_store: SqliteStore) -> None:
    pages = await sqlite_store.write(lambda c: c.execute(text("PRAGMA page_count")).scalar())
    await sqlite_store.write(lambda c: c.execute(text(f"PRAGMA max_page_count = {pages}")))

    def much(connection: Connection) -> None:
        for number in range(1000):
            keep(number)(connection)

    with pytest.raises(StoreUnavailable) as caught:
        await sqlite_store.write(much)
    await sqlite_store.write(lambda c: c.execute(text("PRAGMA max_page_count = 1000000")))

    assert str(caught.value) == (
        "The database did not commit (database or disk is full). Nothing of this change was kept: try again."
    )
    assert await kept(sqlite_store) == []
    assert await sqlite_store.write(keep(7)) == 7


async def test_closing_commits_what_was_taken_and_takes_no_more(database: Path) -> None:
    store = SqliteStore.open(database)
    taken = [asyncio.create_task(store.write(keep(number))) for number in range(5)]
    await asyncio.sleep(0)

    await store.close()

    assert await asyncio.gather(*taken) == [0, 1, 2, 3, 4]
    with pytest.raises(StoreUnavailable, match=r"^The store is closed. Nothing of this change was kept.$"):
        await store.write(keep(5))
    with pytest.raises(StoreUnavailable, match=r"closed"):
        await store.read(lambda c: None)


async def test_a_caller_who_gave_up_breaks_nothing(sqlite_store: SqliteStore) -> None:
    entered, free = threading.Event(), threading.Event()

    def slow(connection: Connection) -> None:
        entered.set()
        assert free.wait(10)

    first = asyncio.create_task(sqlite_store.write(slow))
    await asyncio.to_thread(entered.wait, 10)
    given_up = asyncio.create_task(sqlite_store.write(keep(1)))
    await asyncio.sleep(0)
    given_up.cancel()
    free.set()
    await first

    assert await sqlite_store.write(keep(2)) == 2
    assert "m-0002" in await kept(sqlite_store)
    assert sqlite.GROUP == 200
