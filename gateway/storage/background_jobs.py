"""What somebody asked for and takes a while, as it is kept. It has nothing to do with `storage.jobs`, the queue."""

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from gateway import ids
from gateway.background_jobs import BackgroundJob, BackgroundKind, BackgroundStatus
from gateway.storage import pages
from gateway.storage.pages import Cursor, Page
from gateway.storage.rows import to_value, to_values
from gateway.storage.tables import background_jobs


def new_id() -> str:
    """The id of a job that is to be added."""
    return ids.new("job")


def add(connection: Connection, job: BackgroundJob) -> None:
    """Keep a new one."""
    connection.execute(
        insert(background_jobs).values(
            id=job.id,
            space=job.space,
            kind=job.kind.value,
            status=job.status.value,
            total=job.total,
            done=job.done,
            failed=job.failed,
            message=job.message,
            result=job.result,
            replay_key=job.replay_key,
            include_accepted=job.include_accepted,
            created_at=job.created_at,
            finished_at=job.finished_at,
        )
    )


def get(connection: Connection, job_id: str) -> BackgroundJob | None:
    """The job of that id."""
    row = connection.execute(select(background_jobs).where(background_jobs.c.id == job_id)).one_or_none()
    return None if row is None else to_value(BackgroundJob, row)


def page(
    connection: Connection, space: str, kind: BackgroundKind | None, first: int, after: Cursor | None
) -> Page[BackgroundJob]:
    """The jobs of a space, the newest first."""
    where = [background_jobs.c.space == space]
    if kind is not None:
        where.append(background_jobs.c.kind == kind.value)
    return pages.newest_first(
        connection, background_jobs, "created_at", where, first, after, partial(to_values, BackgroundJob)
    )


_RUNNING = (
    select(background_jobs)
    .where(background_jobs.c.status == BackgroundStatus.RUNNING.value)
    .order_by(background_jobs.c.created_at, background_jobs.c.id)
    .limit(1)
)
_TAKE = (
    select(background_jobs)
    .where(
        background_jobs.c.id == bindparam("job"),
        background_jobs.c.status == BackgroundStatus.RUNNING.value,
    )
    .with_for_update(skip_locked=True)
)


def running(connection: Connection) -> BackgroundJob | None:
    """The one that runs and was asked for first."""
    row = connection.execute(_RUNNING).one_or_none()
    return None if row is None else to_value(BackgroundJob, row)


def take(connection: Connection, job_id: str) -> BackgroundJob | None:
    """That one as it is now, if it runs and nobody else works on it: then nobody does before this transaction ends."""
    row = connection.execute(_TAKE, {"job": job_id}).one_or_none()
    return None if row is None else to_value(BackgroundJob, row)


def bring(
    connection: Connection,
    job_id: str,
    status: BackgroundStatus,
    leaving: Collection[BackgroundStatus],
    *,
    finished_at: datetime | None = None,
    message: str | None = None,
) -> bool:
    """Set where it stands, where it stood in one of `leaving`; whether it did. A `message` of None leaves the one it has."""
    values: dict[str, Any] = {"status": status.value, "finished_at": finished_at}
    if message is not None:
        values["message"] = message
    changed = connection.execute(
        update(background_jobs)
        .where(background_jobs.c.id == job_id, background_jobs.c.status.in_([one.value for one in leaving]))
        .values(values)
    )
    return changed.rowcount == 1


def count(
    connection: Connection,
    job_id: str,
    done: int,
    failed: int,
    message: str | None,
    result: Mapping[str, Any],
) -> None:
    """So many more items are dealt with, and all together came to that. A `message` of None leaves the one it has."""
    values: dict[str, Any] = {
        "done": background_jobs.c.done + done,
        "failed": background_jobs.c.failed + failed,
        "result": result,
    }
    if message is not None:
        values["message"] = message
    connection.execute(update(background_jobs).where(background_jobs.c.id == job_id).values(values))
