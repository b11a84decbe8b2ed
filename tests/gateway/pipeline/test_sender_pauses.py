"""One sender's texts wait where somebody paused it or took it out of use, whatever was decided before, and go on once each."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection

from destinations.kit import Reason
from gateway.clock import ManualClock
from gateway.deliveries import DeliveryStatus
from gateway.settings import Settings
from gateway.storage import pauses, senders
from gateway.storage.engine import Store
from gateway.workspace import Pause
from tests import factories
from tests.factories import NOW, identify, later, track
from tests.gateway.paper import OURS, Provider
from tests.gateway.syncing import OTHER, Account, known, number, sync_all, with_sync
from tests.gateway.world import World

S = DeliveryStatus
NOTE = Pause(NOW, "ops", "The campaign was wrong.")


@pytest.fixture
async def world(store: Store, tmp_path: Path, clock: ManualClock) -> AsyncIterator[World]:
    """On each engine, with an account that was synced."""
    provider, account = Provider(), Account(senders=[number(), number(OTHER)])
    settings = Settings(data_dir=tmp_path, public_url="https://texts.example.com")
    made = World(store, tmp_path / "heliograph.db", clock, settings, provider, with_sync(provider, account))
    await made.configure(factories.source(), factories.destination(), factories.mapping())
    await sync_all(made)
    yield made
    await made.services.reader.close()


async def change(
    world: World, by: Callable[[Connection, str], object], address: str = OURS, *, told: bool = True
) -> None:
    """In this process, or, where it is not `told`, in another one."""
    one = (await known(world))[address]
    await world.store.write(lambda c: by(c, one.id))
    if told:
        world.services.workspace.invalidate()


def pause(connection: Connection, sender_id: str) -> None:
    assert senders.pause(connection, sender_id, NOTE)


def detach(connection: Connection, sender_id: str) -> None:
    assert senders.detach(connection, sender_id, NOW)


def doubt(connection: Connection, _sender_id: str) -> None:
    assert senders.doubt(connection, [("dst_paper", OURS)], later(1)) == [("dst_paper", OURS)]


def resume(connection: Connection, sender_id: str) -> None:
    assert senders.resume(connection, sender_id)
    senders.go_on(connection, "dst_paper", Reason.PAUSED, Reason.SENDER_REMOVED)


async def test_what_is_sent_from_a_paused_sender_waits_until_it_is_too_old(world: World) -> None:
    await change(world, pause)

    await world.take(identify(), track())
    await world.deliver()

    one, sender = await world.delivery(), (await known(world))[OURS]
    assert (one.status, one.reason, one.next_attempt_at) == (S.HELD, Reason.PAUSED, later(14_400))
    assert (
        one.detail
        == f"The sender {OURS} is paused since 2026-11-21 12:00:00 UTC, by ops: The campaign was wrong."
    )
    run = f'mutation {{ senderResume(input: {{id: "{sender.id}"}}) {{ destination {{ id }} errors {{ message }} }} }}'
    assert one.remedy == (
        f"Resume it: run {run}; what waits then goes on by itself, the oldest first."
        " It waits until 2026-11-21 16:00:00 UTC at most: then the event is too old for its mapping."
    )
    assert world.requests == []


async def test_another_sender_of_the_account_goes_on(world: World) -> None:
    await change(world, pause, OTHER)

    await world.take(identify(), track())
    await world.deliver()

    assert (await world.delivery()).status is S.ACCEPTED


async def test_what_is_sent_from_a_sender_out_of_use_waits_as_removed(world: World) -> None:
    await change(world, detach)

    await world.take(identify(), track())
    await world.deliver()

    one = await world.delivery()
    assert (one.status, one.reason, one.next_attempt_at) == (S.HELD, Reason.SENDER_REMOVED, later(900))
    assert one.detail == f"The sender {OURS} was taken out of use at 2026-11-21 12:00:00 UTC."
    assert world.requests == []


@pytest.mark.parametrize("stop", [pause, detach])
async def test_what_waits_goes_once_each_once_its_sender_goes_on(
    world: World, stop: Callable[..., None]
) -> None:
    await change(world, stop)
    await world.take(identify())
    for n in range(3):
        await world.take(track(messageId=f"m-{n + 1}"))
        await world.deliver()
    world.clock.advance(60)

    await change(world, resume)
    await world.deliver()
    await world.deliver()

    assert [one.status for one in await world.deliveries()] == [S.ACCEPTED] * 3
    assert len(world.requests) == 3


@pytest.mark.parametrize("stop", [pause, detach, doubt])
async def test_a_sender_that_another_process_stops_after_the_plan_sends_nothing(
    world: World, stop: Callable[..., None]
) -> None:
    async def once() -> None:
        world.provider.at_plan = None
        await change(world, stop, told=False)

    world.provider.at_plan = once
    await world.take(identify(), track())

    await world.deliver()
    decided_anew = await world.deliver()

    one = await world.delivery()
    assert (decided_anew, one.status, world.requests) == (1, S.HELD, [])


@pytest.mark.parametrize("stop", [pause, detach])
async def test_what_is_about_to_wait_for_a_sender_that_was_just_let_go_goes_on(
    world: World, stop: Callable[..., None]
) -> None:
    await change(world, stop)
    await world.services.workspace.current()

    async def once() -> None:
        world.provider.at_plan = None
        await change(world, resume, told=False)

    world.provider.at_plan = once
    await world.take(identify(), track())

    await world.deliver()
    await world.deliver()

    assert ((await world.delivery()).status, len(world.requests)) == (S.ACCEPTED, 1)


async def test_a_pause_of_the_whole_destination_that_ends_leaves_a_sender_paused(world: World) -> None:
    await change(world, pause)
    await world.take(identify(), track())
    await world.deliver()
    await world.store.write(lambda c: pauses.pause(c, "dst_paper", NOTE))
    await world.store.write(lambda c: pauses.resume(c, "dst_paper"))
    world.services.workspace.invalidate()

    await world.deliver()

    one = await world.delivery()
    assert (one.status, one.reason, world.requests) == (S.HELD, Reason.PAUSED, [])
    assert (one.detail or "").startswith(f"The sender {OURS} is paused")
