"""Jobs in the background on which one process at a time works: it says with each page that it does, and another takes over after that."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from gateway import ids
from gateway.background_jobs import BackgroundJob, BackgroundKind, BackgroundStatus
from gateway.errors import StoreBusy, StoreUnavailable
from gateway.pipeline import failures
from gateway.services import Services
from gateway.storage import background_jobs, turns

_RUNNING = (BackgroundStatus.RUNNING,)


class JobTurn(NamedTuple):
    """A process's turn to work on a job, for so long each time that it says so."""

    name: str
    holder: str
    kept: timedelta

    def keeps(self, connection: Connection, now: datetime) -> bool:
        """Whether it is this process's turn; then it is for a while."""
        return turns.take(connection, self.name, self.holder, now, now + self.kept)


Work = Callable[[Services, BackgroundJob, JobTurn], Awaitable[bool]]


class Kind(NamedTuple):
    """What is to know of a kind of job: `turn` names its turns, `failed` says in the log that one failed, and `what_stays` to whoever asked
    for it what became of what was done, and how it goes on.
    """

    kind: BackgroundKind
    turn: str
    kept: timedelta
    failed: str
    what_stays: str


async def each(services: Services, kind: Kind, work: Work) -> bool:
    """Work on each job of that kind whose turn it is here; whether there was anything to do. A failure of our own costs its job
    alone, which is FAILED. Raises what the store raises.
    """
    running = await services.store.read(lambda c: background_jobs.all_running(c, kind.kind))
    worked = [await _one(services, kind, job, work) for job in running]
    return any(worked)


async def _one(services: Services, kind: Kind, job: BackgroundJob, work: Work) -> bool:
    turn = JobTurn(f"{kind.turn} {ids.digest(job.id)[:16]}", ids.new("run"), kind.kept)
    if not await services.store.write(lambda c: turn.keeps(c, services.clock.now())):
        return False
    try:
        return await work(services, job, turn)
    except (StoreBusy, StoreUnavailable):
        raise
    except Exception as error:  # noqa: BLE001  a bug: it must not be met again and again
        failures.log(kind.failed, error, job=job.id)
        resume = (
            f'mutation {{ jobResume(input: {{id: "{job.id}"}}) {{ job {{ status }} errors {{ message }} }} }}'
        )
        cause = "The gateway itself failed on it; the log has the cause."
        await fail(services, job, f"{cause} {kind.what_stays}: {resume}")
        return True
    finally:
        await services.store.write(lambda c: turns.give_back(c, turn.name, turn.holder))


async def fail(services: Services, job: BackgroundJob, message: str) -> None:
    """End it FAILED for that reason, if it runs."""
    failed, now = BackgroundStatus.FAILED, services.clock.now()
    await services.store.write(
        lambda c: background_jobs.bring(c, job.id, failed, _RUNNING, finished_at=now, message=message)
    )
