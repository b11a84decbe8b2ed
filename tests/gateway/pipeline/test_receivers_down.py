"""Receivers that hang, over real sockets and both engines: they cost no other anything, and get everything once they are back."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.clock import ManualClock
from gateway.pipeline import rests, telling
from gateway.pipeline.messenger import Messenger
from gateway.sending.receivers import Receivers
from gateway.settings import Settings
from gateway.storage import receivers, webhook_deliveries
from gateway.storage.engine import Store
from gateway.storage.receivers import Receiver
from gateway.storage.webhook_deliveries import WebhookDelivery
from tests import factories
from tests.factories import NOW
from tests.gateway.pipeline.owners import SECRET
from tests.gateway.world import World

pytestmark = pytest.mark.network

WITHIN = 2.0
"""In seconds of the processor: other work on the machine is no delay of ours."""

HANGS = 60.0
PATIENCE = 50.0
"""What hangs does so for longer than anything here may take."""


class Listener:
    """Owners' receivers at one port, each at a path of its own. Those that hang answer nothing, until it is `well`."""

    def __init__(self) -> None:
        self.is_well = False
        self.hanging = 0
        self.given_up = 0
        self.taken: list[tuple[str, str, bytes]] = []
        self.port = 0
        self.connections: set[asyncio.Task[None] | None] = set()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.add(asyncio.current_task())
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode().split("\r\n")
                headers = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
                body = await reader.readexactly(int(headers["content-length"]))
                path = lines[0].split(" ")[1]
                if path.startswith("/hangs") and not self.is_well:
                    self.hanging += 1
                    await reader.read()
                    self.given_up += 1
                    return
                self.taken.append((path, headers["webhook-id"], body))
                writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    listener = Listener()
    server = await asyncio.start_server(listener.connected, "127.0.0.1", 0, backlog=1024)
    listener.port = server.sockets[0].getsockname()[1]
    yield listener
    server.close()
    await asyncio.gather(*(one for one in listener.connections if one is not None))


@asynccontextmanager
async def opened(
    store: Store,
    path: Path,
    clock: ManualClock,
    listener: Listener,
    names: Mapping[str, Receiver],
    seconds: float,
) -> AsyncIterator[tuple[World, Messenger]]:
    """A gateway with a destination of each of these names, whose owner listens at a path like it."""
    world = World(store, path, clock, Settings(data_dir=path))
    there = [
        factories.destination(
            id=f"dst_{name}",
            name=name,
            settings={
                "token": "t",
                "hook": f"http://127.0.0.1:{listener.port}/{name}",
                "hookSecrets": [{"secret": SECRET}],
            },
        )
        for name in names
    ]
    await world.configure(*there)
    known = {f"dst_{name}": one for name, one in names.items()}
    await store.write(lambda c: receivers.save(c, known))
    async with restarted(world, seconds) as messenger:
        yield world, messenger
    await world.services.reader.close()


@asynccontextmanager
async def restarted(world: World, seconds: float) -> AsyncIterator[Messenger]:
    """A messenger that knows what is stored and nothing else, and waits so long for an answer."""
    client = Receivers(frozenset({"127.0.0.1"}), seconds=seconds)
    messenger = Messenger(replace(world.services, receivers=client))
    try:
        yield messenger
    finally:
        await messenger.leave()
        await client.close()


async def add(world: World, name: str, deliveries: int, events: int) -> list[WebhookDelivery]:
    """So many events of so many Deliveries, by turns."""
    some = [
        telling.new(
            "delivery.sent", "default", f"dst_{name}", f"dlv_{name}_{which}", f'{{"event": {event}}}', NOW
        )
        for event in range(events)
        for which in range(deliveries)
    ]
    await world.store.write(lambda c: webhook_deliveries.add(c, some, NOW))
    return some


async def until(messenger: Messenger, done: Callable[[], bool], seconds: float) -> float:
    """Tell owners until that is so; how many seconds of the processor it took."""
    began = time.process_time()
    async with asyncio.timeout(seconds):
        while not done():
            if not await messenger.step():
                await messenger.wait()
    return time.process_time() - began


@pytest.mark.parametrize("known", [Receiver(0), Receiver()])
async def test_150_that_hang_delay_none_that_is_well(
    store: Store, tmp_path: Path, clock: ManualClock, listener: Listener, known: Receiver
) -> None:
    hanging = {f"hangs-{number}": Receiver() for number in range(150)}
    async with opened(store, tmp_path, clock, listener, {**hanging, "well": known}, seconds=HANGS) as (
        world,
        messenger,
    ):
        for name in hanging:
            await add(world, name, 2, 2)
        some = await add(world, "well", 25, 4)

        await until(messenger, lambda: len(listener.taken) >= 100 and listener.hanging == 150, PATIENCE)
        later = await add(world, "well", 25, 4)
        took = await until(messenger, lambda: len(listener.taken) >= 200, PATIENCE)

        assert took < WITHIN
        assert (listener.hanging, listener.given_up) == (150, 0)
        assert sorted(key for _path, key, _body in listener.taken) == sorted(
            one.id for one in [*some, *later]
        )


async def test_150_that_were_well_and_hang_now_delay_none_for_long(
    store: Store, tmp_path: Path, clock: ManualClock, listener: Listener
) -> None:
    names = {name: Receiver(0) for name in (*(f"hangs-{number}" for number in range(150)), "well")}
    async with opened(store, tmp_path, clock, listener, names, seconds=HANGS) as (world, messenger):
        for name in names:
            await add(world, name, 1, 1)

        await until(messenger, lambda: len(listener.taken) == 1, PATIENCE)

        assert listener.given_up == 0


async def test_once_they_are_back_all_arrives_once_and_in_order_and_what_waited_was_not_tried(
    store: Store, tmp_path: Path, clock: ManualClock, listener: Listener
) -> None:
    names = {f"hangs-{number}": Receiver(0 if number % 2 else None) for number in range(20)}
    async with opened(store, tmp_path, clock, listener, names, seconds=1.0) as (world, messenger):
        some = [one for name in names for one in await add(world, name, 5, 6)]
        await until(messenger, lambda: listener.hanging >= 100, PATIENCE)
        await messenger.finished()

        there = await store.read(lambda c: receivers.of(c, [f"dst_{name}" for name in names]))
        kept = await store.read(lambda c: webhook_deliveries.by_ids(c, [one.id for one in some]))
        tried = sum(one.attempts for one in kept.values())
        assert not await messenger.step()
        assert {one.failures for one in there.values()} == {rests.FAILURES}
        assert all(one.rests_until is not None for one in there.values())
        assert tried == listener.hanging == 100
        assert sum(one.attempts == 0 for one in kept.values()) == 500

    listener.is_well = True
    clock.advance(rests.FIRST_REST)
    async with restarted(world, HANGS) as messenger:
        await until(messenger, lambda: len(listener.taken) >= 600, PATIENCE)
        await messenger.finished()

    assert sorted(key for _path, key, _body in listener.taken) == sorted(one.id for one in some)
    about = {one.id: one.about for one in some}
    arrived: dict[str, list[bytes]] = {}
    for _path, key, body in listener.taken:
        arrived.setdefault(about[key], []).append(body)
    assert len(arrived) == 100
    assert set(map(tuple, arrived.values())) == {tuple(b'{"event": %d}' % number for number in range(6))}
    kept = await store.read(lambda c: webhook_deliveries.by_ids(c, [one.id for one in some]))
    assert all(one.delivered_at is not None and not one.dead for one in kept.values())


async def test_what_waited_a_day_for_one_that_is_down_is_dead_and_says_that_it_was_never_tried(
    store: Store, tmp_path: Path, clock: ManualClock, listener: Listener
) -> None:
    async with opened(store, tmp_path, clock, listener, {"hangs": Receiver(0)}, seconds=1.0) as (
        world,
        messenger,
    ):
        some = await add(world, "hangs", 10, 3)
        await until(messenger, lambda: listener.hanging >= rests.FAILURES, PATIENCE)
        await messenger.finished()
        asked = listener.hanging

        clock.advance(86_401)
        while await messenger.step():
            await messenger.finished()

        kept = await store.read(lambda c: webhook_deliveries.by_ids(c, [one.id for one in some]))
    assert listener.hanging == asked
    assert all(one.dead and one.next_attempt_at is None for one in kept.values())
    assert {one.last_answer for one in kept.values() if one.attempts == 0} == {
        "Never tried: for 24 hours it waited for its receiver, which was down. Replay it once the receiver is well."
    }
    assert {one.last_answer for one in kept.values() if one.attempts} == {
        "No answer came within 1 seconds. It was tried for 24 hours: replay it once the receiver is well."
    }
