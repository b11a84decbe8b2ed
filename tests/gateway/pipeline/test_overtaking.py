"""Of several workers none sends a text before an earlier one to the same person, though that waited for its sender meanwhile."""

from pathlib import Path

from destinations.kit import Policy
from gateway.clock import ManualClock
from gateway.jobs import Job, JobKind
from gateway.settings import Settings
from gateway.storage import leases
from gateway.storage.engine import Store
from gateway.storage.leases import LEASE
from tests.factories import destination, mapping, source
from tests.gateway.pacing import deliver, in_line, take, texts
from tests.gateway.world import World


async def one_of_several(store: Store, folder: Path, clock: ManualClock) -> World:
    """A worker whose sender sends one text a second."""
    several = Settings(
        data_dir=folder, public_url="https://texts.example.com", redis_url="redis://127.0.0.1/0"
    )
    made = World(store, folder, clock, several)
    await made.configure(source(), destination(policy=Policy()), mapping())
    return made


async def due(world: World) -> list[Job]:
    now = world.clock.now()
    return await world.store.write(
        lambda c: leases.lease(c, JobKind.DELIVER, 100, now, LEASE, one_of_a_person=True)
    )


async def test_what_was_leased_while_an_earlier_text_waited_goes_after_it(
    postgresql_store: Store, tmp_path: Path, clock: ManualClock
) -> None:
    world = await one_of_several(postgresql_store, tmp_path, clock)
    await take(world, 1)
    await deliver(world)
    clock.advance(0.1)
    await take(world, 1)
    await deliver(world)
    (waiting,) = await in_line(world)
    clock.advance(0.1)
    await take(world, 1)
    (later,) = await due(world)
    clock.advance(2)
    await world.pacer.let_go(100)

    clock.advance(2)
    await world.work_on([later])
    assert len(texts(world)) == 1

    await world.work_on(await due(world))
    clock.advance(2)
    await world.work_on(await due(world))
    assert texts(world)[1:] == [waiting, later.subject]
    await world.services.reader.close()
