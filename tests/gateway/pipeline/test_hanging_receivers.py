"""A receiver that hangs delays no other, no text, and no worker that is to stop."""

import asyncio

import pytest

from gateway.pipeline import messenger as messenger_module, worker as worker_module
from gateway.pipeline.messenger import Messenger
from gateway.pipeline.worker import Worker
from gateway.storage import receivers
from gateway.storage.receivers import Receiver
from tests import factories
from tests.factories import NOW
from tests.gateway.pipeline.hanging import Hanging, with_receivers
from tests.gateway.pipeline.owners import HOOK, SECRET, open_world, queued, tell, text, told
from tests.gateway.world import World

PATIENCE = 20.0


async def test_a_receiver_that_hangs_delays_no_other_and_is_asked_for_few_at_a_time(
    empty_world: World,
) -> None:
    slow = Hanging(HOOK)
    other = {"token": "t", "hook": "https://quick.example/hook", "hookSecrets": [{"secret": SECRET}]}
    world = with_receivers(empty_world, slow)
    await open_world(world, told())
    for number in range(40):
        await text(world, f"m-{number}")
    await world.configure(
        factories.destination(
            id="dst_quick", name="Quick", settings=other, webhook_events=["delivery.accepted"]
        ),
        factories.mapping(id="map_quick", destination_id="dst_quick", name="quick"),
    )
    await text(world, "m-quick")
    messenger = Messenger(world.services)

    await messenger.step()
    await slow.arrived.wait()
    async with asyncio.timeout(5):
        while "https://quick.example/hook" not in slow.answered:
            await messenger.wait()
            await messenger.step()

    assert slow.answered == ["https://quick.example/hook"]
    assert 0 < slow.most <= 8
    slow.open.set()
    await messenger.finished()
    await tell(world, messenger)
    assert slow.answered.count(HOOK) == 41
    assert slow.most <= 8


async def test_a_worker_tells_beside_its_texts_and_a_receiver_that_hangs_delays_none_of_them(
    empty_world: World,
) -> None:
    slow = Hanging(HOOK)
    world = with_receivers(empty_world, slow)
    await open_world(world, told())
    await text(world)
    worker = Worker(world.services)
    running = asyncio.create_task(worker.run())
    await asyncio.wait_for(slow.arrived.wait(), PATIENCE)

    sent = asyncio.Event()
    world.provider.at_request = lambda _request: sent.set()
    await world.take(factories.track(messageId="m-2"))
    await asyncio.wait_for(sent.wait(), PATIENCE)

    assert slow.answered == []
    slow.open.set()
    worker.stop()
    await asyncio.wait_for(running, PATIENCE)
    assert HOOK in slow.answered
    first, *_ = await queued(world)
    assert (first.attempts, first.delivered_at) == (1, NOW)


async def test_a_worker_that_stops_leaves_a_receiver_that_hangs_to_whoever_comes_next(
    empty_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Hanging(HOOK)
    world = with_receivers(empty_world, slow)
    await open_world(world, told())
    await world.store.write(lambda c: receivers.save(c, {"dst_paper": Receiver(0)}))
    for number in range(20):
        await text(world, f"m-{number}")
    worker = Worker(world.services)
    running = asyncio.create_task(worker.run())
    await asyncio.wait_for(slow.arrived.wait(), PATIENCE)

    stopped = asyncio.get_running_loop().time()
    worker.stop()
    await asyncio.wait_for(running, PATIENCE)
    took = asyncio.get_running_loop().time() - stopped
    asked = slow.asked
    slow.open.set()
    await tell(world)

    assert took < worker_module.FINISHING_SECONDS
    assert asked <= 8
    assert slow.asked == 20 + asked
    assert [(one.attempts, one.delivered_at) for one in await queued(world)] == [(1, NOW)] * 20


async def test_what_a_prompt_receiver_answers_while_a_worker_stops_is_kept(
    empty_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messenger_module, "PROMPT_SECONDS", PATIENCE)
    slow = Hanging(HOOK)
    world = with_receivers(empty_world, slow)
    await open_world(world, told())
    await text(world)
    worker = Worker(world.services)
    running = asyncio.create_task(worker.run())
    await asyncio.wait_for(slow.arrived.wait(), PATIENCE)

    worker.stop()
    slow.open.set()
    await asyncio.wait_for(running, PATIENCE)

    (one,) = await queued(world)
    assert (slow.asked, one.attempts, one.delivered_at) == (1, 1, NOW)
