"""The worker: its steps one at a time, and its loops until a condition is met."""

import asyncio
import math
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from gateway.deliveries import DeliveryStatus
from gateway.errors import StoreBusy, StoreUnavailable
from gateway.jobs import JobKind
from gateway.pipeline import follow, lanes, worker as module
from gateway.pipeline.bury import MOST_FAILURES
from gateway.pipeline.worker import Worker
from gateway.storage import jobs
from tests.factories import ANN, identify, source, track
from tests.gateway.waiting import depth, poison, put
from tests.gateway.world import World

PATIENCE = 20.0
"""Seconds for what should never run out, on however slow a machine."""


async def test_requests_are_matched_in_their_order(world: World) -> None:
    await put(world, [identify()], [track()], *([track(messageId=f"m-{n}")] for n in range(2, 50)))
    worker = Worker(world.services)

    while await depth(world):
        await worker._match()
    await world.deliver()

    assert len(world.requests) == 49
    assert {dict(request.form)["To"] for request in world.requests} == {ANN}


@pytest.mark.parametrize(
    ("call", "rung"),
    [
        (track(messageId="m-2", event="Order Lost"), []),
        (track(messageId="m-2"), [JobKind.DELIVER]),
        (identify(), [JobKind.DELIVER]),
        (identify(userId="bob", anonymousId="b-1"), []),
    ],
    ids=["no mapping is for it", "it makes a text", "a text waits for it", "no text waits for it"],
)
async def test_whoever_delivers_is_woken_where_something_is_due(
    world: World, monkeypatch: pytest.MonkeyPatch, call: dict[str, Any], rung: list[JobKind]
) -> None:
    await world.take(track())
    await world.deliver()
    assert await world.due() == 10  # it waits for somebody to be identified
    await put(world, [call])
    asked: list[JobKind] = []
    monkeypatch.setattr(world.services.shared.wakeups, "ring", asked.append)

    await Worker(world.services)._match()

    assert asked == rung


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
        world.clock.advance(20)
        await worker.hold_on()
        world.clock.advance(20)
        await worker._lanes.turn()
        assert await world.lease(JobKind.MATCH) == []

    assert asked == [f"m-{number}" for number in range(300)]
    assert await depth(world) == 0


async def test_what_is_under_way_is_held_as_long_as_the_worker_lives(world: World) -> None:
    await world.take(identify(), track())
    (job,) = await world.lease()
    worker, answered = Worker(world.services), asyncio.Event()

    async def request() -> None:
        await answered.wait()

    worker._outbox.spawn(request(), job)
    for _ in range(3):
        world.clock.advance(20)
        await worker.hold_on()
        assert await world.lease() == []
    answered.set()
    await worker._outbox.finished()
    world.clock.advance(20)
    await worker.hold_on()
    world.clock.advance(10)

    assert [one.tries for one in await world.lease()] == [2]


async def test_what_was_sent_is_held_no_more_so_that_its_look_is_due_at_its_time(world: World) -> None:
    await world.take(identify(), track())
    worker = Worker(world.services)
    await worker._deliver()
    await worker._outbox.finished()
    world.clock.advance(10)

    await worker.hold_on()  # the last batch is the worker's still, as far as that one knows
    world.clock.advance(60)

    due = await world.services.store.read(lambda c: jobs.next_due(c, JobKind.FOLLOW))
    assert due is not None
    assert (due - world.clock.now()).total_seconds() == 120 - 70


async def test_what_another_took_over_is_matched_by_it_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(world, many(0, 3))
    asked = poison(monkeypatch, "nobody", ValueError())
    frozen, other = Worker(world.services), Worker(world.services)
    await frozen._lease_to_match()
    world.clock.advance(31)
    await other._lease_to_match()
    monkeypatch.setattr(lanes, "_is_alone", lambda _connection: False)

    await frozen._lanes.turn()
    assert (asked, frozen._lanes.held) == ([], [])
    await other._lanes.turn()

    assert asked == ["m-0", "m-1", "m-2"]
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


async def test_what_is_old_enough_is_forgotten_while_there_is_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HOUSEKEEPING_SECONDS", 0.001)
    await world.take(track(event="Else"))
    world.clock.advance(timedelta(days=91).total_seconds())

    await Worker(world.services)._tidy()

    assert (await world.counts())["events"] == 0


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


async def test_no_text_waits_for_a_look_that_is_due_and_looks_come_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    async def note(_services: object, leased: Sequence[object]) -> None:
        asked.append(len(leased))

    monkeypatch.setattr(follow, "follow", note)
    monkeypatch.setattr(Worker, "_pause", lambda *_: asyncio.sleep(0))
    await world.take(identify(), track())
    await world.deliver()
    world.clock.advance(120)
    await world.take(track(messageId="m-2"))
    worker = Worker(world.services)
    await worker._deliver()
    await worker._outbox.finished()
    assert worker._busy_at > 0.0
    worker._busy_at = math.inf  # for as long as a busy machine may take

    turns = 0
    while not asked:
        await worker._follow()
        turns += 1

    assert asked == [1]
    assert turns == 1 + module.YIELDING_SECONDS / module.QUIET_SECONDS


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
