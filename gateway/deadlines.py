"""An end to what takes too long, for many at once."""

import asyncio
from types import TracebackType
from typing import Any

_LOOKS = 10
"""How often is looked within the time that is given: so much later may an end come."""


class Deadlines:
    """Gives whatever runs `within` it so many seconds, then cancels it there: TimeoutError, as of `asyncio.timeout`.

    One timer looks after all of them. One for each would be the dearest part of reading a body that is there already,
    as nearly all are: 4 of 40 microseconds.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.running: dict[_Within, float] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop it runs on. Asked for once, since asyncio asks the system each time which process this is."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        return self._loop

    def within(self) -> "_Within":
        """A context for the current task."""
        return _Within(self)

    def watch(self) -> None:
        """Look after what is running from now on."""
        if self._timer is None:
            self._timer = self.loop.call_later(self.seconds / _LOOKS, self._look, self.loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for one in [one for one, due in self.running.items() if due <= now]:
            del self.running[one]
            one.expire()
        self._timer = loop.call_later(self.seconds / _LOOKS, self._look, loop) if self.running else None


class _Within:
    __slots__ = ("_deadlines", "_expired", "_task")

    def __init__(self, deadlines: Deadlines) -> None:
        self._deadlines = deadlines
        self._expired = False
        self._task: asyncio.Task[Any] | None = None

    def __enter__(self) -> None:
        deadlines = self._deadlines
        loop = deadlines.loop
        self._task = asyncio.current_task(loop)
        deadlines.running[self] = loop.time() + deadlines.seconds
        deadlines.watch()

    def expire(self) -> None:
        if self._task is not None:
            self._expired = True
            self._task.cancel()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._deadlines.running.pop(self, None)
        if not self._expired or self._task is None:
            return
        # Cancelled by us alone; where somebody else wants the task to end too, it does.
        if self._task.uncancel() == 0 and kind is asyncio.CancelledError:
            raise TimeoutError from error
