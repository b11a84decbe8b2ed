"""A Redis that is gone, hangs, is full, is emptied or started anew: nothing is raised, nothing waits for it, all goes on by itself."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, MutableMapping
from datetime import UTC, datetime
from random import Random
from typing import Any, NamedTuple

import pytest
from structlog.testing import capture_logs

from gateway import metrics
from gateway.jobs import JobKind
from gateway.shared.base import Channel, Granted, Spent, Topic, Wanted
from gateway.shared.memory_tail import MOST_KEPT
from gateway.shared.redis_link import ANSWER_SECONDS
from gateway.shared.redis_pace import AGAIN_SECONDS
from tests.factories import later
from tests.gateway.redis_server import PATIENCE, RedisServer
from tests.gateway.shared.conftest import OverRedis, over_redis, until

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
OURS = ("dst_paper", "+12025550100")
SPACE = "default"


class Fault(NamedTuple):
    """What happens to a server, what makes it good, and what is said of it meanwhile."""

    name: str
    happens: Callable[[RedisServer], None]
    ends: Callable[[RedisServer], None]
    problem: str


FAULTS = [
    Fault("hangs", RedisServer.hang, RedisServer.wake, "it does not answer in time"),
    Fault("is gone", RedisServer.kill, RedisServer.start, "it can't be reached"),
    Fault(
        "is full",
        RedisServer.fill,
        RedisServer.empty_out,
        "it is full: maxmemory is reached, and nothing may be evicted",
    ),
]
faults = pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])


@pytest.fixture
async def one(anyio_backend: str, redis_server: RedisServer) -> AsyncIterator[OverRedis]:
    async with over_redis(redis_server.url, "faults") as process:
        await process.hears()
        yield process


@pytest.fixture
async def other(anyio_backend: str, redis_server: RedisServer) -> AsyncIterator[OverRedis]:
    async with over_redis(redis_server.url, "faults") as process:
        await process.hears()
        yield process


@pytest.fixture
def logged() -> Iterator[list[MutableMapping[str, Any]]]:
    with capture_logs() as lines:
        yield lines


def measured(part: str) -> float | None:
    """What /metrics shows of that part."""
    return metrics.REGISTRY.get_sample_value("heliograph_shared_degraded", {"part": part})


async def grant(process: OverRedis, at: float, texts: int = 1, rate: float = 10) -> Granted:
    (found,) = await process.pace.grant([Wanted(OURS, rate, [1] * texts)], later(at))
    return found


async def well(process: OverRedis) -> None:
    """Until it is said that all is well."""
    await until(lambda: not process.shared.reach.troubles)


@faults
async def test_meanwhile_nobody_gets_a_turn_and_then_everybody_at_the_pace_there_was(
    one: OverRedis, redis_server: RedisServer, fault: Fault
) -> None:
    assert (await grant(one, 0, 50)).texts == 1

    fault.happens(redis_server)
    meanwhile = [await grant(one, 0) for _ in range(3)]
    fault.ends(redis_server)
    await well(one)

    assert meanwhile == [Granted(0, AGAIN_SECONDS)] * 3
    assert (await grant(one, 0, 50)).texts == 0
    assert (await grant(one, 1, 50)).texts == 3


@faults
async def test_it_is_said_what_is_the_matter_and_since_when_until_it_is_over(
    one: OverRedis, redis_server: RedisServer, fault: Fault
) -> None:
    before = datetime.now(UTC)
    fault.happens(redis_server)
    await grant(one, 0)

    found = {trouble.part: trouble for trouble in one.shared.reach.troubles}
    assert found["redis"].problem == fault.problem
    assert measured("redis") == 1
    assert before <= found["redis"].since <= datetime.now(UTC)
    fault.ends(redis_server)
    await well(one)


@faults
async def test_it_is_noticed_by_a_process_that_asks_nothing(
    one: OverRedis, redis_server: RedisServer, fault: Fault
) -> None:
    fault.happens(redis_server)

    await until(lambda: any(trouble.part == "redis" for trouble in one.shared.reach.troubles))

    fault.ends(redis_server)
    await well(one)


async def test_it_is_logged_once_when_it_begins_and_once_when_it_ends(
    one: OverRedis, redis_server: RedisServer, logged: list[MutableMapping[str, Any]]
) -> None:
    redis_server.fill()
    for _ in range(20):
        await grant(one, 0)
        await one.shared.cache.put("a", b"1", 60)
    redis_server.empty_out()
    await well(one)

    assert [(line["log_level"], line["event"]) for line in logged] == [
        ("warning", "What is shared through redis can't be used now; what is to be sent waits"),
        ("info", "What is shared through redis can be used again"),
    ]
    assert measured("redis") == 0


async def test_a_redis_that_hangs_costs_one_answer_and_what_comes_after_it_nothing(
    one: OverRedis, redis_server: RedisServer
) -> None:
    redis_server.hang()
    started = time.monotonic()

    for _ in range(200):
        assert await grant(one, 0) == Granted(0, AGAIN_SECONDS)
        assert await one.shared.cache.get("a") is None
    took = time.monotonic() - started

    redis_server.wake()
    assert took < 4 * ANSWER_SECONDS


@faults
async def test_what_is_cached_is_read_again_and_put_when_it_can_be(
    one: OverRedis, redis_server: RedisServer, fault: Fault
) -> None:
    fault.happens(redis_server)
    await one.shared.cache.put("a", b"lost", 60)
    assert await one.shared.cache.get("a") is None
    fault.ends(redis_server)
    await well(one)

    await one.shared.cache.put("a", b"kept", 60)

    assert await one.shared.cache.get("a") == b"kept"


@faults
async def test_sources_are_limited_by_each_gateway_alone_and_then_by_all(
    one: OverRedis, redis_server: RedisServer, fault: Fault
) -> None:
    fault.happens(redis_server)
    assert await one.shared.limits.settle([Spent("src", 10, 90.0)], 1, 100) is None
    fault.ends(redis_server)
    await well(one)

    assert await one.shared.limits.settle([Spent("src", 10, 80.0)], 1, 100) == [80.0]


@faults
async def test_a_ring_and_a_change_are_heard_here_meanwhile_and_elsewhere_when_it_is_over(
    one: OverRedis, other: OverRedis, redis_server: RedisServer, fault: Fault
) -> None:
    here: list[str] = []
    one.shared.changes.listen(lambda: here.append("changed"))
    fault.happens(redis_server)
    for process in (one, other):
        await process.shared.wakeups.wait(JobKind.MATCH, 0.001)
    known = asyncio.Event()
    other.shared.changes.listen(known.set)
    rung = asyncio.create_task(other.shared.wakeups.wait(JobKind.MATCH, PATIENCE))

    one.shared.wakeups.ring(JobKind.MATCH)
    one.shared.changes.announce()

    await asyncio.wait_for(one.shared.wakeups.wait(JobKind.MATCH, PATIENCE), PATIENCE / 2)
    assert here[:1] == ["changed"]
    fault.ends(redis_server)
    await asyncio.wait_for(known.wait(), PATIENCE)
    started = time.monotonic()
    await rung
    assert time.monotonic() - started < PATIENCE / 2


@faults
async def test_of_what_happens_meanwhile_each_is_heard_when_it_is_over_or_counted_as_lost(
    one: OverRedis, other: OverRedis, redis_server: RedisServer, fault: Fault
) -> None:
    with other.tail.listen(Topic.DELIVERY, SPACE) as channel:
        await asyncio.wait_for(channel.ready(), PATIENCE)
        await until(lambda: one.watches(Topic.DELIVERY))
        one.tail.publish(Topic.DELIVERY, [(SPACE, "dlv_before")], NOW)
        await asyncio.wait_for(channel.news(0), PATIENCE)
        fault.happens(redis_server)

        one.tail.publish(Topic.DELIVERY, ((SPACE, f"dlv_{number}") for number in range(MOST_KEPT)), NOW)
        await grant(one, 0)  # by now it is known
        fault.ends(redis_server)
        await well(one)
        await until(lambda: one.watches(Topic.DELIVERY))
        one.tail.publish(Topic.DELIVERY, [(SPACE, "dlv_after")], NOW)

        number, lost, heard = 1, 0, ["dlv_before"]
        async with asyncio.timeout(PATIENCE):
            while heard[-1] != "dlv_after":
                await channel.news(number)
                gone, told = channel.after(number, MOST_KEPT)
                number, lost = number + gone + len(told), lost + gone
                heard += [each.id for each in told]
        assert lost > 0
        assert len(set(heard)) == len(heard)


async def test_whoever_begins_to_listen_meanwhile_hears_what_happens_from_the_end_of_it_on(
    one: OverRedis, redis_server: RedisServer
) -> None:
    redis_server.kill()
    with one.tail.listen(Topic.EVENT, SPACE) as channel:
        ready = asyncio.create_task(channel.ready())
        await grant(one, 0)
        assert not ready.done()

        redis_server.start()

        await asyncio.wait_for(ready, PATIENCE)
        one.tail.publish(Topic.EVENT, [(SPACE, "evt_1")], NOW)
        await asyncio.wait_for(channel.news(channel.last), PATIENCE)
        assert channel.after(channel.last - 1, 9)[1][0].id == "evt_1"


async def test_a_redis_that_is_emptied_is_no_trouble(
    one: OverRedis, other: OverRedis, redis_server: RedisServer
) -> None:
    await grant(one, 0, 50)
    await one.shared.cache.put("a", b"1", 60)

    redis_server.do("FLUSHALL")

    assert (await grant(one, 0, 50)).texts == 0
    assert await one.shared.cache.get("a") is None
    rung = asyncio.create_task(other.shared.wakeups.wait(JobKind.DELIVER, PATIENCE))
    one.shared.wakeups.ring(JobKind.DELIVER)
    await asyncio.wait_for(rung, PATIENCE)
    assert list(one.shared.reach.troubles) == []


async def test_a_channel_whose_stream_was_lost_goes_on_under_another_name_and_says_that_something_was_missed(
    one: OverRedis, other: OverRedis, redis_server: RedisServer
) -> None:
    with one.tail.listen(Topic.DELIVERY, SPACE) as channel, other.tail.listen(Topic.DELIVERY, SPACE) as there:
        await asyncio.wait_for(asyncio.gather(channel.ready(), there.ready()), PATIENCE)
        one.tail.publish(Topic.DELIVERY, [(SPACE, "dlv_1"), (SPACE, "dlv_2")], NOW)
        await asyncio.wait_for(asyncio.gather(channel.news(1), there.news(1)), PATIENCE)
        epoch = channel.epoch

        redis_server.do("FLUSHALL")
        await until(lambda: channel.epoch == there.epoch != epoch)
        one.tail.publish(Topic.DELIVERY, [(SPACE, "dlv_3")], NOW)

        for mirror in (channel, there):
            await asyncio.wait_for(mirror.news(3), PATIENCE)
            assert mirror.after(2, 9) == (1, [(4, NOW, "dlv_3")])


async def test_what_several_tell_while_redis_is_emptied_is_heard_once_in_one_order_or_counted_as_lost(
    one: OverRedis, other: OverRedis, redis_server: RedisServer
) -> None:
    chance = Random(13)
    with one.tail.listen(Topic.DELIVERY, SPACE) as here, other.tail.listen(Topic.DELIVERY, SPACE) as there:
        await asyncio.wait_for(asyncio.gather(here.ready(), there.ready()), PATIENCE)
        heard: dict[str, list[str]] = {"here": [], "there": []}

        async def listen(name: str, channel: Channel) -> None:
            number = 0
            while heard[name][-1:] != ["the last"]:
                await channel.news(number)
                gone, told = channel.after(number, 3)
                number += gone + len(told)
                assert [each.number for each in told] == list(range(number - len(told) + 1, number + 1))
                heard[name] += [each.id for each in told]

        listening = [
            asyncio.create_task(listen(name, channel)) for name, channel in (("here", here), ("there", there))
        ]
        for turn in range(40):
            for process in (one, other):
                names = [f"{process is one}-{turn}-{number}" for number in range(chance.randint(0, 4))]
                process.tail.publish(Topic.DELIVERY, [(SPACE, name) for name in names], NOW)
            if turn % 15 == 7:
                redis_server.do("FLUSHALL")
            await asyncio.sleep(chance.random() * 0.03)
        await one.told()
        await other.told()
        await until(lambda: here.epoch == there.epoch)
        one.tail.publish(Topic.DELIVERY, [(SPACE, "the last")], NOW)
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*listening)

    for names in heard.values():
        assert len(set(names)) == len(names)
        for teller in ("True", "False"):
            turns = [int(name.split("-")[1]) for name in names if name.startswith(teller)]
            assert turns == sorted(turns)


async def test_a_process_ends_while_redis_hangs(redis_server: RedisServer) -> None:
    async with over_redis(redis_server.url, "faults") as process:
        await process.hears()
        redis_server.hang()
        asking = asyncio.create_task(grant(process, 0))
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        closing = asyncio.create_task(process.shared.reach.close())
        await asyncio.wait_for(closing, PATIENCE)
    redis_server.wake()
