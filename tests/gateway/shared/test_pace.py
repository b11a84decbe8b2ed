"""How fast a sender sends: never more than its pace and a burst, never much less while it wants to, and each text in the end."""

import asyncio
import math
from collections.abc import Sequence

import pytest
from hypothesis import given, settings, strategies as st

from gateway.shared.base import FIRST_SECONDS, LATE_SECONDS, Granted, Pace, Wanted, burst
from gateway.shared.memory_pace import ONCE_SECONDS, SLOW_SECONDS, SLOWEST, MemoryPace
from tests.factories import later
from tests.gateway.shared.conftest import Backend

pytestmark = pytest.mark.usefixtures("patient")

OURS = ("dst_paper", "+12025550100")
OTHER = ("dst_paper", "+12025550199")


@pytest.fixture
def pace(backend: Backend) -> Pace:
    return backend.pace


async def ask(
    pace: Pace, at: float, texts: Sequence[int] = (1,), rate: float = 1, whose: tuple[str, str] = OURS
) -> Granted:
    (granted,) = await pace.grant([Wanted(whose, rate, texts)], later(at))
    return granted


def granted(texts: int, wait: float) -> tuple[int, object]:
    """As many, and about so many seconds to the next."""
    return texts, pytest.approx(wait, rel=0.01)


async def test_a_sender_that_sent_nothing_for_a_while_sends_at_once_and_then_at_its_rate(pace: Pace) -> None:
    assert await ask(pace, 0, [1, 1, 1]) == granted(1, 1)
    assert await ask(pace, 0.5) == granted(0, 0.5)
    assert await ask(pace, 1, [1, 1]) == granted(1, 1)
    assert await ask(pace, 600, [1, 1]) == granted(1, 0.8)


async def test_a_sender_that_was_not_heard_of_yet_starts_with_one_text_or_a_tenth_of_a_second(
    pace: Pace,
) -> None:
    assert (await ask(pace, 0, [1] * 99, rate=5)).texts == 1
    assert (await ask(pace, 0, [1] * 999, rate=1000, whose=OTHER)).texts == 1000 * FIRST_SECONDS


async def test_a_text_takes_as_much_of_the_pace_as_it_has_segments(pace: Pace) -> None:
    assert await ask(pace, 0, [3, 1]) == granted(1, 3)
    assert await ask(pace, 2.9) == granted(0, 0.1)
    assert await ask(pace, 3) == granted(1, 1)


async def test_a_text_that_is_larger_than_what_it_gathers_goes_and_those_after_it_wait_longer(
    pace: Pace,
) -> None:
    assert (await ask(pace, 0, [10], rate=2)).texts == 1
    assert await ask(pace, 4.9, [10], rate=2) == granted(0, 0.1)
    assert (await ask(pace, 5, [10], rate=2)).texts == 1


async def test_each_sender_of_each_destination_has_its_own_pace(pace: Pace) -> None:
    asked = [Wanted(whose, 1, [1, 1]) for whose in (OURS, OTHER, ("dst_other", OURS[1]))]

    assert [one.texts for one in await pace.grant(asked, later(0))] == [1, 1, 1]


async def test_whoever_comes_a_little_late_for_each_turn_loses_nothing_of_the_pace(pace: Pace) -> None:
    given_at: list[float] = []
    at = 0.0
    while len(given_at) < 101:
        found = await ask(pace, at, [1, 1])
        if found.texts:
            given_at.append(at)
        at += found.wait + 0.2

    assert (given_at[-1] - given_at[0]) / 100 == pytest.approx(1, rel=0.05)


async def test_a_clock_that_is_put_back_keeps_nobody_waiting_longer(pace: Pace) -> None:
    await ask(pace, 3600)

    assert await ask(pace, 0) == granted(0, 1)
    assert (await ask(pace, 1)).texts == 1


async def test_a_sender_that_was_too_fast_has_half_its_pace_for_a_while(pace: Pace) -> None:
    await ask(pace, 0)
    await pace.slow(OURS, later(0))

    assert await ask(pace, 0) == granted(0, 2)
    assert await ask(pace, 2) == granted(1, 2)
    await ask(pace, SLOW_SECONDS + 100)
    assert await ask(pace, SLOW_SECONDS + 100) == granted(0, 0.8)


async def test_refusals_that_come_together_halve_the_pace_once_and_later_ones_again_but_never_to_nothing(
    pace: Pace,
) -> None:
    await ask(pace, 0, rate=64)
    for _ in range(20):
        await pace.slow(OURS, later(0))
    assert (await ask(pace, 0, [64], rate=64)).wait == pytest.approx(0.28 / 32, rel=0.1)

    at = 0.0
    for _ in range(20):
        at += ONCE_SECONDS
        await pace.slow(OURS, later(at))
    await ask(pace, at, rate=64)

    assert await ask(pace, at, [1], rate=64) == granted(0, 1 / (64 * SLOWEST))


async def test_what_it_would_take_is_told_and_nothing_is_taken(pace: Pace) -> None:
    wanted = [Wanted(OURS, 2, [1] * 100)]

    for _ in range(2):
        assert await pace.waits(wanted, later(0)) == [pytest.approx(49.5)]
    await pace.grant(wanted, later(0))
    assert await pace.waits(wanted, later(0)) == [pytest.approx(50)]
    await pace.slow(OURS, later(0))
    assert await pace.waits(wanted, later(0)) == [pytest.approx(SLOW_SECONDS + 20)]
    assert await pace.waits([Wanted(OTHER, 2, [])], later(0)) == [0.0]


async def test_of_more_senders_than_are_remembered_those_go_that_sent_nothing_for_longest() -> None:
    pace = MemoryPace(most=2)
    for number in range(3):
        await ask(pace, number / 10, whose=("dst_paper", str(number)))

    assert (await ask(pace, 0.3, whose=("dst_paper", "2"))).texts == 0
    assert (await ask(pace, 0.3, whose=("dst_paper", "1"))).texts == 0
    assert (await ask(pace, 0.3, whose=("dst_paper", "0"))).texts == 1


@pytest.mark.parametrize("rate", [20.0, 80.0, 1000.0])
async def test_in_no_ten_seconds_more_than_a_fortieth_beyond_the_rate_goes(pace: Pace, rate: float) -> None:
    """Of a sender that was idle before, when all that it gathered goes at once, and comes as late as it may without losing any."""
    given_at: list[tuple[float, int]] = []
    await ask(pace, 0, rate=rate)
    at = 100.0
    while at < 112:
        found = await ask(pace, at, [1] * 2_000, rate)
        given_at.append((at, found.texts))
        at += found.wait + 0.19

    most = max(sum(one for when, one in given_at if at <= when < at + 10) for at, _ in given_at)
    assert rate * 9.5 <= most <= rate * 10 * 1.025


_RATES = st.one_of(st.floats(0.01, 5), st.floats(5, 2_000))
_ASKS = st.lists(
    st.tuples(st.floats(0, 3), st.lists(st.integers(1, 10), min_size=1, max_size=20)), min_size=1, max_size=60
)


@settings(max_examples=200)
@given(rate=_RATES, asks=_ASKS)
def test_in_no_time_more_than_the_rate_and_a_burst_is_given(
    rate: float, asks: list[tuple[float, list[int]]]
) -> None:
    given_at: list[tuple[float, int]] = []

    async def run() -> None:
        pace, at = MemoryPace(), 0.0
        for pause, texts in asks:
            at += pause
            found = await ask(pace, at, texts, rate)
            given_at.extend((at, one) for one in texts[: found.texts])

    asyncio.run(run())

    largest = max(one for _, texts in asks for one in texts)
    for first, (start, _) in enumerate(given_at):
        total = 0
        for at, segments in given_at[first:]:
            total += segments
            assert total <= rate * (at - start) + burst(rate, largest) + 0.01


@settings(max_examples=100)
@given(
    rate=_RATES,
    texts=st.lists(st.integers(1, 10), min_size=5, max_size=5),
    late=st.floats(0, LATE_SECONDS * 0.9),
)
def test_a_sender_with_enough_to_send_sends_at_its_rate_and_each_text_has_its_turn(
    rate: float, texts: list[int], late: float
) -> None:
    async def run() -> tuple[float, int]:
        pace, at, total = MemoryPace(), 0.0, 0
        waiting = texts * math.ceil(max(20, rate * 4 / sum(texts)))
        begun = None
        while waiting:
            found = await ask(pace, at, waiting, rate)
            if begun is not None:
                total += sum(waiting[: found.texts])
            elif found.texts:
                begun = at
            del waiting[: found.texts]
            if waiting:
                at += found.wait + late
        assert begun is not None
        return at - begun, total

    took, total = asyncio.run(run())

    slack = max(texts) + burst(rate, max(texts))  # of the first turn and of the last
    assert rate * took * 0.95 - slack <= total <= rate * took * 1.05 + slack
