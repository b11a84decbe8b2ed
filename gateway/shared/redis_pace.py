"""The pace of each sender over all processes: token buckets in Redis, filled by its clock."""

import math
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from gateway.shared.base import (
    FIRST_SECONDS,
    GATHERED_SECONDS,
    LATE_SECONDS,
    Granted,
    SenderKey,
    Wanted,
    burst,
)
from gateway.shared.memory_pace import MOST_SENDERS, ONCE_SECONDS, SLOW_SECONDS, SLOWEST, Bucket, first_bucket
from gateway.shared.redis_link import Link, NotNow, Script

AGAIN_SECONDS: Final = 1.0
"""When whoever got no turn asks again, where nobody can say whose turn it is."""

AT_ONCE: Final = 200
"""How many senders one run of the script looks at: nobody else is served meanwhile."""

PACE: Final = Script.of("pace.lua")
_NUMBERS: Final = (GATHERED_SECONDS, LATE_SECONDS, FIRST_SECONDS, SLOW_SECONDS, ONCE_SECONDS, SLOWEST)


class RedisPace:
    """See Pace. Where Redis can't say, nothing may go; nothing is raised.

    The time is that of Redis, whatever `now` is, so that the clocks of several machines give nobody more. `told`: the time is what
    is told, for tests. What was seen of each bucket last is sent along: a Redis that lost it goes on from there.
    """

    def __init__(self, link: Link, *, told: bool = False) -> None:
        self._link = link
        self._told = told
        self._seen: OrderedDict[SenderKey, bytes] = OrderedDict()
        self._unsaid: dict[SenderKey, None] = {}

    async def grant(self, wanted: Sequence[Wanted], now: datetime) -> list[Granted]:
        found: list[Granted] = []
        for some in _batched(wanted):
            try:
                await self._say_slow(now)
                answers = await self._run("grant", some, now)
            except NotNow:
                found += [Granted(0, AGAIN_SECONDS)] * len(some)
                continue
            for one, (given, wait, state) in zip(some, answers, strict=True):
                self._saw(one.sender, state)
                found.append(Granted(int(given), float(wait)))
        return found

    async def slow(self, sender: SenderKey, now: datetime) -> None:
        self._unsaid[sender] = None
        try:
            await self._say_slow(now)
        except NotNow:
            return  # it is told before anything of it goes again

    async def waits(self, wanted: Sequence[Wanted], now: datetime) -> list[float]:
        found: list[float] = []
        for some in _batched(wanted):
            try:
                told, *states = await self._run("look", some, now)
                at = float(told)
            except NotNow:
                at, states = now.timestamp(), [b""] * len(some)
            for one, state in zip(some, states, strict=True):
                bucket = _bucket(state) if state else first_bucket(one, at)
                found.append(bucket.last(one, at))
        return found

    async def _say_slow(self, now: datetime) -> None:
        if not self._unsaid:
            return
        for some in _batched([Wanted(sender, 0.0, ()) for sender in self._unsaid]):
            states = await self._run("slow", some, now)
            for one, state in zip(some, states, strict=True):
                self._saw(one.sender, state)
                self._unsaid.pop(one.sender, None)

    async def _run(self, what: str, wanted: Sequence[Wanted], now: datetime) -> list[Any]:
        keys = [self._link.key("pace", *one.sender) for one in wanted]
        arguments: list[Any] = [what, repr(now.timestamp()) if self._told else "", *map(repr, _NUMBERS)]
        for one in wanted:
            texts = one.texts if what == "grant" else ()
            arguments += (repr(float(one.rate)), _joined(texts, one.rate), self._seen.get(one.sender, b""))
        answers = await self._link.run(PACE, keys, arguments)
        return list(answers)

    def _saw(self, sender: SenderKey, state: bytes) -> None:
        self._seen[sender] = state
        self._seen.move_to_end(sender)
        while len(self._seen) > MOST_SENDERS:
            self._seen.popitem(last=False)


def _joined(texts: Sequence[int], rate: float) -> str:
    """The first of the texts, beyond which a full bucket gives nothing."""
    return ",".join(map(str, texts[: math.ceil(burst(rate, 1)) + 2]))


def _bucket(state: bytes) -> Bucket:
    level, at, part, rate, slowed_at, slowed_until = map(float, state.split())
    found = Bucket(level, at)
    found.part, found.rate, found.slowed_at, found.slowed_until = part, rate, slowed_at, slowed_until
    return found


def _batched(wanted: Iterable[Wanted]) -> Iterator[Sequence[Wanted]]:
    several = list(wanted)
    return (several[at : at + AT_ONCE] for at in range(0, len(several), AT_ONCE))
