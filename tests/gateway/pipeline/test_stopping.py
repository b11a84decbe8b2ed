"""What a worker does that is told to stop."""

import asyncio
from typing import Any

import pytest

from destinations.kit import HttpRequest
from gateway.deliveries import DeliveryStatus
from gateway.jobs import JobKind
from gateway.pipeline import follow, lanes, worker as module
from gateway.pipeline.worker import Worker
from tests.factories import identify, track
from tests.gateway.waiting import depth, poison, put
from tests.gateway.world import World

PATIENCE = 20.0


async def test_stopping_finishes_what_is_under_way_and_begins_nothing_more(world: World) -> None:
    entered, free = asyncio.Event(), asyncio.Event()
    send = world.client.send

    async def slow(request: HttpRequest) -> Any:
        entered.set()
        await free.wait()
        return await send(request)

    world.client.send = slow  # type: ignore[method-assign]  # as a provider that takes its time
    await put(world, [identify(), track()])
    worker = Worker(world.services)
    running = asyncio.create_task(worker.run())
    await asyncio.wait_for(entered.wait(), PATIENCE)

    worker.stop()
    await put(world, [track(messageId="m-2")])
    free.set()
    await asyncio.wait_for(running, PATIENCE)

    assert (await world.delivery()).status is DeliveryStatus.ACCEPTED
    assert (len(world.requests), await depth(world)) == (1, 1)


async def test_stopping_lets_go_of_looks_under_way(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = asyncio.Event()

    async def slow(*_args: object) -> None:
        asked.set()
        await asyncio.Event().wait()

    await world.take(identify(), track())
    await world.deliver()
    world.clock.advance(120)
    monkeypatch.setattr(follow, "follow", slow)
    worker = Worker(world.services)

    running = asyncio.create_task(worker.run())
    await asyncio.wait_for(asked.wait(), PATIENCE)
    worker.stop()
    await asyncio.wait_for(running, PATIENCE)

    assert (await depth(world, JobKind.FOLLOW), len(await world.lease(JobKind.FOLLOW))) == (1, 1)


async def test_stopping_ends_in_time_while_the_store_takes_no_claim(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FINISHING_SECONDS", 0.05)
    await world.take(identify(), track())
    worker = Worker(world.services)
    leased = world.lease

    async def troubled(*_args: object) -> Any:
        worker.stop()
        await asyncio.Event().wait()

    monkeypatch.setattr("gateway.pipeline.claim._stored", troubled)

    await asyncio.wait_for(worker.run(), PATIENCE)

    assert ((await world.delivery()).status, world.requests) == (DeliveryStatus.PENDING, [])
    assert len(await leased()) == 1  # given back: it is anybody's at once


async def test_stopping_gives_back_what_can_not_be_finished(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FINISHING_SECONDS", 0.05)
    entered = asyncio.Event()

    async def hanging(_request: HttpRequest) -> Any:
        entered.set()
        await asyncio.Event().wait()

    world.client.send = hanging  # type: ignore[method-assign,assignment]  # as a provider that never answers
    await world.take(identify(), track(), track(messageId="m-2"))
    worker = Worker(world.services)
    running = asyncio.create_task(worker.run())
    await asyncio.wait_for(entered.wait(), PATIENCE)

    worker.stop()
    await asyncio.wait_for(running, PATIENCE)

    assert {one.status for one in await world.deliveries()} == {DeliveryStatus.SENDING}
    assert len(await world.lease()) == 2


async def test_stopping_gives_back_what_is_not_matched_yet_in_its_order(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "EVENTS_AT_ONCE", 1)
    await put(world, [track(messageId="m-1")], [track(messageId="m-2")], [track(messageId="m-3")])
    worker = Worker(world.services)
    asked = poison(monkeypatch, "nobody", ValueError())
    turn = worker._lanes.turn

    async def last_turn() -> None:
        worker.stop()
        await turn()

    monkeypatch.setattr(worker._lanes, "turn", last_turn)
    await asyncio.wait_for(worker.run(), PATIENCE)

    assert (asked, await depth(world)) == (["m-1"], 2)
    again = Worker(world.services)
    await put(world, [track(messageId="m-4")])
    while await depth(world):
        await again._match()
    assert asked == ["m-1", "m-2", "m-3", "m-4"]
