"""Tells owners, beside all other work and with a client of its own: a receiver that hangs delays no text, and no other receiver.

Of one receiver LANES are under way at a time, over all workers, as long as it is well; else one. Those that are well and answer have
room of their own. What a worker sent and did not live to record is sent once more, under the same id.
"""

import asyncio
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from gateway import metrics
from gateway.errors import StoreBusy, StoreUnavailable
from gateway.jobs import Job, JobKind
from gateway.pipeline import bury, failures, owner_calls, rests
from gateway.pipeline.owner_calls import WINDOW, Owner
from gateway.services import Services
from gateway.storage import jobs, leases, receivers, webhook_deliveries
from gateway.storage.receivers import Room, Turn
from gateway.storage.webhook_deliveries import LANES, Attempted, WebhookDelivery

MOST_PROMPT = 128
"""So many receivers are told something at a time that are well and answer within PROMPT_SECONDS."""

MOST_OTHERS = 256
"""How many of which nothing is known, that fail or that take long: one call each, but for those that were well until now."""

MOST_RECEIVERS = 1024
"""Of both. Where so many take long that were well before, others wait for one that gives up."""

PROMPT_SECONDS = 1.0

LOOK_SECONDS = 1.0
AGAIN_SECONDS = 1.0
"""How often it is looked for work, which nobody rings for; and how long a store that takes nothing is left alone."""


@dataclass(slots=True)
class _Telling:
    """That a receiver is told something. `failures`: how many of its answers in a row were bad."""

    is_well: bool
    heard_at: float
    failures: int = 0
    is_left: bool = False

    def hear(self, attempted: Attempted) -> None:
        """Its answers say whether it is told the rest."""
        self.heard_at = asyncio.get_running_loop().time()
        self.failures = 0 if attempted.is_answered else self.failures + 1
        self.is_left = self.failures >= rests.FAILURES

    def is_prompt(self, now: float) -> bool:
        return self.is_well and now - self.heard_at < PROMPT_SECONDS


class Messenger:
    """The part of a worker that tells owners: `step` again and again, until it is to `stop`; then `end`, or `leave` at once."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._tellings: dict[str, _Telling] = {}
        self._under_way: dict[int, Job] = {}
        self._attempted: list[Attempted] = []
        self._recorder: asyncio.Task[None] | None = None
        self._freed = asyncio.Event()
        self._stopping = False

    @property
    def held(self) -> list[Job]:
        """The jobs of what is under way."""
        return list(self._under_way.values())

    async def step(self) -> bool:
        """Take on what is due, as far as there is room; whether there may be more at once. Raises what the store raises."""
        self._freed.clear()  # before it is looked: what is freed meanwhile is looked for again
        room = self._room()
        if room == (0, 0):
            return False
        services, now = self._services, self._services.clock.now()
        due = await services.store.read(lambda c: jobs.next_due(c, JobKind.WEBHOOK))
        if due is None or due > now:
            return False
        busy = frozenset(self._tasks)
        turns = await services.store.write(lambda c: receivers.lease(c, now, busy, room, now - WINDOW))
        for turn in turns:
            self._under_way |= {job.id: job for job in turn.jobs}
            telling = _Telling(turn.receiver.is_well, asyncio.get_running_loop().time())
            self._tellings[turn.destination_id] = telling
            self._tasks[turn.destination_id] = asyncio.create_task(self._tell(telling, turn))
        return bool(turns)

    def _room(self) -> Room:
        now = asyncio.get_running_loop().time()
        prompt = sum(one.is_prompt(now) for one in self._tellings.values())
        left = max(0, MOST_RECEIVERS - len(self._tellings))
        others = MOST_OTHERS - (len(self._tellings) - prompt)
        return Room(min(left, MOST_PROMPT - prompt), max(0, min(left, others)))

    async def wait(self) -> None:
        """Until a receiver has room again, or it is time to look; at once where that was so since the last step began."""
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await self._freed.wait()
        except TimeoutError:
            return

    def stop(self) -> None:
        """Send nothing more; whoever waits looks again."""
        self._stopping = True
        self._freed.set()

    async def end(self) -> list[Job]:
        """Let receivers answer that are prompt, and let go of the others; the jobs of what came to no end, which is sent again under its
        id by whoever comes next. It takes PROMPT_SECONDS, and as long as the store takes to keep what came.
        """
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=PROMPT_SECONDS)
        await _cancelled(self._tasks.values())
        await self._recorded()
        return self.held

    async def finished(self) -> None:
        """Until nothing is under way, and all that came of it is recorded."""
        while self._tasks or self._recorder is not None:
            running = [*self._tasks.values(), *([self._recorder] if self._recorder else [])]
            await asyncio.wait(running)

    async def leave(self) -> list[Job]:
        """Let go of what is under way; its jobs, which are due for whoever comes next."""
        left = self.held
        await _cancelled([*self._tasks.values(), *([self._recorder] if self._recorder else [])])
        return left

    async def _tell(self, telling: _Telling, turn: Turn) -> None:
        try:
            await self._tell_all(telling, turn)
        except Exception as error:  # noqa: BLE001  whatever it is, it costs these jobs alone
            for job in turn.jobs:
                if self._under_way.pop(job.id, None) is not None:
                    await bury.failed(self._services, job, error)
        finally:
            del self._tasks[turn.destination_id], self._tellings[turn.destination_id]
            self._freed.set()

    async def _tell_all(self, telling: _Telling, turn: Turn) -> None:
        services = self._services
        keys = [job.payload.decode() for job in turn.jobs]
        there = await services.store.read(lambda c: webhook_deliveries.by_ids(c, keys))
        snapshot = await services.workspace.current()
        owner = owner_calls.owner_of(services, snapshot, turn.destination_id)
        over: list[Job] = []
        whys: dict[str, tuple[Job, str]] = {}
        lanes: dict[str, list[tuple[Job, WebhookDelivery]]] = {}
        for job, key in zip(turn.jobs, keys, strict=True):
            one = there.get(key)
            if one is None or one.delivered_at is not None or one.dead:  # forgotten, or settled by another
                over.append(job)
            elif (why := self._why_not(owner, one, turn)) is not None:
                whys[key] = job, why
            else:
                lanes.setdefault(one.about, []).append((job, one))
        await self._settle(over)
        await self._give_up(whys)
        if isinstance(owner, str):
            return
        room = asyncio.Semaphore(LANES)
        async with asyncio.TaskGroup() as tasks:
            for lane in lanes.values():
                tasks.create_task(self._one_by_one(room, telling, owner, lane))
        if telling.failures:
            await self._recorded()  # how it is says what is leased of it next
        await self._let_go([job for lane in lanes.values() for job, _one in lane])

    def _why_not(self, owner: Owner | str, one: WebhookDelivery, turn: Turn) -> str | None:
        if isinstance(owner, str):
            return owner
        return owner_calls.too_old(one, self._services.clock.now(), fails=turn.receiver.fails)

    async def _one_by_one(
        self,
        room: asyncio.Semaphore,
        telling: _Telling,
        owner: Owner,
        lane: list[tuple[Job, WebhookDelivery]],
    ) -> None:
        """Send what is about one Delivery. What is left of the lane then was not sent."""
        async with room:
            while lane and not (telling.is_left or self._stopping):
                job, one = lane.pop(0)
                call = owner_calls.call_of(owner, one, self._services.clock.now())
                if isinstance(call, str):
                    await self._give_up({one.id: (job, call)})
                    continue
                answer = await self._services.receivers.post(call.url, call.headers, call.body)
                now = self._services.clock.now()
                attempted = owner_calls.outcome(one, job, call.url, answer, now, random.uniform)
                telling.hear(attempted)
                self._record(attempted)
                if not attempted.is_answered:  # what comes after it would come before it
                    return

    async def _settle(self, over: Sequence[Job]) -> None:
        """There is nothing to be told."""
        if over:
            await self._services.store.write(lambda c: jobs.ack(c, over))
            self._drop(over)

    async def _give_up(self, whys: Mapping[str, tuple[Job, str]]) -> None:
        """Nobody is told these, whoever tries."""
        if not whys:
            return
        settled = [job for job, _why in whys.values()]
        words = {key: why for key, (_job, why) in whys.items()}
        await self._services.store.write(lambda c: webhook_deliveries.give_up(c, words, settled))
        metrics.WEBHOOKS.labels("given_up").inc(len(whys))
        self._drop(settled)

    async def _let_go(self, left: Sequence[Job]) -> None:
        """What was not sent, to a receiver that takes nothing or by a worker that stops, is due as it was."""
        if left:
            await self._services.store.write(lambda c: leases.give_back(c, left))
            self._drop(left)

    def _drop(self, settled: Sequence[Job]) -> None:
        for job in settled:
            self._under_way.pop(job.id, None)

    async def _recorded(self) -> None:
        while self._recorder is not None:
            await asyncio.wait([self._recorder])

    def _record(self, attempted: Attempted) -> None:
        """Keep what came of an attempt, with all else that comes while something is committed."""
        self._attempted.append(attempted)
        if self._recorder is None:
            self._recorder = asyncio.create_task(self._write())

    async def _write(self) -> None:
        try:
            while self._attempted:
                group = list(self._attempted)
                try:
                    await self._write_group(group)
                except Exception as error:  # noqa: BLE001  whatever it is, it costs these jobs alone
                    for one in group:
                        await bury.failed(self._services, one.job, error)
                del self._attempted[: len(group)]
                for one in group:
                    metrics.WEBHOOKS.labels(_came_to(one)).inc()
                    self._under_way.pop(one.job.id, None)
                self._freed.set()  # what comes after it in its lane may be leased
        finally:
            self._recorder = None

    async def _write_group(self, group: Sequence[Attempted]) -> None:
        services = self._services
        while True:
            record = partial(rests.record, attempted=group, now=services.clock.now())
            try:
                recorded = await services.store.write(record)
            except (StoreBusy, StoreUnavailable) as error:
                failures.log("What came of telling owners can't be recorded; it is tried again", error)
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                rests.tell(recorded)
                return


async def _cancelled(tasks: Iterable[asyncio.Task[None]]) -> None:
    some = list(tasks)
    for task in some:
        task.cancel()
    await asyncio.gather(*some, return_exceptions=True)


def _came_to(one: Attempted) -> str:
    if one.delivered:
        return "delivered"
    return "given_up" if one.again_at is None else "failed"
