"""Several gateways take no more of a source than one may: what each took the others know soon after."""

from collections.abc import Sequence

import pytest

from gateway.clock import ManualClock
from gateway.ingest.errors import IngestError
from gateway.ingest.pace import Pace
from gateway.shared.base import Spent
from gateway.shared.memory import MemoryLimits


class Bucket:
    """What Redis keeps of one source, by the clock of the test. `gone`: it can't be asked."""

    told = True

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self._left: float | None = None
        self._at = clock.now()
        self.gone = False
        self.asked: list[list[Spent]] = []

    async def settle(self, spent: Sequence[Spent], per_second: float, at_once: float) -> list[float] | None:
        self.asked.append(list(spent))
        if self.gone:
            return None
        (one,) = spent
        passed = (self._clock.now() - self._at).total_seconds()
        self._at = self._clock.now()
        if self._left is None:
            self._left = one.left
        else:
            self._left = min(at_once, self._left + passed * per_second) - one.events
        return [self._left]


@pytest.fixture
def bucket(clock: ManualClock) -> Bucket:
    return Bucket(clock)


def gateways(clock: ManualClock, count: int = 2) -> list[Pace]:
    return [Pace(clock, per_second=10, at_once=50) for _ in range(count)]


def take(pace: Pace, events: int) -> int:
    """How many are taken, one by one, until it says 429; so many at most."""
    for taken in range(events):
        try:
            lane = pace.enter("src")
        except IngestError:
            return taken
        pace.spend(lane, 1)
        pace.leave(lane, 0)
    return events


async def test_what_one_took_is_not_left_for_the_other(clock: ManualClock, bucket: Bucket) -> None:
    one, other = gateways(clock)
    assert take(one, 40) == 40
    assert take(other, 1) == 1
    await one.settle(bucket)
    await other.settle(bucket)

    assert take(other, 50) == 9


async def test_what_was_taken_before_it_was_known_that_nothing_is_left_is_owed(
    clock: ManualClock, bucket: Bucket
) -> None:
    one, other = gateways(clock)
    assert [take(pace, 1_000) for pace in (one, other)] == [50, 50]
    for pace in (one, other):
        await pace.settle(bucket)

    with pytest.raises(IngestError) as refused:
        other.enter("src")
    assert (refused.value.status, refused.value.code, refused.value.retry_after) == (429, "rate_limited", 6)
    clock.advance(5)
    assert take(other, 1) == 0
    clock.advance(1)
    assert take(other, 1_000) == 10


async def test_for_long_all_together_take_what_one_may(clock: ManualClock, bucket: Bucket) -> None:
    several = gateways(clock, 3)
    taken = 0
    for _ in range(500):
        clock.advance(0.2)
        taken += sum(take(pace, 1_000) for pace in several)
        for pace in several:
            await pace.settle(bucket)

    may, of_one_turn = 50 + 100 * 10, 3 * 2
    assert may - of_one_turn <= taken <= may + of_one_turn


async def test_what_was_taken_while_it_was_told_is_told_the_next_time(clock: ManualClock) -> None:
    (pace,) = gateways(clock, 1)
    take(pace, 10)

    class Slow(Bucket):
        async def settle(
            self, spent: Sequence[Spent], per_second: float, at_once: float
        ) -> list[float] | None:
            take(pace, 5)
            return await super().settle(spent, per_second, at_once)

    slow = Slow(clock)
    await pace.settle(slow)
    await pace.settle(slow)

    assert [[one.events for one in asked] for asked in slow.asked] == [[10], [5]]
    assert take(pace, 50) == 30


async def test_while_nobody_can_say_each_goes_on_by_itself_and_owes_nothing_for_that_later(
    clock: ManualClock, bucket: Bucket
) -> None:
    one, other = gateways(clock)
    bucket.gone = True
    for pace in (one, other):
        assert take(pace, 1_000) == 50
        await pace.settle(bucket)
    for _ in range(10):
        clock.advance(1)
        assert [take(pace, 1_000) for pace in (one, other)] == [10, 10]
        await one.settle(bucket)
        await other.settle(bucket)

    bucket.gone = False
    await one.settle(bucket)
    await other.settle(bucket)
    clock.advance(1)
    await one.settle(bucket)

    assert take(one, 1_000) == 10


async def test_nothing_is_told_of_sources_that_send_nothing(clock: ManualClock, bucket: Bucket) -> None:
    (pace,) = gateways(clock, 1)
    await pace.settle(bucket)
    take(pace, 5)
    await pace.settle(bucket)
    await pace.settle(bucket)

    assert bucket.asked == [[Spent("src", 5, 45)]]


async def test_a_gateway_alone_keeps_its_limit(clock: ManualClock) -> None:
    (pace,) = gateways(clock, 1)
    assert take(pace, 1_000) == 50
    await pace.settle(MemoryLimits())

    assert take(pace, 1) == 0
    clock.advance(1)
    assert take(pace, 1_000) == 10
