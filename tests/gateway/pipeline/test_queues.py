"""What waits is counted by destination and sender, and its estimated wait is what the pacer makes of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from destinations.kit import Policy, Reason
from gateway.clock import ManualClock
from gateway.deliveries import DeliveryStatus
from gateway.jobs import Job, JobKind
from gateway.pipeline import bury, queues
from gateway.pipeline.bury import MOST_FAILURES
from gateway.pipeline.queues import Queue
from gateway.settings import Settings
from gateway.storage import deliveries, pauses, tables
from gateway.storage.engine import Store
from gateway.workspace import Pause
from tests.factories import ANN, NOW, destination, identify, later, mapping, new_delivery, source, track
from tests.gateway.paper import OURS
from tests.gateway.waiting import put
from tests.gateway.world import World

LONG = "x" * 400
"""Three segments."""


@pytest.fixture
async def world(store: Store, database: Path, clock: ManualClock) -> AsyncIterator[World]:
    """A destination that sends two segments a second, with three mappings, on each engine."""
    made = World(
        store, database, clock, Settings(data_dir=database.parent, public_url="https://texts.example.com")
    )
    await made.configure(
        source(),
        destination(policy=Policy(messages_per_second={OURS: 2.0})),
        mapping(max_age_seconds=86_400),
        mapping(id="map_long", name="long", trigger='event = "Long"', fields={"body": LONG, "send": True}),
        mapping(id="map_more", name="more", trigger='event = "More"'),
    )
    yield made
    await made.services.reader.close()


async def take(world: World, event: str, count: int) -> None:
    """So many texts to Ann."""
    said = identify(messageId=f"i-{event}", traits={"phone": ANN, "sms_opt_in": True})
    await world.take(said, *(track(event=event, messageId=f"{event}-{at}") for at in range(count)))


async def seen(world: World) -> list[Queue]:
    return await queues.of_space(world.services, await world.services.workspace.current(), "default")


async def run_dry(world: World) -> float:
    """Until nothing waits any more; how long it took until the last text left."""
    begun = left = world.clock.now()
    while True:
        before = len(world.requests)
        while await world.deliver():
            pass
        if len(world.requests) > before:
            left = world.clock.now()
        wait = world.pacer.wait()
        if wait is None:
            return (left - begun).total_seconds()
        world.clock.advance(wait)


@pytest.mark.parametrize("turns", [0, 20])
async def test_the_estimated_wait_is_the_time_until_the_last_text_leaves(world: World, turns: int) -> None:
    await take(world, "Long", 15)
    await take(world, "Order Placed", 60)
    await take(world, "More", 5)
    for _ in range(turns + 1):
        while await world.deliver():
            pass
        world.clock.advance((world.pacer.wait() or 0) if turns else 0)
    sent, gone = len(world.requests), (world.clock.now() - NOW).total_seconds()

    [queue] = await seen(world)
    lasted = await run_dry(world)

    assert (queue.sender, queue.waiting, queue.held, queue.buried) == (OURS, 80 - sent, 0, 0)
    assert queue.wait == pytest.approx(lasted, rel=0.1)
    assert gone + lasted == pytest.approx(110 / 2, abs=3)
    assert len(world.requests) == 80
    assert await seen(world) == []


async def test_what_slows_a_sender_down_makes_its_estimated_wait_longer(world: World) -> None:
    await take(world, "Order Placed", 100)
    for _ in range(3):
        await world.deliver()
    await world.services.shared.pace.slow(("dst_paper", OURS), world.clock.now())

    [queue] = await seen(world)
    lasted = await run_dry(world)

    assert queue.wait == pytest.approx(lasted, rel=0.1)
    assert lasted > 50


async def test_what_becomes_too_old_before_its_turn_waits_no_longer_than_that(world: World) -> None:
    await take(world, "More", 60)
    await world.store.write(lambda c: c.execute(tables.mappings.update().values(max_age_seconds=20)))
    world.services.workspace.invalidate()
    while await world.deliver():
        pass

    [queue] = await seen(world)
    lasted = await run_dry(world)

    assert queue.wait == 20
    assert lasted == pytest.approx(20, abs=1)


async def test_what_waits_and_what_is_held_are_counted_by_sender_from_the_oldest_on(world: World) -> None:
    def store(number: int, **values: object) -> None:
        new = new_delivery(id=f"dlv_{number}", event_id=f"evt_{number}")
        rows.append((new, {"id": new.id, **values}))

    rows: list[tuple[object, dict[str, object]]] = []
    store(1)
    store(2, status=DeliveryStatus.RETRYING, sender=OURS)
    store(3, status=DeliveryStatus.HELD, reason=Reason.PAUSED)
    store(4, status=DeliveryStatus.HELD, reason=Reason.ACCOUNT_NOT_VERIFIED, sender=OURS)
    store(
        5, status=DeliveryStatus.HELD, reason=Reason.PACED, sender=OURS, segments=3, next_attempt_at=later(60)
    )
    store(6, status=DeliveryStatus.ACCEPTED, sender=OURS)
    store(7, status=DeliveryStatus.SENDING, sender=OURS)
    await take(world, "Nothing", 1)
    for number, (new, values) in enumerate(rows):
        await world.store.write(lambda c, n=new, at=number: deliveries.add(c, [n], later(at)))  # type: ignore[misc]
        if len(values) > 1:
            await world.store.write(lambda c, v=values: deliveries.change(c, [v], NOW))  # type: ignore[misc]
    world.clock.advance(10)

    found = await seen(world)

    assert [(one.sender, one.waiting, one.held, one.oldest_at) for one in found] == [
        (None, 1, 1, later(0)),
        (OURS, 2, 1, later(1)),
    ]


async def test_a_paused_destination_has_no_estimated_wait(world: World) -> None:
    await take(world, "Order Placed", 20)
    while await world.deliver():
        pass
    await world.store.write(lambda c: pauses.pause(c, "dst_paper", Pause(NOW, "ops")))
    world.services.workspace.invalidate()

    [queue] = await seen(world)

    assert (queue.waiting, queue.wait, queue.destination.paused) == (20 - len(world.requests), None, True)


async def test_what_the_gateway_gave_up_is_counted_with_its_destination(world: World) -> None:
    await take(world, "Order Placed", 2)
    await put(world, [track(messageId="m-poison")])
    poisoned: list[Job] = [*(await world.lease())[:1], *await world.lease(JobKind.MATCH)]

    for job in poisoned:
        last = replace(job, failures=MOST_FAILURES - 1)
        await bury.failed(world.services, last, ZeroDivisionError("a bug"))

    [queue] = await seen(world)
    assert (queue.sender, queue.waiting, queue.buried) == (None, 1, 2)
