"""The way into the queue: many at once, all of them on disk before anybody hears of it."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import Connection, select

from gateway.clock import ManualClock
from gateway.errors import StoreBusy, StoreUnavailable
from gateway.ingest import intake
from gateway.ingest.intake import Intake
from gateway.jobs import JobKind, NewJob
from gateway.storage.engine import Store
from gateway.storage.tables import jobs
from tests.factories import NOW


class Watched:
    """A store that says how many jobs each change put into the queue, and may refuse to."""

    def __init__(self, store: Store, refusal: Exception | None = None) -> None:
        self.sizes: list[int] = []
        self._store = store
        self._refusal = refusal

    async def write(self, change: Any, *, bounded: bool = False, size: int = 0) -> Any:
        assert bounded
        self.sizes.append(size)
        if self._refusal is not None:
            raise self._refusal
        return await self._store.write(change, bounded=bounded, size=size)


def job(number: int, size: int = 4) -> NewJob:
    return NewJob(JobKind.MATCH, b"%04d" % number + b"x" * (size - 4))


def opened(store: Any) -> Intake:
    return Intake(store, ManualClock(NOW))


async def kept(store: Store) -> list[bytes]:
    def read(connection: Connection) -> list[bytes]:
        return [payload[:4] for payload in connection.scalars(select(jobs.c.payload).order_by(jobs.c.id))]

    return await store.read(read)


async def test_what_comes_together_is_one_change_in_its_order(store: Store) -> None:
    watched = Watched(store)
    door = opened(watched)

    await asyncio.gather(*(door.put(job(number)) for number in range(5)))
    await door.put(job(5))

    assert watched.sizes == [20, 4]
    assert await kept(store) == [b"%04d" % number for number in range(6)]


async def test_a_change_holds_so_many_jobs_and_bytes_at_most(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MOST_JOBS", 3)
    monkeypatch.setattr(intake, "MOST_BYTES", 100)
    watched = Watched(store)
    door = opened(watched)

    await asyncio.gather(*(door.put(job(number)) for number in range(4)))
    await asyncio.gather(*(door.put(job(number, size=60)) for number in range(4, 7)))

    assert watched.sizes == [12, 4, 120, 60]
    assert len(await kept(store)) == 7


@pytest.mark.parametrize("refusal", [StoreBusy("full"), StoreUnavailable("down")])
async def test_where_the_store_refuses_each_hears_of_it_and_nothing_is_kept(
    store: Store, refusal: Exception
) -> None:
    door = opened(Watched(store, refusal))

    results = await asyncio.gather(*(door.put(job(number)) for number in range(3)), return_exceptions=True)

    assert results == [refusal] * 3
    assert await kept(store) == []


async def test_one_who_gave_up_takes_nobody_along(store: Store) -> None:
    door = opened(store)
    first, second = (door.put(job(number)) for number in range(2))
    await asyncio.sleep(0)

    first.cancel()

    await second
    assert first.cancelled()
    assert await kept(store) == [b"0000", b"0001"]
