"""What providers say, kept: plain statuses in groups, so that many share a transaction and its statements."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from destinations.kit import Signal
from gateway import logging
from gateway.errors import StoreBusy, StoreUnavailable
from gateway.pipeline import callbacks, settle, signals
from gateway.pipeline.callbacks import Applied, Call
from gateway.services import Services
from gateway.workspace import Destination

MOST: Final = 200
"""How many are kept together: enough that a group's own cost is spread thin, few enough that all of it is kept at once."""

_log = logging.get("hearing")


class _Waiting(NamedTuple):
    call: Call
    done: asyncio.Future[None]


class Hearing:
    """Keeps what calls say. While one group is written, what comes in is the next one; one call alone is written at once."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._waiting: list[_Waiting] = []
        self._writer: asyncio.Task[None] | None = None

    async def hear(self, destination: Destination, said: Sequence[Signal]) -> None:
        """Return once it is on disk and applied. Raises StoreBusy or StoreUnavailable where it is not; then nothing of it is."""
        plain = callbacks.plain(destination, said)
        if plain is None:
            await self._apply(destination, said)
            return
        waiting = _Waiting(plain, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._writer is None:
            self._writer = asyncio.create_task(self._write())
        await waiting.done

    async def _apply(self, destination: Destination, said: Sequence[Signal]) -> None:
        now = self._services.clock.now()
        await settle.settle(
            self._services, lambda c: signals.apply(c, self._services.secrets, destination, said, now)
        )

    async def _write(self) -> None:
        try:
            while self._waiting:
                group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                await self._write_group(group)
        finally:
            self._writer = None

    async def _write_group(self, group: Sequence[_Waiting]) -> None:
        try:
            applied = await self._apply_together([one.call for one in group], self._services.clock.now())
        except (StoreBusy, StoreUnavailable) as error:
            for one in group:
                _fail(one, error)
            return
        except Exception as error:  # noqa: BLE001  one of them fails: alone, it fails alone
            _log.error("Keeping several callbacks together failed; each is kept alone", error=str(error))
            applied = Applied(alone=range(len(group)))
        alone = set(applied.alone)
        for place, one in enumerate(group):
            if place not in alone and not one.done.done():
                one.done.set_result(None)
        await asyncio.gather(*(self._write_alone(group[place]) for place in sorted(alone)))

    async def _apply_together(self, calls: Sequence[Call], now: datetime) -> Applied:
        applied = await self._services.store.write(lambda c: callbacks.apply(c, calls, now))
        settle.tell(self._services, applied.reached)
        return applied

    async def _write_alone(self, one: _Waiting) -> None:
        try:
            await self._apply(one.call.destination, [one.call.signal])
        except Exception as error:  # noqa: BLE001  it belongs to whoever waits
            _fail(one, error)
        else:
            if not one.done.done():
                one.done.set_result(None)


def _fail(one: _Waiting, error: Exception) -> None:
    if not one.done.done():
        one.done.set_exception(error)
