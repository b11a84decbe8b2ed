"""What is shared where there are several processes: kept in Redis. See base.py for what is promised without it."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any

from gateway import logging
from gateway.clock import Clock
from gateway.errors import StartupError
from gateway.shared import Shared
from gateway.shared.base import Trouble
from gateway.shared.redis_checks import check, place
from gateway.shared.redis_limits import RedisLimits
from gateway.shared.redis_link import LONGEST_AGAIN_SECONDS, Link, NotNow, client_of
from gateway.shared.redis_pace import RedisPace
from gateway.shared.redis_signals import RedisChanges, RedisWakeups, Signals
from gateway.shared.redis_tail import RedisTail

_log = logging.get("shared")


class RedisCache:
    """See Cache."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def get(self, key: str) -> bytes | None:
        try:
            value = await self._link.call("GET", self._link.key("cache", key))
        except NotNow:
            return None
        return value if isinstance(value, bytes) else None

    async def put(self, key: str, value: bytes, seconds: float) -> None:
        milliseconds = int(seconds * 1000)
        if milliseconds < 1:
            return
        with suppress(NotNow):
            await self._link.call("SET", self._link.key("cache", key), value, "PX", milliseconds)


class RedisReach:
    """See Reach. Runs what goes on beside the calls."""

    def __init__(self, link: Link, for_ever: Sequence[Callable[[], Coroutine[Any, Any, None]]]) -> None:
        self._link = link
        self._tasks = [asyncio.create_task(self._run(one)) for one in for_ever]

    @property
    def troubles(self) -> Sequence[Trouble]:
        return self._link.troubles.now

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._link.client.aclose()

    async def _run(self, one: Callable[[], Coroutine[Any, Any, None]]) -> None:
        while True:
            try:
                await one()
            except Exception:  # noqa: BLE001  a bug: what is shared may be late, and must not be silent for ever
                _log.exception("A task of what is shared failed; it goes on")
            await asyncio.sleep(LONGEST_AGAIN_SECONDS)


async def open_redis(url: str, namespace: str, clock: Clock) -> Shared:
    """The ports of one process of several that share that Redis. `namespace` says with which others: the id of their database, since
    two gateways may use one Redis. On the event loop; `reach.close` ends it. Raises StartupError.
    """
    try:
        client = client_of(url)
    except ValueError as error:
        raise StartupError(
            f"HELIOGRAPH_REDIS_URL is no address of a Redis ({place(url)}). Nothing was started. Write it as "
            "redis://user:password@host:6379/0."
        ) from error
    link = Link(client, f"heliograph:{namespace}", clock)
    try:
        await check(client, url, link)
    except BaseException:
        await client.aclose()
        raise
    signals = Signals(link)
    return shared_through(link, signals, RedisTail(link, signals))


def shared_through(link: Link, signals: Signals, tail: RedisTail) -> Shared:
    """The ports over these, at work."""
    return Shared(
        RedisWakeups(signals),
        RedisChanges(signals),
        tail,
        RedisCache(link),
        RedisPace(link),
        RedisLimits(link),
        RedisReach(link, [link.watch, signals.speak, signals.listen, tail.run]),
    )
