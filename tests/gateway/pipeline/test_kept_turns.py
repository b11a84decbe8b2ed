"""What waits for its sender's pace keeps its place, and its turn, while it is paused or its account does not work."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from destinations.kit import Reason, SenderKind
from gateway.clock import ManualClock
from gateway.deliveries import DeliveryStatus
from gateway.jobs import JobKind
from gateway.pipeline.pacer import Lane
from gateway.pipeline.verification import verify
from gateway.storage import pauses, tables
from gateway.storage.engine import Store
from gateway.workspace import Pause, Trouble
from tests.factories import NOW, later
from tests.gateway.pacing import (
    ORDER,
    deliver,
    held,
    in_line,
    opened,
    run_for,
    take,
    texts,
    unsent_jobs,
)
from tests.gateway.paper import OURS, refused
from tests.gateway.world import World

S = DeliveryStatus


@pytest.fixture
async def world(store: Store, database: Path, clock: ManualClock) -> AsyncIterator[World]:
    """One text a second, of two mappings, on each engine."""
    made = await opened(store, database, clock)
    yield made
    await made.services.reader.close()


async def test_what_is_paused_keeps_its_place_and_goes_on_in_order(world: World) -> None:
    await take(world, 4)
    await deliver(world)
    waiting = [one.id for one in await held(world)]
    await world.store.write(lambda c: pauses.pause(c, "dst_paper", Pause(NOW, "ops")))
    world.services.workspace.invalidate()

    world.clock.advance(60)
    assert await world.deliver() == 0
    assert [one.id for one in await held(world)] == waiting

    await world.store.write(lambda c: pauses.resume(c, "dst_paper"))
    world.services.workspace.invalidate()
    sent = await run_for(world, 60)

    assert [at for at, _ in sent] == [pytest.approx(at, abs=1e-3) for at in (0, 0.8, 1.8)]


async def stands(world: World, **columns: object) -> None:
    """From now on the account stands like this."""
    await world.store.write(lambda c: c.execute(tables.destinations.update().values(columns)))
    world.services.workspace.invalidate()


async def lanes(world: World) -> list[str | None]:
    """From where each job that delivers was let go."""
    query = select(tables.jobs.c.lane).where(tables.jobs.c.kind == JobKind.DELIVER.value)
    return list(await world.store.read(lambda c: c.scalars(query).all()))


async def test_while_the_account_does_not_work_what_waits_keeps_its_place(world: World) -> None:
    await take(world, 3)
    await deliver(world)
    waiting = await in_line(world)
    await stands(world, status="FAILED")

    world.clock.advance(60)
    assert await world.deliver() == 0
    assert await in_line(world) == waiting
    assert world.pacer.wait() == (later(14_400) - world.clock.now()).total_seconds()

    await verify(world.services, "dst_paper")
    sent = await run_for(world, 60)

    assert [at for at, _ in sent] == [pytest.approx(at, abs=1e-3) for at in (0, 0.8)]
    assert texts(world)[1:] == waiting


async def test_what_was_let_go_and_meets_a_refused_account_has_its_turn_once_that_works(world: World) -> None:
    await take(world, 3)
    await deliver(world)
    first, second = await in_line(world)
    world.clock.advance(1)
    await world.pacer.let_go(100)
    await stands(world, status="FAILED")

    await deliver(world)
    (one,) = [one for one in await world.deliveries() if one.reason is Reason.ACCOUNT_NOT_VERIFIED]
    assert (one.id, one.status) == (first, S.HELD)
    assert await lanes(world) == [Lane("dst_paper", SenderKind.PHONE_NUMBER, OURS, ORDER).key]
    assert len(world.requests) == 1

    await verify(world.services, "dst_paper")
    sent = await run_for(world, 60)

    assert [at for at, _ in sent] == [pytest.approx(at, abs=1e-3) for at in (0, 1)]
    assert texts(world)[1:] == [first, second]
    assert await unsent_jobs(world) == 0


async def test_whose_request_is_refused_for_the_account_is_the_first_once_that_works(world: World) -> None:
    await take(world, 4)
    await deliver(world)
    waiting = await in_line(world)
    world.provider.answers.append(refused(401, "20003", account=True))
    world.clock.advance(1)
    await deliver(world)
    assert len(world.requests) == 2

    world.clock.advance(600)
    await verify(world.services, "dst_paper")
    await run_for(world, 60)

    assert texts(world)[1:] == [waiting[0], *waiting]
    assert await unsent_jobs(world) == 0


async def test_what_was_let_go_and_is_paused_has_its_turn_once_that_is_over(world: World) -> None:
    await take(world, 2)
    await deliver(world)
    world.clock.advance(1)
    await world.pacer.let_go(100)
    await world.store.write(lambda c: pauses.pause(c, "dst_paper", Pause(world.clock.now(), "ops")))
    world.services.workspace.invalidate()
    await deliver(world)
    assert len(world.requests) == 1

    await world.store.write(lambda c: pauses.resume(c, "dst_paper"))
    world.services.workspace.invalidate()

    assert [at for at, _ in await run_for(world, 60)] == [0]


@pytest.mark.parametrize("prober", ["dlv_other", None])
async def test_while_one_tries_whether_the_account_works_what_waits_keeps_its_place_unless_nobody_would(
    world: World, prober: str | None
) -> None:
    await take(world, 2)
    await deliver(world)
    trouble = Trouble(NOW, "20003", pause=30, probe_at=later(30), prober=prober)
    await stands(world, status="FAILED", trouble=trouble)

    world.clock.advance(1)
    await deliver(world)

    reasons = [one.reason for one in await world.deliveries() if one.status is S.HELD]
    assert reasons == [Reason.PACED if prober else Reason.ACCOUNT_NOT_VERIFIED]
    assert len(world.requests) == 1
    if prober is None:  # it tries for all
        world.clock.advance(30)
        await deliver(world)
        assert {one.status for one in await world.deliveries()} == {S.ACCEPTED}


async def test_what_waits_for_a_destination_that_is_disabled_ends(world: World) -> None:
    await take(world, 2)
    await deliver(world)
    await stands(world, status="FAILED", enabled=False)

    world.clock.advance(1)
    await deliver(world)

    ended = [(one.status, one.reason) for one in await world.deliveries() if one.status is not S.ACCEPTED]
    assert ended == [(S.SUPPRESSED, Reason.DESTINATION_DISABLED)]
    assert len(world.requests) == 1
