"""How much waits: known to everybody, counted rarely."""

from datetime import timedelta

import pytest

from gateway.clock import ManualClock
from gateway.queue import backlog
from gateway.queue.backlog import Backlog, BacklogFullError
from gateway.queue.base import JobKind, NewJob, Waiting
from gateway.queue.embedded import EmbeddedQueue
from gateway.queue.intake import Intake
from gateway.storage.engine import Store
from tests.factories import NOW

QUEUE = EmbeddedQueue()


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
    door = Intake(store, QUEUE, clock)
    for size in sizes:
        await door.backlog.check("a", clock.now())
        await door.put(job("a", size))

    with pytest.raises(BacklogFullError, match="Too many requests wait to be matched"):
        await door.backlog.check("a", clock.now())
    await door.backlog.check("b", clock.now())


@pytest.mark.usefixtures("bounds")
async def test_all_together_have_a_bound_that_a_new_process_knows(store: Store, clock: ManualClock) -> None:
    await store.write(lambda c: QUEUE.enqueue(c, [job(source) for source in "aabbcc"], NOW))

    with pytest.raises(BacklogFullError, match="Too many requests wait to be matched"):
        await Backlog(store, QUEUE).check("d", clock.now())


@pytest.mark.usefixtures("bounds")
async def test_once_some_of_it_is_matched_there_is_room_again(store: Store, clock: ManualClock) -> None:
    await store.write(lambda c: QUEUE.enqueue(c, [job("a") for _ in range(4)], NOW))
    one = Backlog(store, QUEUE)
    with pytest.raises(BacklogFullError):
        await one.check("a", clock.now())
    [taken] = await store.write(
        lambda c: QUEUE.lease(c, JobKind.MATCH, 1, clock.now(), timedelta(seconds=60))
    )
    await store.write(lambda c: QUEUE.ack(c, taken))

    clock.advance(1)

    await one.check("a", clock.now())


async def test_it_is_not_counted_for_every_request(store: Store, clock: ManualClock) -> None:
    counted = []

    class Watched(EmbeddedQueue):
        def waiting(self, within: object, kind: JobKind) -> dict[str, Waiting]:
            counted.append(clock.now())
            return {}

    one = Backlog(store, Watched())
    for _ in range(40):
        await one.check("a", clock.now())
        one.add("a", 10)
        clock.advance(0.5)

    assert [(at - NOW).total_seconds() for at in counted] == [0, 10]
