"""What is shared where there is but one process: kept in its memory."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Final

from gateway.jobs import JobKind
from gateway.shared import Shared
from gateway.shared.base import Spent, Trouble
from gateway.shared.memory_pace import MemoryPace
from gateway.shared.memory_tail import MemoryTail

MOST_CACHED: Final = 1_000
"""How many answers are kept; those that were put first go first."""


class MemoryWakeups:
    """See Wakeups. Ring and wait on the event loop."""

    def __init__(self) -> None:
        self._events = {kind: asyncio.Event() for kind in JobKind}

    def ring(self, kind: JobKind) -> None:
        self._events[kind].set()

    async def wait(self, kind: JobKind, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._events[kind].wait(), seconds)
        except TimeoutError:
            return
        self._events[kind].clear()


class MemoryChanges:
    """See Changes."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[], None]] = []

    def announce(self) -> None:
        for listener in self._listeners:
            listener()

    def listen(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)


class MemoryCache:
    """See Cache. `timer` gives seconds that only grow."""

    def __init__(self, timer: Callable[[], float] = time.monotonic, most: int = MOST_CACHED) -> None:
        self._timer = timer
        self._most = most
        self._held: OrderedDict[str, tuple[float, bytes]] = OrderedDict()

    async def get(self, key: str) -> bytes | None:
        until, value = self._held.get(key, (0.0, None))
        return value if self._timer() < until else None

    async def put(self, key: str, value: bytes, seconds: float) -> None:
        self._held[key] = (self._timer() + seconds, value)
        self._held.move_to_end(key)
        while len(self._held) > self._most:
            self._held.popitem(last=False)


class MemoryLimits:
    """See Limits. There is nobody to tell."""

    told = False

    async def settle(self, spent: Sequence[Spent], _per_second: float, _at_once: float) -> list[float] | None:
        return [one.left for one in spent]


class MemoryReach:
    """See Reach. One's own memory is always there."""

    troubles: Sequence[Trouble] = ()

    async def close(self) -> None:
        pass


def in_memory(timer: Callable[[], float] = time.monotonic) -> Shared:
    """The ports of a gateway that is one process. `timer` gives seconds that only grow."""
    return Shared(
        MemoryWakeups(),
        MemoryChanges(),
        MemoryTail(timer),
        MemoryCache(timer),
        MemoryPace(),
        MemoryLimits(),
        MemoryReach(),
    )
