"""The ledger on PostgreSQL: what a server does to it, and how that is told."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.util import await_only

from gateway.errors import StoreUnavailable
from gateway.storage import engine
from gateway.storage.engine import PostgresStore, Store
from gateway.storage.locks import lock_numbers
from gateway.storage.tables import event_keys
from tests.factories import NOW
from tests.gateway.postgresql import closed, hang_up, on_server, read_only, refusing


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


async def test_two_changes_that_wait_for_one_another_are_trouble_that_passes(postgresql_store: Store) -> None:
    met = asyncio.Barrier(2)

    def crossing(first: str, second: str) -> Any:
        def change(connection: Connection) -> None:
            lock_numbers(connection, [("default", first)])
            await_only(met.wait())
            lock_numbers(connection, [("default", second)])

        return change

    results = await asyncio.gather(
        postgresql_store.write(crossing("+1", "+2")),
        postgresql_store.write(crossing("+2", "+1")),
        return_exceptions=True,
    )

    assert [type(result) for result in results if result is not None] == [StoreUnavailable]


async def test_what_a_process_holds_that_hangs_is_free_before_it_wakes(
    postgresql: str, postgresql_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "HANGING_SECONDS", 1)
    other = PostgresStore(postgresql)
    locked, woken = asyncio.Event(), asyncio.Event()

    def hang(connection: Connection) -> None:
        lock_numbers(connection, [("default", "+1")])
        locked.set()
        await_only(woken.wait())
        connection.execute(text("SELECT 1"))

    hanging = asyncio.create_task(other.write(hang))
    await asyncio.wait_for(locked.wait(), 10)
    await postgresql_store.write(lambda c: lock_numbers(c, [("default", "+1")]))  # within LOCK_SECONDS
    woken.set()

    with pytest.raises(StoreUnavailable, match="Nothing was changed"):
        await hanging
    await other.close()


async def test_a_locked_number_waits_for_the_end_of_the_other_change(postgresql_store: Store) -> None:
    order: list[str] = []
    locked, free = asyncio.Event(), asyncio.Event()

    def first(connection: Connection) -> None:
        lock_numbers(connection, [("default", "+1")])
        locked.set()
        await_only(free.wait())
        order.append("first")

    def second(connection: Connection) -> None:
        lock_numbers(connection, [("default", "+1")])
        order.append("second")

    def elsewhere(connection: Connection) -> None:
        lock_numbers(connection, [("other", "+1")])
        order.append("elsewhere")

    one = asyncio.create_task(postgresql_store.write(first))
    await asyncio.wait_for(locked.wait(), 10)
    two = asyncio.create_task(postgresql_store.write(second))
    await postgresql_store.write(elsewhere)
    free.set()
    await asyncio.gather(one, two)

    assert order == ["elsewhere", "first", "second"]


async def test_a_lost_server_is_trouble_of_the_store(postgresql_store: Store) -> None:
    end = text("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(StoreUnavailable, match=r"^The database did not commit"):
        await postgresql_store.write(lambda c: c.execute(end))
    with pytest.raises(StoreUnavailable, match=r"^The database can't be read"):
        await postgresql_store.read(lambda c: c.execute(end))

    assert await postgresql_store.write(keep(1)) == 1


def backend(connection: Connection) -> Any:
    return connection.scalar(text("SELECT pg_backend_pid()"))


async def test_a_connection_that_the_server_ended_meanwhile_is_replaced_unnoticed(
    postgresql: str, postgresql_store: Store
) -> None:
    before = await postgresql_store.read(backend)

    await on_server(postgresql, hang_up(postgresql))

    assert await postgresql_store.read(backend) != before
    assert await postgresql_store.write(keep(1), bounded=True) == 1


@pytest.mark.parametrize(("idle_seconds", "tried"), [(0.0, 2), (3600.0, 0)])
async def test_a_connection_is_tried_before_it_is_used_where_it_was_idle(
    postgresql_store: PostgresStore, monkeypatch: pytest.MonkeyPatch, idle_seconds: float, tried: int
) -> None:
    asked: list[object] = []
    dialect = postgresql_store._engine.dialect
    ping = dialect.do_ping

    def note(raw: Any) -> bool:
        asked.append(raw)
        return ping(raw)

    monkeypatch.setattr(dialect, "do_ping", note)
    monkeypatch.setattr(engine, "IDLE_SECONDS", idle_seconds)
    before = await postgresql_store.read(backend)
    asked.clear()

    assert [await postgresql_store.read(backend) for _ in range(2)] == [before] * 2
    assert len(asked) == tried


async def test_an_idle_connection_whose_server_went_without_a_word_is_replaced_unnoticed(
    postgresql_store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await postgresql_store.read(backend)
    dialect = postgresql_store._engine.dialect

    def fail(_raw: object) -> bool:
        raise dialect.loaded_dbapi.OperationalError("no route to host")

    monkeypatch.setattr(dialect, "do_ping", fail)
    monkeypatch.setattr(engine, "IDLE_SECONDS", 0.0)

    assert await postgresql_store.read(backend) != before


@pytest.mark.parametrize(
    "state", ["08006", "25006", "40001", "40P01", "53100", "53300", "55P03", "57014", "57P03", "58030"]
)
async def test_what_a_server_can_not_do_now_is_trouble_of_the_store(
    postgresql_store: Store, state: str
) -> None:
    async with refusing(postgresql_store, "event_keys", state):
        with pytest.raises(StoreUnavailable, match=r"^The database did not commit .*no luck"):
            await postgresql_store.write(keep(1))

    assert await kept(postgresql_store) == []
    assert await postgresql_store.write(keep(1)) == 1


@pytest.mark.parametrize("state", ["22001", "23505", "42P01", "P0001"])
async def test_what_a_change_did_wrong_is_no_trouble_of_the_store(
    postgresql_store: Store, state: str
) -> None:
    async with refusing(postgresql_store, "event_keys", state):
        with pytest.raises(DBAPIError, match=r"no luck"):
            await postgresql_store.write(keep(1))


async def test_a_server_that_only_reads_is_trouble_of_the_store_and_passes(
    postgresql: str, postgresql_store: Store
) -> None:
    async with read_only(postgresql):
        with pytest.raises(StoreUnavailable, match=r"read-only transaction"):
            await postgresql_store.write(keep(1), bounded=True)
        assert await kept(postgresql_store) == []

    assert await postgresql_store.write(keep(1), bounded=True) == 1


async def test_a_database_that_lets_nobody_in_is_trouble_of_the_store_and_passes(
    postgresql: str, postgresql_store: Store
) -> None:
    async with closed(postgresql):
        with pytest.raises(StoreUnavailable, match=r"^The database did not commit"):
            await postgresql_store.write(keep(1), bounded=True)
        with pytest.raises(StoreUnavailable, match=r"^The database can't be read"):
            await kept(postgresql_store)

    assert await postgresql_store.write(keep(1), bounded=True) == 1


async def test_a_statement_waits_for_others_and_runs_for_so_long_and_a_migration_as_long_as_it_takes(
    postgresql_store: Store,
) -> None:
    def limits(connection: Connection) -> list[Any]:
        return [connection.scalar(text(f"SHOW {name}")) for name in ("lock_timeout", "statement_timeout")]

    def while_migrating(connection: Connection) -> list[Any]:
        engine._upgrade(connection)
        return limits(connection)

    assert await postgresql_store.read(limits) == ["4s", "30s"]
    assert await postgresql_store.write(while_migrating) == ["0", "0"]
