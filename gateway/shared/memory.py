"""What is shared where there is but one process: kept in its memory."""

import asyncio

from gateway.jobs import JobKind
from gateway.shared import Shared


class MemoryWakeups:
    """See Wakeups."""

    def __init__(self) -> None:
        self._events = {kind: asyncio.Event() for kind in JobKind}

    def ring(self, kind: JobKind) -> None:
        self._events[kind].set()

    async def wait(self, kind: JobKind, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._events[kind].wait(), seconds)
        except TimeoutError:
            return
        self._events[kind].clear()


def in_memory() -> Shared:
    """The ports of a gateway that is one process."""
    return Shared(wakeups=MemoryWakeups())
