"""The way into the queue for what comes in from outside."""

import asyncio
from typing import Final

from gateway import logging
from gateway.clock import Clock
from gateway.ingest.backlog import Backlog
from gateway.jobs import NewJob
from gateway.storage.engine import Store
from gateway.storage.jobs import enqueue

_log = logging.get("intake")

MOST_JOBS: Final = 100
MOST_BYTES: Final = 1_000_000
"""Of one change: enough that its own cost is spread thin, few enough that one refusal is not everybody's."""


class Intake:
    """Puts jobs into the queue, many in one change: what arrives in one turn of the event loop goes together."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self.backlog = Backlog(store)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._jobs: list[NewJob] = []
        self._waiting: list[asyncio.Future[None]] = []
        self._size = 0
        self._changes: set[asyncio.Task[None]] = set()

    def put(self, *jobs: NewJob) -> asyncio.Future[None]:
        """Done once these jobs are on disk; StoreBusy or StoreUnavailable where none of them is kept."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()  # once, since it asks which process this is each time
        loop = self._loop
        if not self._jobs:
            loop.call_soon(self._send)
        done: asyncio.Future[None] = loop.create_future()
        self._jobs += jobs
        self._waiting.append(done)
        self._size += sum(len(job.payload) for job in jobs)
        if len(self._jobs) >= MOST_JOBS or self._size >= MOST_BYTES:
            self._send()
        return done

    def _send(self) -> None:
        if not self._jobs:
            return
        change = asyncio.create_task(self._write(self._jobs, self._waiting, self._size))
        self._changes.add(change)  # the loop itself would let go of it
        change.add_done_callback(self._changes.discard)
        self._jobs, self._waiting, self._size = [], [], 0

    async def _write(self, jobs: list[NewJob], waiting: list[asyncio.Future[None]], size: int) -> None:
        now = self._clock.now()
        try:
            await self._store.write(lambda c: enqueue(c, jobs, now), bounded=True, size=size)
        except Exception as error:  # noqa: BLE001  it belongs to those who wait
            _log.error("Requests were not taken", requests=len(waiting), error=str(error))
            for done in waiting:
                if not done.done():
                    done.set_exception(error)
            return
        for job in jobs:
            self.backlog.add(job.subject or "", len(job.payload))
        for done in waiting:
            if not done.done():
                done.set_result(None)
