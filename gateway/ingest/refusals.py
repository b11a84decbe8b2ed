"""What is refused, counted for its source: in the store once a second at most, in the log once a minute.

So a flood of bad requests costs no more than one of them.
"""

import asyncio
from datetime import datetime

from gateway import logging
from gateway.clock import Clock
from gateway.storage import refusals
from gateway.storage.engine import Store
from gateway.storage.refusals import Refusal
from gateway.workspace import Source

STORE_SECONDS = 1.0
LOG_SECONDS = 60.0
LONGEST_MESSAGE = 500

_log = logging.get("ingest")
_Key = tuple[str, str]


class Refusals:
    """Counts in memory, and writes while there is something to write. What a process that dies had not written is lost."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._new: dict[_Key, Refusal] = {}
        self._untold: dict[_Key, tuple[str, int]] = {}
        self._told_at: datetime | None = None
        self._task: asyncio.Task[None] | None = None

    def add(self, source: Source, code: str, message: str) -> None:
        """One more request of that source got that answer."""
        key = (source.id, code)
        self._count(Refusal(source.id, code, message[:LONGEST_MESSAGE], 1, self._clock.now()))
        self._untold[key] = (source.name, self._untold.get(key, ("", 0))[1] + 1)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write())

    def _count(self, one: Refusal) -> None:
        key = (one.source_id, one.code)
        held = self._new.get(key)
        count = one.count + (held.count if held else 0)
        latest = one if held is None or held.last_at <= one.last_at else held
        self._new[key] = Refusal(one.source_id, one.code, latest.message, count, latest.last_at)

    async def _write(self) -> None:
        while self._new or self._untold:
            await self.flush()
            self._tell()
            await asyncio.sleep(STORE_SECONDS)

    async def flush(self) -> None:
        """Store what was counted; where the store can't, it is counted on."""
        new, self._new = self._new, {}
        if not new:
            return
        try:
            await self._store.write(lambda c: refusals.add(c, new.values()))
        except Exception as error:  # noqa: BLE001  whatever it is, it must not end the counting
            for one in new.values():
                self._count(one)
            _log.warning("Refusals could not be stored; they are counted on", error=type(error).__name__)

    def _tell(self) -> None:
        now = self._clock.now()
        if self._told_at is not None and (now - self._told_at).total_seconds() < LOG_SECONDS:
            return
        if self._untold:
            self._told_at = now
        for (source_id, code), (name, count) in self._untold.items():
            _log.warning(
                "Requests of a source were refused", source=source_id, name=name, code=code, count=count
            )
        self._untold = {}
