"""How much waits to be matched: known without counting it for every request."""

from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from gateway.queue.base import JobKind, Queue, Waiting
from gateway.storage.engine import Store

MOST: Final = Waiting(250_000, 256 * 1024 * 1024)
MOST_OF_ONE: Final = Waiting(MOST.jobs // 2, MOST.size // 2)
"""Requests, and bytes of them as they are packed: of all sources, and of one lane, so that the others are taken when a source
sends for hours what takes longer to match.
"""

COUNTED_EVERY = timedelta(seconds=10)
COUNTED_AGAIN = timedelta(seconds=1)
"""How long a count holds, with what came since; and where that is too much, since some of it may be gone."""


class BacklogFullError(Exception):
    """Too many requests wait to be matched."""


class _Heap:
    """How much waits, as it grows."""

    __slots__ = ("jobs", "size")

    def __init__(self, jobs: int = 0, size: int = 0) -> None:
        self.jobs = jobs
        self.size = size

    def add(self, size: int) -> None:
        self.jobs += 1
        self.size += size

    def reaches(self, most: Waiting) -> bool:
        return self.jobs >= most.jobs or self.size >= most.size


class Backlog:
    """What is in the queue, of all and of each lane. What other processes take out or put in is known at the next count."""

    def __init__(self, store: Store, queue: Queue) -> None:
        self._store = store
        self._queue = queue
        self._counted_at = datetime.max.replace(tzinfo=UTC)
        self._count_at = datetime.min.replace(tzinfo=UTC)
        self._all = _Heap()
        self._of: dict[str, _Heap] = {}

    def has_room(self, lane: str, now: datetime) -> bool:
        """Whether that is known without a look; otherwise ask `check`."""
        return self._counted_at <= now < self._count_at and not self._full(lane)

    async def check(self, lane: str, now: datetime) -> None:
        """Raises BacklogFullError where nothing more of that lane is taken, and StoreUnavailable where nobody can say."""
        full = self._full(lane)
        if not self._counted_at <= now < self._count_at or (full and now >= self._counted_at + COUNTED_AGAIN):
            await self._count(now)
            full = self._full(lane)
        if full:
            raise BacklogFullError("Too many requests wait to be matched.")

    def add(self, lane: str, size: int) -> None:
        """A request of so many bytes waits from now on."""
        own = self._of.get(lane)
        if own is None:
            own = self._of[lane] = _Heap()
        own.add(size)
        self._all.add(size)

    def _full(self, lane: str) -> bool:
        own = self._of.get(lane)
        return self._all.reaches(MOST) or (own is not None and own.reaches(MOST_OF_ONE))

    async def _count(self, now: datetime) -> None:
        def count(connection: Connection) -> dict[str, Waiting]:
            return self._queue.waiting(connection, JobKind.MATCH)

        found = await self._store.read(count)
        self._counted_at, self._count_at = now, now + COUNTED_EVERY
        self._of = {lane: _Heap(*waiting) for lane, waiting in found.items()}
        self._all = _Heap(
            sum(waiting.jobs for waiting in found.values()), sum(waiting.size for waiting in found.values())
        )
