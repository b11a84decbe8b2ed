"""The PostgreSQL and the Redis that tests and benchmarks talk to: the one that is named, or the one that answers at the usual place and
fits, or one that is started for that from what is installed.
"""

import asyncio
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError, RedisError, ResponseError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from gateway.cluster import programs, servers
from gateway.shared.redis_checks import unfit
from gateway.storage import server_version

POSTGRES, USUAL_POSTGRES = "HELIOGRAPH_TEST_POSTGRES", "postgresql+asyncpg://root@127.0.0.1:5432/postgres"
REDIS, USUAL_REDIS = "HELIOGRAPH_TEST_REDIS", "redis://127.0.0.1:6379/0"

_MAY_MAKE = "SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user"


class AbsentError(Exception):
    """There is no such server; the message says where it was looked for."""


def absent(error: AbsentError) -> NoReturn:
    """A laptop goes on without the test, CI does not."""
    if os.environ.get("CI"):
        pytest.fail(f"It is needed in CI: {error}")
    pytest.skip(str(error))


@contextmanager
def some_postgresql(usual: str = USUAL_POSTGRES) -> Iterator[str]:
    """The address of a server on which databases may be made. Raises AbsentError."""
    named = os.environ.get(POSTGRES)
    if named is not None:
        why = asyncio.run(_unfit_postgresql(named))
        if why is not None:
            raise AbsentError(f"the PostgreSQL of {POSTGRES} {why}")
        yield named
        return
    if asyncio.run(_unfit_postgresql(usual)) is None:
        yield usual
        return
    found = programs.postgresql_folder()
    if found is None:
        raise AbsentError(f"no PostgreSQL is at {usual}, in {POSTGRES} or installed")
    with (
        tempfile.TemporaryDirectory(prefix="heliograph-test-") as folder,
        servers.postgresql(found, Path(folder)) as server,
    ):
        yield server.address


@contextmanager
def some_redis(usual: str = USUAL_REDIS) -> Iterator[str]:
    """The address of a server, in which a test keeps to keys of its own. Raises AbsentError."""
    named = os.environ.get(REDIS)
    if named is not None:
        if not answers(named):
            raise AbsentError(f"no Redis answers at {REDIS}")
        yield named
        return
    if answers(usual) and _fits(usual):
        yield usual
        return
    found = programs.redis_program()
    if found is None:
        raise AbsentError(f"no Redis is at {usual}, in {REDIS} or installed")
    with (
        tempfile.TemporaryDirectory(prefix="heliograph-test-") as folder,
        servers.redis(found, Path(folder)) as server,
    ):
        yield server.address


def answers(url: str) -> bool:
    """Whether a Redis does there, whatever it answers."""
    try:
        with Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1) as client:
            client.ping()
    except (AuthenticationError, ResponseError):
        return True
    except (OSError, RedisError):
        return False
    return True


def _fits(url: str) -> bool:
    try:
        with Redis.from_url(url) as client:
            told = client.info()
    except (OSError, RedisError):
        return False  # such as one with a password
    assert isinstance(told, dict)
    return unfit({name: str(value) for name, value in told.items()}) is None


async def _unfit_postgresql(address: str) -> str | None:
    """Why no test can use that server; None: they can."""
    engine = create_async_engine(address, poolclass=NullPool, connect_args={"timeout": 5})
    try:
        async with engine.connect() as connection:
            old = await connection.run_sync(lambda c: server_version.unfit(server_version.read(c)))
            may_make = await connection.scalar(text(_MAY_MAKE))
    except (OSError, SQLAlchemyError) as error:
        return f"can't be used: {getattr(error, 'orig', None) or error}"
    finally:
        await engine.dispose()
    return old or (None if may_make else "lets its user make no databases")
