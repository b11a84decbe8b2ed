"""What processes share: one suite over every adapter."""

import asyncio

import pytest

from gateway.jobs import JobKind
from gateway.shared import Shared
from gateway.shared.base import Heard, TailItem, Topic
from gateway.shared.memory import MOST_CACHED, MOST_UNHEARD, in_memory

PATIENCE = 20.0
"""Seconds for what should never run out, on however slow a machine."""


class Timer:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def timer() -> Timer:
    return Timer()


@pytest.fixture
def shared(timer: Timer) -> Shared:
    return in_memory(timer)


def delivery(number: int) -> TailItem:
    return TailItem(Topic.DELIVERY, "default", f"dlv_{number}")


async def test_a_ring_ends_the_wait_of_its_kind_alone(shared: Shared) -> None:
    matching = asyncio.create_task(shared.wakeups.wait(JobKind.MATCH, PATIENCE))
    delivering = asyncio.create_task(shared.wakeups.wait(JobKind.DELIVER, PATIENCE))

    shared.wakeups.ring(JobKind.MATCH)
    await matching

    assert not delivering.done()
    shared.wakeups.ring(JobKind.DELIVER)
    await delivering


async def test_a_ring_that_nobody_waited_for_ends_one_wait(shared: Shared) -> None:
    shared.wakeups.ring(JobKind.MATCH)
    shared.wakeups.ring(JobKind.MATCH)

    await asyncio.wait_for(shared.wakeups.wait(JobKind.MATCH, PATIENCE), PATIENCE / 2)

    second = asyncio.create_task(shared.wakeups.wait(JobKind.MATCH, PATIENCE))
    await asyncio.sleep(0)
    assert not second.done()
    shared.wakeups.ring(JobKind.MATCH)
    await second


async def test_a_wait_ends_without_a_ring(shared: Shared) -> None:
    await asyncio.wait_for(shared.wakeups.wait(JobKind.MATCH, 0.001), PATIENCE)


async def test_every_listener_knows_of_a_change_once_it_is_announced(shared: Shared) -> None:
    heard: list[str] = []
    shared.changes.listen(lambda: heard.append("first"))
    shared.changes.listen(lambda: heard.append("second"))

    shared.changes.announce()

    assert heard == ["first", "second"]


async def test_what_is_published_is_heard_in_its_order_by_all_who_listen(shared: Shared) -> None:
    shared.tail.publish([delivery(0)])
    async with shared.tail.subscribe() as one, shared.tail.subscribe() as other:
        shared.tail.publish([delivery(1)])
        shared.tail.publish([delivery(2)])

        for listener in (one, other):
            assert [await anext(listener), await anext(listener)] == [
                Heard(delivery(1), 0),
                Heard(delivery(2), 0),
            ]


async def test_whoever_listens_waits_for_what_comes(shared: Shared) -> None:
    async with shared.tail.subscribe() as items:
        waiting = asyncio.ensure_future(anext(items))
        await asyncio.sleep(0)
        assert not waiting.done()

        shared.tail.publish([delivery(1)])

        assert await asyncio.wait_for(waiting, PATIENCE) == Heard(delivery(1), 0)


async def test_for_whoever_is_slow_the_oldest_go_and_are_counted(shared: Shared) -> None:
    async with shared.tail.subscribe() as items:
        for number in range(MOST_UNHEARD):
            shared.tail.publish([delivery(number)])
        shared.tail.publish(delivery(MOST_UNHEARD + more) for more in range(3))

        assert await anext(items) == Heard(delivery(3), 3)
        assert await anext(items) == Heard(delivery(4), 0)


async def test_of_more_at_once_than_is_kept_the_last_are_heard(shared: Shared) -> None:
    async with shared.tail.subscribe() as items:
        shared.tail.publish([delivery(0)])
        shared.tail.publish(delivery(number) for number in range(1, MOST_UNHEARD + 3))

        assert await anext(items) == Heard(delivery(3), 3)


async def test_what_is_published_to_nobody_is_not_even_read(shared: Shared) -> None:
    items = (delivery(number) for number in range(3))

    shared.tail.publish(items)

    assert next(items) == delivery(0)


async def test_an_answer_is_used_again_for_as_long_as_was_said(shared: Shared, timer: Timer) -> None:
    await shared.cache.put("a", b"one", 60)

    timer.seconds += 59.9
    assert await shared.cache.get("a") == b"one"
    timer.seconds += 0.1
    assert await shared.cache.get("a") is None


async def test_what_is_put_again_is_new(shared: Shared, timer: Timer) -> None:
    await shared.cache.put("a", b"one", 60)
    timer.seconds += 30
    await shared.cache.put("a", b"two", 60)

    timer.seconds += 59.9
    assert await shared.cache.get("a") == b"two"
    assert await shared.cache.get("b") is None


async def test_of_too_many_answers_the_first_go(shared: Shared) -> None:
    await shared.cache.put("again", b"1", 60)
    for number in range(MOST_CACHED - 1):
        await shared.cache.put(str(number), b"x", 60)
    await shared.cache.put("again", b"2", 60)
    await shared.cache.put("one more", b"x", 60)

    assert await shared.cache.get("0") is None
    assert await shared.cache.get("1") == b"x"
    assert await shared.cache.get("again") == b"2"
