"""The pace of each sender where there is but one process: token buckets in its memory."""

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from gateway.shared.base import FIRST_SECONDS, Granted, SenderKey, Wanted, burst, full

MOST_SENDERS: Final = 10_000
"""How many senders are remembered; those that have sent nothing for longest are forgotten first."""

SLOW_SECONDS: Final = 60.0
"""How long a sender that was too fast has half its pace."""

ONCE_SECONDS: Final = 5.0
"""Refusals that come so soon after one another are about the same texts."""

SLOWEST: Final = 1 / 16
"""Of its pace, what a sender keeps however often it was too fast."""


class MemoryPace:
    """See Pace."""

    def __init__(self, most: int = MOST_SENDERS) -> None:
        self._most = most
        self._buckets: OrderedDict[SenderKey, Bucket] = OrderedDict()

    async def grant(self, wanted: Sequence[Wanted], now: datetime) -> list[Granted]:
        at = now.timestamp()
        return [self._bucket(one, at).take(one, at) for one in wanted]

    async def slow(self, sender: SenderKey, now: datetime) -> None:
        at = now.timestamp()
        if sender not in self._buckets:
            self._remember(sender, Bucket(0.0, at))
        self._buckets[sender].slow(at)

    async def waits(self, wanted: Sequence[Wanted], now: datetime) -> list[float]:
        at = now.timestamp()
        return [(self._buckets.get(one.sender) or first_bucket(one, at)).last(one, at) for one in wanted]

    def _bucket(self, one: Wanted, at: float) -> "Bucket":
        found = self._buckets.get(one.sender)
        if found is None:
            found = first_bucket(one, at)
            self._remember(one.sender, found)
        else:
            self._buckets.move_to_end(one.sender)
        return found

    def _remember(self, sender: SenderKey, bucket: "Bucket") -> None:
        self._buckets[sender] = bucket
        while len(self._buckets) > self._most:
            self._buckets.popitem(last=False)


class Bucket:
    """`level` is how many segments may go at `at`, in seconds; below zero they are owed. Slowed, it fills by `part` of the rate,
    which is the one it was last asked for.
    """

    __slots__ = ("at", "level", "part", "rate", "slowed_at", "slowed_until")

    def __init__(self, level: float, at: float) -> None:
        self.level = level
        self.at = at
        self.part = 1.0
        self.rate = 0.0
        self.slowed_at = self.slowed_until = 0.0

    def take(self, one: Wanted, at: float) -> Granted:
        """How many of the texts may go at that time; they are taken."""
        rate = self.rate = one.rate
        level = self.level = min(burst(rate, 1), self.level + self._gained(rate, at))
        self.at = at
        most, given = full(rate), 0
        near = _near(rate)
        for segments in one.texts:
            if level < min(segments, most) - near:
                break
            level -= segments
            given += 1
        self.level = level
        following = one.texts[given] if given < len(one.texts) else 1
        return Granted(given, self._until(min(following, most) - level, rate, at))

    def last(self, one: Wanted, at: float) -> float:
        """In how many seconds the last of the texts would go."""
        level = min(burst(one.rate, 1), self.level + self._gained(one.rate, at))
        *before, last = one.texts or (0,)
        return self._until(min(last, full(one.rate)) + sum(before) - level, one.rate, at)

    def slow(self, at: float) -> None:
        """It was too fast at that time."""
        self.level = min(self.level + self._gained(self.rate, at), 1.0)
        self.at = at
        if 0 <= at - self.slowed_at < ONCE_SECONDS:
            return
        still = at < self.slowed_until
        self.part = max(SLOWEST, self.part / 2) if still else 0.5
        self.slowed_at, self.slowed_until = at, at + SLOW_SECONDS

    def _gained(self, rate: float, at: float) -> float:
        """What it filled by since it was looked at; nothing where the clock was put back."""
        if at <= self.at:
            return 0.0
        slow = max(0.0, min(at, self.slowed_until) - self.at)
        return rate * (slow * self.part + (at - self.at - slow))

    def _until(self, missing: float, rate: float, at: float) -> float:
        """How long it takes to fill by that much."""
        if missing <= 0:
            return 0.0
        slow = max(0.0, self.slowed_until - at)
        in_that = slow * self.part * rate
        if missing <= in_that:
            return missing / (self.part * rate)
        return slow + (missing - in_that) / rate


def first_bucket(one: Wanted, at: float) -> Bucket:
    """What a sender has that was not heard of yet."""
    first = one.texts[0] if one.texts else 1
    return Bucket(max(min(first, full(one.rate)), one.rate * FIRST_SECONDS), at)


def _near(rate: float) -> float:
    """So little is no reason to wait: clocks tell microseconds."""
    return (1 + rate) * 2e-6
