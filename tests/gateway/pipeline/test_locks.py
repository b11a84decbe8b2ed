"""On PostgreSQL, who changes the same things at the same time waits for one another, and never in a circle."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle, groupby
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event
from structlog.testing import capture_logs

from destinations.kit import (
    Channel,
    ConsentChanged,
    ConsentStatus,
    HttpRequest,
    HttpResponse,
    MessageStatus,
    Policy,
    Resend,
    StatusChanged,
)
from gateway.clock import ManualClock
from gateway.deliveries import Delivery, DeliveryStatus
from gateway.pipeline import signals
from gateway.pipeline.settle import Reached
from gateway.pipeline.signals import Told
from gateway.pipeline.verification import verify
from gateway.settings import Settings
from gateway.storage.engine import Store
from gateway.workspace import Destination
from tests import factories
from tests.factories import BOB, identify, later, track
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
    return lambda c: signals.apply(c, world.secrets, there, [status, STOP], world.clock.now())


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


LOCKS = {
    "numbers": "pg_advisory_xact_lock",
    "contacts": "INSERT INTO contacts",
    "deliveries": "FROM deliveries",
}
"""What is taken, and the words by which a statement is known that takes it."""


@contextmanager
def taken() -> Iterator[list[tuple[str, str]]]:
    """Which of these are taken, in order, and the values of the statements that do it."""
    found: list[tuple[str, str]] = []

    def note(_connection: object, _cursor: object, statement: str, values: object, *_more: object) -> None:
        for what, words in LOCKS.items():
            if words in statement and (what != "deliveries" or "FOR UPDATE" in statement):
                found.append((what, str(values)))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def test_a_batch_that_cancels_takes_numbers_then_contacts_then_deliveries(world: World) -> None:
    await world.configure(factories.mapping(id="map_2", cancel_trigger='event = "Left"'))

    with taken() as locks:
        await world.take(
            identify(),
            track(),
            track(event="Left", messageId="left"),
            identify(userId="bob", messageId="bob-1", traits={"phone": BOB, "sms_opt_in": True}),
            track(userId="bob", messageId="bob-2"),
            track(userId="bob", event="Left", messageId="bob-left"),
        )

    new = [what for what, _values in dict.fromkeys(locks)]  # what is taken again is held already
    assert [what for what, _several in groupby(new)] == list(LOCKS)
    ended = [one.status for one in await world.deliveries() if one.mapping_id == "map_2"]
    assert ended == [DeliveryStatus.CANCELED] * 2


@pytest.mark.parametrize("asked_for", [False, True])
async def test_what_arrives_after_all_is_locked_with_what_was_to_repeat_it(
    world: World, *, asked_for: bool
) -> None:
    await world.take(identify(), track())
    await world.deliver()
    parent = await world.delivery()
    await world.call_back(MessageStatus.FAILED, resend=Resend.NEVER_SENT)
    [child] = [one for one in await world.deliveries() if one.fallback_of == parent.id]
    there = (await world.services.workspace.current()).destinations["dst_paper"]
    failed = next(one for one in await world.deliveries() if one.id == parent.id)
    said = StatusChanged("SM1", MessageStatus.DELIVERED, parent.id)

    def change(connection: Connection) -> list[Reached]:
        if asked_for:
            return signals.asked_for(connection, there, [Told(failed, [said])], later(1))
        return signals.apply(connection, world.secrets, there, [said], later(1))

    with taken() as locks:
        reached = await world.store.write(change)

    assert locks[0][0] == "deliveries"
    assert all(one.id in locks[0][1] for one in (parent, child))
    assert {one.delivery_id: one.status for one in reached} == {
        parent.id: DeliveryStatus.ACCEPTED,
        child.id: DeliveryStatus.CANCELED,
    }
