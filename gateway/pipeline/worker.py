"""Works through the kinds of jobs until it is told to stop."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from gateway import logging
from gateway.errors import StoreBusy, StoreUnavailable
from gateway.jobs import Job, JobKind
from gateway.pipeline import (
    backtests,
    bulk_replays,
    bury,
    consent_imports,
    erasures,
    failures,
    follow,
    recent,
    syncs,
)
from gateway.pipeline.at_hand import AtHand
from gateway.pipeline.deliver import deliver
from gateway.pipeline.lanes import Lanes
from gateway.pipeline.messenger import Messenger
from gateway.pipeline.outbox import SLOW_SECONDS, Outbox
from gateway.pipeline.pacer import Pacer
from gateway.pipeline.rechecks import Rechecks
from gateway.services import Services
from gateway.storage import jobs, leases, retention, rollup
from gateway.storage.leases import HEARTBEAT, LEASE

IDLE_SECONDS = 1.0
BLOCKED_SECONDS = 0.05
"""How soon it is looked again where what is due waits for what another worker does; mostly that one rings before."""

FOLLOW_SECONDS = 5.0
"""How often it is looked whether messages are to be asked for: nobody rings for that, and nothing waits for it."""

ERASE_SECONDS = 5.0
"""How often it is looked whether somebody is to be erased, or what an erasure waits for is settled: that reads through the queue."""

SYNC_SECONDS = 2.0
"""How often it is looked whether a sync is due or was asked for, and whether there is more to hear of what people wrote."""

QUIET_SECONDS = 2.0
YIELDING_SECONDS = 60.0
"""Messages are asked for once nothing was matched or sent for so long, so that no text waits for a look; where there is always something,
a minute after they were due."""

HOUSEKEEPING_SECONDS = 300.0
REST_SECONDS = 10.0
"""Between two rounds of tidying where one was not enough."""

ADDING_UP_SECONDS = 10.0
"""How often counts are added up; until then whoever reads them does so."""

RECHECKS_SECONDS = 60.0
"""How often it is looked whether a destination is to be verified again."""

FINISHING_SECONDS = 8.0
GIVING_BACK_SECONDS = 2.0
"""How long what is under way may take once the worker is told to stop, and then the giving back of what is not done."""

_log = logging.get("worker")


class Worker:
    """Start it with `run`; it ends, with nothing half done, after `stop`."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._stopping = asyncio.Event()
        self._at_hand = AtHand()
        self._lanes = Lanes(services, self._at_hand, self._failed)
        self._outbox = Outbox(services, self._failed)
        self._pacer = Pacer(services, self._outbox)
        self._messenger = Messenger(services)
        self._rechecks = Rechecks(services)
        self._deciding: list[Job] = []
        self._asking: list[Job] = []
        self._busy_at = 0.0
        self._yielded = 0.0

    async def run(self) -> None:
        """Match, deliver, follow, tell owners, replay, erase, sync, import, try out, add up and tidy until `stop`; ten seconds after it at the latest it is over."""
        async with asyncio.TaskGroup() as tasks:
            holding = tasks.create_task(self._hold())
            works = (self._match, self._deliver, self._follow, self._tell, self._replay, self._erase)
            steps = (
                *(*works, self._sync, self._hear, self._import, self._try_out),
                *(self._add_up, self._tidy, self._recheck),
            )
            loops = [tasks.create_task(self._loop(step)) for step in steps]
            await self._stopping.wait()
            await self._finish(loops)
            holding.cancel()

    async def _hold(self) -> None:
        """Say of what is under way that it is, as long as this process lives: else another takes it over within a lease."""
        while True:
            await asyncio.sleep(HEARTBEAT.total_seconds())
            await self.hold_on()

    async def hold_on(self) -> None:
        """Hold what is under way for another lease."""
        held = [*self._lanes.held, *self._deciding, *self._outbox.held, *self._asking, *self._messenger.held]
        if not held:
            return
        until = self._services.clock.now() + LEASE
        try:
            await self._services.store.write(partial(leases.extend, held=held, until=until))
        except (StoreBusy, StoreUnavailable) as error:
            _log.error("What is under way can't be held for longer", jobs=len(held), error=str(error))

    async def _finish(self, loops: Sequence[asyncio.Task[None]]) -> None:
        left: list[Job] = []
        try:
            async with asyncio.timeout(FINISHING_SECONDS):
                await asyncio.wait(loops)
                left, _ = await asyncio.gather(self._messenger.end(), self._outbox.finished())
        except TimeoutError:
            _log.warning("What is under way does not end", deliveries=self._outbox.under_way)
            for loop in loops:
                loop.cancel()
            await asyncio.wait(loops)
            left = [*await self._outbox.leave(), *self._deciding, *await self._messenger.leave()]
        await self._give_back([*left, *self._lanes.held])

    async def _give_back(self, left: Sequence[Job]) -> None:
        """What is not done is due for whoever comes next; where the store takes nothing now, once its leases ran out."""
        try:
            async with asyncio.timeout(GIVING_BACK_SECONDS):
                await self._services.store.write(lambda c: leases.give_back(c, left))
                await self._pacer.end()
        except (StoreBusy, StoreUnavailable, TimeoutError) as error:
            _log.error("What is not done can't be given back", jobs=len(left), error=str(error))

    def stop(self) -> None:
        """Lease nothing more; what is under way is finished."""
        self._stopping.set()
        self._messenger.stop()
        for kind in JobKind:
            self._services.shared.wakeups.ring(kind)

    async def _loop(self, step: Callable[[], Awaitable[None]]) -> None:
        while not self._stopping.is_set():
            try:
                await step()
            except (StoreBusy, StoreUnavailable) as error:
                _log.error("The store is not available; the work waits", error=str(error))
                await self._pause(IDLE_SECONDS)
            except Exception as error:  # noqa: BLE001  a bug must not end the worker; the lease runs out
                failures.log("A step of the worker failed; it goes on", error)
                await self._pause(IDLE_SECONDS)

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return

    async def _failed(self, job: Job, error: BaseException) -> None:
        await bury.failed(self._services, job, error)

    # -- match: a lane for each source, in which its order is kept -----------------------------------------------------

    async def _match(self) -> None:
        # What the store could not take is tried again before anything behind it is leased.
        due = await self._lease_to_match()
        if not self._lanes.busy:
            await self._idle(due, JobKind.MATCH)
        while self._lanes.busy and not self._stopping.is_set():
            self._busy_at = time.monotonic()
            await self._lanes.turn()
            await self._lease_to_match()

    async def _lease_to_match(self) -> datetime | None:
        """When the first request is due, where none is being matched: so it is known when to look again."""
        due = None if self._lanes.busy else await self._next_due(JobKind.MATCH)
        if not self._lanes.busy and not self._is_over(due):
            return due
        for job in await self._lanes.lease():
            if job.deaths < bury.MOST_DEATHS:
                self._lanes.add(job)
            else:
                await bury.deadly(self._services, job)
        return due

    # -- deliver: what waits is leased together ----------------------------------------------------------------------

    async def _deliver(self) -> None:
        workspace = self._services.workspace
        there = sum(one.deleted_at is None for one in (await workspace.current()).destinations.values())
        free = self._outbox.free(alone=there == 1)
        if free == 0:
            await self._outbox.wait_for_room(SLOW_SECONDS)
            return
        if not self._services.settings.alone:
            await workspace.look()  # what was changed may not have been told
        await self._pacer.let_go(free)
        # Where the last time found something there mostly is more: it is leased without a question whether it is due.
        due = self._services.clock.now() if self._deciding else await self._next_due(JobKind.DELIVER)
        self._deciding = await self._lease(JobKind.DELIVER, free) if self._is_over(due) else []
        if self._deciding:
            self._busy_at = time.monotonic()
            await self._deliver_all(self._deciding)
        else:
            await self._idle(due, JobKind.DELIVER, self._pacer.wait())

    async def _deliver_all(self, leased: list[Job]) -> None:
        """Deliver these; if the batch fails, each of it alone, so that what fails then fails alone. Of a store in trouble none of them
        is at fault: they have a later turn.
        """
        try:
            await deliver(self._services, self._pacer, self._outbox, leased, self._at_hand)
        except (StoreBusy, StoreUnavailable) as error:
            for job in leased:
                self._outbox.fail(job, error)
        except Exception as error:  # noqa: BLE001  whatever it is, it costs the job that it is about
            if len(leased) == 1:
                await self._failed(leased[0], error)
                return
            failures.log("Delivering several together failed; each is tried alone", error)
            for job in leased:
                await self._deliver_all([job])

    async def _lease(self, kind: JobKind, limit: int) -> list[Job]:
        services, now = self._services, self._services.clock.now()
        one = kind is JobKind.DELIVER and not services.settings.alone
        return await services.store.write(
            lambda c: leases.lease(c, kind, limit, now, LEASE, one_of_a_person=one)
        )

    async def _next_due(self, kind: JobKind) -> datetime | None:
        return await self._services.store.read(lambda c: jobs.next_due(c, kind))

    def _is_over(self, moment: datetime | None) -> bool:
        return moment is not None and moment <= self._services.clock.now()

    # -- follow: what the provider has is asked for ------------------------------------------------------------------

    async def _follow(self) -> None:
        if not self._is_over(await self._next_due(JobKind.FOLLOW)):
            self._yielded = 0.0
            await self._pause(FOLLOW_SECONDS)
            return
        if self._yielded < YIELDING_SECONDS and time.monotonic() - self._busy_at < QUIET_SECONDS:
            self._yielded += QUIET_SECONDS
            await self._pause(QUIET_SECONDS)
            return
        leased = self._asking = await self._lease(JobKind.FOLLOW, follow.AT_ONCE)
        if not leased:  # another worker has them
            await self._pause(FOLLOW_SECONDS)
            return
        asking = asyncio.create_task(follow.follow(self._services, leased))
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({asking, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not asking.done():
            asking.cancel()
            await asyncio.wait({asking})
            await self._give_back(leased)
            return
        try:
            await asking
        except (StoreBusy, StoreUnavailable):
            raise
        except Exception as error:  # noqa: BLE001  whatever it is, it costs these looks alone
            for job in leased:
                await self._failed(job, error)

    # -- tell owners -------------------------------------------------------------------------------------------------

    async def _tell(self) -> None:
        if not await self._messenger.step():
            await self._messenger.wait()

    # -- all of them ---------------------------------------------------------------------------------------------------------

    async def _idle(self, due: datetime | None, kind: JobKind, most: float | None = None) -> None:
        """Until there is work: rung for, or due by then; so many seconds at most."""
        services = self._services
        wait = IDLE_SECONDS if most is None else min(IDLE_SECONDS, most)
        if due is not None:
            least = 0.0 if services.settings.alone else BLOCKED_SECONDS
            wait = min(wait, max(least, (due - services.clock.now()).total_seconds()))
        await services.shared.wakeups.wait(kind, wait)

    async def _replay(self) -> None:
        """Go on with what somebody wants to be replayed."""
        if not await bulk_replays.step(self._services):
            await self._pause(IDLE_SECONDS)

    async def _erase(self) -> None:
        """Go on with erasing whom somebody wants erased."""
        if not await erasures.step(self._services, self._stopping.is_set):
            await self._pause(ERASE_SECONDS)

    async def _sync(self) -> None:
        """Learn what the accounts have."""
        await self._until_stopped(syncs.step(self._services))

    async def _hear(self) -> None:
        """Hear what people wrote before a destination was verified."""
        await self._until_stopped(recent.step(self._services))

    async def _import(self) -> None:
        """Record what somebody wants to be imported."""
        await self._until_stopped(consent_imports.step(self._services))

    async def _try_out(self) -> None:
        """Try what somebody wants to be tried on what came."""
        await self._until_stopped(backtests.step(self._services))

    async def _until_stopped(self, step: Coroutine[Any, Any, bool]) -> None:
        """Take that step, and rest after one in which nothing was to be done; a process that stops leaves it to the next one."""
        stepping = asyncio.create_task(step)
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({stepping, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not stepping.done():
            stepping.cancel()
            await asyncio.wait({stepping})
        elif not await stepping:
            await self._pause(SYNC_SECONDS)

    async def _add_up(self) -> None:
        """Add up what was counted."""
        services = self._services
        if not await rollup.roll_up(services.store, services.clock.now()):
            await self._pause(ADDING_UP_SECONDS)

    async def _recheck(self) -> None:
        """Verify destinations again."""
        await self._pause(RECHECKS_SECONDS)
        if not self._stopping.is_set():
            await self._rechecks.turn()

    async def _tidy(self) -> None:
        """Forget what is old enough."""
        services = self._services
        done = await retention.forget(services.store, services.settings, services.clock.now())
        await self._pause(REST_SECONDS if done.more else HOUSEKEEPING_SECONDS)
