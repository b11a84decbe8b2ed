"""How much waits: known to everybody, counted rarely."""

import asyncio
import threading
from datetime import timedelta

import pytest

from gateway.clock import ManualClock
from gateway.ingest import backlog
from gateway.ingest.backlog import Backlog, BacklogFullError
from gateway.ingest.intake import Intake
from gateway.jobs import JobKind, NewJob, Waiting
from gateway.storage import jobs, leases
from gateway.storage.engine import Store
from tests.factories import NOW


def job(source: str, size: int = 10) -> NewJob:
    return NewJob(JobKind.MATCH, b"x" * size, source)


@pytest.fixture
def bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "MOST", Waiting(6, 1_000))
    monkeypatch.setattr(backlog, "MOST_OF_ONE", Waiting(4, 500))


@pytest.mark.usefixtures("bounds")
@pytest.mark.parametrize("sizes", [[10] * 4, [250, 250]])
async def test_a_lane_with_its_share_in_the_queue_waits_and_the_others_do_not(
    store: Store, clock: ManualClock, sizes: list[int]
) -> None:
    door = Intake(store, clock)
    for size in sizes:
        await door.backlog.check("a", clock.now())
        await door.put(job("a", size))

    with pytest.raises(BacklogFullError, match="Too many requests wait to be matched"):
        await door.backlog.check("a", clock.now())
    await door.backlog.check("b", clock.now())


@pytest.mark.usefixtures("bounds")
async def test_all_together_have_a_bound_that_a_new_process_knows(store: Store, clock: ManualClock) -> None:
    await store.write(lambda c: jobs.enqueue(c, [job(source) for source in "aabbcc"], NOW))

    with pytest.raises(BacklogFullError, match="Too many requests wait to be matched"):
        await Backlog(store).check("d", clock.now())


@pytest.mark.usefixtures("bounds")
async def test_once_some_of_it_is_matched_there_is_room_again(store: Store, clock: ManualClock) -> None:
    await store.write(lambda c: jobs.enqueue(c, [job("a") for _ in range(4)], NOW))
    one = Backlog(store)
    with pytest.raises(BacklogFullError):
        await one.check("a", clock.now())
    [taken] = await store.write(
        lambda c: leases.lease(c, JobKind.MATCH, 1, clock.now(), timedelta(seconds=60))
    )
    await store.write(lambda c: jobs.ack(c, [taken]))

    clock.advance(1)

    await one.check("a", clock.now())


class Watched:
    """Says when the queue was counted, and holds that up while it is told to; nothing waits in it."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.counted: list[float] = []
        self.go_on = threading.Event()
        self.go_on.set()

    def waiting(self, _connection: object, _kind: JobKind, *, sizes: bool) -> dict[str, Waiting]:
        assert self.go_on.wait(30)
        self.counted.append((self.clock.now() - NOW).total_seconds())
        return {}


@pytest.fixture
def watched(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> Watched:
    one = Watched(clock)
    monkeypatch.setattr(jobs, "waiting", one.waiting)
    return one


async def test_it_is_not_counted_for_every_request(
    store: Store, clock: ManualClock, watched: Watched
) -> None:
    one = Backlog(store)
    for _ in range(40):
        await one.check("a", clock.now())
        one.add("a", 10)
        await settled(one)
        clock.advance(0.5)

    assert watched.counted == [0, 10]


async def test_many_who_ask_at_once_are_told_by_one_count(
    store: Store, clock: ManualClock, watched: Watched
) -> None:
    one = Backlog(store)

    await asyncio.gather(*(one.check("a", clock.now()) for _ in range(50)))
    clock.advance(11)
    await asyncio.gather(*(one.check("a", clock.now()) for _ in range(50)))
    await settled(one)

    assert watched.counted == [0, 11]


@pytest.mark.usefixtures("bounds")
async def test_while_it_is_counted_anew_nobody_waits_and_what_comes_is_not_forgotten(
    store: Store, clock: ManualClock, watched: Watched
) -> None:
    one = Backlog(store)
    await one.check("a", clock.now())
    watched.go_on.clear()
    clock.advance(11)

    await one.check("a", clock.now())
    for _ in range(4):
        one.add("a", 10)
    watched.go_on.set()
    await settled(one)

    assert watched.counted == [0, 11]
    assert not one.has_room("a", clock.now())
    assert one.has_room("b", clock.now())


async def settled(one: Backlog) -> None:
    """Wait until no count is under way."""
    if one._counting is not None:
        await one._counting
