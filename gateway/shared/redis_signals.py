"""Words that processes say to one another through Redis: none waits to say one, and one that is lost is not missed for long."""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final, cast

from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from gateway.jobs import JobKind
from gateway.shared.memory import MemoryChanges, MemoryWakeups
from gateway.shared.redis_link import (
    AGAIN_SECONDS,
    ANSWER_SECONDS,
    CONNECT_SECONDS,
    LONGEST_AGAIN_SECONDS,
    SIGNALS,
    Link,
    NotNow,
    why,
)

SAY_SECONDS: Final = 0.02
"""What is said so soon after one another is said together. The first is said at once."""

LISTEN_SECONDS: Final = 5.0
"""After so long a silence it is asked whether anything can be heard at all."""

_PART: Final = "redis signals"


class Signals:
    """One channel of Redis, for all words. Say on the event loop."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._channel = link.key(SIGNALS)
        self._me = secrets.token_hex(6)
        self._listeners: dict[str, Callable[[], None]] = {}
        self._unsaid: set[str] = set()
        self._work = asyncio.Event()
        self.hears = asyncio.Event()

    def on(self, word: str, listener: Callable[[], None]) -> None:
        """Have that called when another process says the word, or may have said it without being heard."""
        self._listeners[word] = listener

    def say(self, word: str) -> None:
        """The other processes hear that word soon."""
        self._unsaid.add(word)
        self._work.set()

    async def speak(self) -> None:
        """For ever: say what is to be said."""
        while True:
            await self._work.wait()
            self._work.clear()
            words = sorted(self._unsaid)
            self._unsaid.clear()
            try:
                await self._link.call("PUBLISH", self._channel, f"{self._me} {' '.join(words)}")
            except NotNow:
                self._unsaid.update(words)
                self._work.set()
                await asyncio.sleep(AGAIN_SECONDS)
            await asyncio.sleep(SAY_SECONDS)

    async def listen(self) -> None:
        """For ever: hear what others say."""
        again = AGAIN_SECONDS
        while True:
            try:
                async with self._link.client.pubsub() as heard:
                    async with asyncio.timeout(CONNECT_SECONDS + ANSWER_SECONDS):
                        await heard.subscribe(self._channel)
                    while True:
                        message = await _next(heard)
                        again = AGAIN_SECONDS
                        self._hear(message["type"], message["data"])
            except (RedisError, OSError, TimeoutError) as error:
                self.hears.clear()
                self._link.troubles.add(_PART, why(error), "others are heard later")
            await asyncio.sleep(again)
            again = min(again * 2, LONGEST_AGAIN_SECONDS)

    def _hear(self, kind: str, data: object) -> None:
        if kind == "subscribe":  # anything may have been said before
            self._link.troubles.end(_PART)
            words = list(self._listeners)
            self.hears.set()
        elif kind == "message" and isinstance(data, bytes):
            who, *words = data.decode("ascii", "replace").split() or (self._me,)
            if who == self._me:  # or nobody: a process that starts tries whether it may speak
                return
        else:
            return
        for word in words:
            listener = self._listeners.get(word)
            if listener is not None:
                listener()


async def _next(heard: PubSub) -> Mapping[str, Any]:
    """What is heard next, be it that there is nothing to hear. Raises TimeoutError where nothing can be heard."""
    message = await heard.get_message(timeout=LISTEN_SECONDS)
    if message is None:
        async with asyncio.timeout(ANSWER_SECONDS):
            await heard.ping()
        message = await heard.get_message(timeout=ANSWER_SECONDS)
    if message is None:
        raise TimeoutError
    return cast("Mapping[str, Any]", message)


class RedisWakeups:
    """See Wakeups. Ring and wait on the event loop."""

    def __init__(self, signals: Signals) -> None:
        self._signals = signals
        self._here = MemoryWakeups()
        for kind in JobKind:
            signals.on(kind, lambda kind=kind: self._here.ring(kind))  # type: ignore[misc]

    def ring(self, kind: JobKind) -> None:
        self._here.ring(kind)
        self._signals.say(kind)

    async def wait(self, kind: JobKind, seconds: float) -> None:
        await self._here.wait(kind, seconds)


class RedisChanges:
    """See Changes. Made on the event loop on which the others are told."""

    def __init__(self, signals: Signals) -> None:
        self._signals = signals
        self._here = MemoryChanges()
        self._loop = asyncio.get_running_loop()
        signals.on("changed", self._here.announce)

    def announce(self) -> None:
        self._here.announce()
        with suppress(RuntimeError):  # the loop ended: the others look for themselves
            self._loop.call_soon_threadsafe(self._signals.say, "changed")

    def listen(self, listener: Callable[[], None]) -> None:
        self._here.listen(listener)
