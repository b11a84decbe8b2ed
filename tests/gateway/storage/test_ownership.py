import asyncio

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.errors import StartupError
from gateway.storage import ownership
from gateway.storage.engine import Store
from gateway.storage.ownership import held, holders
from tests.gateway.postgresql import hang_up, on_server


@pytest.fixture
def prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is looked at every moment whether the ledger is held."""
    monkeypatch.setattr(ownership, "LOOK_SECONDS", 0.0)


async def are(store: Store, count: int) -> None:
    """Until so many hold it."""
    async with asyncio.timeout(20):
        while await store.read(holders) != count:  # noqa: ASYNC110  the server tells nobody of its locks
            await asyncio.sleep(0)


async def test_one_process_at_a_time_holds_a_ledger(address: str) -> None:
    async with held(address, alone=True):
        with pytest.raises(StartupError, match=r"Another heliograph (serves from|works on the database)"):
            async with held(address, alone=True):
                pytest.fail("two processes held it")


async def test_the_next_may_hold_it_once_the_first_has_ended(address: str) -> None:
    async with held(address, alone=True):
        pass

    async with held(address, alone=True):
        again = True

    assert again


async def test_a_server_that_is_not_there_is_said_to_be_so() -> None:
    with pytest.raises(
        StartupError, match=r"PostgreSQL at 127\.0\.0\.1:1 can't be used \(.*Connect call failed"
    ):
        async with held("postgresql+asyncpg://nobody@127.0.0.1:1/none", alone=True):
            pytest.fail("it was held")


async def test_several_hold_it_beside_one_another(postgresql: str) -> None:
    async with held(postgresql, alone=False), held(postgresql, alone=False):
        with pytest.raises(
            StartupError, match=r"without HELIOGRAPH_REDIS_URL a process works alone\. Nothing was started"
        ):
            async with held(postgresql, alone=True):
                pytest.fail("one held it alone beside two others")


async def test_nobody_joins_a_process_that_works_alone(postgresql: str) -> None:
    async with held(postgresql, alone=True):
        with pytest.raises(
            StartupError, match=r"A heliograph without HELIOGRAPH_REDIS_URL works alone on the database"
        ):
            async with held(postgresql, alone=False):
                pytest.fail("another held it beside one that works alone")


@pytest.mark.usefixtures("prompt")
async def test_it_is_held_again_once_the_server_is_back(postgresql: str, postgresql_store: Store) -> None:
    async with held(postgresql, alone=True, end=lambda: pytest.fail("it was told to end")):
        await on_server(postgresql, hang_up(postgresql))
        await are(postgresql_store, 1)

        with pytest.raises(StartupError, match="Another heliograph works on the database"):
            async with held(postgresql, alone=True):
                pytest.fail("two processes held it")


async def test_who_finds_another_there_once_the_server_is_back_is_told_to_end(
    postgresql: str, anyio_backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ownership, "LOOK_SECONDS", 0.0)
    told, other_is_there, take = asyncio.Event(), asyncio.Event(), ownership._taken

    async def taken(engine: AsyncEngine, *, alone: bool) -> AsyncConnection | None:
        if not alone:
            await other_is_there.wait()
        return await take(engine, alone=alone)

    monkeypatch.setattr(ownership, "_taken", taken)
    other_is_there.set()
    async with held(postgresql, alone=False, end=told.set):
        other_is_there.clear()
        await on_server(postgresql, hang_up(postgresql))
        async with held(postgresql, alone=True, end=lambda: pytest.fail("it was told to end")):
            other_is_there.set()
            async with asyncio.timeout(20):
                await told.wait()

    assert told.is_set()
