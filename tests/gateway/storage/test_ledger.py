"""What a ledger is called, and whose keys it takes: one suite over every engine."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from gateway.errors import StartupError
from gateway.secrets import Secrets
from gateway.storage import ledger
from gateway.storage.engine import Store

WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
OLD, NEW, OTHER = ("x" * 31 + end for end in "onz")


async def introduce(store: Store, *keys: str) -> str:
    return await store.write(lambda c: ledger.introduce(c, Secrets(keys)))


async def test_it_has_one_name_for_all_who_come(store: Store) -> None:
    name = await introduce(store, OLD)

    assert name.startswith("ldg_")
    assert await introduce(store, OLD) == name


async def test_whoever_has_other_keys_is_sent_away_and_changes_nothing(store: Store) -> None:
    name = await introduce(store, OLD)

    with pytest.raises(StartupError, match="the same HELIOGRAPH_SECRET_KEYS"):
        await introduce(store, OTHER)

    assert await introduce(store, OLD) == name


async def test_a_key_is_changed_by_putting_the_new_one_in_front(store: Store) -> None:
    await introduce(store, OLD)
    await introduce(store, OLD, NEW)
    await introduce(store, NEW, OLD)

    await introduce(store, NEW)

    with pytest.raises(StartupError):
        await introduce(store, OLD)


async def test_two_who_come_first_at_the_same_moment_find_one_name(
    postgresql_store: Store, postgresql: str
) -> None:
    engine = create_async_engine(postgresql)
    async with engine.connect() as first:
        named = await first.run_sync(lambda c: ledger.introduce(c, Secrets([OLD])))
        second = asyncio.create_task(introduce(postgresql_store, OLD))
        while not await first.scalar(text(WAITING)):
            assert not second.done()
        await first.commit()
        assert await second == named
    await engine.dispose()
