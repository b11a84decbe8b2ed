"""The ledger on SQLite: one writer thread that commits in groups, and a few readers beside it.

With `synchronous=FULL` a commit waits for the disk, so changes that arrive meanwhile share the next commit: the more
is asked of it, the more each commit carries.
"""

import asyncio
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import QueuePool, StaticPool

from gateway import logging, metrics
from gateway.errors import StartupError, StoreBusy, StoreUnavailable
from gateway.storage import migrate
from gateway.storage.outages import is_outage

T = TypeVar("T")

GROUP = 200
"""The most changes of one commit: enough to hide the disk, few enough to keep each one's wait short."""

BACKLOG = 5_000
BACKLOG_BYTES = 64_000_000
"""The most changes that may wait when a bounded one comes, and the most bytes of all bounded ones together; past it
the caller hears StoreBusy instead of filling memory.
"""

WAIT_SECONDS = 4.0
"""How long a bounded change waits for its turn: clients give up after 10 seconds, and what they sent before that was read."""

READERS = 4

STATEMENTS = 128
"""How many stay prepared on a connection. What a text needs is well below that; of those that ask for some keys there is one for each
number of keys, 40 KB each, so that more of them would be memory that grows for an hour and saves nothing.
"""

PRAGMAS = (
    "page_size=8192",
    "auto_vacuum=INCREMENTAL",
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "secure_delete=FAST",
    "busy_timeout=3000",
)
"""What is deleted from a page that is written anyway is overwritten there; pages that are free keep what they had until they are used again.
The first two are those of a file made anew, and stand before what makes it. A page of that size, since a batch of events is
ten pages long, and each page is written twice; what is free can be given back to the disk (`free_space`).
"""

UNDONE_IN_MEMORY = "PRAGMA temp_store=MEMORY"
"""What a change would be undone by is kept in memory until it is done: a few pages, which were half of all that was written, and to files
outside of the data directory. A migration sorts what it makes an index of, so that it may have such files still.
"""

_log = logging.get("storage")


@dataclass(slots=True)
class _Change:
    """`taken` is held, for good, by whoever was first: the writer, who runs it, or the clock, by which it is refused."""

    run: Callable[[Connection], Any]
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[Any]
    size: int = 0
    taken: threading.Lock = field(default_factory=threading.Lock)
    result: Any = None
    error: BaseException | None = None


class SqliteStore:
    """See Store. Open it with `SqliteStore.open`."""

    def __init__(self, writer: Engine, readers: Engine) -> None:
        self._writer = writer
        self._readers = readers
        self._changes: queue.SimpleQueue[_Change | None] = queue.SimpleQueue()
        self._waiting_bytes = 0
        self._counting = threading.Lock()
        self._closed = False
        self._pool = ThreadPoolExecutor(READERS, thread_name_prefix="sqlite-reader")
        self._thread = threading.Thread(target=self._write_groups, name="sqlite-writer", daemon=True)
        self._thread.start()

    @classmethod
    def open(cls, path: Path) -> "SqliteStore":
        """The store in that file, made and migrated as needed. Raises StartupError."""
        writer = _engine(path, "BEGIN IMMEDIATE", StaticPool)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with writer.begin() as connection:
                migrate.upgrade(connection)
            with writer.connect() as connection:
                _driver(connection).execute(UNDONE_IN_MEMORY)
        except StartupError:
            writer.dispose()
            raise
        except (OSError, SQLAlchemyError, sqlite3.Error) as error:
            writer.dispose()
            cause = getattr(error, "orig", None) or error
            raise StartupError(
                f"The database {path} can't be opened for writing ({cause}). Nothing was changed. "
                "Make its directory writable for this user, or set HELIOGRAPH_DATA_DIR to one that is."
            ) from error
        return cls(writer, _engine(path, "BEGIN", QueuePool))

    async def read(self, query: Callable[[Connection], T]) -> T:
        if self._closed:
            raise _closed()
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._read, query)

    def _read(self, query: Callable[[Connection], T]) -> T:
        try:
            with self._readers.connect() as connection:
                return query(connection)
        except (DBAPIError, sqlite3.Error) as error:
            if not is_outage(error):
                raise
            cause = getattr(error, "orig", None) or error
            raise StoreUnavailable(f"The database can't be read ({cause}). Try again.") from error

    async def write(
        self,
        change: Callable[[Connection], T],
        *,
        bounded: bool = False,
        size: int = 0,
        within: float = WAIT_SECONDS,
    ) -> T:
        if self._closed:
            raise _closed()
        waiting = self._changes.qsize()
        if bounded and (waiting >= BACKLOG or self._waiting_bytes + size > BACKLOG_BYTES):
            raise StoreBusy(
                f"{waiting} changes wait for the disk. Nothing of this one was kept: try again in a moment."
            )
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        waits = _Change(change, loop, done, size)
        self._count(size)
        self._changes.put(waits)
        if not bounded:
            return await done
        timer = loop.call_later(within, self._refuse, waits, within)
        try:
            return await done
        finally:
            timer.cancel()

    def _refuse(self, change: _Change, within: float) -> None:
        """Let the change go, unless the writer has it."""
        if not change.taken.acquire(blocking=False):
            return
        self._count(-change.size)
        change.run = _nothing  # what it would have stored is let go of now, not when its turn comes
        if not change.done.done():
            change.done.set_exception(overdue("disk", within))

    def _count(self, size: int) -> None:
        with self._counting:  # callers add on their loop, the writer takes away on its thread
            self._waiting_bytes += size

    async def close(self) -> None:
        self._closed = True
        self._changes.put(None)
        await asyncio.to_thread(self._thread.join)
        self._pool.shutdown()
        self._writer.dispose()
        self._readers.dispose()

    def _write_groups(self) -> None:
        with self._writer.connect() as connection:
            while (first := self._changes.get()) is not None:
                group = [first]
                closing = False
                while len(group) < GROUP and not self._changes.empty():
                    change = self._changes.get()
                    if change is None:
                        closing = True
                        break
                    group.append(change)
                group = [change for change in group if not change.taken.locked()]
                if group:
                    self._commit(connection, group)
                if closing:
                    return

    def _commit(self, connection: Connection, group: list[_Change]) -> None:
        started = time.perf_counter()
        raw = _driver(connection)
        taken: list[_Change] = []
        try:
            with connection.begin():
                taken = _take(group)
                for change in taken:
                    _run(connection, raw, change)
        except Exception as error:  # noqa: BLE001  whatever failed, the writer must live and each caller must hear of it
            with suppress(sqlite3.Error):
                raw.rollback()  # a commit that failed may leave its transaction open, and the next could not begin
            taken = taken or _take(group)
            _log.error("A group of changes was not committed", changes=len(taken), error=str(error))
            for change in taken:
                change.error = change.error or _unavailable(getattr(error, "orig", None) or error)
        metrics.COMMIT_SECONDS.observe(time.perf_counter() - started)
        metrics.COMMIT_CHANGES.observe(len(taken))
        self._count(-sum(change.size for change in taken))
        by_loop: dict[asyncio.AbstractEventLoop, list[_Change]] = {}
        for change in taken:
            by_loop.setdefault(change.loop, []).append(change)
        for loop, changes in by_loop.items():
            with suppress(RuntimeError):  # that loop is closed: nobody waits there any more
                loop.call_soon_threadsafe(_settle, changes)


def _driver(connection: Connection) -> sqlite3.Connection:
    return cast("sqlite3.Connection", connection.connection.driver_connection)


def _take(group: list[_Change]) -> list[_Change]:
    """Those that were not refused while they waited; nobody refuses them now."""
    return [change for change in group if change.taken.acquire(blocking=False)]


def _nothing(_connection: Connection) -> None:
    pass


def _run(connection: Connection, raw: sqlite3.Connection, change: _Change) -> None:
    """Run one change inside the group; a failure undoes it alone.

    The savepoint is the driver's own: SQLAlchemy's costs three times what most changes do.
    """
    raw.execute("SAVEPOINT change")
    try:
        change.result = change.run(connection)
    except Exception as error:  # noqa: BLE001  it belongs to the caller, who gets it from the future
        change.error = _unavailable(getattr(error, "orig", None) or error) if is_outage(error) else error
        raw.execute("ROLLBACK TO change")
    raw.execute("RELEASE change")


def _unavailable(cause: BaseException | None) -> StoreUnavailable:
    return StoreUnavailable(
        f"The database did not commit ({cause}). Nothing of this change was kept: try again."
    )


def overdue(whom: str, within: float) -> StoreBusy:
    """The turn of a bounded change did not come in time."""
    return StoreBusy(
        f"The {whom} was not free for {within:g} s. Nothing of this change was kept, nor will be: try again in a moment."
    )


def _closed() -> StoreUnavailable:
    return StoreUnavailable("The store is closed. Nothing of this change was kept.")


def _settle(changes: list[_Change]) -> None:
    for change in changes:
        if change.done.cancelled():
            continue
        if change.error is not None:
            change.done.set_exception(change.error)
        else:
            change.done.set_result(change.result)


def _engine(path: Path, begin: str, pool: type[QueuePool | StaticPool]) -> Engine:
    options: dict[str, Any] = {"pool_size": READERS} if pool is QueuePool else {}
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=pool,
        hide_parameters=True,  # they are people's numbers, traits and texts; errors reach logs
        connect_args={"check_same_thread": False, "timeout": 3, "cached_statements": STATEMENTS},
        **options,
    )

    @event.listens_for(engine, "connect")
    def prepare(raw: sqlite3.Connection, _record: object) -> None:
        raw.isolation_level = None  # the driver's own BEGIN comes too late for a consistent view
        cursor = raw.cursor()
        for pragma in PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
