"""What is switched off between the decision and the claim stops what was decided before: nothing of it leaves."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection

from destinations.kit import Channel, Reason
from gateway.clock import ManualClock
from gateway.deliveries import DeliveryStatus
from gateway.secrets import Secrets
from gateway.settings import Settings
from gateway.storage import channels, destinations
from gateway.storage.engine import Store
from tests import factories
from tests.factories import NOW, identify, track
from tests.gateway.world import World

S = DeliveryStatus


@pytest.fixture
async def world(store: Store, tmp_path: Path, clock: ManualClock) -> AsyncIterator[World]:
    """On each engine, with a server source, a verified destination and a mapping for orders."""
    settings = Settings(data_dir=tmp_path, public_url="https://texts.example.com")
    made = World(store, tmp_path / "heliograph.db", clock, settings)
    await made.configure(factories.source(), factories.destination(), factories.mapping())
    yield made
    await made.services.reader.close()


def of_the_destination(connection: Connection, _secrets: Secrets) -> None:
    channels.switch_off(connection, "default", "dst_paper", Channel.SMS, NOW, "ops")


def of_the_whole_space(connection: Connection, _secrets: Secrets) -> None:
    channels.switch_off(connection, "default", None, Channel.SMS, NOW, "ops")


def the_destination(connection: Connection, secrets: Secrets) -> None:
    there = destinations.get(connection, "dst_paper", secrets, for_update=True)
    assert there is not None
    destinations.save(connection, replace(there, enabled=False, revision=there.revision + 1), secrets)


def another_channel(connection: Connection, _secrets: Secrets) -> None:
    channels.switch_off(connection, "default", "dst_paper", Channel.WHATSAPP, NOW, "ops")
    channels.switch_off(connection, "default", "dst_other", Channel.SMS, NOW, "ops")
    channels.switch_off(connection, "other", None, Channel.SMS, NOW, "ops")


def at_the_plan(world: World, switch: Callable[[Connection, Secrets], None]) -> None:
    """Another process switches it once the text is planned; this one has not heard of it."""

    async def once() -> None:
        world.provider.at_plan = None
        await world.store.write(lambda c: switch(c, world.secrets))

    world.provider.at_plan = once


@pytest.mark.parametrize(
    ("switch", "reason"),
    [
        (of_the_destination, Reason.CHANNEL_OFF),
        (of_the_whole_space, Reason.CHANNEL_OFF),
        (the_destination, Reason.DESTINATION_DISABLED),
    ],
    ids=["the channel of the destination", "the channel of the whole space", "the destination"],
)
async def test_what_was_decided_before_it_was_switched_off_and_is_not_claimed_does_not_leave(
    world: World, switch: Callable[[Connection, Secrets], None], reason: Reason
) -> None:
    await world.take(identify(), track())
    at_the_plan(world, switch)

    await world.deliver()
    one = await world.delivery()
    assert (world.requests, one.status, one.attempt_count, await world.due()) == ([], S.PENDING, 0, 0)

    await world.deliver()
    one = await world.delivery()
    assert (world.requests, one.status, one.reason) == ([], S.SUPPRESSED, reason)
    assert await world.due() is None


async def test_what_goes_by_another_channel_leaves_at_once(world: World) -> None:
    await world.take(identify(), track())
    at_the_plan(world, another_channel)

    await world.deliver()

    one = await world.delivery()
    assert (len(world.requests), one.status) == (1, S.ACCEPTED)
