"""What is under way: requests side by side, and what came of them recorded in groups, as it comes in."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any

from gateway.errors import StoreBusy, StoreUnavailable
from gateway.jobs import Job, JobKind
from gateway.pipeline import failures, reconcile, send
from gateway.pipeline.leaving import Leaving
from gateway.pipeline.load import Turn
from gateway.pipeline.send import LATEST, Answer, Claim
from gateway.services import Services

AT_ONCE = 512
"""How much is under way in one process: decided, sent, or looked up. A destination alone may have half of it, and several as much each
as they leave free: of what is slow or fails, however many destinations it is, another keeps room.
"""

ROOM = 64
"""So many places of a destination are free before more of it is taken: a few at a time would cost as many statements each."""

SLOW_SECONDS = 0.25
"""What has had no such room for so long is waited for no more: others may be behind it."""

HELD_UP_SECONDS = 0.1
"""What had to wait so long for its sender after it was claimed looks once more whether somebody said stop meanwhile."""

LOOKS_AT_ONCE = 4
"""How many look-ups of a destination are under way, each for all that came together."""

RECORDED_AT_ONCE = 256
GATHERED_SECONDS = 0.005
"""So long after an answer the others that left beside it are waited for, where there are any: a commit costs as much for one as for thirty."""

AGAIN_SECONDS = 1.0
"""How long the recorder waits for a store that takes nothing; an answer is never let go of."""

Failed = Callable[[Job, BaseException], Awaitable[None]]


class Outbox:
    """Sends what is claimed. `failed` is told of a job on which the gateway itself failed."""

    def __init__(self, services: Services, failed: Failed) -> None:
        self._services = services
        self._failed = failed
        self._tasks: dict[asyncio.Task[None], Sequence[Job]] = {}
        self._answers: deque[Answer] = deque()
        self._recorder: asyncio.Task[None] | None = None
        self._last: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._doubtful: list[Turn] = []
        self._freed = asyncio.Event()
        self._leaving = Leaving(services.shared.pace, services.clock)
        self._of: dict[str, int] = {}
        self._full: dict[str, float] = {}
        self._looks: dict[str, int] = {}
        self.under_way = 0

    # -- is there room? ----------------------------------------------------------------------------------------------

    def room(self, destination_id: str) -> int:
        """How much more of that destination may be under way."""
        return max(0, (AT_ONCE - self.under_way - self._of.get(destination_id, 0)) // 2)

    def is_full(self, destination_id: str) -> bool:
        """Whether it is better to wait until more of that destination is done."""
        return self._is_full(self._of.get(destination_id, 0))

    def _is_full(self, under_way: int) -> bool:
        """So of a destination of which so much is under way."""
        return (AT_ONCE - self.under_way - under_way) // 2 < min(ROOM, under_way)

    def free(self, *, alone: bool) -> int:
        """How much more may be taken on, whosever it is; 0: it is better to wait. For a destination that has been full for long
        nobody waits, unless it is `alone`: what comes of it waits in its lanes, so that others go on.
        """
        now = asyncio.get_running_loop().time()
        most = max(
            (
                count
                for whose, count in self._of.items()
                if alone or now - self._full.get(whose, now) < SLOW_SECONDS
            ),
            default=0,
        )
        return 0 if self._is_full(most) else max(0, (AT_ONCE - self.under_way - most) // 2)

    def _take(self, destination_id: str | None) -> None:
        self.under_way += 1
        if destination_id is None:
            return
        count = self._of[destination_id] = self._of.get(destination_id, 0) + 1
        if destination_id not in self._full and self._is_full(count):
            self._full[destination_id] = asyncio.get_running_loop().time()

    def _free(self, destination_id: str | None) -> None:
        self.under_way -= 1
        self._freed.set()
        if destination_id is None:
            return
        count = self._of[destination_id] = self._of[destination_id] - 1
        if destination_id in self._full and not self._is_full(count):
            del self._full[destination_id]
            self._services.shared.wakeups.ring(JobKind.DELIVER)  # something of it may wait in a lane
        if count == 0:
            del self._of[destination_id]

    # -- what is done ------------------------------------------------------------------------------------------------

    def send(self, claims: Sequence[Claim]) -> None:
        """Make these requests; those to one number one after the other."""
        for claim in claims:
            whose = (claim.one.destination.id, claim.recipient)
            work = self._send(claim, whose, self._last.get(whose))
            self._last[whose] = self.spawn(work, claim.job, of=whose[0])

    def look_up(self, turn: Turn) -> None:
        """Look this up, with all others that come in the same turn of the event loop."""
        if not self._doubtful:
            asyncio.get_running_loop().call_soon(self._look_up)
        self._doubtful.append(turn)

    def fail(self, job: Job, error: BaseException) -> None:
        """The gateway failed on that job."""
        self.spawn(self._fail(job, error), job)

    def spawn(
        self, work: Coroutine[Any, Any, None], *about: Job, of: str | None = None
    ) -> asyncio.Task[None]:
        """Do that `of` a destination beside everything else; if it fails, these jobs fail."""
        task = asyncio.create_task(self._guarded(work, about, of))
        self._take(of)
        self._tasks[task] = about
        task.add_done_callback(self._tasks.pop)
        return task

    async def wait_for_room(self, seconds: float | None = None) -> None:
        """Until something that was under way is not any more, or so many seconds at most."""
        self._freed.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._freed.wait()

    async def finished(self) -> None:
        """Until nothing is under way."""
        while self._tasks or self._recorder is not None or self._doubtful:
            running = [*self._tasks, *([self._recorder] if self._recorder else [])]
            if running:
                await asyncio.wait(running)
            else:
                await asyncio.sleep(0)

    @property
    def held(self) -> list[Job]:
        """The jobs of what is under way."""
        return [
            *(job for about in self._tasks.values() for job in about),
            *(one.claim.job for one in self._answers),
            *(turn.job for turn in self._doubtful),
        ]

    async def leave(self) -> list[Job]:
        """Let go of what is under way; its jobs. What was sent is looked up by whoever takes it over."""
        left = self.held
        tasks = [*self._tasks, *([self._recorder] if self._recorder else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return left

    async def _guarded(self, work: Coroutine[Any, Any, None], about: Sequence[Job], of: str | None) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001  whatever it is, it costs these jobs alone
            for job in about:
                await self._fail(job, error)
        finally:
            self._free(of)

    async def _fail(self, job: Job, error: BaseException) -> None:
        await self._failed(job, error)

    async def _send(self, claim: Claim, whose: tuple[str, str], before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait({before})
        try:
            answer = await self._answer_to(claim, held_up=before is not None)
        finally:
            if self._last.get(whose) is asyncio.current_task():
                del self._last[whose]
        self._answers.append(answer)
        self._take(whose[0])  # until it is recorded
        if self._recorder is None:
            self._recorder = asyncio.create_task(self._record())

    async def _answer_to(self, claim: Claim, *, held_up: bool) -> Answer:
        began = asyncio.get_running_loop().time()
        if claim.turn is not None and not await self._leaving.may_leave(claim.turn, LATEST.total_seconds()):
            return send.waited(self._services, claim)
        held_up = held_up or asyncio.get_running_loop().time() - began > HELD_UP_SECONDS
        if held_up and await send.is_outspoken(self._services, claim):
            return send.spoken(self._services, claim)
        return await send.send(self._services, claim)

    async def _record(self) -> None:
        """One group at a time: what comes in while one is committed goes into the next."""
        try:
            while self._answers:
                if len(self._answers) < len(self._tasks):
                    await asyncio.sleep(GATHERED_SECONDS)
                group = list(islice(self._answers, RECORDED_AT_ONCE))
                try:
                    await self._record_group(group)
                finally:
                    for _ in group:
                        self._answers.popleft()
        finally:
            self._recorder = None

    async def _record_group(self, group: Sequence[Answer]) -> None:
        try:
            while True:
                try:
                    await send.record(self._services, group)
                except (StoreBusy, StoreUnavailable) as error:
                    failures.log("What came of requests can't be recorded; it is tried again", error)
                    await asyncio.sleep(AGAIN_SECONDS)
                else:
                    break
        except Exception as error:  # noqa: BLE001  one of them fails: alone, it fails alone
            if len(group) == 1:
                await self._fail(group[0].claim.job, error)
            else:
                for one in group:
                    self._take(one.claim.one.destination.id)
                    await self._record_group([one])
        finally:
            for one in group:
                self._free(one.claim.one.destination.id)
            if not self._services.settings.alone:
                self._services.shared.wakeups.ring(JobKind.DELIVER)  # whoever's next text waited for these

    def _look_up(self) -> None:
        turns, self._doubtful = self._doubtful, []
        whose: dict[str, list[Turn]] = {}  # a destination that answers slowly delays no other
        for turn in turns:
            whose.setdefault(turn.delivery.destination_id, []).append(turn)
        for destination_id, together in whose.items():
            self._looks[destination_id] = self._looks.get(destination_id, 0) + 1
            work = self._look_up_of(destination_id, together)
            self.spawn(work, *(turn.job for turn in together), of=destination_id)

    async def _look_up_of(self, destination_id: str, turns: Sequence[Turn]) -> None:
        try:
            await self._look_up_together(turns, busy=self._looks[destination_id] > LOOKS_AT_ONCE)
        finally:
            self._looks[destination_id] -= 1
            if self._looks[destination_id] == 0:
                del self._looks[destination_id]

    async def _look_up_together(self, turns: Sequence[Turn], *, busy: bool = False) -> None:
        try:
            await reconcile.look_up(self._services, turns, busy=busy)
        except Exception as error:  # one of them fails: alone, it fails alone
            if len(turns) == 1 or isinstance(error, StoreBusy | StoreUnavailable):
                raise
            failures.log("Looking several up together failed; each is looked up alone", error)
            for turn in turns:
                self.spawn(self._look_up_together([turn]), turn.job, of=turn.delivery.destination_id)
