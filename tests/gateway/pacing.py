"""A world in which a sender sends one text a second, and what waits there."""

from pathlib import Path

from sqlalchemy import select

from destinations.kit import Policy, Reason
from gateway.clock import ManualClock
from gateway.deliveries import Delivery
from gateway.jobs import JobKind
from gateway.settings import Settings
from gateway.storage import jobs, tables
from gateway.storage.engine import Store
from tests.factories import ANN, NOW, destination, identify, mapping, source, track
from tests.gateway.world import World

CAMPAIGN, ORDER = "map_campaign", "map_order"


async def opened(store: Store, database: Path, clock: ManualClock) -> World:
    """One text a second, of two mappings."""
    made = World(
        store, database, clock, Settings(data_dir=database.parent, public_url="https://texts.example.com")
    )
    await made.configure(
        source(),
        destination(policy=Policy()),
        mapping(),
        mapping(id=CAMPAIGN, name="campaign", trigger='event = "Campaign"', max_age_seconds=86_400),
    )
    return made


async def take(
    world: World, texts: int, event: str = "Order Placed", who: str = "ann", phone: str = ANN
) -> None:
    """So many events, each of which makes a text to that person."""
    said = identify(userId=who, messageId=f"{who}-{event}", traits={"phone": phone, "sms_opt_in": True})
    names = [f"{event}-{who}-{world.clock.now()}-{number}" for number in range(texts)]
    await world.take(said, *(track(event=event, userId=who, messageId=name) for name in names))


async def deliver(world: World) -> None:
    """Until nothing can go on before the clock does."""
    while await world.deliver():
        pass


async def run_for(world: World, seconds: float) -> list[tuple[float, str]]:
    """When each text left, in seconds from now on, and to whom."""
    begun, sent = world.clock.now(), []
    while True:
        before = len(world.requests)
        await deliver(world)
        gone = (world.clock.now() - begun).total_seconds()
        sent += [(gone, dict(one.form or ())["To"]) for one in world.requests[before:]]
        wait = world.pacer.wait()
        if wait is None or gone + wait > seconds:
            return sent
        world.clock.advance(wait)


async def held(world: World) -> list[Delivery]:
    """What waits for its turn, the oldest first."""
    return [one for one in reversed(await world.deliveries()) if one.reason is Reason.PACED]


async def in_line(world: World) -> list[str]:
    """The ids of those that wait, in the order of their turns."""
    query = select(tables.jobs.c.subject).where(tables.jobs.c.kind == JobKind.PACED.value)
    return list(await world.store.read(lambda c: c.scalars(query.order_by(tables.jobs.c.id)).all()))


def texts(world: World) -> list[str]:
    """Of which delivery each request was."""
    return [dict(one.form or ())["Callback"].rpartition("=")[2] for one in world.requests]


async def unsent_jobs(world: World) -> int:
    """How many deliveries have a turn yet, due or in a lane."""
    due, _ = await world.store.read(lambda c: jobs.depth(c, JobKind.DELIVER, NOW))
    return due + await paced_jobs(world)


async def paced_jobs(world: World) -> int:
    return (await world.store.read(lambda c: jobs.depth(c, JobKind.PACED, NOW)))[0]
