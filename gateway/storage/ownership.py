"""Who works on a ledger: one process alone, or any number that share a Redis.

Alone, a process frees at its start what another left leased, and keeps in its memory what several would have to share. Whoever works
alone is kept from all others, and the others from them.
"""

import fcntl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from sqlalchemy import BigInteger, Connection, bindparam, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from gateway.errors import StartupError

_ADVISORY_KEY = 0x48454C494F  # "HELIO"
CONNECT_SECONDS = 10.0
"""Where nothing answers at all, it is said after so long."""

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


@asynccontextmanager
async def held(url: str, *, alone: bool) -> AsyncIterator[None]:
    """Holds the ledger at that address, `alone` or beside others that do so too. Raises StartupError where that can't be."""
    parsed = make_url(url)
    if parsed.drivername == "sqlite":
        with _locked(Path(f"{parsed.database}.lock")):
            yield
        return
    engine = create_async_engine(
        url, poolclass=NullPool, hide_parameters=True, connect_args={"timeout": CONNECT_SECONDS}
    )
    try:
        async with engine.connect() as connection:
            # The lock belongs to this connection, and goes with it however the process ends.
            lock = "pg_try_advisory_lock" if alone else "pg_try_advisory_lock_shared"
            if not await connection.scalar(text(f"SELECT {lock}({_ADVISORY_KEY})")):
                raise StartupError((_ALONE if alone else _BESIDE).format(parsed.database))
            await connection.commit()
            yield
    except (OSError, SQLAlchemyError) as error:
        cause = getattr(error, "orig", None) or error
        raise StartupError(
            f"PostgreSQL at {parsed.host}:{parsed.port or 5432} can't be used ({str(cause) or type(cause).__name__}). "
            "Nothing was started. Start it, or mend HELIOGRAPH_DATABASE_URL."
        ) from error
    finally:
        await engine.dispose()


def holders(connection: Connection) -> int:
    """How many processes hold this ledger on PostgreSQL."""
    key = bindparam("key", _ADVISORY_KEY, BigInteger)
    return int(connection.execute(text(_HOLDERS).bindparams(key)).scalar_one())
