"""What is looked at before a process starts to share: whether this is a Redis that can be shared through."""

import asyncio
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    NoPermissionError,
    OutOfMemoryError,
    RedisError,
    ResponseError,
)

from gateway.errors import StartupError
from gateway.shared.redis_link import ANSWER_SECONDS, CONNECT_SECONDS, Link, ask, is_silence, why

OLDEST: Final = 7
SECONDS: Final = CONNECT_SECONDS + 4 * ANSWER_SECONDS

_MEND = "Nothing was started."


def place(url: str) -> str:
    """Where that Redis is, without its password."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"Redis at {host}:{parts.port or 6379}"


async def check(client: "Redis", url: str, link: Link) -> None:
    """Raises StartupError where no process can share through that Redis, with what to do. One that is full, or still reads its data,
    is one: that ends.
    """
    where, user = place(url), urlsplit(url).username or "default"
    try:
        async with asyncio.timeout(SECONDS):
            told = _told(await ask(client, "INFO", "server")) | _told(
                await ask(client, "INFO", "replication")
            )
            problem = unfit(told)
            if problem is None:
                await link.try_out()
    except (BusyLoadingError, OutOfMemoryError):
        return
    except (RedisError, OSError, TimeoutError, ValueError) as error:
        raise StartupError(f"{where} {_refusal(error, user)}") from error
    if problem is not None:
        raise StartupError(f"{where} {problem}")


def unfit(told: Mapping[str, str]) -> str | None:
    """What is wrong with a Redis that says that of itself, and what to do; None: nothing."""
    mode, version = told.get("redis_mode", ""), told.get("redis_version", "")
    major = version.partition(".")[0]
    if mode == "cluster":
        return (
            f"is a Redis Cluster, whose scripts can't use keys of several of its servers. {_MEND} Set HELIOGRAPH_REDIS_URL to "
            "a single Redis: what is kept there is small, and may be lost."
        )
    if mode == "sentinel":
        return (
            f"is a Sentinel, which keeps nothing itself. {_MEND} Set HELIOGRAPH_REDIS_URL to the Redis it watches, or to a name "
            "that follows it."
        )
    if not major.isdecimal() or int(major) < OLDEST:
        return (
            f"is version {version or 'unknown'}, and {OLDEST} is the oldest that runs our scripts. {_MEND} Use Redis {OLDEST} or "
            "later, or Valkey."
        )
    if told.get("role") != "master" and told.get("slave_read_only") != "0":
        return f"only reads: it is a replica. {_MEND} Set HELIOGRAPH_REDIS_URL to the Redis it follows."
    return None


def _told(text: object) -> dict[str, str]:
    """What INFO says, by name. The client reads it already, but leaves it as it is where it can't."""
    if isinstance(text, dict):
        return {str(name): str(value) for name, value in text.items()}
    raise ValueError("no answer of a Redis")


def _refusal(error: Exception, user: str) -> str:
    text = str(error)
    if isinstance(error, AuthenticationError) or "NOAUTH" in text:
        return (
            f"refuses the user or the password of HELIOGRAPH_REDIS_URL, or wants one. {_MEND} Write it as "
            "redis://user:password@host:port, or redis://:password@host:port where it has no users."
        )
    if "DB index is out of range" in text:
        return (
            f"has no database of that number. {_MEND} End HELIOGRAPH_REDIS_URL with a lower one, such as /0."
        )
    if isinstance(error, NoPermissionError):
        return (
            f"does not let this user do what is needed. {_MEND} Let it, with "
            f"`ACL SETUSER {user} +@all -@dangerous +info ~heliograph:* &heliograph:*`, or name another user in HELIOGRAPH_REDIS_URL."
        )
    if isinstance(error, ResponseError) or not is_silence(error):
        return f"can't be used: {why(error)}. {_MEND} Set HELIOGRAPH_REDIS_URL to a Redis {OLDEST} or later."
    return (
        f"can't be used: {why(error)}. {_MEND} Start it, or mend HELIOGRAPH_REDIS_URL (with TLS it begins with rediss://, without "
        "with redis://)."
    )
