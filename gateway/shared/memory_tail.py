"""What happens, where there is but one process: the last of each channel, kept in its memory."""

import asyncio
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from gateway.shared.base import Channel, Told, Topic

MOST_KEPT: Final = 2_000
"""How many of a channel are kept. A listener is a place among them, so one who is slow costs nothing: they miss the oldest."""

LINGER_SECONDS: Final = 300.0
"""How long after its last listener a channel still keeps what is told: whoever was cut off comes back, and goes on where they were."""

TURN_SECONDS: Final = 0.05
"""Listeners are woken no more often than that, so that they cost no more, however much happens. The first is heard at once."""


class MemoryTail:
    """See Tail. Publish and listen on the event loop. `timer` gives seconds that only grow."""

    def __init__(self, timer: Callable[[], float], most: int = MOST_KEPT) -> None:
        self._timer = timer
        self._most = most
        self._channels: dict[Topic, dict[str, _Channel]] = {}

    def publish(self, topic: Topic, told: Iterable[tuple[str, str]], now: datetime) -> None:
        channels = self._channels.get(topic)
        if not channels:
            return
        for space, one in told:
            channel = channels.get(space)
            if channel is None:
                continue
            if not channel.listeners and self._timer() > channel.lingers_until:
                del channels[space]
            else:
                channel.put(one, now)

    @contextmanager
    def listen(self, topic: Topic, space: str) -> Iterator[Channel]:
        channels = self._channels.setdefault(topic, {})
        channel = channels.setdefault(space, _Channel(self._most))
        channel.enter()
        try:
            yield channel
        finally:
            channel.leave(self._timer() + LINGER_SECONDS)


class _Channel:
    """See Channel. What was put is heard from the next turn on, by all listeners alike."""

    def __init__(self, most: int) -> None:
        self.epoch = secrets.token_hex(6)
        self.last = 0
        self.listeners = 0
        self.lingers_until = 0.0
        self._most = most
        self._kept: list[Told] = []
        self._put = 0
        self._news = asyncio.Event()
        self._turn: asyncio.TimerHandle | None = None
        self._turned_at = 0.0

    def put(self, one: str, now: datetime) -> None:
        self._put += 1
        told = Told(self._put, now, one)
        if self._put <= self._most:
            self._kept.append(told)
        else:
            self._kept[(self._put - 1) % self._most] = told
        if self._turn is None and self.listeners:
            loop = asyncio.get_running_loop()
            self._turn = loop.call_at(max(loop.time(), self._turned_at + TURN_SECONDS), self._hear)

    def _hear(self) -> None:
        """It is the listeners' turn: they hear all that was put until now."""
        if self._turn is not None:
            self._turn.cancel()
        self._turn, self._turned_at = None, asyncio.get_running_loop().time()
        self.last = self._put
        news, self._news = self._news, asyncio.Event()
        news.set()

    def enter(self) -> None:
        self.listeners += 1
        if self.last != self._put and self._turn is None:
            self._hear()

    def leave(self, lingers_until: float) -> None:
        self.listeners -= 1
        self.lingers_until = lingers_until
        if not self.listeners and self._turn is not None:
            self._hear()

    def after(self, number: int, most: int) -> tuple[int, Sequence[Told]]:
        first = max(number, self._put - self._most) + 1
        end = min(self.last + 1, first + most)
        return first - number - 1, [self._kept[(one - 1) % self._most] for one in range(first, end)]

    async def ready(self) -> None:
        pass

    async def news(self, number: int) -> None:
        while self.last <= number:
            await self._news.wait()
