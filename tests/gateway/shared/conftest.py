"""Each port in memory and over Redis, for the one suite; and a Redis of a test's own, to which anything may happen."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

import pytest
from redis import Redis

from gateway.clock import SystemClock
from gateway.shared import Shared
from gateway.shared.base import Pace, Tail, Topic
from gateway.shared.memory import in_memory
from gateway.shared.memory_pace import MemoryPace
from gateway.shared.memory_tail import MemoryTail
from gateway.shared.redis import shared_through
from gateway.shared.redis_link import Link, client_of
from gateway.shared.redis_pace import RedisPace
from gateway.shared.redis_signals import Signals
from gateway.shared.redis_tail import RedisTail
from tests.gateway.redis_server import PATIENCE, RedisServer, namespace

MOST_TOLD = 5
"""How many of a channel the tails of the suite keep."""


class Timer:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Redis has as long for an answer as a busy machine may take: nothing in these tests is about one that is slow."""
    for module in ("redis_link", "redis_signals"):
        monkeypatch.setattr(f"gateway.shared.{module}.ANSWER_SECONDS", PATIENCE)


async def until(condition: Callable[[], bool]) -> None:
    """Look again and again, for what nobody tells."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110  there is no event to wait for
            await asyncio.sleep(0.005)


class Backend(Protocol):
    """Where what is shared lies."""

    shared: Shared
    pace: Pace
    """Of which time is what it is told."""
    tail: Tail
    """Which keeps few."""

    def pass_time(self, seconds: float) -> None:
        """For all that is kept so long and no longer."""
        ...

    async def told(self) -> None:
        """Until what was published is where it is heard."""
        ...


class InMemory:
    """One process."""

    def __init__(self) -> None:
        self._timer = Timer()
        self.shared = in_memory(self._timer)
        self.pace: Pace = MemoryPace()
        self.tail: Tail = MemoryTail(self._timer, MOST_TOLD)

    def pass_time(self, seconds: float) -> None:
        self._timer.seconds += seconds

    async def told(self) -> None:
        pass


class OverRedis:
    """One process of several. Its tail is one that keeps few."""

    def __init__(self, url: str, name: str) -> None:
        self._url = url
        self.link = link = Link(client_of(url), f"heliograph:{name}", SystemClock())
        self.signals = Signals(link)
        self._tail = RedisTail(link, self.signals, MOST_TOLD)
        self.tail: Tail = self._tail
        self.pace: Pace = RedisPace(link, told=True)
        self.shared = shared_through(link, self.signals, self._tail)

    def pass_time(self, seconds: float) -> None:
        with Redis.from_url(self._url) as client:
            for key in client.scan_iter(self.link.key("*")):
                left = client.pttl(key)
                assert isinstance(left, int)
                if left >= 0:
                    client.pexpire(key, max(0, left - round(seconds * 1000)))

    async def told(self) -> None:
        await until(lambda: not self._tail._unsaid)

    async def hears(self) -> None:
        """Until it hears what others say."""
        async with asyncio.timeout(PATIENCE):
            await self.signals.hears.wait()

    def watches(self, topic: Topic) -> bool:
        """Whether it knows that somebody listens to that."""
        return topic in self._tail._watched

    def forget(self, part: str) -> None:
        """Redis loses what it kept of that."""
        with Redis.from_url(self._url) as client:
            for key in client.scan_iter(self.link.key(part, "*")):
                client.delete(key)

    def kept(self, part: str) -> dict[bytes, bytes]:
        """What Redis keeps of that, where it is text."""
        with Redis.from_url(self._url) as client:
            return {key: client.get(key) for key in client.scan_iter(self.link.key(part, "*"))}

    def keep(self, texts: dict[bytes, bytes]) -> None:
        """Redis has that again."""
        with Redis.from_url(self._url) as client:
            for key, text in texts.items():
                client.set(key, text)


@asynccontextmanager
async def over_redis(url: str, name: str) -> AsyncIterator[OverRedis]:
    """A process over that Redis."""
    process = OverRedis(url, name)
    try:
        yield process
    finally:
        await process.shared.reach.close()


@pytest.fixture
def redis_name(redis_url: str) -> Iterator[str]:
    """Begins the keys of the test."""
    with namespace(redis_url) as name:
        yield name


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis of the test's own."""
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture(params=["memory", "redis"])
async def backend(request: pytest.FixtureRequest, anyio_backend: str) -> AsyncIterator[Backend]:
    """Everything, in memory and over Redis."""
    if request.param == "memory":
        yield InMemory()
        return
    url, name = request.getfixturevalue("redis_url"), request.getfixturevalue("redis_name")
    async with over_redis(url, name) as opened:
        yield opened


@pytest.fixture
def shared(backend: Backend) -> Shared:
    return backend.shared
