"""How much waits to be matched: known without counting it for every request."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from gateway.jobs import JobKind, Waiting
from gateway.storage import jobs
from gateway.storage.engine import Store

MOST: Final = Waiting(250_000, 256 * 1024 * 1024)
MOST_OF_ONE: Final = Waiting(MOST.jobs // 2, MOST.size // 2)
"""Requests, and bytes of them as they are packed: of all sources, and of one lane, so that the others are taken when a source
sends for hours what takes longer to match.
"""

COUNTED_EVERY = timedelta(seconds=10)
COUNTED_AGAIN = timedelta(seconds=1)
"""How long a count holds, with what came since; and where that is too much, since some of it may be gone."""

COUNTING = 50
"""How many times as long as it took a count holds at least: however many jobs there are, it takes no more than a fiftieth of the
time.
"""


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

    def shrunk_to(self, jobs: int) -> "_Heap":
        """So many jobs, of the same size on the average."""
        return _Heap(jobs, self.size * jobs // self.jobs if self.jobs else 0)

    def reaches(self, most: Waiting) -> bool:
        return self.jobs >= most.jobs or self.size >= most.size


class Backlog:
    """What is in the queue, of all and of each lane. What was taken out, or put in by others, is known at the next count: there is
    one at a time, and nobody waits for it but those who would be refused, and the first.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._counted_at = datetime.max.replace(tzinfo=UTC)
        self._count_at = datetime.min.replace(tzinfo=UTC)
        self._all = _Heap()
        self._of: dict[str, _Heap] = {}
        self._all_full = False
        self._full_lanes: set[str] = set()
        self._sized = False
        self._counting: asyncio.Task[None] | None = None
        self._meanwhile: list[tuple[str, int]] = []

    def has_room(self, lane: str, now: datetime) -> bool:
        """Whether that is known without a look; otherwise ask `check`."""
        return (
            self._counted_at <= now < self._count_at and not self._all_full and lane not in self._full_lanes
        )

    async def check(self, lane: str, now: datetime) -> None:
        """Raises BacklogFullError where nothing more of that lane is taken, and StoreUnavailable where nobody can say."""
        known = self._counted_at <= now  # a machine's clock may be set back
        if (
            not known
            or now >= self._count_at
            or (self._full(lane) and now >= self._counted_at + COUNTED_AGAIN)
        ):
            counting = self._count(now)
            if not known or self._full(lane):
                await asyncio.shield(counting)
        if self._full(lane):
            raise BacklogFullError("Too many requests wait to be matched.")

    def add(self, lane: str, size: int) -> None:
        """A request of so many bytes waits from now on."""
        if self._counting is not None:
            self._meanwhile.append((lane, size))
        own = self._of.get(lane)
        if own is None:
            own = self._of[lane] = _Heap()
        own.add(size)
        self._all.add(size)
        if own.reaches(MOST_OF_ONE):
            self._full_lanes.add(lane)
        self._all_full = self._all.reaches(MOST)

    def _full(self, lane: str) -> bool:
        return self._all_full or lane in self._full_lanes

    def _count(self, now: datetime) -> asyncio.Task[None]:
        if self._counting is None:
            self._counting = asyncio.create_task(self._counted(now))
            self._counting.add_done_callback(self._end)
        return self._counting

    def _end(self, counting: asyncio.Task[None]) -> None:
        if self._counting is counting:
            self._counting, self._meanwhile = None, []
        if not counting.cancelled():
            counting.exception()  # those who wait for it hear of it; where nobody does, the next count is soon

    async def _counted(self, now: datetime) -> None:
        sizes, known = not self._sized, dict(self._of) if self._sized else {}

        def count(connection: Connection) -> dict[str, Waiting]:
            return jobs.waiting(connection, JobKind.MATCH, sizes=sizes)

        self._count_at = now + COUNTED_AGAIN  # if it fails
        started = time.perf_counter()
        found = await self._store.read(count)
        self._sized = True
        took = timedelta(seconds=time.perf_counter() - started)
        self._counted_at, self._count_at = now, now + max(COUNTED_EVERY, COUNTING * took)
        # What is in each job is read once, at the start; later the jobs alone are counted, and are as large as those before.
        self._of = {
            lane: known[lane].shrunk_to(waiting.jobs) if lane in known else _Heap(*waiting)
            for lane, waiting in found.items()
        }
        self._all = _Heap(
            sum(heap.jobs for heap in self._of.values()), sum(heap.size for heap in self._of.values())
        )
        self._all_full = self._all.reaches(MOST)
        self._full_lanes = {lane for lane, heap in self._of.items() if heap.reaches(MOST_OF_ONE)}
        meanwhile, self._counting, self._meanwhile = self._meanwhile, None, []
        for (
            lane,
            size,
        ) in meanwhile:  # some of it was counted too: a little more than there is, until the next count
            self.add(lane, size)
