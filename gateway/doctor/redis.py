"""Whether a Redis can be shared through, and has room for it."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from redis.exceptions import RedisError

from gateway.clock import SystemClock
from gateway.errors import StartupError
from gateway.idle import Finding
from gateway.shared.redis_checks import check, place
from gateway.shared.redis_link import ANSWER_SECONDS, Link, ask, client_of, why

SLOW_SECONDS = ANSWER_SECONDS / 4
"""An answer that takes so long is late whenever there is something to do."""

FULL = 0.9

_MEGABYTE = 1_000_000


async def examine(url: str) -> list[Finding]:
    """A line for each thing that matters of the Redis at that address. Nothing is changed there."""
    try:
        client = client_of(url)
    except ValueError:
        return [("redis", False, f"HELIOGRAPH_REDIS_URL is no address of a Redis ({place(url)}).")]
    try:
        await check(client, url, Link(client, "heliograph:doctor", SystemClock()))
        began = time.perf_counter()
        async with asyncio.timeout(ANSWER_SECONDS):
            told: Mapping[str, Any] = await ask(client, "INFO")
        return list(findings(told, time.perf_counter() - began, url))
    except StartupError as error:
        return [("redis", False, str(error))]
    except (RedisError, OSError, TimeoutError) as error:
        return [("redis", False, f"{place(url)} can't be used: {why(error)}.")]
    finally:
        await client.aclose()


def findings(told: Mapping[str, Any], seconds: float, url: str) -> Iterator[Finding]:
    """What a Redis says of itself, and in how many seconds it answered."""
    said = f"version {told.get('redis_version', 'unknown')}, answered in {seconds * 1000:.1f} ms"
    if seconds <= SLOW_SECONDS:
        yield "redis", True, said
    else:
        yield (
            "redis",
            None,
            (
                f"{said}, and after {ANSWER_SECONDS * 1000:.0f} ms it counts as gone: then what is to be sent waits. Put it nearer, or give it "
                "a machine that has time."
            ),
        )
    yield _policy(told, url)
    yield _memory(told, url)


def _policy(told: Mapping[str, Any], url: str) -> Finding:
    policy = str(told.get("maxmemory_policy", "unknown"))
    if policy == "noeviction":
        return "redis policy", True, "noeviction: what is shared stays until its time is over"
    return (
        "redis policy",
        None,
        (
            f"{policy}: once it is full it drops what is shared. Nothing goes out twice or too fast by that, but later. "
            f"{_cli(url)} CONFIG SET maxmemory-policy noeviction"
        ),
    )


def _memory(told: Mapping[str, Any], url: str) -> Finding:
    used, most = int(told.get("used_memory", 0)), int(told.get("maxmemory", 0))
    if most == 0:
        return "redis memory", True, f"{used / _MEGABYTE:,.1f} MB are used, without a bound (maxmemory 0)"
    said = f"{used / _MEGABYTE:,.1f} of {most / _MEGABYTE:,.1f} MB are used"
    if used < most * FULL:
        return "redis memory", True, said
    return (
        "redis memory",
        False,
        f"{said}: once it is full, what is to be sent waits. {_cli(url)} CONFIG SET maxmemory {max(2 * most, 2 * used)}",
    )


def _cli(url: str) -> str:
    parts = urlsplit(url)
    tls = " --tls" if parts.scheme == "rediss" else ""
    return f"redis-cli -h {parts.hostname} -p {parts.port or 6379}{tls}"
