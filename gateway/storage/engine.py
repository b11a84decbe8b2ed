"""The two engines under the ledger, behind one pair of calls: read something, or change something durably."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy import Connection, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import create_async_engine

from gateway.errors import StartupError, StoreBusy, StoreUnavailable
from gateway.storage import migrate
from gateway.storage.sqlite import BACKLOG, BACKLOG_BYTES, SqliteStore

T = TypeVar("T")


class Store(Protocol):
    """Runs functions over a connection. They hold no reference to it afterwards."""

    async def read(self, query: Callable[[Connection], T]) -> T:
        """What the query returns, from a consistent view."""
        ...

    async def write(self, change: Callable[[Connection], T], *, bounded: bool = False, size: int = 0) -> T:
        """What the change returns, once it is committed and on disk; all of it, or nothing where it raised.

        Raises StoreUnavailable where the commit failed. A `bounded` change of `size` bytes is new work, and may be
        refused: it raises StoreBusy where too much waits. What was begun is recorded however much that is.
        """
        ...

    async def close(self) -> None:
        """Commit what was taken, then let go of everything."""
        ...


class PostgresStore:
    """The ledger on PostgreSQL: the same functions, run over asyncpg."""

    def __init__(self, url: str) -> None:
        self._engine = create_async_engine(
            url, pool_size=10, max_overflow=10, pool_pre_ping=True, hide_parameters=True
        )
        self._snapshots = self._engine.execution_options(isolation_level="REPEATABLE READ")
        self._changing = 0
        self._changing_bytes = 0

    async def read(self, query: Callable[[Connection], T]) -> T:
        with _translated("can't be read"):
            async with self._snapshots.connect() as connection:
                return await connection.run_sync(query)

    async def write(self, change: Callable[[Connection], T], *, bounded: bool = False, size: int = 0) -> T:
        if bounded and (self._changing >= BACKLOG or self._changing_bytes + size > BACKLOG_BYTES):
            raise StoreBusy(
                f"{self._changing} changes wait for the database. Nothing of this one was kept: try again in a moment."
            )
        self._changing += 1
        self._changing_bytes += size
        try:
            with _translated("did not commit"):
                async with self._engine.begin() as connection:
                    return await connection.run_sync(change)
        finally:
            self._changing -= 1
            self._changing_bytes -= size

    async def close(self) -> None:
        await self._engine.dispose()


_PASSING = frozenset({"40001", "40P01"})
"""Two transactions met and PostgreSQL ended this one: serialization_failure, deadlock_detected."""


@contextmanager
def _translated(what: str) -> Iterator[None]:
    """Trouble with the server or the way to it, as StoreUnavailable; what a query did wrong stays what it is."""
    try:
        yield
    except (OSError, PoolTimeout, DBAPIError) as error:
        if isinstance(error, DBAPIError) and not (
            isinstance(error, InterfaceError | OperationalError)
            or error.connection_invalidated
            or getattr(error.orig, "sqlstate", None) in _PASSING
        ):
            raise
        cause = getattr(error, "orig", None) or error
        raise StoreUnavailable(f"The database {what} ({cause}). Nothing was changed: try again.") from error


async def open_store(url: str) -> Store:
    """The store at that address, its tables migrated.

    Raises StartupError where it can't be reached or written, or belongs to a newer program.
    """
    try:
        parsed = make_url(url)
    except Exception as error:  # SQLAlchemy raises several kinds for a text that is no address
        raise StartupError(
            "HELIOGRAPH_DATABASE_URL is no database address. Use sqlite:///path or postgresql+asyncpg://user@host/name."
        ) from error
    if parsed.drivername == "sqlite":
        path = Path(parsed.database or "")
        return SqliteStore.open(path)
    if parsed.drivername == "postgresql+asyncpg":
        store = PostgresStore(url)
        try:
            await store.write(migrate.upgrade)
        except (StoreUnavailable, DBAPIError) as error:
            await store.close()
            why = (error.__cause__ if isinstance(error, StoreUnavailable) else error.orig) or error
            raise StartupError(
                f"PostgreSQL at {parsed.host}:{parsed.port or 5432} can't be used ({why}). "
                "Nothing was started. Start it, or mend HELIOGRAPH_DATABASE_URL."
            ) from error
        except BaseException:
            await store.close()
            raise
        return store
    raise StartupError(
        f"HELIOGRAPH_DATABASE_URL names {parsed.drivername}, which is not supported. "
        "Use sqlite:///path or postgresql+asyncpg://user@host/name."
    )
