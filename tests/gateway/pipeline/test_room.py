"""A destination that is slow or fails keeps its own texts waiting, and nobody else's."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from destinations.kit import HttpRequest
from gateway.clock import ManualClock
from gateway.jobs import JobKind
from gateway.pipeline import load, outbox
from gateway.pipeline.decide import decide
from gateway.pipeline.outbox import Outbox
from gateway.pipeline.worker import Worker
from gateway.settings import Settings
from gateway.storage import leases, tables
from gateway.storage.engine import Store
from gateway.workspace import Destination, Mapping
from tests.factories import NOW, destination, identify, mapping, source, track
from tests.gateway.world import World

PATIENCE = 60.0
"""Seconds for what should never run out, on however slow a machine."""


class Slow:
    """The provider's requests to numbers that begin with +1202 hang until they are let go; `hanging` counts them by destination."""

    def __init__(self, world: World) -> None:
        self.hanging: Counter[str] = Counter()
        self.let_go = asyncio.Event()
        self._send = world.client.send
        world.client.send = self.send  # type: ignore[method-assign]  # as a provider in trouble

    async def send(self, request: HttpRequest) -> Any:
        form = dict(request.form or ())
        if form["To"].startswith("+1202"):
            whose = form["Callback"].split("/")[4]
            self.hanging[whose] += 1
            await self.let_go.wait()
        return await self._send(request)


@pytest.fixture
async def world(store: Store, database: Path, clock: ManualClock) -> AsyncIterator[World]:
    """A destination that sends as fast as it can, on each engine."""
    made = World(
        store, database, clock, Settings(data_dir=database.parent, public_url="https://texts.example.com")
    )
    await made.configure(source(), *sending("Slow"))
    yield made
    await made.services.reader.close()


def sending(event: str) -> tuple[Destination, Mapping]:
    """A destination of its own for these events."""
    name = event.lower()
    there = destination(id=f"dst_{name}", name=event)
    return there, mapping(id=f"map_{name}", name=name, trigger=f'event = "{event}"', destination_id=there.id)


async def texts(world: World, event: str, prefix: str, count: int) -> None:
    """One to each of so many people, whose numbers begin so."""
    people = {f"{event}-{at}": {"phone": f"{prefix}555{at:04d}", "sms_opt_in": True} for at in range(count)}
    await world.take(*(identify(userId=who, messageId=f"i-{who}", traits=of) for who, of in people.items()))
    await world.take(*(track(event=event, userId=who, messageId=f"m-{who}") for who in people))


async def states(world: World) -> Counter[tuple[str, str]]:
    """How many deliveries there are of each destination and state."""
    t = tables.deliveries
    query = select(t.c.destination_id, t.c.status, func.count()).group_by(t.c.destination_id, t.c.status)
    rows = await world.store.read(lambda c: c.execute(query).all())
    return Counter({(destination_id, status): count for destination_id, status, count in rows})


async def until(world: World, reached: Callable[[Counter[tuple[str, str]]], bool]) -> None:
    """Until the ledger is so."""
    changed, write = asyncio.Event(), world.store.write

    async def watched(change: Any, **how: Any) -> Any:
        result = await write(change, **how)
        changed.set()
        return result

    world.store.write = watched  # type: ignore[method-assign]  # as one who watches
    async with asyncio.timeout(PATIENCE):
        while not reached(await states(world)):
            changed.clear()
            await changed.wait()
    world.store.write = write  # type: ignore[method-assign]


@asynccontextmanager
async def worker_of(world: World) -> AsyncIterator[None]:
    """A worker, running."""
    worker = Worker(world.services)
    running = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        worker.stop()
        await running


async def test_a_destination_that_hangs_keeps_the_texts_of_no_other_waiting(world: World) -> None:
    await world.configure(*sending("Quick"))
    slow = Slow(world)
    await texts(world, "Slow", "+1202", 400)
    await texts(world, "Quick", "+1415", 300)

    async with worker_of(world):
        await until(world, lambda now: now["dst_quick", "ACCEPTED"] == 300 and now["dst_slow", "HELD"] == 144)
        seen = await states(world)
        hanging = slow.hanging.copy()
        slow.let_go.set()
        await until(world, lambda now: now["dst_slow", "ACCEPTED"] == 400)

    assert hanging == {"dst_slow": 256}
    assert seen == {
        ("dst_quick", "ACCEPTED"): 300,
        ("dst_slow", "SENDING"): 256,
        ("dst_slow", "HELD"): 144,
    }
    assert len(world.requests) == 700
    assert len({dict(one.form or ())["To"] for one in world.requests}) == 700


async def test_however_many_destinations_hang_another_keeps_room(world: World) -> None:
    await world.configure(*sending("Slower"), *sending("Slowest"), *sending("Quick"))
    slow = Slow(world)
    for number, event in enumerate(("Slow", "Slower", "Slowest")):
        await texts(world, event, f"+1202{number}"[:5], 300)
    await texts(world, "Quick", "+1415", 100)

    async with worker_of(world):
        await until(
            world,
            lambda now: (
                now["dst_quick", "ACCEPTED"] == 100
                and sum(count for (_, status), count in now.items() if status == "HELD") == 452
            ),
        )
        hanging = slow.hanging.copy()
        slow.let_go.set()
        await until(
            world, lambda now: sum(now.values()) == sum(now[key] for key in now if key[1] == "ACCEPTED")
        )

    assert hanging == {"dst_slow": 256, "dst_slower": 128, "dst_slowest": 64}
    assert len(world.requests) == 1_000


async def test_a_destination_alone_waits_for_its_own_room_and_nothing_is_put_aside(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "SLOW_SECONDS", 0.01)
    monkeypatch.setattr("gateway.pipeline.worker.SLOW_SECONDS", 0.01)
    waited, wait = asyncio.Semaphore(0), Outbox.wait_for_room

    async def counted(self: Outbox, seconds: float | None = None) -> None:
        await wait(self, seconds)
        waited.release()

    monkeypatch.setattr(Outbox, "wait_for_room", counted)
    slow = Slow(world)
    await texts(world, "Slow", "+1202", 300)

    async with worker_of(world):
        await until(world, lambda now: now["dst_slow", "SENDING"] == 256)
        for _ in range(5):
            await asyncio.wait_for(waited.acquire(), PATIENCE)
        seen = await states(world)
        slow.let_go.set()
        await until(world, lambda now: now["dst_slow", "ACCEPTED"] == 300)

    assert seen == {("dst_slow", "SENDING"): 256, ("dst_slow", "PENDING"): 44}
    held = select(func.count()).where(tables.deliveries.c.held_at.is_not(None))
    assert await world.store.read(lambda c: c.scalar(held)) == 0


async def test_so_many_looks_of_a_destination_are_under_way_and_the_next_come_later(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await texts(world, "Slow", "+1202", 5)
    loaded = await world.store.write(
        lambda c: load.items(c, leases.lease(c, JobKind.DELIVER, 5, NOW, leases.LEASE))
    )
    asked: list[bool] = []
    let_go = asyncio.Event()

    async def hanging(_services: object, _items: object, *, busy: bool) -> None:
        asked.append(busy)
        if not busy:
            await let_go.wait()

    monkeypatch.setattr("gateway.pipeline.reconcile.look_up", hanging)
    for one in loaded.there:
        world.outbox.look_up(load.Turn(one.job, one.delivery))
        await asyncio.sleep(0)
    await asyncio.sleep(0)

    assert asked == [False, False, False, False, True]
    let_go.set()
    await world.outbox.finished()
    assert world.outbox.room("dst_slow") == 256


async def test_what_hangs_as_it_reads_from_its_provider_leaves_room_and_is_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.pipeline.deliver.PROMPT_SECONDS", 0.01)
    await texts(world, "Slow", "+1202", 3)
    let_go = asyncio.Event()

    async def slow(services: Any, subject: Any, now: Any, read: Any = None) -> Any:
        await let_go.wait()
        return await decide(services, subject, now)

    monkeypatch.setattr("gateway.pipeline.deliver.decide", slow)
    with monkeypatch.context() as small:
        small.setattr(outbox, "AT_ONCE", 4)
        working = asyncio.create_task(world.work_on(await world.lease()))
        await until(world, lambda now: now["dst_slow", "RETRYING"] == 1)

    assert await states(world) == {("dst_slow", "PENDING"): 2, ("dst_slow", "RETRYING"): 1}
    assert world.requests == []
    (late,) = [one for one in await world.deliveries() if one.status == "RETRYING"]
    assert late.error_message == (
        "The provider answers so slowly that no more is read from it at once. Nothing was sent; it is tried again."
    )
    let_go.set()
    await working
    await world.deliver_when_due()
    assert await states(world) == {("dst_slow", "ACCEPTED"): 3}
