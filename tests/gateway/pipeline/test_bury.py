"""Jobs on which the gateway itself fails: one fails alone, has later turns, and is buried in view."""

from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import IntegrityError
from structlog.testing import capture_logs

from gateway import metrics
from gateway.clock import ManualClock
from gateway.deliveries import DeliveryStatus
from gateway.events import EventOutcome
from gateway.facts.snapshot import Snapshot
from gateway.jobs import JobKind, NewJob
from gateway.pipeline import bury, load, send
from gateway.pipeline.bury import MOST_DEATHS, MOST_FAILURES
from gateway.pipeline.deliver import deliver
from gateway.pipeline.outbox import Outbox
from gateway.pipeline.send import Answer
from gateway.pipeline.worker import Worker
from gateway.services import Services
from gateway.settings import Settings
from gateway.storage import jobs, leases, tables
from gateway.storage.engine import Store
from tests import factories
from tests.factories import ANN, BOB, identify, track
from tests.gateway.waiting import depth, poison, put
from tests.gateway.world import World

PATIENCE = 20.0


async def outcomes(world: World) -> dict[str, EventOutcome]:
    def read(connection: Connection) -> dict[str, EventOutcome]:
        rows = connection.execute(select(tables.events.c.message_id, tables.events.c.outcome))
        return {row.message_id: EventOutcome(row.outcome) for row in rows}

    return await world.store.read(read)


def buried_deliveries() -> float:
    return metrics.REGISTRY.get_sample_value("heliograph_buried_total", {"kind": "deliver"}) or 0


async def die(world: World) -> None:
    """The process is gone while it matches, and another begins."""
    worker = Worker(world.services)
    await worker._lease_to_match()
    await world.store.write(leases.recover)


async def test_a_request_that_the_process_dies_of_is_buried_and_its_neighbours_are_not(world: World) -> None:
    await put(world, [track(messageId="m-deadly")], [track(messageId="m-1")])

    for _ in range(MOST_DEATHS):
        await die(world)
    worker = Worker(world.services)
    while await depth(world):
        await worker._match()

    assert await outcomes(world) == {"m-deadly": EventOutcome.INVALID, "m-1": EventOutcome.MATCHED}
    assert (await world.event("m-deadly")).problem == "internal_error"
    buried = await world.store.read(lambda c: c.execute(select(tables.buried_jobs)).all())
    assert [(row.why, row.tries) for row in buried] == [
        ("The process ended 10 times while it worked on this.", 11)
    ]


async def test_what_is_buried_for_that_is_shown_once_and_then_only_buried(world: World) -> None:
    await put(world, [track()])
    for _ in range(MOST_DEATHS + 1):
        await die_leasing(world)

    await Worker(world.services)._lease_to_match()

    assert (await depth(world), await outcomes(world)) == (0, {})


async def die_leasing(world: World) -> None:
    await Worker(world.services)._lanes.lease()
    await world.store.write(leases.recover)


async def test_five_kills_in_a_row_bury_nothing(world: World) -> None:
    await put(world, [identify()], *([track(messageId=f"m-{n}")] for n in range(1, 40)))
    for _ in range(5):
        await die(world)

    worker = Worker(world.services)
    while await depth(world):
        await worker._match()

    assert set((await outcomes(world)).values()) == {EventOutcome.UNMATCHED, EventOutcome.MATCHED}
    assert len(await outcomes(world)) == 40


async def test_a_poison_event_fails_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    poison(monkeypatch, "m-bad", ValueError("poison"))
    await put(
        world,
        [identify()],
        [track(messageId="m-1"), track(messageId="m-bad"), track(messageId="m-2")],
        [track(messageId="m-3")],
    )

    await Worker(world.services)._match()

    assert await outcomes(world) == {
        "m-0": EventOutcome.UNMATCHED,
        "m-1": EventOutcome.MATCHED,
        "m-2": EventOutcome.MATCHED,
        "m-3": EventOutcome.MATCHED,
    }
    assert await depth(world) == 1
    assert await world.deliver() == 3


async def test_a_poison_request_is_buried_after_so_many_failures_and_its_neighbours_went_out_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison(monkeypatch, "m-bad", ValueError("poison"))
    await put(world, [identify(), track(), track(messageId="m-bad")])
    worker = Worker(world.services)

    for _ in range(MOST_FAILURES):
        assert await depth(world) == 1
        await worker._match()
        world.clock.advance(61)

    buried = await world.store.read(lambda c: c.execute(select(tables.buried_jobs)).all())
    assert [(row.kind, row.why, row.tries) for row in buried] == [
        ("match", "ValueError: poison", MOST_FAILURES)
    ]
    assert await depth(world) == 0
    assert len(await world.deliveries()) == 1


async def test_no_event_of_a_buried_request_vanishes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.take(track(messageId="m-seen"))
    with monkeypatch.context() as bug:
        poison(bug, "m-bad", ValueError("poison"))
        await put(world, [identify(), track(), track(messageId="m-bad"), track(messageId="m-seen")])
        worker = Worker(world.services)
        for _ in range(MOST_FAILURES):
            await worker._match()
            world.clock.advance(61)

    assert await outcomes(world) == {
        "m-seen": EventOutcome.MATCHED,
        "m-0": EventOutcome.UNMATCHED,
        "m-1": EventOutcome.MATCHED,
        "m-bad": EventOutcome.INVALID,
    }
    assert (await world.event("m-bad")).problem == "internal_error"
    assert await world.take(track(messageId="m-bad", event="Other")) == [EventOutcome.UNMATCHED]


async def test_what_is_buried_and_logged_does_not_show_the_row(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = IntegrityError("INSERT", {}, ValueError("DETAIL: Key (phone)=(+12025550101) already exists"))
    poison(monkeypatch, "m-bad", error)
    await put(world, [track(messageId="m-bad")])
    worker = Worker(world.services)

    with capture_logs() as lines:
        for _ in range(MOST_FAILURES):
            await worker._match()
            world.clock.advance(61)

    buried = await world.store.read(lambda c: c.execute(select(tables.buried_jobs.c.why)).all())
    assert [row.why for row in buried] == ["IntegrityError (ValueError)"]
    *failed, last = lines
    assert {(line["error"], line["exc_info"]) for line in failed} == {("IntegrityError (ValueError)", False)}
    assert last == {
        "event": "A job is buried",
        "log_level": "error",
        "why": "IntegrityError (ValueError)",
        "kind": "match",
        "source": factories.source().id,
    }


async def test_a_payload_nobody_can_read_fails_alone(world: World) -> None:
    await world.store.write(
        lambda c: jobs.enqueue(c, [NewJob(JobKind.MATCH, b"{not ours", "src_server")], world.clock.now())
    )
    await put(world, [track()])

    await Worker(world.services)._match()

    assert list(await outcomes(world)) == ["m-1"]
    assert await depth(world) == 1


async def test_failures_wait_longer_and_longer(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    poison(monkeypatch, "m-1", ValueError("poison"))
    await put(world, [track()])
    worker, waits = Worker(world.services), []

    for _ in range(7):
        await worker._match()
        due = await world.store.read(lambda c: jobs.next_due(c, JobKind.MATCH))
        assert due is not None
        waits.append((due - world.clock.now()).total_seconds())
        world.clock.advance(60)

    assert waits == [2, 4, 8, 16, 32, 60, 60]


async def test_a_failure_that_can_not_be_told_costs_no_neighbour_its_answer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for user, number in (("ann", ANN), ("bob", BOB)):
        await world.take(
            identify(userId=user, messageId=f"i-{user}", traits={"phone": number, "sms_opt_in": True}),
            track(userId=user, messageId=f"m-{user}"),
        )
    record = send.record

    async def failing(services: Services, answers: Sequence[Answer]) -> None:
        if any(one.claim.recipient == BOB for one in answers):
            monkeypatch.setattr(world.services.workspace, "current", troubled)
            raise ValueError("a bug")
        await record(services, answers)

    async def troubled() -> Snapshot:
        raise RuntimeError("another bug")

    leased = await world.lease()
    monkeypatch.setattr("gateway.pipeline.send.record", failing)
    outbox = Outbox(world.services, partial(bury.failed, world.services))

    await deliver(world.services, world.pacer, outbox, leased)
    await outbox.finished()

    assert {one.recipient: one.status for one in await world.deliveries()} == {
        ANN: DeliveryStatus.ACCEPTED,
        BOB: DeliveryStatus.SENDING,
    }
    assert len(world.requests) == 2


@pytest.fixture
async def either(store: Store, tmp_path: Path, clock: ManualClock) -> AsyncIterator[World]:
    """On each engine, with a server source, a verified destination and a mapping for orders."""
    one = World(store, tmp_path, clock, Settings(data_dir=tmp_path))
    await one.configure(factories.source(), factories.destination(), factories.mapping())
    yield one
    await one.services.reader.close()


async def test_a_wrong_statement_is_a_failure_of_our_own_and_no_outage(
    either: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = either
    await world.take(identify(), track())
    monkeypatch.setattr(load, "items", lambda c, _jobs: c.execute(text("SELECT nothing FROM jobs")))
    worker = Worker(world.services)
    buried_before = buried_deliveries()

    with capture_logs() as lines:
        for turn in range(MOST_FAILURES):
            (job,) = await world.lease()
            assert (job.failures, (await world.delivery()).status) == (turn, DeliveryStatus.PENDING)
            await worker._deliver_all([job])
            world.clock.advance(60)

    delivery = await world.delivery()
    assert (delivery.status, delivery.error_code) == (DeliveryStatus.REJECTED, "INTERNAL_ERROR")
    assert delivery.error_message == "The gateway failed 10 times on this delivery. It was not sent."
    assert delivery.remedy == (
        f'The log says what failed. Once that is mended, run mutation {{ deliveryReplay(input: {{id: "{delivery.id}", '
        f'idempotencyKey: "again-{delivery.id}"}}) {{ delivery {{ id }} errors {{ message }} }} }}'
    )
    about = [(line["event"], line["delivery"]) for line in lines if "delivery" in line]
    assert about == [("A job failed", delivery.id)] * MOST_FAILURES + [("A job is buried", delivery.id)]
    assert buried_deliveries() - buried_before == 1
    assert await world.lease() == []
    assert world.requests == []
