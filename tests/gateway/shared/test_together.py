"""What several processes share through one Redis: what one says the others know, and all of them have one pace."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from gateway.clock import SystemClock
from gateway.jobs import JobKind
from gateway.shared.base import FIRST_SECONDS, Spent, Topic, Wanted
from gateway.shared.redis_link import Link, client_of
from gateway.shared.redis_pace import RedisPace
from tests.factories import later
from tests.gateway.redis_server import PATIENCE, namespace
from tests.gateway.shared.conftest import OverRedis, over_redis, until

pytestmark = pytest.mark.usefixtures("patient")

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
OURS = ("dst_paper", "+12025550100")
SPACE = "default"


@pytest.fixture
async def one(anyio_backend: str, redis_url: str, redis_name: str) -> AsyncIterator[OverRedis]:
    async with over_redis(redis_url, redis_name) as process:
        await process.hears()
        yield process


@pytest.fixture
async def other(anyio_backend: str, redis_url: str, redis_name: str) -> AsyncIterator[OverRedis]:
    async with over_redis(redis_url, redis_name) as process:
        await process.hears()
        yield process


# -- rings and changes ------------------------------------------------------------------------------------------------


async def test_a_ring_in_one_process_ends_a_wait_in_another_at_once(one: OverRedis, other: OverRedis) -> None:
    wakeups = other.shared.wakeups
    for kind in JobKind:
        await wakeups.wait(kind, 0.001)  # that of the beginning, when anything may have been missed
    waiting = asyncio.create_task(wakeups.wait(JobKind.MATCH, PATIENCE))
    delivering = asyncio.create_task(wakeups.wait(JobKind.DELIVER, PATIENCE))
    await asyncio.sleep(0)

    one.shared.wakeups.ring(JobKind.MATCH)

    await asyncio.wait_for(waiting, PATIENCE / 2)
    assert not delivering.done()
    one.shared.wakeups.ring(JobKind.DELIVER)
    await asyncio.wait_for(delivering, PATIENCE / 2)


async def test_a_process_that_starts_beside_others_keeps_nobody_from_hearing(
    one: OverRedis, other: OverRedis
) -> None:
    wakeups = other.shared.wakeups
    await wakeups.wait(JobKind.MATCH, 0.001)
    waiting = asyncio.create_task(wakeups.wait(JobKind.MATCH, PATIENCE))

    await one.link.try_out()
    one.shared.wakeups.ring(JobKind.MATCH)

    await asyncio.wait_for(waiting, PATIENCE / 2)


async def test_a_ring_is_not_heard_again_by_whoever_rang(one: OverRedis, other: OverRedis) -> None:
    for process in (one, other):
        await process.shared.wakeups.wait(JobKind.MATCH, 0.001)
    one.shared.wakeups.ring(JobKind.MATCH)
    await one.shared.wakeups.wait(JobKind.MATCH, PATIENCE)
    await asyncio.wait_for(other.shared.wakeups.wait(JobKind.MATCH, PATIENCE), PATIENCE / 2)

    second = asyncio.create_task(one.shared.wakeups.wait(JobKind.MATCH, PATIENCE))
    await asyncio.sleep(0)

    assert not second.done()
    second.cancel()


async def test_a_change_is_known_here_before_it_returns_and_elsewhere_soon(
    one: OverRedis, other: OverRedis
) -> None:
    heard, here = asyncio.Event(), []
    one.shared.changes.listen(lambda: here.append("changed"))
    other.shared.changes.listen(heard.set)

    await asyncio.to_thread(one.shared.changes.announce)

    assert here == ["changed"]
    await asyncio.wait_for(heard.wait(), PATIENCE)


async def test_two_gateways_over_one_redis_hear_nothing_of_one_another(
    one: OverRedis, other: OverRedis, redis_url: str
) -> None:
    with namespace(redis_url) as name:
        async with over_redis(redis_url, name) as stranger:
            await stranger.hears()
            heard, known = [], asyncio.Event()
            stranger.shared.changes.listen(lambda: heard.append("changed"))
            other.shared.changes.listen(known.set)
            await one.shared.cache.put("a", b"ours", 60)

            one.shared.changes.announce()

            await asyncio.wait_for(known.wait(), PATIENCE)
            assert await stranger.shared.cache.get("a") is None
            assert await stranger.pace.grant([Wanted(OURS, 1, [1])], later(0)) == [(1, 1.0)]
            assert await one.pace.grant([Wanted(OURS, 1, [1])], later(0)) == [(1, 1.0)]
            assert heard == []


async def test_what_one_process_read_another_uses(one: OverRedis, other: OverRedis) -> None:
    await one.shared.cache.put("template", b"Hello", 60)

    assert await other.shared.cache.get("template") == b"Hello"


# -- the tail ---------------------------------------------------------------------------------------------------------


def publish(process: OverRedis, *names: str, topic: Topic = Topic.DELIVERY) -> None:
    process.tail.publish(topic, [(SPACE, name) for name in names], NOW)


async def test_what_happens_in_one_process_is_heard_in_another_in_one_order(
    one: OverRedis, other: OverRedis
) -> None:
    with one.tail.listen(Topic.DELIVERY, SPACE) as here, other.tail.listen(Topic.DELIVERY, SPACE) as there:
        await asyncio.wait_for(asyncio.gather(here.ready(), there.ready()), PATIENCE)

        publish(one, "dlv_1", "dlv_2")
        await asyncio.wait_for(there.news(1), PATIENCE)
        publish(other, "dlv_3")
        await asyncio.wait_for(here.news(2), PATIENCE)
        await asyncio.wait_for(there.news(2), PATIENCE)

        assert here.after(0, 9) == there.after(0, 9)
        assert here.after(0, 9) == (0, [(1, NOW, "dlv_1"), (2, NOW, "dlv_2"), (3, NOW, "dlv_3")])
        assert here.epoch == there.epoch


async def test_whoever_was_cut_off_goes_on_in_another_process(one: OverRedis, other: OverRedis) -> None:
    with one.tail.listen(Topic.DELIVERY, SPACE) as first:
        publish(one, "dlv_1")
        await asyncio.wait_for(first.news(0), PATIENCE)
        epoch = first.epoch
    publish(one, "dlv_2")
    await one.told()

    with other.tail.listen(Topic.DELIVERY, SPACE) as again:
        await asyncio.wait_for(again.ready(), PATIENCE)

        assert (again.epoch, again.last) == (epoch, 2)
        assert again.after(1, 9) == (0, [(2, NOW, "dlv_2")])


async def test_a_process_in_which_nobody_listens_learns_who_does_elsewhere_and_reads_nothing_else(
    one: OverRedis, other: OverRedis
) -> None:
    with one.tail.listen(Topic.DELIVERY, SPACE) as channel:
        await asyncio.wait_for(channel.ready(), PATIENCE)
        await until(lambda: other.watches(Topic.DELIVERY))
        unread = iter([(SPACE, "evt_1")])

        other.tail.publish(Topic.EVENT, unread, NOW)
        publish(other, "dlv_1")

        assert list(unread) == [(SPACE, "evt_1")]
        await asyncio.wait_for(channel.news(0), PATIENCE)
        assert channel.after(0, 9) == (0, [(1, NOW, "dlv_1")])


async def test_what_every_process_finds_out_by_itself_is_heard_once_in_each(
    one: OverRedis, other: OverRedis
) -> None:
    with (
        one.tail.listen(Topic.DESTINATION, SPACE) as here,
        other.tail.listen(Topic.DESTINATION, SPACE) as there,
    ):
        for process in (one, other):
            publish(process, "dst_paper", topic=Topic.DESTINATION)

        for channel in (here, there):
            await asyncio.wait_for(channel.news(0), PATIENCE)
            assert channel.after(0, 9) == (0, [(1, NOW, "dst_paper")])


async def test_listeners_of_one_process_share_what_it_heard(one: OverRedis) -> None:
    with one.tail.listen(Topic.EVENT, SPACE) as first, one.tail.listen(Topic.EVENT, SPACE) as second:
        assert first is second


# -- pace -------------------------------------------------------------------------------------------------------------


async def test_the_processes_have_one_pace_together_within_a_twentieth(
    redis_url: str, redis_name: str
) -> None:
    """By the clock of Redis: those of the processes say nothing of use, such as that it is 1970."""
    rate, count = 200.0, 240
    links = [Link(client_of(redis_url), f"heliograph:{redis_name}", SystemClock()) for _ in range(3)]
    left = count
    started_at = await _time(links[0])

    async def work(link: Link) -> None:
        nonlocal left
        pace = RedisPace(link)
        while left > 0:
            (found,) = await pace.grant(
                [Wanted(OURS, rate, [1] * min(left, 5))], datetime.fromtimestamp(0, UTC)
            )
            left -= found.texts
            await asyncio.sleep(found.wait)

    await asyncio.gather(*map(work, links))
    took = await _time(links[0]) - started_at
    for link in links:
        await link.client.aclose()

    given = count - left
    assert given <= rate * (took + FIRST_SECONDS) * 1.05
    assert given >= rate * (took - FIRST_SECONDS) * 0.95 - 3 * 5


async def test_a_redis_that_was_emptied_again_and_again_gives_nobody_more(
    one: OverRedis, other: OverRedis
) -> None:
    given: list[tuple[float, int]] = []
    for turn in range(600):
        at = turn / 20
        if turn % 100 == 50:
            one.forget("pace")
        for process in (one, other):
            (found,) = await process.pace.grant([Wanted(OURS, 20, [1] * 50)], later(at))
            given.append((at, found.texts))

    for start in range(21):
        assert sum(texts for at, texts in given if start <= at < start + 10) <= 200 * 1.05
    assert sum(texts for _, texts in given) >= 600 * 0.95


async def test_a_pace_that_was_halved_stays_so_when_redis_loses_it(one: OverRedis) -> None:
    await one.pace.grant([Wanted(OURS, 10, [1] * 9)], later(0))
    await one.pace.slow(OURS, later(0))
    one.forget("pace")

    (found,) = await one.pace.grant([Wanted(OURS, 10, [1])], later(0))
    assert found.texts == 0
    assert found.wait == pytest.approx(0.2)


async def test_a_redis_that_came_back_as_it_was_before_gives_nobody_more(one: OverRedis) -> None:
    await one.pace.grant([Wanted(OURS, 10, [1] * 9)], later(0))
    before = one.kept("pace")
    await one.pace.grant([Wanted(OURS, 10, [1] * 50)], later(60))
    one.forget("pace")
    one.keep(before)

    assert (await one.pace.grant([Wanted(OURS, 10, [1] * 50)], later(60)))[0].texts == 0


async def test_a_clock_of_redis_that_is_put_back_gives_nobody_more(one: OverRedis, other: OverRedis) -> None:
    async def grant(process: OverRedis, at: float, texts: int) -> int:
        (found,) = await process.pace.grant([Wanted(OURS, 20, [1] * texts)], later(at))
        return found.texts

    await grant(one, 0, 1)
    assert await grant(one, 10, 2) == 2
    assert await grant(other, 9.999, 50) == 3

    assert await grant(one, 9.999, 50) == 0


# -- what sources may send --------------------------------------------------------------------------------------------


async def test_what_one_gateway_took_is_not_left_for_another(one: OverRedis, other: OverRedis) -> None:
    assert await one.shared.limits.settle([Spent("src", 60, 40.0)], 1, 100) == [40.0]

    (left,) = await other.shared.limits.settle([Spent("src", 50, 50.0)], 1, 100) or [0.0]

    assert -10 <= left < -9


async def test_limits_that_redis_lost_go_on_from_what_a_gateway_knows(one: OverRedis) -> None:
    await one.shared.limits.settle([Spent("src", 150, -50.0)], 1, 100)
    one.forget("ingest")

    assert await one.shared.limits.settle([Spent("src", 0, -49.0)], 1, 100) == [-49.0]


async def _time(link: Link) -> float:
    seconds, microseconds = await link.call("TIME")
    return float(seconds) + float(microseconds) / 1e6
