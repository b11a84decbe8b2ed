"""The worker: its steps one at a time, and its loops until a condition is met."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError
from structlog.testing import capture_logs

from destinations.kit import HttpRequest
from gateway import events, ids
from gateway.deliveries import DeliveryStatus
from gateway.errors import StoreBusy, StoreUnavailable
from gateway.events import EventOutcome, QueuedRequest
from gateway.facts.workspace import Snapshot
from gateway.jobs import JobKind, NewJob
from gateway.pipeline import follow, lanes, worker as module
from gateway.pipeline.bury import MOST_DEATHS, MOST_FAILURES
from gateway.pipeline.match import Matched, Taken, match
from gateway.pipeline.worker import Worker
from gateway.storage import events as stored_events, jobs, tables
from tests.factories import ANN, identify, source, track
from tests.gateway.world import World

PATIENCE = 20.0
"""Seconds for what should never run out, on however slow a machine."""


async def put(world: World, *requests: list[dict[str, Any]], of: str = "src_server") -> None:
    """Requests as ingestion leaves them."""
    new = [
        NewJob(JobKind.MATCH, events.encode(QueuedRequest(ids.new("req"), of, world.clock.now(), calls)), of)
        for calls in requests
    ]
    await world.store.write(lambda c: jobs.enqueue(c, new, world.clock.now()))


async def outcomes(world: World) -> dict[str, EventOutcome]:
    def read(connection: Connection) -> dict[str, EventOutcome]:
        rows = connection.execute(select(tables.events.c.message_id, tables.events.c.outcome))
        return {row.message_id: EventOutcome(row.outcome) for row in rows}

    return await world.store.read(read)


async def depth(world: World, kind: JobKind = JobKind.MATCH) -> int:
    return (await world.store.read(lambda c: jobs.depth(c, kind, world.clock.now())))[0]


def poison(monkeypatch: pytest.MonkeyPatch, message_id: str, error: Exception) -> list[str]:
    """From now on matching that event fails; who was asked for is listed."""
    asked: list[str] = []

    def failing(connection: Connection, snapshot: Snapshot, taken: Sequence[Taken], now: datetime) -> Matched:
        for one in taken:
            asked.append(one.event.message_id)
            if one.event.message_id == message_id:
                raise error
        return match(connection, snapshot, taken, now)

    monkeypatch.setattr(lanes, "match", failing)
    return asked


async def test_requests_are_matched_in_their_order(world: World) -> None:
    await put(world, [identify()], [track()], *([track(messageId=f"m-{n}")] for n in range(2, 50)))
    worker = Worker(world.services)

    while await depth(world):
        await worker._match()
    await world.deliver()

    assert len(world.requests) == 49
    assert {dict(request.form)["To"] for request in world.requests} == {ANN}


async def test_a_large_request_is_matched_in_parts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "EVENTS_AT_ONCE", 10)
    await put(world, [identify(), *(track(messageId=f"m-{n}") for n in range(1, 25))])

    await Worker(world.services)._match()

    assert len(await world.deliveries()) == 24
    assert await depth(world) == 0


def many(start: int, count: int) -> list[dict[str, Any]]:
    return [track(messageId=f"m-{number}") for number in range(start, start + count)]


async def test_a_source_that_sends_much_does_not_keep_the_others_waiting(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "EVENTS_AT_ONCE", 20)
    await world.configure(source(id="src_2", name="small shop", write_key_hash="2" * 64))
    await put(world, *(many(at, 100) for at in range(0, 300, 100)))
    asked = poison(monkeypatch, "nobody", ValueError())
    worker = Worker(world.services)
    turn = worker._lanes.turn

    async def turn_beside_others() -> None:
        if not asked:
            await put(world, [identify(messageId="late-1")], [track(messageId="late-2")], of="src_2")
        await turn()

    monkeypatch.setattr(worker._lanes, "turn", turn_beside_others)
    await worker._match()

    assert asked.index("late-1") < asked.index("late-2") < 50
    assert [name for name in asked if name.startswith("m-")] == [f"m-{number}" for number in range(300)]


async def test_a_source_with_many_small_requests_does_not_keep_the_others_waiting(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "JOBS_AT_ONCE", 4)
    await world.configure(source(id="src_2", name="small shop", write_key_hash="2" * 64))
    await put(world, *(many(at, 1) for at in range(100)))
    await put(world, [track(messageId="late-1")], [track(messageId="late-2")], of="src_2")
    asked = poison(monkeypatch, "nobody", ValueError())

    await Worker(world.services)._match()

    assert asked.index("late-1") < asked.index("late-2") < 20
    assert [name for name in asked if name.startswith("m-")] == [f"m-{number}" for number in range(100)]


async def test_what_waits_in_a_long_lane_stays_leased(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await put(world, *(many(at, 50) for at in range(0, 300, 50)))
    asked = poison(monkeypatch, "nobody", ValueError())
    worker = Worker(world.services)
    await worker._lease_to_match()

    for _ in range(3):
        world.clock.advance(70)
        await worker._lanes.turn()
        assert await world.lease(JobKind.MATCH) == []

    assert asked == [f"m-{number}" for number in range(300)]
    assert await depth(world) == 0


async def test_of_a_long_line_few_values_are_made_at_a_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "BYTES_AT_ONCE", 10_000)
    await put(world, *([track(messageId=f"m-{at}", properties={"x": "x" * 4_000})] for at in range(9)))
    sizes: list[int] = []
    write = world.store.write

    async def watched(change: Any, **how: Any) -> Any:
        before = len(asked)
        result = await write(change, **how)
        sizes.append(len(asked) - before)
        return result

    asked = poison(monkeypatch, "nobody", ValueError())
    monkeypatch.setattr(world.store, "write", watched)

    await Worker(world.services)._match()

    assert len(asked) == 9
    assert max(sizes) == 3


async def die(world: World) -> None:
    """The process is gone while it matches, and another begins."""
    worker = Worker(world.services)
    await worker._lease_to_match()
    await world.store.write(jobs.recover)


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
    await world.store.write(jobs.recover)


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
    assert {line["error"] for line in lines} == {"IntegrityError (ValueError)"}
    assert {line["exc_info"] for line in lines} == {False}


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


@pytest.mark.parametrize("error", [StoreBusy("full"), StoreUnavailable("gone")])
async def test_trouble_of_the_store_keeps_the_order(
    world: World, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    await put(world, [identify()])
    worker = Worker(world.services)
    with monkeypatch.context() as trouble:
        poison(trouble, "m-0", error)
        with pytest.raises(type(error)):
            await worker._match()
    await put(world, [track()])
    asked = poison(monkeypatch, "nobody", error)

    await worker._match()
    await worker._match()

    assert asked == ["m-0", "m-1"]
    assert await depth(world) == 0
    await world.deliver()
    assert len(world.requests) == 1


async def test_trouble_of_the_store_does_not_end_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "IDLE_SECONDS", 0.001)
    troubles = iter([StoreUnavailable("gone"), ValueError("a bug"), StoreBusy("full")])
    read = world.store.read

    async def troubled(query: Any) -> Any:
        error = next(troubles, None)
        if error is not None:
            raise error
        return await read(query)

    monkeypatch.setattr(world.store, "read", troubled)
    await put(world, [identify(), track()])
    worker = Worker(world.services)
    world.provider.at_request = lambda _request: worker.stop()

    await asyncio.wait_for(worker.run(), PATIENCE)

    assert (await world.delivery()).status is DeliveryStatus.ACCEPTED


async def test_stopping_finishes_what_is_under_way_and_begins_nothing_more(world: World) -> None:
    entered, free = asyncio.Event(), asyncio.Event()
    send = world.client.send

    async def slow(request: HttpRequest) -> Any:
        entered.set()
        await free.wait()
        return await send(request)

    world.client.send = slow  # type: ignore[method-assign]  # as a provider that takes its time
    await put(world, [identify(), track()])
    worker = Worker(world.services)
    running = asyncio.create_task(worker.run())
    await asyncio.wait_for(entered.wait(), PATIENCE)

    worker.stop()
    await put(world, [track(messageId="m-2")])
    free.set()
    await asyncio.wait_for(running, PATIENCE)

    assert (await world.delivery()).status is DeliveryStatus.ACCEPTED
    assert (len(world.requests), await depth(world)) == (1, 1)


async def test_a_bug_in_a_delivery_costs_it_a_later_turn_and_then_it_is_rejected(world: World) -> None:
    async def bug() -> None:
        raise RuntimeError("a bug")

    world.provider.at_plan = bug
    await world.take(identify(), track())
    worker = Worker(world.services)

    for turn in range(1, MOST_FAILURES + 1):
        assert (await world.delivery()).status is DeliveryStatus.PENDING
        await turn_of(worker, world)
        assert await depth(world, JobKind.DELIVER) == (1 if turn < MOST_FAILURES else 0)
        world.clock.advance(61)

    one = await world.delivery()
    assert (one.status, one.error_code) == (DeliveryStatus.REJECTED, "INTERNAL_ERROR")
    assert one.error_message == "The gateway failed 10 times on this delivery. It was not sent."
    assert world.requests == []


async def test_holds_and_retries_are_no_failures(world: World) -> None:
    await world.take(track())
    for _ in range(MOST_FAILURES + 5):
        for job in await world.lease():
            await world.store.write(partial(jobs.retry_at, again=[(job, world.clock.now())]))

    async def bug() -> None:
        raise RuntimeError("a bug")

    world.provider.at_plan = bug
    await world.take(identify())
    await turn_of(Worker(world.services), world)

    assert (await world.delivery()).status is DeliveryStatus.PENDING


async def turn_of(worker: Worker, world: World) -> None:
    """One turn of every delivery that is due, as the worker's loop gives it."""
    for job in await world.lease():
        await worker._deliver_all([job])
        await worker._outbox.finished()


async def test_a_job_whose_lease_ran_out_is_taken_again_by_itself(world: World) -> None:
    await put(world, [track()])
    await world.lease(JobKind.MATCH)
    worker = Worker(world.services)
    assert await worker._lease(JobKind.MATCH, 10) == []

    world.clock.advance(120)

    assert len(await worker._lease(JobKind.MATCH, 10)) == 1


async def test_keys_that_find_nothing_any_more_are_forgotten(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HOUSEKEEPING_SECONDS", 0.001)
    await world.take(track())
    world.clock.advance((stored_events.REMEMBERED + timedelta(seconds=1)).total_seconds())

    await Worker(world.services)._tidy()

    assert (await world.counts())["event_keys"] == 0


async def test_a_bug_in_looks_costs_them_later_turns_and_then_they_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def bug(*_args: object) -> None:
        raise RuntimeError("a bug")

    await world.take(identify(), track())
    await world.deliver()
    worker = Worker(world.services)
    monkeypatch.setattr(follow, "follow", bug)
    world.clock.advance(120)

    for turn in range(1, MOST_FAILURES + 1):
        await worker._follow()
        assert await depth(world, JobKind.FOLLOW) == (1 if turn < MOST_FAILURES else 0)
        world.clock.advance(61)

    one = await world.delivery()
    assert (one.status, one.error_code) == (DeliveryStatus.ACCEPTED, None)


async def test_stopping_lets_go_of_looks_under_way(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = asyncio.Event()

    async def slow(*_args: object) -> None:
        asked.set()
        await asyncio.Event().wait()

    await world.take(identify(), track())
    await world.deliver()
    world.clock.advance(120)
    monkeypatch.setattr(follow, "follow", slow)
    worker = Worker(world.services)

    running = asyncio.create_task(worker.run())
    await asyncio.wait_for(asked.wait(), PATIENCE)
    worker.stop()
    await asyncio.wait_for(running, PATIENCE)

    assert (await depth(world, JobKind.FOLLOW), len(await world.lease(JobKind.FOLLOW))) == (1, 1)


async def test_stopping_ends_in_time_while_the_store_takes_no_claim(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FINISHING_SECONDS", 0.05)
    await world.take(identify(), track())
    worker = Worker(world.services)
    leased = world.lease

    async def troubled(*_args: object) -> Any:
        worker.stop()
        await asyncio.Event().wait()

    monkeypatch.setattr("gateway.pipeline.claim._stored", troubled)

    await asyncio.wait_for(worker.run(), PATIENCE)

    assert ((await world.delivery()).status, world.requests) == (DeliveryStatus.PENDING, [])
    assert len(await leased()) == 1  # given back: it is anybody's at once


async def test_stopping_gives_back_what_can_not_be_finished(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FINISHING_SECONDS", 0.05)
    entered = asyncio.Event()

    async def hanging(_request: HttpRequest) -> Any:
        entered.set()
        await asyncio.Event().wait()

    world.client.send = hanging  # type: ignore[method-assign,assignment]  # as a provider that never answers
    await world.take(identify(), track(), track(messageId="m-2"))
    worker = Worker(world.services)
    running = asyncio.create_task(worker.run())
    await asyncio.wait_for(entered.wait(), PATIENCE)

    worker.stop()
    await asyncio.wait_for(running, PATIENCE)

    assert {one.status for one in await world.deliveries()} == {DeliveryStatus.SENDING}
    assert len(await world.lease()) == 2


async def test_stopping_gives_back_what_is_not_matched_yet_in_its_order(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "EVENTS_AT_ONCE", 1)
    await put(world, [track(messageId="m-1")], [track(messageId="m-2")], [track(messageId="m-3")])
    worker = Worker(world.services)
    asked = poison(monkeypatch, "nobody", ValueError())
    turn = worker._lanes.turn

    async def last_turn() -> None:
        worker.stop()
        await turn()

    monkeypatch.setattr(worker._lanes, "turn", last_turn)
    await asyncio.wait_for(worker.run(), PATIENCE)

    assert (asked, await depth(world)) == (["m-1"], 2)
    again = Worker(world.services)
    await put(world, [track(messageId="m-4")])
    while await depth(world):
        await again._match()
    assert asked == ["m-1", "m-2", "m-3", "m-4"]


async def test_what_a_store_in_trouble_could_not_read_has_a_turn_soon_and_not_when_its_lease_ran_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.take(identify(), track())
    worker = Worker(world.services)
    leased = await world.lease()
    with monkeypatch.context() as trouble:

        async def troubled(_query: Any) -> Any:
            raise StoreUnavailable("gone")

        await world.services.workspace.current()
        trouble.setattr(world.store, "read", troubled)
        await worker._deliver_all(leased)
        await worker._outbox.finished()

    assert await world.due() == 2
    assert ((await world.delivery()).status, world.requests) == (DeliveryStatus.PENDING, [])
