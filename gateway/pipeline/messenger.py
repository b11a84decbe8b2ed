"""Tells owners, beside all other work and with a client of its own: a receiver that hangs delays no text, and no other receiver.

Of one receiver LANES are under way at a time, over all workers. What a worker sent and did not live to record is sent once more, under
the same id.
"""

import asyncio
import random
from collections.abc import Sequence
from functools import partial

from gateway import metrics
from gateway.errors import StoreBusy, StoreUnavailable
from gateway.jobs import Job, JobKind
from gateway.pipeline import bury, failures, owner_calls
from gateway.pipeline.owner_calls import Owner
from gateway.services import Services
from gateway.storage import jobs, leases, webhook_deliveries
from gateway.storage.leases import LEASE
from gateway.storage.webhook_deliveries import LANES, Attempted, WebhookDelivery

AT_ONCE = 16
"""How much is leased together: of one receiver, or one each of so many."""

MOST_RECEIVERS = 128
"""So many receivers are told something at a time. Where all of them hang, others wait for one that gives up."""

LOOK_SECONDS = 1.0
AGAIN_SECONDS = 1.0
"""How often it is looked for work, which nobody rings for; and how long a store that takes nothing is left alone."""


class Messenger:
    """The part of a worker that tells owners: `step` again and again, until it is to stop; then `leave`."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._under_way: dict[int, Job] = {}
        self._attempted: list[Attempted] = []
        self._recorder: asyncio.Task[None] | None = None
        self._freed = asyncio.Event()

    @property
    def held(self) -> list[Job]:
        """The jobs of what is under way."""
        return list(self._under_way.values())

    async def step(self) -> bool:
        """Take on what is due, as far as there is room; whether there may be more at once. Raises what the store raises."""
        if len(self._tasks) >= MOST_RECEIVERS:
            return False
        services, now = self._services, self._services.clock.now()
        due = await services.store.read(lambda c: jobs.next_due(c, JobKind.WEBHOOK))
        if due is None or due > now:
            return False
        busy = frozenset(self._tasks)
        leased = await services.store.write(
            lambda c: leases.lease_by_turns(c, JobKind.WEBHOOK, AT_ONCE, now, LEASE, busy)
        )
        whose: dict[str, list[Job]] = {}
        for job in leased:
            self._under_way[job.id] = job
            whose.setdefault(job.subject or "", []).append(job)
        for destination_id, together in whose.items():
            task = asyncio.create_task(self._tell(destination_id, together))
            self._tasks[destination_id] = task
        return bool(leased)

    async def wait(self) -> None:
        """Until a receiver has room again, or it is time to look."""
        self._freed.clear()
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await self._freed.wait()
        except TimeoutError:
            return

    def ring(self) -> None:
        """Let whoever waits look again."""
        self._freed.set()

    async def finished(self) -> None:
        """Until nothing is under way, and all that came of it is recorded."""
        while self._tasks or self._recorder is not None:
            running = [*self._tasks.values(), *([self._recorder] if self._recorder else [])]
            await asyncio.wait(running)

    async def leave(self) -> list[Job]:
        """Let go of what is under way; its jobs, which are due for whoever comes next."""
        left = self.held
        tasks = [*self._tasks.values(), *([self._recorder] if self._recorder else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return left

    async def _tell(self, destination_id: str, leased: Sequence[Job]) -> None:
        try:
            await self._tell_all(destination_id, leased)
        except Exception as error:  # noqa: BLE001  whatever it is, it costs these jobs alone
            for job in leased:
                if self._under_way.pop(job.id, None) is not None:
                    await bury.failed(self._services, job, error)
        finally:
            del self._tasks[destination_id]
            self._freed.set()

    async def _tell_all(self, destination_id: str, leased: Sequence[Job]) -> None:
        services = self._services
        keys = [job.payload.decode() for job in leased]
        there = await services.store.read(lambda c: webhook_deliveries.by_ids(c, keys))
        snapshot = await services.workspace.current()
        owner = owner_calls.owner_of(services, snapshot, destination_id)
        lanes: dict[str, list[tuple[Job, WebhookDelivery]]] = {}
        over: list[Job] = []
        for job, key in zip(leased, keys, strict=True):
            one = there.get(key)
            if one is None or one.delivered_at is not None or one.dead:  # forgotten, or settled by another
                over.append(job)
            else:
                lanes.setdefault(one.about, []).append((job, one))
        if over:
            await services.store.write(lambda c: jobs.ack(c, over))
            for job in over:
                self._under_way.pop(job.id, None)
        if isinstance(owner, str):
            await self._give_up([one for lane in lanes.values() for one in lane], owner)
            return
        room = asyncio.Semaphore(LANES)
        async with asyncio.TaskGroup() as tasks:
            for lane in lanes.values():
                tasks.create_task(self._one_by_one(room, owner, lane))

    async def _one_by_one(
        self, room: asyncio.Semaphore, owner: Owner, lane: Sequence[tuple[Job, WebhookDelivery]]
    ) -> None:
        async with room:
            for job, one in lane:
                call = owner_calls.call_of(owner, one, self._services.clock.now())
                if isinstance(call, str):
                    await self._give_up([(job, one)], call)
                    continue
                answer = await self._services.receivers.post(call.url, call.headers, call.body)
                now = self._services.clock.now()
                self._record(owner_calls.outcome(one, job, call.url, answer, now, random.uniform))

    async def _give_up(self, some: Sequence[tuple[Job, WebhookDelivery]], why: str) -> None:
        """Nobody can be told, whoever tries."""
        settled = [job for job, _one in some]
        keys = [one.id for _job, one in some]
        await self._services.store.write(lambda c: webhook_deliveries.give_up(c, keys, why, settled))
        metrics.WEBHOOKS.labels("given_up").inc(len(keys))
        for job in settled:
            self._under_way.pop(job.id, None)

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
                        if one.job is not None:
                            await bury.failed(self._services, one.job, error)
                del self._attempted[: len(group)]
                for one in group:
                    metrics.WEBHOOKS.labels(_came_to(one)).inc()
                    if one.job is not None:
                        self._under_way.pop(one.job.id, None)
        finally:
            self._recorder = None

    async def _write_group(self, group: Sequence[Attempted]) -> None:
        services = self._services
        while True:
            record = partial(webhook_deliveries.record, attempted=group, now=services.clock.now())
            try:
                await services.store.write(record)
            except (StoreBusy, StoreUnavailable) as error:
                failures.log("What came of telling owners can't be recorded; it is tried again", error)
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                return


def _came_to(one: Attempted) -> str:
    if one.delivered:
        return "delivered"
    return "given_up" if one.again_at is None else "failed"
