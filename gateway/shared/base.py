"""The ports for what several processes share. Whoever uses one goes on without it: later, or with more reads, never wrong."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from enum import StrEnum
from typing import NamedTuple, Protocol

import msgspec

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


class TailItem(msgspec.Struct, frozen=True):
    """Something of a space came, or became another. What it is now is in the store."""

    topic: Topic
    space: str
    id: str


class Heard(NamedTuple):
    """An item, and how many before it this listener was too slow for."""

    item: TailItem
    dropped: int


class Tail(Protocol):
    """What happens, as it happens, for those who watch: whoever missed something looks into the store."""

    def publish(self, item: TailItem) -> None:
        """Tell whoever listens now. It never waits."""
        ...

    def subscribe(self) -> AbstractAsyncContextManager[AsyncIterator[Heard]]:
        """What is published from then on, in its order, until the block is left. For one who is too slow the oldest go."""
        ...


class Cache(Protocol):
    """Answers that are used again for a while. Any of them may be gone at any time."""

    async def get(self, key: str) -> bytes | None:
        """What was put there; None where nothing was, its time is over, or nobody can say."""
        ...

    async def put(self, key: str, value: bytes, seconds: float) -> None:
        """Keep that for so many seconds at most, in place of what was there."""
        ...
