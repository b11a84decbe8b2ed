"""The script of pace does the sums of memory_pace.py: the same to the last digit, whatever is asked in whatever order."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

import pytest
from hypothesis import given, settings, strategies as st

from gateway.clock import SystemClock
from gateway.shared.base import Granted, Pace, Wanted
from gateway.shared.memory_pace import MemoryPace
from gateway.shared.redis_link import Link, client_of
from gateway.shared.redis_pace import AT_ONCE, RedisPace
from tests.factories import later
from tests.gateway.redis_server import namespace

pytestmark = pytest.mark.usefixtures("patient")


class Ask(NamedTuple):
    """One of several senders asks, `after` the one before; or was too fast."""

    after: float
    sender: int
    rate: float
    texts: Sequence[int]
    slow: bool


_ASKS = st.lists(
    st.builds(
        Ask,
        after=st.one_of(st.floats(-1, 3), st.floats(0, 200)),
        sender=st.integers(0, 2),
        rate=st.one_of(st.floats(0.01, 5), st.floats(5, 2_000)),
        texts=st.lists(st.integers(1, 10), max_size=20),
        slow=st.sampled_from([False, False, False, True]),
    ),
    min_size=1,
    max_size=25,
)


def wanted(ask: Ask) -> Wanted:
    return Wanted(("dst_paper", str(ask.sender)), ask.rate, ask.texts)


async def answers(pace: Pace, asks: Sequence[Ask]) -> list[object]:
    """What is said to each, and what the next would wait for."""
    found: list[object] = []
    at = 1000.0
    for ask in asks:
        at += ask.after
        one = wanted(ask)
        if ask.slow:
            await pace.slow(one.sender, later(at))
        found += [await pace.waits([one], later(at)), await pace.grant([one], later(at))]
    return found


@settings(max_examples=100)
@given(asks=_ASKS)
def test_the_script_says_what_memory_says_to_the_last_digit(redis_url: str, asks: list[Ask]) -> None:
    async def run() -> tuple[list[object], list[object]]:
        with namespace(redis_url) as name:
            link = Link(client_of(redis_url), f"heliograph:{name}", SystemClock())
            try:
                return await answers(RedisPace(link, told=True), asks), await answers(MemoryPace(), asks)
            finally:
                await link.client.aclose()

    over_redis, in_memory = asyncio.run(run())

    assert over_redis == in_memory


async def test_more_senders_than_one_run_of_the_script_takes_are_each_told(
    redis_url: str, redis_name: str
) -> None:
    link = Link(client_of(redis_url), f"heliograph:{redis_name}", SystemClock())
    several = [Wanted(("dst_paper", str(number)), 1, [1, 1]) for number in range(2 * AT_ONCE + 1)]

    found = await RedisPace(link, told=True).grant(several, later(0))
    await link.client.aclose()

    assert found == [Granted(1, 1.0)] * len(several)
