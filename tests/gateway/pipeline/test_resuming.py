"""Before a pause ends it is known how many texts go on, and how many of them will have expired by their turns."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import func, select

from destinations.kit import Policy
from gateway.clock import ManualClock
from gateway.deliveries import DeliveryStatus
from gateway.pipeline import resuming
from gateway.settings import Settings
from gateway.storage import pauses, tables
from gateway.storage.engine import Store
from gateway.storage.pauses import OnHold
from gateway.workspace import Pause
from tests.factories import ANN, NOW, destination, identify, mapping, source, track
from tests.gateway.paper import OURS
from tests.gateway.world import World

PACE = 0.75


@pytest.fixture
async def world(store: Store, database: Path, clock: ManualClock) -> AsyncIterator[World]:
    """Three segments in four seconds, and events that are too old after 30 seconds; or after a day, on each engine."""
    made = World(
        store, database, clock, Settings(data_dir=database.parent, public_url="https://texts.example.com")
    )
    await made.configure(
        source(),
        destination(policy=Policy(messages_per_second={OURS: PACE})),
        mapping(max_age_seconds=30),
        mapping(id="map_patient", name="patient", trigger='event = "Patient"', max_age_seconds=86_400),
    )
    yield made
    await made.services.reader.close()


async def take(world: World, event: str, count: int) -> None:
    said = identify(messageId=f"i-{event}", traits={"phone": ANN, "sms_opt_in": True})
    await world.take(said, *(track(event=event, messageId=f"{event}-{at}") for at in range(count)))


async def turn(world: World) -> None:
    """All that is due goes as far as it may."""
    while True:
        await world.pacer.let_go(100)
        leased = await world.lease()
        if not leased:
            return
        await world.work_on(leased)


async def pause(world: World) -> None:
    await world.store.write(lambda c: pauses.pause(c, "dst_paper", Pause(NOW, "ops")))
    world.services.workspace.invalidate()


async def outlook(world: World, of: Sequence[str] = ("dst_paper",)) -> OnHold:
    line = await world.store.read(lambda c: pauses.line(c, of))
    snapshot = await world.services.workspace.current()
    return await resuming.outlook(world.services, snapshot, line, world.clock.now())


async def ended(world: World, status: DeliveryStatus) -> int:
    query = select(func.count()).where(tables.deliveries.c.status == status.value)
    return await world.store.read(lambda c: c.scalar(query)) or 0


async def test_34_wait_and_12_of_them_will_have_expired(world: World) -> None:
    await take(world, "Order Placed", 32)
    await take(world, "Patient", 3)
    await turn(world)
    waiting = 35 - len(world.requests)
    await pause(world)

    seen = await outlook(world)
    sent = len(world.requests)
    await world.store.write(lambda c: pauses.resume(c, "dst_paper"))
    world.services.workspace.invalidate()
    await turn(world)
    while (wait := world.pacer.wait()) is not None:
        world.clock.advance(wait)
        await turn(world)

    expired = await ended(world, DeliveryStatus.EXPIRED)
    assert (seen.deliveries, seen.oldest_at) == (waiting, NOW)
    assert seen.expired == expired
    assert len(world.requests) - sent == waiting - expired
    assert (waiting, expired) == (34, 12)


async def test_what_is_paused_before_it_was_planned_waits_too(world: World) -> None:
    await pause(world)
    await take(world, "Order Placed", 3)
    await turn(world)

    assert await outlook(world) == OnHold(3, 0, NOW)
    world.clock.advance(30)
    assert await outlook(world) == OnHold(3, 3, NOW)
    assert world.requests == []


async def test_nothing_waits_where_nothing_is_held(world: World) -> None:
    assert await outlook(world) == OnHold(0, 0, None)
    assert await outlook(world, []) == OnHold(0, 0, None)
