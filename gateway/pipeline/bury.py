"""Jobs on which the gateway itself fails: tried again, and after too many failures kept out of the way of the others, in view."""

from datetime import timedelta

from msgspec.structs import replace
from sqlalchemy import Connection

from gateway import logging, metrics, spec
from gateway.errors import StoreBusy, StoreUnavailable
from gateway.events import EventOutcome
from gateway.facts.snapshot import Snapshot
from gateway.jobs import Job, JobKind
from gateway.pipeline import failures, settle, steps
from gateway.pipeline.settle import Reached
from gateway.services import Services
from gateway.storage import deliveries, events, jobs, webhook_deliveries
from gateway.storage.events import Kept

MOST_FAILURES = 10
"""After so many failures of our own a job is buried: kept, logged, and out of the way of the others."""

MOST_DEATHS = 10
"""After so many ends of the process a request is buried, too. Those that had no part in them are few times beside what had:
see `jobs.lease_by_turns`.
"""

INTERNAL_ERROR = "internal_error"
"""The problem of an event whose request was buried."""

_SUBJECTS = {JobKind.MATCH: "source", JobKind.WEBHOOK: "destination"}
_log = logging.get("worker")


async def failed(services: Services, job: Job, error: BaseException) -> None:
    """A failure of our own costs one job a later turn; after MOST_FAILURES of them it is buried. Raises nothing."""
    failures.log("A job failed", error, tries=job.tries, **_about(job))
    try:
        await _failed(services, job, error)
    except Exception as trouble:  # noqa: BLE001  whoever tells of it has others to see to, such as answers to record
        failures.log("A failed job keeps its lease until it runs out", trouble, **_about(job))


async def _failed(services: Services, job: Job, error: BaseException) -> None:
    now = services.clock.now()
    passing = isinstance(error, StoreBusy | StoreUnavailable)
    snapshot = await services.workspace.current()
    is_buried = False

    def change(connection: Connection) -> list[Reached]:
        nonlocal is_buried
        is_buried = False
        if passing or job.failures + 1 < MOST_FAILURES:
            when = now + timedelta(seconds=min(60, 2 ** (job.failures + 1)))
            jobs.retry_at(connection, [(job, when)], failed=not passing)
            return []
        if job.kind is JobKind.DELIVER:
            deliveries.standings(
                connection, [job.subject or ""]
            )  # whoever changes it locks it before its job
        is_buried = jobs.bury(connection, job, failures.described(error), now)
        if not is_buried:
            return []
        if job.kind is JobKind.MATCH:
            _keep_unmatched(connection, snapshot, job)
            return []
        if job.kind is JobKind.FOLLOW:
            return []  # nobody waits for what it would have learned
        if job.kind is JobKind.WEBHOOK:
            why = f"The gateway failed {MOST_FAILURES} times on this. The log says what failed; replay it once that is mended."
            webhook_deliveries.give_up(connection, {job.payload.decode(): why})
            return []
        why = f"The gateway failed {MOST_FAILURES} times on this delivery."
        return settle.apply(connection, steps.given_up(job.subject or "", why), now)

    await settle.settle(services, change)
    if is_buried:
        _say_buried(job, failures.described(error))


def _about(job: Job) -> dict[str, str]:
    """What a line of the log is about: the request of a source, what an owner is told, or else a Delivery."""
    what = _SUBJECTS.get(job.kind, "delivery")
    return {"kind": job.kind, what: job.subject or ""}


def _say_buried(job: Job, why: str) -> None:
    _log.error("A job is buried", why=why, **_about(job))
    metrics.BURIED.labels(job.kind).inc()


async def deadly(services: Services, job: Job) -> None:
    """What the process died of so often, it would die of again. Once more its events are shown, which may be what it
    died of.
    """
    now = services.clock.now()
    snapshot = await services.workspace.current()
    why = f"The process ended {job.deaths} times while it worked on this."
    _say_buried(job, why)

    def bury(connection: Connection) -> None:
        if jobs.bury(connection, job, why, now) and job.deaths == MOST_DEATHS:
            _keep_unmatched(connection, snapshot, job)

    await services.store.write(bury)


def _keep_unmatched(connection: Connection, snapshot: Snapshot, job: Job) -> None:
    """What was acknowledged stays in view: each event of a buried request that has no row is kept as INVALID.

    Its messageId is not claimed, so that the same event, sent again, is matched.
    """
    try:
        request = spec.taken(job.payload)
        source = snapshot.sources[request.source_id]
    except (ValueError, KeyError) as error:
        failures.log("The events of a buried request can't be shown", error, **_about(job))
        return
    for event in request:
        try:
            with connection.begin_nested():
                if not events.outcomes(connection, [event]) and not events.is_duplicate(
                    connection, source.id, event
                ):
                    kept = replace(event, problem=event.problem or INTERNAL_ERROR)
                    events.add(connection, [Kept(source, kept, EventOutcome.INVALID)])
        except Exception as error:  # noqa: BLE001  what can't be stored must not keep the job from its grave
            failures.log("An event of a buried request can't be shown", error, event_id=event.id)
