"""Works through the two kinds of jobs until it is told to stop."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from gateway import logging, spec
from gateway.deliveries import UNSENT, DeliveryStatus
from gateway.errors import StoreBusy, StoreUnavailable
from gateway.events import EventOutcome
from gateway.facts.workspace import Snapshot
from gateway.jobs import Job, JobKind
from gateway.pipeline import failures
from gateway.pipeline.deliver import deliver
from gateway.pipeline.lanes import Lanes
from gateway.pipeline.settle import settle
from gateway.services import Services
from gateway.storage import deliveries, events as stored_events, jobs, retention
from gateway.storage.jobs import LEASE

DELIVER_AT_ONCE = 64
MOST_FAILURES = 10
"""After so many failures of our own a job is buried: kept, logged, and out of the way of the others."""

MOST_DEATHS = 10
"""After so many ends of the process a request is buried, too. Those that had no part in them are few times beside what had:
see `jobs.lease_by_turns`.
"""

INTERNAL_ERROR = "internal_error"
"""The problem of an event whose request was buried."""

IDLE_SECONDS = 1.0
HOUSEKEEPING_SECONDS = 300.0
REST_SECONDS = 10.0
"""Between two rounds of tidying where one was not enough."""

_log = logging.get("worker")


class Worker:
    """Start it with `run`; it ends, with nothing half done, after `stop`."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._stopping = asyncio.Event()
        self._lanes = Lanes(services, self._fail)

    async def run(self) -> None:
        """Match, deliver and tidy until `stop`."""
        async with asyncio.TaskGroup() as tasks:
            for step in (self._match, self._deliver, self._tidy):
                tasks.create_task(self._loop(step))

    def stop(self) -> None:
        """Lease nothing more; what is under way is finished."""
        self._stopping.set()
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

    # -- match: a lane for each source, in which its order is kept -----------------------------------------------------

    async def _match(self) -> None:
        # What the store could not take is tried again before anything behind it is leased.
        await self._lease_to_match()
        if not self._lanes.busy:
            await self._idle(JobKind.MATCH)
        while self._lanes.busy and not self._stopping.is_set():
            await self._lanes.turn()
            await self._lease_to_match()

    async def _lease_to_match(self) -> None:
        for job in await self._lanes.lease():
            if job.deaths < MOST_DEATHS:
                self._lanes.add(job)
            else:
                await self._bury_deadly(job)

    async def _bury_deadly(self, job: Job) -> None:
        """What the process died of so often, it would die of again. Once more its events are shown, which may be what it
        died of.
        """
        services, now = self._services, self._services.clock.now()
        snapshot = await services.workspace.current()
        why = f"The process ended {job.deaths} times while it worked on this."
        _log.error("A job is buried", why=why, kind=job.kind, subject=job.subject)

        def bury(connection: Connection) -> None:
            if jobs.bury(connection, job, why, now) and job.deaths == MOST_DEATHS:
                _keep_unmatched(connection, snapshot, job)

        await services.store.write(bury)

    # -- deliver: many at a time, since each Delivery is its own work ------------------------------------------------

    async def _deliver(self) -> None:
        running: set[asyncio.Task[None]] = set()
        try:
            while not self._stopping.is_set():
                free = DELIVER_AT_ONCE - len(running)
                leased = await self._lease(JobKind.DELIVER, free) if free else []
                for job in leased:
                    task = asyncio.create_task(self._guarded(job, partial(deliver, self._services, job)))
                    running.add(task)
                    task.add_done_callback(running.discard)
                if not free:
                    await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                elif not leased:
                    await self._idle(JobKind.DELIVER)
        finally:
            if running:
                await asyncio.wait(running)

    # -- both ---------------------------------------------------------------------------------------------------------

    async def _lease(self, kind: JobKind, limit: int) -> list[Job]:
        services, now = self._services, self._services.clock.now()
        due = await services.store.read(lambda c: jobs.next_due(c, kind))
        if due is None or due > now:
            return []
        return await services.store.write(lambda c: jobs.lease(c, kind, limit, now, LEASE))

    async def _idle(self, kind: JobKind) -> None:
        """Until there is work: rung for, or due by the clock."""
        services = self._services
        due = await services.store.read(lambda c: jobs.next_due(c, kind))
        wait = IDLE_SECONDS
        if due is not None:
            wait = min(wait, max(0.0, (due - services.clock.now()).total_seconds()))
        await services.shared.wakeups.wait(kind, wait)

    async def _guarded(self, job: Job, work: Callable[[], Awaitable[None]]) -> None:
        """A failure of our own costs one job a later turn; after MOST_FAILURES of them it is buried."""
        try:
            await work()
        except Exception as error:  # noqa: BLE001  whatever it is, it costs this job alone
            await self._fail(job, error)

    async def _fail(self, job: Job, error: Exception) -> None:
        failures.log("A job failed", error, kind=job.kind, subject=job.subject, tries=job.tries)
        try:
            await self._failed(job, error)
        except (StoreBusy, StoreUnavailable) as unavailable:
            _log.error("A failed job keeps its lease until it runs out", error=str(unavailable))

    async def _failed(self, job: Job, error: Exception) -> None:
        services, now = self._services, self._services.clock.now()
        passing = isinstance(error, StoreBusy | StoreUnavailable)
        snapshot = await services.workspace.current()

        def change(connection: Connection) -> DeliveryStatus | None:
            if passing or job.failures + 1 < MOST_FAILURES:
                when = now + timedelta(seconds=min(60, 2 ** (job.failures + 1)))
                jobs.retry_at(connection, job, when, failed=not passing)
                return None
            if not jobs.bury(connection, job, failures.described(error), now):
                return None
            if job.kind is JobKind.MATCH:
                _keep_unmatched(connection, snapshot, job)
                return None
            return self._give_up(connection, job.subject or "", now)

        await settle(services, change)

    def _give_up(self, connection: Connection, delivery_id: str, now: datetime) -> DeliveryStatus | None:
        failed = f"The gateway failed {MOST_FAILURES} times on this delivery."
        endings = (
            (UNSENT, DeliveryStatus.REJECTED, f"{failed} It was not sent."),
            ((DeliveryStatus.SENDING,), DeliveryStatus.UNCERTAIN, failed),
            (
                (DeliveryStatus.UNCERTAIN,),
                DeliveryStatus.EXPIRED,
                f"{failed} Nobody knows whether it was sent.",
            ),
        )
        reached = None
        for leaving, status, message in endings:
            changed = deliveries.change(
                connection,
                delivery_id,
                leaving,
                now,
                status=status,
                error_code="INTERNAL_ERROR",
                error_message=message,
                remedy="The log has the cause. The job is kept among the buried ones.",
                next_attempt_at=None,
            )
            reached = status if changed else reached
        return reached

    async def _tidy(self) -> None:
        """Forget what is old enough."""
        services = self._services
        done = await retention.forget(services.store, services.settings, services.clock.now())
        await self._pause(REST_SECONDS if done.more else HOUSEKEEPING_SECONDS)


def _keep_unmatched(connection: Connection, snapshot: Snapshot, job: Job) -> None:
    """What was acknowledged stays in view: each event of a buried request that has no row is kept as INVALID.

    Its messageId is not claimed, so that the same event, sent again, is matched.
    """
    try:
        request = spec.taken(job.payload)
        source = snapshot.sources[request.source_id]
    except (ValueError, KeyError) as error:
        failures.log("The events of a buried request can't be shown", error, job=job.id)
        return
    for event in request:
        try:
            with connection.begin_nested():
                if stored_events.outcome_of(connection, event.id) is None and not stored_events.is_duplicate(
                    connection, source.id, event
                ):
                    kept = replace(event, problem=event.problem or INTERNAL_ERROR)
                    stored_events.add(connection, source, kept, EventOutcome.INVALID)
        except Exception as error:  # noqa: BLE001  what can't be stored must not keep the job from its grave
            failures.log("An event of a buried request can't be shown", error, event_id=event.id)
