"""One process at a time works on a ledger with the embedded queue: its leases and its order are that process's own."""

import fcntl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from sqlalchemy import make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from gateway.errors import StartupError

_ADVISORY_KEY = 0x48454C494F  # "HELIO"
_TAKEN = "Nothing was started. Stop the other one, or give this one a database of its own."


@contextmanager
def _held(path: Path) -> Iterator[None]:
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
async def sole(url: str) -> AsyncIterator[None]:
    """Holds the ledger at that address. Raises StartupError where another process does."""
    parsed = make_url(url)
    if parsed.drivername == "sqlite":
        with _held(Path(f"{parsed.database}.lock")):
            yield
        return
    engine = create_async_engine(url, poolclass=NullPool, hide_parameters=True)
    try:
        async with engine.connect() as connection:
            # The lock belongs to this connection, and goes with it however the process ends.
            if not await connection.scalar(text(f"SELECT pg_try_advisory_lock({_ADVISORY_KEY})")):
                raise StartupError(f"Another heliograph serves from the database {parsed.database}. {_TAKEN}")
            await connection.commit()
            yield
    except (OSError, SQLAlchemyError) as error:
        cause = getattr(error, "orig", None) or error
        raise StartupError(
            f"PostgreSQL at {parsed.host}:{parsed.port or 5432} can't be used ({type(cause).__name__}). "
            "Nothing was started. Start it, or mend HELIOGRAPH_DATABASE_URL."
        ) from error
    finally:
        await engine.dispose()
