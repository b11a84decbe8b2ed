"""Whether a Redis can be shared through, and has room for it."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from redis.exceptions import RedisError

from gateway.clock import SystemClock
from gateway.doctor.checks import Check, Group, failed, mend, note, ok
from gateway.errors import StartupError
from gateway.shared.redis_checks import check, place
from gateway.shared.redis_link import ANSWER_SECONDS, Link, ask, client_of, why

SLOW_SECONDS = ANSWER_SECONDS / 4
"""An answer that takes so long is late whenever there is something to do."""

FULL = 0.9

_MEGABYTE = 1_000_000
_STORES = Group.STORES


async def examine(url: str) -> list[Check]:
    """A line for each thing that matters of the Redis at that address. Nothing is changed there."""
    try:
        client = client_of(url)
    except ValueError:
        said = f"HELIOGRAPH_REDIS_URL is no address of a Redis ({place(url)})."
        return [mend(_STORES, "redis", said, "Set it to one such as redis://host:6379/0.")]
    try:
        await check(client, url, Link(client, "heliograph:doctor", SystemClock()))
        began = time.perf_counter()
        async with asyncio.timeout(ANSWER_SECONDS):
            told: Mapping[str, Any] = await ask(client, "INFO")
        return list(findings(told, time.perf_counter() - began, url))
    except StartupError as error:
        return [failed(_STORES, "redis", str(error))]
    except (RedisError, OSError, TimeoutError) as error:
        said = f"{place(url)} can't be used: {why(error)}."
        return [
            mend(
                _STORES,
                "redis",
                said,
                "Start it, or mend HELIOGRAPH_REDIS_URL; meanwhile what is to be sent waits.",
            )
        ]
    finally:
        await client.aclose()


def findings(told: Mapping[str, Any], seconds: float, url: str) -> Iterator[Check]:
    """What a Redis says of itself, and in how many seconds it answered."""
    said = f"version {told.get('redis_version', 'unknown')}, answered in {seconds * 1000:.1f} ms"
    if seconds <= SLOW_SECONDS:
        yield ok(_STORES, "redis", said)
    else:
        gone = f"{said}, and after {ANSWER_SECONDS * 1000:.0f} ms it counts as gone: then what is to be sent waits."
        yield note(_STORES, "redis", gone, "Put it nearer, or give it a machine that has time.")
    yield _policy(told, url)
    yield _memory(told, url)


def _policy(told: Mapping[str, Any], url: str) -> Check:
    policy = str(told.get("maxmemory_policy", "unknown"))
    if policy == "noeviction":
        return ok(_STORES, "redis policy", "noeviction: what is shared stays until its time is over")
    return note(
        _STORES,
        "redis policy",
        f"{policy}: once it is full it drops what is shared. Nothing goes out twice or too fast by that, but later.",
        f"{_cli(url)} CONFIG SET maxmemory-policy noeviction",
    )


def _memory(told: Mapping[str, Any], url: str) -> Check:
    used, most = int(told.get("used_memory", 0)), int(told.get("maxmemory", 0))
    if most == 0:
        said = f"{used / _MEGABYTE:,.1f} MB are used, without a bound (maxmemory 0)"
        return ok(_STORES, "redis memory", said)
    said = f"{used / _MEGABYTE:,.1f} of {most / _MEGABYTE:,.1f} MB are used"
    if used < most * FULL:
        return ok(_STORES, "redis memory", said)
    remedy = f"{_cli(url)} CONFIG SET maxmemory {max(2 * most, 2 * used)}"
    return mend(_STORES, "redis memory", f"{said}: once it is full, what is to be sent waits.", remedy)


def _cli(url: str) -> str:
    parts = urlsplit(url)
    tls = " --tls" if parts.scheme == "rediss" else ""
    return f"redis-cli -h {parts.hostname} -p {parts.port or 6379}{tls}"
