"""The two engines under the ledger, behind one pair of calls: read something, or change something durably."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, delete, event, insert, make_url, text
from sqlalchemy.exc import DBAPIError, InvalidatePoolError, TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from gateway.errors import StartupError, StoreBusy, StoreUnavailable
from gateway.storage import days, migrate, server_version
from gateway.storage.outages import is_outage
from gateway.storage.sqlite import BACKLOG, BACKLOG_BYTES, WAIT_SECONDS, SqliteStore, overdue
from gateway.storage.tables import jobs
from gateway.storage.types import EPOCH

T = TypeVar("T")


class ReadOnly(Protocol):
    """Runs functions that read over a connection. They hold no reference to it afterwards."""

    async def read(self, query: Callable[[Connection], T]) -> T:
        """What the query returns, from a consistent view."""
        ...


class Store(ReadOnly, Protocol):
    """Runs functions over a connection. They hold no reference to it afterwards."""

    async def write(
        self,
        change: Callable[[Connection], T],
        *,
        bounded: bool = False,
        size: int = 0,
        within: float = WAIT_SECONDS,
    ) -> T:
        """What the change returns, once it is committed and on disk; all of it, or nothing where it raised.

        Raises StoreUnavailable where the database can't do it now (`outages`). A `bounded` change of `size` bytes is new
        work, and may be refused: it raises StoreBusy where too much waits, or where its turn does not come `within` so many
        seconds; then nothing of it is committed later either. What was begun is recorded however much that is.
        """
        ...

    async def close(self) -> None:
        """Commit what was taken, then let go of everything."""
        ...


LOCK_SECONDS = 4
STATEMENT_SECONDS = 30
HANGING_SECONDS = 15
"""On PostgreSQL: how long any statement waits for others', how long it may run, and how long a transaction may rest between two of them.
The server ends one of a process that hangs, or of a machine that is gone, before the leases of that end: else what it holds would be
nobody's for as long as it hangs. A migration takes what it needs.
"""


_LIMITS = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")

IDLE_SECONDS = 1.0
"""After which a connection to PostgreSQL is tried before it is used: nothing else tells of a server that went without a word. One that
said so is known as closed at once. To try takes as many trips to the server as a short read does.
"""


POOL, OVERFLOW = 10, 10
"""On PostgreSQL: how many connections a store keeps, and how many more it takes for a while."""


class PostgresStore:
    """The ledger on PostgreSQL: the same functions, run over asyncpg."""

    def __init__(self, url: str) -> None:
        seconds = (LOCK_SECONDS, STATEMENT_SECONDS, HANGING_SECONDS)
        limits = {limit: f"{most}s" for limit, most in zip(_LIMITS, seconds, strict=True)}
        limits["jit"] = "off"  # no statement runs for so long that compiling it first would pay
        self._days = days.Days()
        self._engine = create_async_engine(
            url,
            execution_options=days.options(self._days),
            pool_size=POOL,
            max_overflow=OVERFLOW,
            pool_timeout=WAIT_SECONDS,
            hide_parameters=True,
            connect_args={"timeout": WAIT_SECONDS, "server_settings": limits},
        )
        _try_before_use(self._engine)
        self._snapshots = self._engine.execution_options(isolation_level="REPEATABLE READ")
        self._changing = 0
        self._changing_bytes = 0

    async def read(self, query: Callable[[Connection], T]) -> T:
        async with _connected(self._snapshots, "can't be read") as connection:
            days.begin(connection.info)
            result = await connection.run_sync(query)
            days.commit(connection.info, self._days)
            return result

    async def write(
        self,
        change: Callable[[Connection], T],
        *,
        bounded: bool = False,
        size: int = 0,
        within: float = WAIT_SECONDS,
    ) -> T:
        if bounded and (self._changing >= BACKLOG or self._changing_bytes + size > BACKLOG_BYTES):
            raise StoreBusy(
                f"{self._changing} changes wait for the database. Nothing of this one was kept: try again in a moment."
            )
        self._changing += 1
        self._changing_bytes += size
        try:
            return await self._commit(change, within if bounded else None)
        except TimeoutError as error:
            raise overdue("database", within) from error
        finally:
            self._changing -= 1
            self._changing_bytes -= size

    async def _commit(self, change: Callable[[Connection], T], within: float | None) -> T:
        """Raises TimeoutError where it took longer: then the commit was never asked for."""
        async with (
            asyncio.timeout(within) as limit,
            _connected(self._engine, "did not commit") as connection,
        ):
            days.begin(connection.info)
            async with connection.begin():
                result = await connection.run_sync(change)
                limit.reschedule(None)
            days.commit(connection.info, self._days)
            return result

    async def close(self) -> None:
        await self._engine.dispose()


def _try_before_use(engine: AsyncEngine) -> None:
    """A connection that was lost meanwhile is replaced, with all that were made before, and its user does not notice."""
    dialect = engine.dialect

    @event.listens_for(engine.sync_engine, "checkin")
    def leave(_raw: object, record: ConnectionPoolEntry) -> None:
        record.info["left_at"] = time.monotonic()

    @event.listens_for(engine.sync_engine, "checkout")
    def take(raw: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
        left_at = record.info.pop("left_at", None)
        if left_at is None:  # it is new
            return
        if raw.driver_connection.is_closed():
            raise InvalidatePoolError
        if time.monotonic() - left_at < IDLE_SECONDS:
            return
        try:
            dialect.do_ping(raw)
        except dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error


@asynccontextmanager
async def _connected(engine: AsyncEngine, what: str) -> AsyncIterator[AsyncConnection]:
    """A connection. Trouble with the server or the way to it is StoreUnavailable; what a query did wrong stays what it is."""
    async with AsyncExitStack() as stack:
        try:
            connection = await stack.enter_async_context(engine.connect())
        except Exception as error:  # whatever it is, no query did it: no server, database, right or room
            raise _unavailable(what, error) from error
        try:
            yield connection
        except (OSError, PoolTimeout, DBAPIError) as error:
            if isinstance(error, DBAPIError) and not is_outage(error):
                raise
            raise _unavailable(what, error) from error


def _unavailable(what: str, error: Exception) -> StoreUnavailable:
    cause = getattr(error, "orig", None) or error
    return StoreUnavailable(f"The database {what} ({cause}). Nothing was changed: try again.")


async def open_store(url: str) -> Store:
    """The store at that address, its tables migrated.

    Raises StartupError where it can't be reached or written, is of a server too old, or belongs to a newer program.
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
            await store.write(_upgrade)
        except (StoreUnavailable, DBAPIError) as error:
            await store.close()
            why: BaseException | None = error.__cause__ if isinstance(error, StoreUnavailable) else error
            why = getattr(why, "orig", None) or why
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


def _upgrade(connection: Connection) -> None:
    problem = server_version.unfit(server_version.read(connection))
    if problem is not None:
        url = connection.engine.url
        raise StartupError(f"PostgreSQL at {url.host}:{url.port or 5432} {problem}")
    for limit in _LIMITS:
        connection.execute(text(f"SET LOCAL {limit} = 0"))
    migrate.upgrade(connection)
    days.look(connection)


def probe(connection: Connection) -> None:
    """Put a job into the queue and take it out again, unseen: what fails then is what the next event would meet."""
    made = connection.execute(
        insert(jobs)
        .values(kind="probe", payload=b"", available_at=EPOCH, tries=0, failures=0, created_at=EPOCH)
        .returning(jobs.c.id)
    )
    connection.execute(delete(jobs).where(jobs.c.id == made.scalar_one()))
