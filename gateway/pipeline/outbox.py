"""What is under way: requests side by side, and what came of them recorded in groups, as it comes in."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from itertools import islice
from typing import Any

from gateway.errors import StoreBusy, StoreUnavailable
from gateway.jobs import Job
from gateway.pipeline import failures, reconcile, send
from gateway.pipeline.load import Turn
from gateway.pipeline.send import Answer, Claim
from gateway.services import Services

RECORDED_AT_ONCE = 256
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
        self.under_way = 0

    def send(self, claims: Sequence[Claim]) -> None:
        """Make these requests; those to one number one after the other."""
        for claim in claims:
            whose = (claim.one.destination.id, claim.recipient)
            self._last[whose] = self.spawn(self._send(claim, whose, self._last.get(whose)), claim.job)

    def look_up(self, turn: Turn) -> None:
        """Look this up, with all others that come in the same turn of the event loop."""
        if not self._doubtful:
            asyncio.get_running_loop().call_soon(self._look_up)
        self._doubtful.append(turn)

    def fail(self, job: Job, error: BaseException) -> None:
        """The gateway failed on that job."""
        self.spawn(self._fail(job, error), job)

    def spawn(self, work: Coroutine[Any, Any, None], *about: Job) -> asyncio.Task[None]:
        """Do that beside everything else; if it fails, these jobs fail."""
        task = asyncio.create_task(self._guarded(work, about))
        self.under_way += len(about)
        self._tasks[task] = about
        task.add_done_callback(self._tasks.pop)
        return task

    async def wait_for_room(self) -> None:
        """Until something that was under way is not any more."""
        self._freed.clear()
        await self._freed.wait()

    async def finished(self) -> None:
        """Until nothing is under way."""
        while self._tasks or self._recorder is not None or self._doubtful:
            running = [*self._tasks, *([self._recorder] if self._recorder else [])]
            if running:
                await asyncio.wait(running)
            else:
                await asyncio.sleep(0)

    async def leave(self) -> list[Job]:
        """Let go of what is under way; its jobs. What was sent is looked up by whoever takes it over."""
        left = [job for about in self._tasks.values() for job in about]
        left += [one.claim.job for one in self._answers]
        tasks = [*self._tasks, *([self._recorder] if self._recorder else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return left

    async def _guarded(self, work: Coroutine[Any, Any, None], about: Sequence[Job]) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001  whatever it is, it costs these jobs alone
            for job in about:
                await self._fail(job, error)
        finally:
            self._free(len(about))

    def _free(self, jobs: int) -> None:
        self.under_way -= jobs
        self._freed.set()

    async def _fail(self, job: Job, error: BaseException) -> None:
        await self._failed(job, error)

    async def _send(self, claim: Claim, whose: tuple[str, str], before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait({before})
        try:
            answer = await send.send(self._services, claim)
        finally:
            if self._last.get(whose) is asyncio.current_task():
                del self._last[whose]
        self._answers.append(answer)
        self.under_way += 1  # until it is recorded
        if self._recorder is None:
            self._recorder = asyncio.create_task(self._record())

    async def _record(self) -> None:
        """One group at a time: what comes in while one is committed goes into the next."""
        try:
            while self._answers:
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
                    self.under_way += 1
                    await self._record_group([one])
        finally:
            self._free(len(group))

    def _look_up(self) -> None:
        turns, self._doubtful = self._doubtful, []
        whose: dict[str, list[Turn]] = {}  # a destination that answers slowly delays no other
        for turn in turns:
            whose.setdefault(turn.delivery.destination_id, []).append(turn)
        for together in whose.values():
            self.spawn(self._look_up_together(together), *(turn.job for turn in together))

    async def _look_up_together(self, turns: Sequence[Turn]) -> None:
        try:
            await reconcile.look_up(self._services, turns)
        except Exception as error:  # one of them fails: alone, it fails alone
            if len(turns) == 1 or isinstance(error, StoreBusy | StoreUnavailable):
                raise
            failures.log("Looking several up together failed; each is looked up alone", error)
            for turn in turns:
                self.spawn(self._look_up_together([turn]), turn.job)
