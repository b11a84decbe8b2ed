"""The ports for what several processes share. Whoever uses one goes on without it: later, or with more reads, never wrong."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from gateway.jobs import JobKind


class Wakeups(Protocol):
    """Tells a worker that a job of a kind was enqueued, so that it need not poll. A call that is lost costs a second."""

    def ring(self, kind: JobKind) -> None:
        """There is work."""
        ...

    async def wait(self, kind: JobKind, seconds: float) -> None:
        """Until there is work, or so many seconds at most. A ring that nobody waited for ends the next wait at once."""
        ...


class Changes(Protocol):
    """Tells every process that something configured was changed. One that may have missed it tells its listeners, too."""

    def announce(self) -> None:
        """The listeners of this process are told before it returns, those of the others soon. From any thread."""
        ...

    def listen(self, listener: Callable[[], None]) -> None:
        """Have that called at every change. It must be quick, may be called from any thread, and more often than things change."""
        ...


class Topic(StrEnum):
    """What somebody may watch."""

    DELIVERY = "delivery"
    EVENT = "event"
    DESTINATION = "destination"


class Told(NamedTuple):
    """Something came, or became another: what it is now is in the store. `number` goes up by one with each of its channel."""

    number: int
    at: datetime
    id: str


class Channel(Protocol):
    """What happens of one topic in one space: the last of it, for whoever listens and wherever they are."""

    @property
    def epoch(self) -> str:
        """Tells its numbers from those of any other channel that there was, or will be."""
        ...

    @property
    def last(self) -> int:
        """The number of the last that can be heard; 0: there was none yet."""
        ...

    def after(self, number: int, most: int) -> tuple[int, Sequence[Told]]:
        """How many of those after that number are not kept any more, and the first so many of those that are."""
        ...

    async def ready(self) -> None:
        """Until it is known what there was before, and so `epoch` and `last`: at once, unless what is shared is gone."""
        ...

    async def news(self, number: int) -> None:
        """Until there is something after that number. What comes close together is heard together."""
        ...


class Tail(Protocol):
    """What happens, as it happens, for those who watch: whoever missed something looks into the store."""

    def publish(self, topic: Topic, told: Iterable[tuple[str, str]], now: datetime) -> None:
        """Tell of these (space, id). Of a topic that nobody listens to nothing is read. It never waits for a listener."""
        ...

    def listen(self, topic: Topic, space: str) -> AbstractContextManager[Channel]:
        """That channel, in which what is published from now on is kept: until nobody has listened for a while."""
        ...


class Cache(Protocol):
    """Answers that are used again for a while. Any of them may be gone at any time."""

    async def get(self, key: str) -> bytes | None:
        """What was put there; None where nothing was, its time is over, or nobody can say."""
        ...

    async def put(self, key: str, value: bytes, seconds: float) -> None:
        """Keep that for so many seconds at most, in place of what was there."""
        ...


class Spent(NamedTuple):
    """So many events of a source were taken since that was last told; `left`: how many more may be, as far as this process knows."""

    source_id: str
    events: int
    left: float


class Limits(Protocol):
    """What a source may send, if several processes take it in: each takes by what it knows, and tells the others soon after."""

    @property
    def told(self) -> bool:
        """Whether there are others to tell."""
        ...

    async def settle(self, spent: Sequence[Spent], per_second: float, at_once: float) -> list[float] | None:
        """How many more events of each source may be taken, after what all have taken; None: nobody can say now, and what was spent
        is not told again.
        """
        ...


class Trouble(NamedTuple):
    """A part of what is shared can't be used, since then, and why."""

    part: str
    since: datetime
    problem: str


class Reach(Protocol):
    """Whether what is shared can be used now."""

    @property
    def troubles(self) -> Sequence[Trouble]:
        """The parts that can't be; none where all is well."""
        ...

    async def close(self) -> None:
        """Let go of it: nothing is told any more, and nothing heard."""
        ...


SenderKey = tuple[str, str]
"""Whose pace it is: the id of a destination, and a sender of it."""


class Wanted(NamedTuple):
    """The segments of the texts that a sender would send now, in their order. `rate`: how many segments a second it may."""

    sender: SenderKey
    rate: float
    texts: Sequence[int]


class Granted(NamedTuple):
    """So many of the first of the texts may go now. The next one may after `wait` seconds, if nobody else takes its turn."""

    texts: int
    wait: float


GATHERED_SECONDS = 0.02
"""So much of its rate a sender gathers while it sends nothing, or one segment: little, since all of it may go at once."""

LATE_SECONDS = 0.2
"""How late whoever waits for a turn may come without losing any of it. Both together are a fortieth of ten seconds at the most: in no ten
seconds a sender of 20 a second or more has turns for more than 102.5 % of its rate. What a busy machine or the way holds up for a quarter
of a second still arrives within 105 %.
"""

FIRST_SECONDS = 0.1
"""So much of its rate a sender has that was not heard of yet, or one text: what is shared was lost, or this is the start."""


def full(rate: float) -> float:
    """How many segments a sender gathers at most."""
    return max(rate * GATHERED_SECONDS, 1.0)


def burst(rate: float, largest: int) -> float:
    """How many segments at most go beyond the rate, however short the time: what was gathered, or the largest text."""
    return max(full(rate), largest) + rate * LATE_SECONDS


class Pace(Protocol):
    """How fast each sender sends: in any time no more segments than its rate, and a burst. A text that is larger than what a sender
    gathers goes when that is full, and those after it wait the longer: none waits for ever.
    """

    async def grant(self, wanted: Sequence[Wanted], now: datetime) -> list[Granted]:
        """How many of these texts may go, by sender. What is granted is taken."""
        ...

    async def slow(self, sender: SenderKey, now: datetime) -> None:
        """That sender was too fast: it has half its pace for a while. Told again soon, that is one with the first; later, it is half
        again.
        """
        ...

    async def waits(self, wanted: Sequence[Wanted], now: datetime) -> list[float]:
        """In how many seconds the last of the texts of each would go, if nothing else did. Nothing is taken."""
        ...
