"""How a message comes along: queued, sent, delivered, one status at a time, each announced by a callback."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime

import anyio
from anyio.abc import TaskGroup

from destinations.twilio_engage.simulator.callbacks import Callbacks
from destinations.twilio_engage.simulator.draft import Draft
from destinations.twilio_engage.simulator.faults import End
from destinations.twilio_engage.simulator.judge import Judge
from destinations.twilio_engage.simulator.message import Message
from destinations.twilio_engage.simulator.store import Store

_PATHS = {
    "sent": ("sent",),
    "delivered": ("sent", "delivered"),
    "read": ("sent", "delivered", "read"),
    "failed": ("failed",),
    "undelivered": ("sent", "undelivered"),
}


def path(draft: Draft, end: End | None, failure: int | None) -> tuple[str, ...]:
    """The statuses after the first: to the end asked for, else to failed if there is a `failure`, else to
    delivered; none with test credentials.
    """
    if draft.account.test:
        return ()
    chosen = _PATHS[end.status if end else "delivered" if failure is None else "failed"]
    return ("queued", *chosen) if draft.sender.service else chosen


class Progress:
    """Moves messages: by itself every `step` seconds while `run` is entered, or by hand with `advance`."""

    def __init__(
        self,
        store: Store,
        callbacks: Callbacks,
        judge: Judge,
        *,
        step: float | None,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._store = store
        self._callbacks = callbacks
        self._judge = judge
        self._step = step
        self._now = now
        self._sleep = sleep
        self._under_way: dict[str, Message] = {}
        self._followed: dict[str, anyio.CancelScope] = {}
        self._group: TaskGroup | None = None

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """Move messages by themselves, those that wait already included, until left."""
        async with self._callbacks.open(), anyio.create_task_group() as group:
            self._group = group
            for message in self._under_way.values():
                self._follow(message)
            try:
                yield
            finally:
                self._group = None
                group.cancel_scope.cancel()

    def begin(self, message: Message) -> None:
        """Take a new message on its way."""
        if message.ahead:
            self._under_way[message.sid] = message
            self._follow(message)

    async def advance(self) -> int:
        """Move every message that is due by one status, oldest first; returns how many moved.

        Each callback is answered before the next is sent.
        """
        due = [message for message in self._under_way.values() if message.due(self._now())]
        for message in due:
            await self._move(message)
        return len(due)

    async def cancel(self, message: Message) -> None:
        """Cancel a scheduled message and announce it; raises TwilioError 30409 for any other."""
        message.cancel(self._now())
        self._store.touch(message)
        self._forget(message)
        await self._callbacks.announce(message, message.status, message.updated)

    def clear(self) -> None:
        """Forget all messages; those under way stop where they are."""
        for message in list(self._under_way.values()):
            self._forget(message)

    def _follow(self, message: Message) -> None:
        if self._group is not None and self._step is not None:
            self._group.start_soon(self._move_by_itself, message, self._step)

    async def _move_by_itself(self, message: Message, step: float) -> None:
        with anyio.CancelScope() as scope:
            self._followed[message.sid] = scope
            while message.ahead:
                await self._sleep(max(step, self._until_due(message)))
                if message.due(self._now()):
                    await self._move(message)
        self._followed.pop(message.sid, None)

    def _until_due(self, message: Message) -> float:
        send_at = message.draft.send_at
        return (send_at - self._now()).total_seconds() if send_at and message.status == "scheduled" else 0.0

    async def _move(self, message: Message) -> None:
        if not message.ahead:  # it was canceled, or another moved it, while this one waited
            return
        if not message.settled:
            failure = self._judge.refusal(message.draft)
            message.settle(path(message.draft, None, failure), failure)
        now = self._now()
        status = message.move(now)
        self._store.touch(message)
        if not message.ahead:
            self._under_way.pop(message.sid, None)
        await self._callbacks.announce(message, status, now)

    def _forget(self, message: Message) -> None:
        message.ahead.clear()
        self._under_way.pop(message.sid, None)
        scope = self._followed.pop(message.sid, None)
        if scope is not None:
            scope.cancel()
