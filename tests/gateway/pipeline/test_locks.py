"""On PostgreSQL, who changes the same things at the same time waits for one another, and never in a circle."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from itertools import cycle
from pathlib import Path

import pytest
from sqlalchemy import Connection
from structlog.testing import capture_logs

from destinations.kit import (
    Channel,
    ConsentChanged,
    ConsentStatus,
    HttpRequest,
    HttpResponse,
    MessageStatus,
    Policy,
    StatusChanged,
)
from gateway.clock import ManualClock
from gateway.deliveries import Delivery, DeliveryStatus
from gateway.pipeline import signals
from gateway.pipeline.settle import Reached
from gateway.pipeline.verification import verify
from gateway.settings import Settings
from gateway.storage.engine import Store
from gateway.workspace import Destination
from tests import factories
from tests.factories import identify, track
from tests.gateway.paper import OURS, refused
from tests.gateway.world import World

Change = Callable[[Connection], list[Reached]]
ROUNDS = 5
PEOPLE = 12
STOP = ConsentChanged(None, Channel.SMS, ConsentStatus.UNSUBSCRIBED, stop=True, evidence="21610")
ANSWERS = (
    refused(400, "21610", stop=True),
    refused(401, "20003", account=True),
    refused(400, "666"),
    refused(400, "21610", stop=True),
)


@pytest.fixture
async def world(postgresql_store: Store, tmp_path: Path, clock: ManualClock) -> AsyncIterator[World]:
    """On PostgreSQL, with a server source, a verified destination and a mapping for orders."""
    one = World(postgresql_store, tmp_path, clock, Settings(data_dir=tmp_path))
    fast = factories.destination(policy=Policy(messages_per_second={OURS: 1000.0}))
    await one.configure(factories.source(), fast, factories.mapping())
    yield one
    await one.services.reader.close()


async def texts(world: World, number: int) -> list[Delivery]:
    """A text to each of some people, none of whom has one yet."""
    for person in range(PEOPLE):
        given = {"phone": f"+1202555{number:02}{person:02}", "sms_opt_in": True}
        who = f"{number}-{person}"
        await world.take(
            identify(userId=who, messageId=f"i-{who}", traits=given), track(userId=who, messageId=f"m-{who}")
        )
    return [one for one in await world.deliveries() if one.status is DeliveryStatus.PENDING]


def told(world: World, there: Destination, delivery: Delivery) -> Change:
    """A callback about it: the account is closed, and the person said stop."""
    status = StatusChanged(
        f"SM{delivery.id}", MessageStatus.FAILED, delivery.id, "20003", "Closed.", account_trouble=True
    )
    return lambda c: signals.apply(c, there, [status, STOP], world.clock.now())


class Race:
    """A provider that calls back about all texts as soon as it has them, and only then answers."""

    def __init__(self, world: World, changes: Sequence[Change]) -> None:
        self._world = world
        self._changes = changes
        self._answers = cycle(ANSWERS)
        self._all_there = asyncio.Barrier(len(changes))
        self.calls: list[asyncio.Task[list[Reached]]] = []

    async def send(self, request: HttpRequest) -> HttpResponse:
        async with asyncio.timeout(10):
            place = await self._all_there.wait()
        self.calls.append(asyncio.create_task(self._world.store.write(self._changes[place])))
        return next(self._answers)


async def test_callbacks_that_race_with_answers_are_all_taken_and_so_are_the_answers(world: World) -> None:
    heard: list[object] = []
    with capture_logs() as lines:
        for number in range(ROUNDS):
            waiting = await texts(world, number)
            there = (await world.services.workspace.current()).destinations["dst_paper"]
            race = Race(world, [told(world, there, one) for one in waiting])
            world.client.send = race.send  # type: ignore[method-assign]  # it is no answer alone

            await world.work_on(await world.lease())

            heard += await asyncio.gather(*race.calls, return_exceptions=True)
            await verify(world.services, "dst_paper")
            world.clock.advance(1200)  # so that a refusal is no sign that verifying proves little

    assert [error for error in heard if isinstance(error, BaseException)] == []
    assert len(heard) == ROUNDS * PEOPLE
    assert [line["event"] for line in lines if "can't be recorded" in line["event"]] == []
    assert {one.status for one in await world.deliveries()} == {DeliveryStatus.ACCEPTED}
    assert {word.status for n in range(ROUNDS) for word in await world.words(f"+1202555{n:02}00")} >= {
        ConsentStatus.UNSUBSCRIBED
    }
