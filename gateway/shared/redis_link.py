"""The way to the Redis that processes share: every answer comes soon, or fails at once, and what is the matter is told once."""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.resources import files
from typing import Any, Final, NamedTuple

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    ConnectionError as NoConnection,
    NoPermissionError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    TimeoutError as NoAnswer,
)

from gateway import logging, metrics
from gateway.clock import Clock
from gateway.shared.base import Trouble

CONNECT_SECONDS: Final = 1.0
ANSWER_SECONDS: Final = 0.5
"""How long a connection and an answer may take. Whoever asks waits for an answer, and goes on without it then; a new connection has
longer while it is looked whether all is well.
"""

LOOK_SECONDS: Final = 2.0
"""How often it is looked whether all is well, where nobody found out otherwise."""

AGAIN_SECONDS: Final = 0.1
LONGEST_AGAIN_SECONDS: Final = 1.0
"""How soon it is looked again where it is not: each time twice as late."""

STEADY_SECONDS: Final = 1.0
"""All is well once nothing failed for so long: what fails now and then is told once, not each time."""

FLAPPING_SECONDS: Final = 10.0
"""Calls that are not answered so soon after they were let through again are let through later the next time."""

MOST_CONNECTIONS: Final = 16
PROTOCOL: Final = 2

_KEPT_MILLISECONDS: Final = 60_000
_PART: Final = "redis"
_log = logging.get("shared")


class NotNow(Exception):  # noqa: N818  a state: whoever asked goes on without it
    """Redis did not do what it was asked: it is gone, slow or full. Nothing is kept there that matters."""


class Script(NamedTuple):
    """A Lua script, which runs as one step. What its keys hold is in its first lines."""

    source: str
    digest: str

    @classmethod
    def of(cls, name: str) -> "Script":
        """The one in that file beside this one."""
        source = files("gateway.shared").joinpath(name).read_text("utf-8")
        return cls(source, hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest())


SIGNALS: Final = "signals"
"""The channel on which processes hear one another."""

PROBE: Final = Script.of("probe.lua")


class Troubles:
    """What is the matter, by part; each change is logged once, and measured."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._now: dict[str, Trouble] = {}

    @property
    def now(self) -> Sequence[Trouble]:
        """The parts that can't be used."""
        return tuple(self._now.values())

    def add(self, part: str, problem: str, does: str) -> None:
        """That part can't be used. Where that is known already, the first problem stays. `does`: what that means."""
        if part in self._now:
            return
        self._now[part] = Trouble(part, self._clock.now(), problem)
        metrics.SHARED_DEGRADED.labels(part).set(1)
        _log.warning(f"What is shared through {part} can't be used now; {does}", problem=problem)

    def end(self, part: str) -> None:
        """It can be used."""
        metrics.SHARED_DEGRADED.labels(part).set(0)
        trouble = self._now.pop(part, None)
        if trouble is not None:
            seconds = (self._clock.now() - trouble.since).total_seconds()
            _log.info(f"What is shared through {part} can be used again", seconds=round(seconds, 1))


class Link:
    """One Redis. `prefix` begins every key and channel: other gateways may use the same Redis."""

    def __init__(self, client: "Redis", prefix: str, clock: Clock) -> None:
        self.client = client
        self.troubles = Troubles(clock)
        self._prefix = prefix
        self._answers = True
        self._rest = 0.0
        self._opened_at = self._failed_at = -FLAPPING_SECONDS
        self._suspect = asyncio.Event()
        self._back: list[Callable[[], None]] = []

    def key(self, *parts: str) -> str:
        """The name of that key or channel."""
        return ":".join((self._prefix, *parts))

    def when_back(self, listener: Callable[[], None]) -> None:
        """Have that called when it answers again."""
        self._back.append(listener)

    async def try_out(self) -> None:
        """Do once all that needs leave. Raises what Redis answers, RedisError or OSError."""
        await ask(self.client, "EVAL", PROBE.source, 1, self.key("probe"), _KEPT_MILLISECONDS)
        await ask(self.client, "PUBLISH", self.key(SIGNALS), "")

    async def call(self, *command: Any) -> Any:
        """What Redis answers to that command. Raises NotNow, at once where it is known not to answer."""
        if not self._answers:
            raise NotNow
        return await self._ask(*command, seconds=ANSWER_SECONDS)

    async def run(self, script: Script, keys: Sequence[str], arguments: Sequence[Any]) -> Any:
        """What that script returns. Raises NotNow, as `call` does; then it ran, or it did not."""
        if not self._answers:
            raise NotNow
        return await self._run(script, keys, arguments, seconds=ANSWER_SECONDS)

    async def _run(
        self, script: Script, keys: Sequence[str], arguments: Sequence[Any], *, seconds: float
    ) -> Any:
        try:
            return await self._ask("EVALSHA", script.digest, len(keys), *keys, *arguments, seconds=seconds)
        except NoScriptError:  # a new Redis, or one that was started again
            return await self._ask("EVAL", script.source, len(keys), *keys, *arguments, seconds=seconds)

    async def _ask(self, *command: Any, seconds: float) -> Any:
        try:
            async with asyncio.timeout(seconds):
                return await ask(self.client, *command)
        except NoScriptError:
            raise
        except (RedisError, OSError, TimeoutError) as error:
            self._fails(error)
            raise NotNow from error

    def _fails(self, error: Exception) -> None:
        now = asyncio.get_running_loop().time()
        self._failed_at = now
        if is_silence(error) and self._answers:
            self._answers = False
            soon = now - self._opened_at < FLAPPING_SECONDS
            self._rest = min(max(AGAIN_SECONDS, self._rest * 2), LONGEST_AGAIN_SECONDS) if soon else 0.0
            self._suspect.set()
        elif not self.troubles.now:
            self._suspect.set()
        self.troubles.add(_PART, why(error), "what is to be sent waits")

    async def watch(self) -> None:
        """For ever: look whether it can be used, more often while it can't."""
        again = AGAIN_SECONDS
        while True:
            well = not self.troubles.now
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS if well else again):
                    await self._suspect.wait()
            self._suspect.clear()
            if not self._answers and self._rest:
                await asyncio.sleep(self._rest)
            again = AGAIN_SECONDS if await self._look() else min(again * 2, LONGEST_AGAIN_SECONDS)

    async def _look(self) -> bool:
        """Whether it writes, and runs scripts."""
        try:
            seconds = CONNECT_SECONDS + ANSWER_SECONDS
            await self._run(PROBE, [self.key("probe")], [_KEPT_MILLISECONDS], seconds=seconds)
        except NotNow:
            return False
        now = asyncio.get_running_loop().time()
        if not self._answers:
            self._answers, self._opened_at = True, now
            for listener in self._back:
                listener()
        if now - self._failed_at >= STEADY_SECONDS:
            self.troubles.end(_PART)
        return True


def client_of(url: str) -> "Redis":
    """A client that asks each thing once. How long that may take is for whoever asks: its own limits swallow a cancellation, on
    Python 3.11. Raises ValueError where the address is none.
    """
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=MOST_CONNECTIONS,
        timeout=None,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=None,
        socket_keepalive=True,
        retry=Retry(NoBackoff(), 0),  # what was sent may have been done: a script that takes would take twice
        protocol=PROTOCOL,
        client_name="heliograph",
    )
    return Redis.from_pool(pool)


async def ask(client: "Redis", *command: Any) -> Any:
    """What Redis answers to that command."""
    answer: Any = await client.execute_command(*command)  # type: ignore[no-untyped-call]  # redis-py leaves it so
    return answer


def is_silence(error: Exception) -> bool:
    """Whether there was no answer at all, so that the next call would wait for one in vain, too."""
    return isinstance(error, NoConnection | NoAnswer | OSError | TimeoutError) and not isinstance(
        error, BusyLoadingError | AuthenticationError
    )


def why(error: Exception) -> str:
    """What is the matter, in words of ours: its own may hold keys."""
    for kinds, words in _WORDS:
        if isinstance(error, kinds):
            return words
    code = str(error).partition(" ")[0]
    return f"it refuses what it is asked ({code if code.isupper() else type(error).__name__})"


_WORDS: Final = (
    (BusyLoadingError, "it still reads its data"),
    (OutOfMemoryError, "it is full: maxmemory is reached, and nothing may be evicted"),
    (ReadOnlyError, "it only reads: it is a replica"),
    (AuthenticationError, "it refuses the password"),
    (NoPermissionError, "it does not let this user do what is needed"),
    ((NoAnswer, TimeoutError), "it does not answer in time"),
    ((NoConnection, OSError), "it can't be reached"),
)
