"""Asking for replays, and the deliveries that may be replayed."""

from destinations.kit import Reason
from gateway.deliveries import Delivery, DeliveryStatus
from gateway.pipeline.replays import Asked, Refusal, replay
from gateway.storage import deliveries
from tests.factories import identify, track
from tests.gateway.world import World

S = DeliveryStatus


async def ask(world: World, *delivery_ids: str, key: str = "k", include: bool = False) -> list[str | Refusal]:
    snapshot = await world.services.workspace.current()
    asked = Asked(key, include)
    made = await world.store.write(lambda c: replay(c, snapshot, delivery_ids, asked, world.clock.now()))
    return made.results


async def read(world: World, delivery_id: str) -> Delivery:
    found = await world.store.read(lambda c: deliveries.get(c, delivery_id))
    assert found is not None
    return found


async def replayed(world: World, delivery_id: str, key: str = "k", *, include: bool = False) -> Delivery:
    """The replay of that delivery, as it is after its turn."""
    [made] = await ask(world, delivery_id, key=key, include=include)
    assert isinstance(made, str), made
    await world.deliver()
    return await read(world, made)


async def refusal_of(world: World, delivery_id: str, key: str = "k", *, include: bool = False) -> Refusal:
    """Why that delivery can't be replayed; asserts that nothing happened."""
    before = await world.counts()
    [found] = await ask(world, delivery_id, key=key, include=include)
    assert isinstance(found, Refusal), found
    assert await world.counts() == before
    return found


async def stale(world: World) -> Delivery:
    """What was too old to be sent."""
    await world.take(identify(), track())
    world.clock.advance(14_400)
    await world.deliver()
    one = await world.delivery()
    assert (one.status, one.reason, world.requests) == (S.SUPPRESSED, Reason.STALE_EVENT, [])
    return one


async def accepted(world: World) -> Delivery:
    await world.take(identify(), track())
    await world.deliver()
    one = await world.delivery()
    assert one.status is S.ACCEPTED
    return one
