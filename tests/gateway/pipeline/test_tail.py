"""Whoever listens is told of what became of Deliveries, once it is on disk."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection

from destinations.kit import DestinationStatus, MessageStatus, Resend, StatusChanged
from gateway.background_jobs import BackgroundJob, BackgroundKind, BackgroundStatus
from gateway.clock import ManualClock
from gateway.deliveries import TRIED, DeliveryStatus, Step
from gateway.pipeline import bulk_replays, settle, signals
from gateway.pipeline.settle import Reached
from gateway.pipeline.worker import Worker
from gateway.settings import Settings
from gateway.shared.base import Channel, Topic
from gateway.storage import background_jobs, deliveries, replays
from gateway.storage.delivery_lists import DeliveryFilter
from gateway.storage.engine import Store
from gateway.webhooks.endpoints import WebhookApp
from tests.factories import destination, identify, mapping, new_delivery, source, track
from tests.gateway.paper import refused
from tests.gateway.replaying import stale
from tests.gateway.waiting import put
from tests.gateway.world import World

S = DeliveryStatus
Item = tuple[Topic, str, str]
"""What is told: the topic, the space and the id."""


class Recorded:
    """A tail that keeps what is told by each call, with how those Deliveries stand on disk at that time."""

    def __init__(self, disk: World | None) -> None:
        self.calls: list[list[Item]] = []
        self.stood: list[list[tuple[Any, ...]]] = []
        self._disk = disk

    def publish(self, topic: Topic, told: Iterable[tuple[str, str]], now: datetime) -> None:
        items = [(topic, space, one) for space, one in told]
        if items:
            self.calls.append(items)
            if self._disk is not None:
                self.stood.append(self._disk.on_disk("SELECT id, status, message_status FROM deliveries"))

    def listen(self, topic: Topic, space: str) -> AbstractContextManager[Channel]:
        raise NotImplementedError  # it is told alone: nobody here listens to it


def listened(world: World, *, on_disk: bool = False) -> Recorded:
    """Have what that world tells recorded."""
    tail = Recorded(world if on_disk else None)
    world.services = replace(world.services, shared=replace(world.services.shared, tail=tail))
    return tail


def told(delivery_id: str, space: str = "default") -> Item:
    return Topic.DELIVERY, space, delivery_id


@pytest.fixture
def ledger(store: Store, tmp_path: Path, clock: ManualClock) -> World:
    """A world on each engine."""
    return World(store, tmp_path, clock, Settings(data_dir=tmp_path))


def ended(delivery_id: str) -> Step:
    return Step(delivery_id, TRIED, S.CANCELED, shows={"detail": "x"})


async def test_all_that_a_change_did_is_told_by_one_call_each_delivery_once(ledger: World) -> None:
    tail = listened(ledger)
    names = [f"dlv_{number}" for number in range(3)]
    await ledger.store.write(
        lambda c: deliveries.add(
            c,
            [new_delivery(id=name, space=space) for name, space in zip(names, "aba", strict=True)],
            ledger.clock.now(),
        )
    )
    steps = [*(Step(name, TRIED, None, shows={"detail": "x"}) for name in names), *map(ended, names)]

    await settle.settle(ledger.services, lambda c: settle.apply(c, steps, ledger.clock.now()))

    assert tail.calls == [[told("dlv_0", "a"), told("dlv_1", "b"), told("dlv_2", "a")]]


async def test_of_steps_that_are_not_taken_nothing_is_told(ledger: World) -> None:
    tail = listened(ledger)
    await ledger.store.write(lambda c: deliveries.add(c, [new_delivery(id="dlv_1")], ledger.clock.now()))
    impossible = [Step("dlv_1", [S.HELD], S.CANCELED), ended("dlv_gone")]

    await settle.settle(ledger.services, lambda c: settle.apply(c, impossible, ledger.clock.now()))

    assert tail.calls == []


async def test_of_a_change_that_fails_nothing_is_told(ledger: World) -> None:
    tail = listened(ledger)
    await ledger.store.write(lambda c: deliveries.add(c, [new_delivery(id="dlv_1")], ledger.clock.now()))

    def change(connection: Connection) -> list[Reached]:
        settle.apply(connection, [ended("dlv_1")], ledger.clock.now())
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        await settle.settle(ledger.services, change)

    assert tail.calls == []
    assert (await ledger.delivery()).status is S.PENDING


async def test_a_text_is_told_of_as_it_is_claimed_and_as_it_is_accepted_each_time_once_that_is_on_disk(
    world: World,
) -> None:
    await world.take(identify(), track())
    one = await world.delivery()
    tail = listened(world, on_disk=True)

    await world.deliver()

    assert tail.calls == [[told(one.id)], [told(one.id)]]
    assert tail.stood == [[(one.id, "SENDING", None)], [(one.id, "ACCEPTED", "QUEUED")]]


async def test_what_a_callback_says_is_told(world: World) -> None:
    await world.take(identify(), track())
    await world.deliver()
    one = await world.delivery()
    tail = listened(world, on_disk=True)
    transport = httpx.ASGITransport(app=WebhookApp(world.services))

    async with httpx.AsyncClient(transport=transport, base_url="http://inside:8080") as client:
        answer = await client.post(
            f"/webhooks/dst_paper/status?delivery={one.id}",
            json={"sid": "SM1", "status": "DELIVERED"},
            headers={"x-paper-signature": "s3cret-of-paper"},
        )

    assert answer.status_code == 204
    assert tail.calls == [[told(one.id)]]
    assert tail.stood == [[(one.id, "ACCEPTED", MessageStatus.DELIVERED.value)]]


async def test_a_text_that_is_sent_once_more_is_told_of_as_it_is_made(world: World) -> None:
    await world.take(identify(), track())
    await world.deliver()
    one = await world.delivery()
    tail = listened(world, on_disk=True)
    there = (await world.services.workspace.current()).destinations["dst_paper"]
    failed = StatusChanged("SM1", MessageStatus.FAILED, one.id, "30001", resend=Resend.NEVER_SENT)

    await settle.settle(
        world.services, lambda c: signals.apply(c, world.secrets, there, [failed, failed], world.clock.now())
    )

    [child] = [other for other in await world.deliveries() if other.fallback_of == one.id]
    assert tail.calls == [[told(one.id), told(child.id)]]
    assert sorted(tail.stood[0]) == sorted([(one.id, "ACCEPTED", "FAILED"), (child.id, "PENDING", None)])


async def test_a_text_that_is_sent_once_more_for_its_refusal_is_told_of_as_it_is_made(
    empty_world: World,
) -> None:
    world = empty_world
    fields = {"send": True, "body": "Free text", "template": "The template"}
    await world.configure(source(), destination(), mapping(fields=fields))
    world.provider.answers.append(refused(400, resend="WITH_TEMPLATE"))
    await world.take(identify(), track())
    one = await world.delivery()
    tail = listened(world)

    await world.deliver()

    [child] = [other for other in await world.deliveries() if other.fallback_of == one.id]
    assert tail.calls == [[told(one.id)], [told(one.id), told(child.id)]]


async def test_replays_of_many_are_told_of_as_they_are_made_and_once(world: World) -> None:
    old = await stale(world)
    tail = listened(world, on_disk=True)
    job = BackgroundJob(
        id=background_jobs.new_id(),
        space="default",
        kind=BackgroundKind.REPLAY,
        status=BackgroundStatus.RUNNING,
        total=1,
        done=0,
        failed=0,
        message=None,
        result=None,
        replay_key="k",
        include_accepted=False,
        created_at=world.clock.now(),
        finished_at=None,
    )

    def ask(connection: Connection) -> None:
        wanted = DeliveryFilter(status=[S.SUPPRESSED])
        replays.add(connection, job.id, "default", wanted, include_accepted=False, most=10)
        background_jobs.add(connection, job)

    for _time in range(2):
        await world.store.write(ask)
        while await bulk_replays.step(world.services):
            pass
        job = replace(job, id=background_jobs.new_id())

    [new] = [other for other in await world.deliveries() if other.replay_of == old.id]
    assert tail.calls == [[told(new.id)]]
    assert sorted(tail.stood[0]) == sorted([(old.id, "SUPPRESSED", None), (new.id, "PENDING", None)])


async def test_what_an_event_cancels_is_told(empty_world: World) -> None:
    world = empty_world
    await world.configure(
        source(),
        destination(status=DestinationStatus.FAILED),
        mapping(cancel_trigger='event = "Order Canceled"'),
    )
    await world.take(identify(), track())
    await world.deliver()
    one = await world.delivery()
    tail = listened(world, on_disk=True)
    await put(world, [track(event="Order Canceled", messageId="m-4")])

    await Worker(world.services)._match()

    [event] = world.on_disk("SELECT id FROM events WHERE message_id = 'm-4'")
    assert tail.calls == [[(Topic.EVENT, "default", event[0])], [told(one.id)]]
    assert tail.stood == [[(one.id, "CANCELED", None)]] * 2


async def test_events_and_the_deliveries_made_of_them_are_told_once_they_are_on_disk(world: World) -> None:
    tail = listened(world, on_disk=True)
    unmatched, invalid = identify(messageId="m-2"), track(messageId="m-3", type="nonsense")
    await put(world, [track(messageId="m-1"), unmatched, invalid])

    await Worker(world.services)._match()

    found = dict(world.on_disk("SELECT message_id, id FROM events"))
    one = await world.delivery()
    assert tail.calls == [
        [(Topic.EVENT, "default", found[name]) for name in ("m-1", "m-2", "m-3")],
        [told(one.id)],
    ]
    assert tail.stood == [[(one.id, "PENDING", None)]] * 2
