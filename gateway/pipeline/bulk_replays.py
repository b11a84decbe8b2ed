"""Replays of many: a job in the background, step by step. What a step did and how far the job is are one transaction, so that a
process that is killed between loses nothing and repeats nothing.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from gateway.background_jobs import BackgroundJob, BackgroundKind, BackgroundStatus
from gateway.errors import StoreBusy, StoreUnavailable
from gateway.facts.snapshot import Snapshot
from gateway.jobs import JobKind
from gateway.pipeline import failures, settle
from gateway.pipeline.replays import Asked, Obstacle, Refusal, Replays, replay
from gateway.pipeline.settle import Reached
from gateway.services import Services
from gateway.storage import background_jobs, jobs, replays
from gateway.storage.outages import is_outage

STEP = 100
"""How many Deliveries are replayed in one transaction."""

MOST_AHEAD = 1_000
"""How many Deliveries may be due for a job to go on: it is no faster than what is sent, and what comes in hardly waits for it."""

_RUNNING = (BackgroundStatus.RUNNING,)


async def step(services: Services) -> bool:
    """Bring the job that was asked for first one step on; whether there may be another one.

    On a failure of our own the job is FAILED, and keeps what it has yet to do. Raises what the store raises.
    """
    job = await services.store.read(lambda c: background_jobs.running(c, BackgroundKind.REPLAY))
    if job is None:
        return False
    snapshot = await services.workspace.current()
    now = services.clock.now()
    try:
        made = await services.store.write(lambda c: _step(c, snapshot, job, now))
    except (StoreBusy, StoreUnavailable):
        raise
    except Exception as error:  # noqa: BLE001  a bug: it must not be met again and again
        await _fail(services, job, error)
        return True
    settle.tell(services, made or [])
    services.shared.wakeups.ring(JobKind.DELIVER)
    return made is not None


def _step(
    connection: Connection, snapshot: Snapshot, job: BackgroundJob, now: datetime
) -> list[Reached] | None:
    """The replays that are new; None where the job goes no further for now."""
    if jobs.due(connection, JobKind.DELIVER, now, MOST_AHEAD) >= MOST_AHEAD:
        return None
    taken = background_jobs.take(connection, job.id)
    if taken is None:
        return None
    new: list[Reached] = []
    coming = replays.following(connection, job.id, STEP)
    if coming:
        asked = Asked(job.replay_key, job.include_accepted)
        results, new = _replay(connection, snapshot, [one.delivery_id for one in coming], asked, now)
        refusals = [one for one in results if isinstance(one, Refusal)]
        last = refusals[-1].message if refusals else None
        made = len(results) - len(refusals)
        result = _result(taken, made, refusals)
        background_jobs.count(connection, job.id, made, len(refusals), last, result)
        replays.done(connection, job.id, coming[-1])
    if len(coming) < STEP:
        background_jobs.bring(connection, job.id, BackgroundStatus.DONE, _RUNNING, finished_at=now)
    return new


def _result(job: BackgroundJob, made: int, refusals: Sequence[Refusal]) -> dict[str, Any]:
    """What a job came to with these: how many replays there are, and how many there are not, by why."""
    skipped = Counter({} if job.result is None else job.result["skipped"])
    skipped.update(one.obstacle.value for one in refusals)
    return {"made": job.done + made, "skipped": dict(sorted(skipped.items()))}


def _replay(
    connection: Connection, snapshot: Snapshot, delivery_ids: Sequence[str], asked: Asked, now: datetime
) -> Replays:
    """Replay these together; if that fails, each alone, so that what fails then fails alone."""
    try:
        with connection.begin_nested():
            return replay(connection, snapshot, delivery_ids, asked, now)
    except Exception as error:  # whatever it is, it costs the delivery that it is about
        if is_outage(error):
            raise  # the store's trouble is no delivery's fault
        if len(delivery_ids) == 1:
            failures.log("A delivery can't be replayed", error, delivery=delivery_ids[0])
            message = f"The gateway itself failed to replay {delivery_ids[0]}; the log has the cause."
            return Replays([Refusal(Obstacle.FAILURE, message)], [])
        alone = [_replay(connection, snapshot, [one], asked, now) for one in delivery_ids]
        return Replays(
            [one for each in alone for one in each.results], [one for each in alone for one in each.made]
        )


async def _fail(services: Services, job: BackgroundJob, error: Exception) -> None:
    failures.log("A job in the background failed", error, job=job.id)
    message = (
        "The gateway itself failed on it; the log has the cause. What was replayed stays. Resumed, it goes on with the rest: "
        f'mutation {{ jobResume(input: {{id: "{job.id}"}}) {{ job {{ status }} errors {{ message }} }} }}'
    )
    await services.store.write(
        lambda c: background_jobs.bring(c, job.id, BackgroundStatus.FAILED, _RUNNING, message=message)
    )
