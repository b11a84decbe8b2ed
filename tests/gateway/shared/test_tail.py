"""The tail: what is told is heard in its order, by whoever listens, from wherever they are; what was lost is counted."""

import asyncio
from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st

from gateway.shared.base import Channel, Tail, Told, Topic
from gateway.shared.memory_tail import LINGER_SECONDS, MemoryTail
from gateway.shared.redis_tail import RENEW_SECONDS
from tests.gateway.shared.conftest import MOST_TOLD, Backend, Timer

pytestmark = pytest.mark.usefixtures("patient")

PATIENCE = 20.0
"""Seconds for what should never run out, on however slow a machine."""

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
SPACE = "default"
MOST = MOST_TOLD
ALL = 1_000


@pytest.fixture
def tail(backend: Backend) -> Tail:
    return backend.tail


def publish(tail: Tail, *numbers: int, topic: Topic = Topic.DELIVERY, space: str = SPACE) -> None:
    tail.publish(topic, ((space, f"dlv_{number}") for number in numbers), NOW)


def told(*numbers: int) -> list[Told]:
    """As they are heard where each has the number of its place."""
    return [Told(number, NOW, f"dlv_{number}") for number in numbers]


async def heard(channel: Channel, number: int) -> tuple[int, list[Told]]:
    """What is there after that number, once it is."""
    await asyncio.wait_for(channel.news(number), PATIENCE)
    gone, found = channel.after(number, ALL)
    return gone, list(found)


async def test_what_is_told_is_heard_in_its_order_by_all_who_listen(tail: Tail) -> None:
    publish(tail, 0)
    with tail.listen(Topic.DELIVERY, SPACE) as one, tail.listen(Topic.DELIVERY, SPACE) as other:
        publish(tail, 1, 2)

        assert await heard(one, 0) == (0, told(1, 2))
        assert await heard(other, 0) == (0, told(1, 2))


async def test_a_channel_hears_of_its_topic_and_space_alone(tail: Tail) -> None:
    with tail.listen(Topic.DELIVERY, SPACE) as channel:
        publish(tail, 1, topic=Topic.EVENT)
        publish(tail, 1, space="other")
        publish(tail, 1)

        assert await heard(channel, 0) == (0, told(1))


async def test_whoever_listens_waits_for_what_comes(tail: Tail) -> None:
    with tail.listen(Topic.DELIVERY, SPACE) as channel:
        await channel.ready()
        waiting = asyncio.create_task(channel.news(0))
        await asyncio.sleep(0)
        assert not waiting.done()

        publish(tail, 1)

        await asyncio.wait_for(waiting, PATIENCE)
        assert channel.after(0, ALL) == (0, told(1))


async def test_what_comes_close_together_wakes_a_listener_once(tail: Tail) -> None:
    with tail.listen(Topic.DELIVERY, SPACE) as channel:
        publish(tail, 1)
        assert await heard(channel, 0) == (0, told(1))
        publish(tail, 2)
        publish(tail, 3)
        assert channel.after(1, ALL) == (0, [])

        assert await heard(channel, 1) == (0, told(2, 3))


async def test_for_whoever_is_slow_the_oldest_go_and_are_counted(tail: Tail) -> None:
    with tail.listen(Topic.DELIVERY, SPACE) as channel:
        publish(tail, *range(1, MOST + 4))

        assert await heard(channel, 0) == (3, told(*range(4, MOST + 4)))
        assert await heard(channel, 5) == (0, told(6, 7, 8))


async def test_whoever_comes_back_hears_what_they_missed(tail: Tail) -> None:
    with tail.listen(Topic.DELIVERY, SPACE) as first:
        publish(tail, 1)
        await first.news(0)
        epoch = first.epoch
    publish(tail, 2, 3)

    with tail.listen(Topic.DELIVERY, SPACE) as again:
        await again.ready()
        assert again.epoch == epoch
        assert again.after(1, ALL) == (0, told(2, 3))


async def test_a_channel_nobody_comes_back_to_is_forgotten_and_its_numbers_with_it(
    tail: Tail, backend: Backend
) -> None:
    with tail.listen(Topic.DELIVERY, SPACE) as first:
        publish(tail, 1)
        await first.news(0)
        epoch = first.epoch
    backend.pass_time(LINGER_SECONDS + RENEW_SECONDS + 1)
    publish(tail, 2)
    await backend.told()

    with tail.listen(Topic.DELIVERY, SPACE) as again:
        await again.ready()
        assert again.epoch != epoch
        assert again.last == 0


async def test_a_channel_in_which_nothing_was_missed_is_never_forgotten() -> None:
    timer = Timer()
    tail = MemoryTail(timer, MOST)
    with tail.listen(Topic.DELIVERY, SPACE) as first:
        publish(tail, 1)
        await first.news(0)
        epoch = first.epoch
    timer.seconds += LINGER_SECONDS * 100

    with tail.listen(Topic.DELIVERY, SPACE) as again:
        assert again.epoch == epoch
        assert again.last == 1


async def test_what_is_told_to_nobody_is_not_even_read(tail: Tail) -> None:
    with tail.listen(Topic.EVENT, SPACE):
        items = ((SPACE, f"dlv_{number}") for number in range(3))

        tail.publish(Topic.DELIVERY, items, NOW)

        assert next(items) == (SPACE, "dlv_0")


@given(
    st.lists(
        st.one_of(
            st.integers(1, 2 * MOST).map(lambda count: ("tell", count)),
            st.integers(1, 2 * MOST).map(lambda count: ("hear", count)),
            st.just(("come back", 0)),
        ),
        max_size=30,
    )
)
def test_each_that_was_told_is_heard_once_in_its_order_or_counted_as_lost(
    script: list[tuple[str, int]],
) -> None:
    async def run() -> None:
        tail = MemoryTail(Timer(), MOST)
        number = published = lost = 0
        got: list[int] = []
        context = tail.listen(Topic.DELIVERY, SPACE)
        channel = context.__enter__()
        for what, count in script:
            if what == "tell":
                publish(tail, *range(published + 1, published + count + 1))
                published += count
            elif what == "hear":
                gone, found = channel.after(number, count)
                number, lost = number + gone, lost + gone
                got += [one.number for one in found]
                number = got[-1] if found else number
                assert len(got) + lost == number
            else:
                context.__exit__(None, None, None)
                context = tail.listen(Topic.DELIVERY, SPACE)
                channel = context.__enter__()
        context.__exit__(None, None, None)
        with tail.listen(Topic.DELIVERY, SPACE) as last:
            gone, found = last.after(number, ALL)

        got += [one.number for one in found]
        assert got == sorted(set(got))
        assert len(got) + lost + gone == published

    asyncio.run(run())
