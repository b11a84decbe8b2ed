"""What is shared where there is but one process: kept in its memory."""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Final

from gateway.jobs import JobKind
from gateway.shared import Shared
from gateway.shared.base import Heard, TailItem
from gateway.shared.memory_pace import MemoryPace

MOST_UNHEARD: Final = 1_000
"""How many items are kept for a listener that is slow."""

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


class MemoryTail:
    """See Tail. Publish on the event loop."""

    def __init__(self, most: int = MOST_UNHEARD) -> None:
        self._most = most
        self._listeners: set[_Listener] = set()

    def publish(self, items: Iterable[TailItem]) -> None:
        if not self._listeners:
            return
        told = list(items)
        for listener in self._listeners:
            listener.put(told)

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[AsyncIterator[Heard]]:
        listener = _Listener(self._most)
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.remove(listener)


class _Listener:
    """What one who listens has not heard yet, and how much of it was dropped."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._items: deque[TailItem] = deque(maxlen=most)
        self._dropped = 0
        self._there = asyncio.Event()

    def put(self, items: Sequence[TailItem]) -> None:
        self._dropped += max(0, len(self._items) + len(items) - self._most)
        self._items.extend(items)
        if items:
            self._there.set()

    def __aiter__(self) -> "_Listener":
        return self

    async def __anext__(self) -> Heard:
        while not self._items:
            self._there.clear()
            await self._there.wait()
        dropped, self._dropped = self._dropped, 0
        return Heard(self._items.popleft(), dropped)


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


def in_memory(timer: Callable[[], float] = time.monotonic) -> Shared:
    """The ports of a gateway that is one process. `timer` gives seconds that only grow."""
    return Shared(MemoryWakeups(), MemoryChanges(), MemoryTail(), MemoryCache(timer), MemoryPace())
