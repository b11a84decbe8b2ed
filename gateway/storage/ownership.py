"""Who works on a ledger: one process alone, or any number that share a Redis.

Alone, a process frees at its start what another left leased, and keeps in its memory what several would have to share. Whoever works
alone is kept from all others, and the others from them.
"""

import asyncio
import fcntl
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

from sqlalchemy import BigInteger, Connection, bindparam, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from gateway import logging
from gateway.errors import StartupError

_ADVISORY_KEY = 0x48454C494F  # "HELIO"
ANSWER_SECONDS = 10.0
"""How long PostgreSQL may take to answer."""

LOOK_SECONDS = 2.0
"""How often it is looked whether the ledger is still held: a server that restarts lets go of all locks."""

_TROUBLE = (OSError, SQLAlchemyError)
_log = logging.get("ownership")

_HOLDERS = """
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND classid::bigint = :key >> 32 AND objid::bigint = :key & 4294967295
"""
_TAKEN = "Nothing was started. Stop the other one, or give this one a database of its own."
_ALONE = (
    "Another heliograph works on the database {}, and without HELIOGRAPH_REDIS_URL a process works alone. Nothing was started. "
    "Set HELIOGRAPH_REDIS_URL, the same for all of them, or stop the others."
)
_BESIDE = (
    "A heliograph without HELIOGRAPH_REDIS_URL works alone on the database {}. Nothing was started. "
    "Stop it, and start it again with the HELIOGRAPH_REDIS_URL that this one has."
)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Holds a file beside the database; the lock goes with the process, however it ends."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = path.open("w")
    except OSError as error:
        raise StartupError(
            f"The database {path.with_suffix('')} can't be opened for writing ({error.strerror}). Nothing was started. "
            "Make its directory writable for this user, or set HELIOGRAPH_DATA_DIR to one that is."
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StartupError(f"Another heliograph serves from {path.with_suffix('')}. {_TAKEN}") from error
        yield


def _end() -> None:
    """Have the process end, in order."""
    os.kill(os.getpid(), signal.SIGTERM)


@asynccontextmanager
async def held(url: str, *, alone: bool, end: Callable[[], None] = _end) -> AsyncIterator[None]:
    """Holds the ledger at that address, `alone` or beside others that do so too. Raises StartupError where that can't be.

    On PostgreSQL it is held anew once the server is back from a restart. Where another came first meanwhile, beside whom this one can't
    work, this one is told to `end`.
    """
    parsed = make_url(url)
    if parsed.drivername == "sqlite":
        with _locked(Path(f"{parsed.database}.lock")):
            yield
        return
    waits = {"timeout": ANSWER_SECONDS, "command_timeout": ANSWER_SECONDS}
    engine = create_async_engine(url, poolclass=NullPool, hide_parameters=True, connect_args=waits)
    try:
        try:
            connection = await _taken(engine, alone=alone)
        except _TROUBLE as error:
            cause = getattr(error, "orig", None) or error
            raise StartupError(
                f"PostgreSQL at {parsed.host}:{parsed.port or 5432} can't be used ({str(cause) or type(cause).__name__}). "
                "Nothing was started. Start it, or mend HELIOGRAPH_DATABASE_URL."
            ) from error
        if connection is None:
            raise StartupError((_ALONE if alone else _BESIDE).format(parsed.database))
        hold = _Hold(engine, connection, alone=alone)
        keeping = asyncio.create_task(hold.keep(end))
        try:
            yield
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
            await hold.close()
    finally:
        await engine.dispose()


async def _taken(engine: AsyncEngine, *, alone: bool) -> AsyncConnection | None:
    """The connection that has the lock, which goes with it however the process ends; None: others have it."""
    connection = await engine.connect()
    try:
        lock = "pg_try_advisory_lock" if alone else "pg_try_advisory_lock_shared"
        taken = await connection.scalar(text(f"SELECT {lock}({_ADVISORY_KEY})"))
        await connection.commit()
    except BaseException:
        await connection.close()
        raise
    if taken:
        return connection
    await connection.close()
    return None


class _Hold:
    """The lock, on whichever connection has it now."""

    def __init__(self, engine: AsyncEngine, connection: AsyncConnection, *, alone: bool) -> None:
        self._engine = engine
        self._connection: AsyncConnection | None = connection
        self._alone = alone

    async def keep(self, end: Callable[[], None]) -> None:
        """See that it is held, for ever, or until others have it."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                if await self._is_held():
                    continue
                self._connection = await _taken(self._engine, alone=self._alone)
            except _TROUBLE as error:
                _log.warning("The ledger is not held now; it is tried again", error=str(error))
                continue
            if self._connection is None:
                _log.error(
                    "Another process holds the ledger by now, and beside that one this can't work: it ends"
                )
                end()
                return
            _log.info("The ledger is held again")

    async def _is_held(self) -> bool:
        connection = self._connection
        if connection is None:
            return False
        try:
            await connection.execute(text("SELECT 1"))
            await connection.commit()
        except _TROUBLE:
            self._connection = None
            await connection.invalidate()
            await connection.close()
            raise
        return True

    async def close(self) -> None:
        """Let others have it."""
        if self._connection is not None:
            with suppress(*_TROUBLE):  # such as of a server that is gone, and its locks with it
                await self._connection.close()


def holders(connection: Connection) -> int:
    """How many processes hold this ledger on PostgreSQL."""
    key = bindparam("key", _ADVISORY_KEY, BigInteger)
    return int(connection.execute(text(_HOLDERS).bindparams(key)).scalar_one())
