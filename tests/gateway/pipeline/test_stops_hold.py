"""A person's stop holds from the moment that it is on disk, whatever waits for them by then."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import func, select

from destinations.kit import (
    Channel,
    ConsentChanged,
    ConsentStatus,
    HttpRequest,
    HttpResponse,
    InboundMessage,
    Reason,
    Signal,
)
from gateway.clock import ManualClock
from gateway.deliveries import DeliveryStatus
from gateway.pipeline import settle, signals
from gateway.pipeline.worker import Worker
from gateway.settings import Settings
from gateway.storage import tables
from gateway.storage.engine import Store
from tests.factories import ANN, BOB, destination, identify, mapping, source, track
from tests.gateway import pacing
from tests.gateway.paper import OURS
from tests.gateway.world import World

TEXTS = 1_000
OUTCOMES = select(tables.deliveries.c.reason, func.count()).group_by(tables.deliveries.c.reason)
PATIENCE = 60.0
"""Seconds for what should never run out, on however slow a machine."""


async def hear_stop(world: World, sid: str = "SM_stop", number: str = ANN) -> None:
    """That person writes STOP to our number; done once it is on disk."""
    said: list[Signal] = [
        InboundMessage(sid, number, OURS, Channel.SMS, "STOP", keyword="STOP"),
        ConsentChanged(
            number,
            Channel.SMS,
            ConsentStatus.UNSUBSCRIBED,
            stop=True,
            evidence="keyword STOP",
            sender=OURS,
        ),
    ]
    there = (await world.services.workspace.current()).destinations["dst_paper"]
    await settle.settle(
        world.services, lambda c: signals.apply(c, world.secrets, there, said, world.services.clock.now())
    )


async def until_none_waits(world: World) -> None:
    async with asyncio.timeout(PATIENCE):
        while await pacing.unsent_jobs(world):  # noqa: ASYNC110  the worker tells nobody that nothing is left
            await asyncio.sleep(0.01)


async def test_a_stop_while_a_thousand_wait_lets_no_request_leave_after_its_commit(
    store: Store, tmp_path: Path, clock: ManualClock
) -> None:
    world = World(store, tmp_path, clock, Settings(data_dir=tmp_path))
    await world.configure(source(), destination(), mapping())
    left, answered = asyncio.Event(), asyncio.Event()
    original = world.client.send

    async def send(request: HttpRequest) -> HttpResponse:
        answer = await original(request)
        left.set()
        await answered.wait()
        return answer

    world.client.send = send  # type: ignore[method-assign]  # the provider takes its time
    names = [f"m-{number}" for number in range(1, TEXTS + 1)]
    await world.take(identify(), *(track(messageId=name) for name in names))
    worker = Worker(world.services)
    running = asyncio.create_task(worker.run())
    async with asyncio.timeout(PATIENCE):
        await left.wait()

    await hear_stop(world)
    before = len(world.requests)
    answered.set()
    await until_none_waits(world)
    worker.stop()
    await running

    assert before == 1
    assert len(world.requests) == 1
    assert await world.store.read(lambda c: dict(c.execute(OUTCOMES).all())) == {
        None: 1,
        Reason.OPTED_OUT.value: TEXTS - 1,
    }
    await world.services.reader.close()


@pytest.fixture
async def paced(store: Store, tmp_path: Path, clock: ManualClock) -> World:
    return await pacing.opened(store, tmp_path, clock)


async def test_what_waits_for_its_senders_pace_ends_with_a_stop_and_not_with_its_turn(paced: World) -> None:
    await pacing.take(paced, 20)
    await pacing.take(paced, 3, who="bob", phone=BOB)
    await pacing.deliver(paced)
    sent = len(paced.requests)
    waiting = await pacing.held(paced)

    await hear_stop(paced)
    await pacing.deliver(paced)

    assert {one.recipient for one in waiting} == {ANN, BOB}
    assert len(paced.requests) == sent
    assert [one.recipient for one in await pacing.held(paced)] == [BOB] * 3
    stopped = [one for one in await paced.deliveries() if one.status is DeliveryStatus.SUPPRESSED]
    assert {(one.recipient, one.reason) for one in stopped} == {(ANN, Reason.OPTED_OUT)}
    assert len(stopped) == 20 - sent
    await paced.services.reader.close()


async def test_a_stop_of_one_person_leaves_the_others_in_their_order(paced: World) -> None:
    await pacing.take(paced, 3)
    await pacing.take(paced, 3, who="bob", phone=BOB)
    await pacing.deliver(paced)
    order = [one.id for one in await pacing.held(paced) if one.recipient == BOB]

    await hear_stop(paced)
    await pacing.run_for(paced, 30)

    assert pacing.texts(paced)[-3:] == order
    await paced.services.reader.close()
