"""The pace at which requests leave, where several workers send.

A sender's leave is given when a text is let go of (see `pacer`), and its request leaves a little later, or much later: after a database that
did not answer, locks that a frozen worker held, or a worker that died with it. What was held up so would leave all at once, on top of
what has its turn by then. So each request asks once more as it leaves, of a bucket beside that one, which is filled as fast: in the
ordinary run it always has room.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from destinations.kit import Policy, Send, pace
from gateway.clock import Clock
from gateway.shared.base import Pace, SenderKey, Wanted

_BUCKET = "leaving"


def turn_of(destination_id: str, send: Send, policy: Policy) -> Wanted:
    """What the request of that text asks for as it leaves."""
    key = (destination_id, f"{send.sender} {_BUCKET}")
    return Wanted(key, pace(policy, send.sender, send.sender_kind), (send.segments or 1,))


class Leaving:
    """Requests that are about to leave, those of a sender in their order. One for each process, on its event loop."""

    def __init__(
        self, pace_: Pace, clock: Clock, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._pace = pace_
        self._clock = clock
        self._sleep = sleep
        self._waiting: dict[SenderKey, deque[tuple[Wanted, asyncio.Future[None]]]] = {}
        self._asking: dict[SenderKey, asyncio.Task[None]] = {}

    async def may_leave(self, turn: Wanted, seconds: float) -> bool:
        """Return once its sender has room for it, True; or False after so many seconds without."""
        its = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(turn.sender, deque()).append((turn, its))
        if turn.sender not in self._asking:
            self._asking[turn.sender] = asyncio.create_task(self._ask(turn.sender))
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await its
            return True
        return False

    async def _ask(self, sender: SenderKey) -> None:
        """For all that wait of a sender, until nothing does."""
        queue = self._waiting[sender]
        try:
            while there := _still_there(queue):
                texts = [segments for turn, _its in there for segments in turn.texts]
                wanted = Wanted(sender, there[-1][0].rate, texts)
                (granted,) = await self._pace.grant([wanted], self._clock.now())
                for _turn, its in there[: granted.texts]:
                    if not its.done():
                        its.set_result(None)
                if granted.texts < len(there):
                    await self._sleep(granted.wait)
        finally:
            del self._waiting[sender], self._asking[sender]


def _still_there(
    queue: deque[tuple[Wanted, "asyncio.Future[None]"]],
) -> Sequence[tuple[Wanted, "asyncio.Future[None]"]]:
    """Those that wait still, after the others are forgotten."""
    there = [one for one in queue if not one[1].done()]
    queue.clear()
    queue.extend(there)
    return there
