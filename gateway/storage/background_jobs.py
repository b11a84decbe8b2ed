"""What somebody asked for and takes a while, as it is kept. It has nothing to do with `storage.jobs`, the queue."""

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, bindparam, exists, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway import ids
from gateway.background_jobs import BackgroundJob, BackgroundKind, BackgroundStatus
from gateway.storage import pages
from gateway.storage.pages import Cursor, Page
from gateway.storage.rows import to_value, to_values
from gateway.storage.tables import IS_THE_ONLY_ONE, background_jobs


def new_id() -> str:
    """The id of a job that is to be added."""
    return ids.new("job")


def add(connection: Connection, job: BackgroundJob) -> None:
    """Keep a new one."""
    connection.execute(insert(background_jobs).values(_columns(job)))


def add_only(connection: Connection, job: BackgroundJob) -> bool:
    """Keep a new one, unless one of its kind about the same runs already; whether it is kept."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new = dialect.insert(background_jobs).values(_columns(job))
    done = connection.execute(
        new.on_conflict_do_nothing(index_elements=["kind", "subject"], index_where=text(IS_THE_ONLY_ONE))
    )
    return done.rowcount == 1


def _columns(job: BackgroundJob) -> dict[str, Any]:
    return {
        "id": job.id,
        "space": job.space,
        "kind": job.kind.value,
        "status": job.status.value,
        "total": job.total,
        "done": job.done,
        "failed": job.failed,
        "message": job.message,
        "result": job.result,
        "replay_key": job.replay_key,
        "include_accepted": job.include_accepted,
        "created_at": job.created_at,
        "finished_at": job.finished_at,
        "subject": job.subject,
    }


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
    .where(
        background_jobs.c.status == BackgroundStatus.RUNNING.value,
        background_jobs.c.kind.in_(bindparam("kinds", expanding=True)),
    )
    .order_by(background_jobs.c.created_at, background_jobs.c.id)
)
_TAKE = (
    select(background_jobs)
    .where(
        background_jobs.c.id == bindparam("job"),
        background_jobs.c.status == BackgroundStatus.RUNNING.value,
    )
    .with_for_update(skip_locked=True)
)


def running(connection: Connection, *kinds: BackgroundKind) -> BackgroundJob | None:
    """The one of these kinds that runs and was asked for first."""
    rows = connection.execute(_RUNNING.limit(1), {"kinds": [kind.value for kind in kinds]}).all()
    return to_value(BackgroundJob, rows[0]) if rows else None


def all_running(connection: Connection, *kinds: BackgroundKind) -> list[BackgroundJob]:
    """All of these kinds that run, in the order in which they were asked for."""
    rows = connection.execute(_RUNNING, {"kinds": [kind.value for kind in kinds]}).all()
    return to_values(BackgroundJob, rows)


def running_of(connection: Connection, kind: BackgroundKind, subject: str) -> BackgroundJob | None:
    """The one of that kind that runs and is about that."""
    query = select(background_jobs).where(
        background_jobs.c.kind == kind.value,
        background_jobs.c.subject == subject,
        background_jobs.c.status == BackgroundStatus.RUNNING.value,
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else to_value(BackgroundJob, row)


def failed_before(connection: Connection, kind: BackgroundKind, before: datetime) -> list[BackgroundJob]:
    """All of that kind that failed, before then."""
    query = select(background_jobs).where(
        background_jobs.c.status == BackgroundStatus.FAILED.value,
        background_jobs.c.kind == kind.value,
        background_jobs.c.finished_at <= before,
    )
    rows = connection.execute(query.order_by(background_jobs.c.created_at, background_jobs.c.id)).all()
    return to_values(BackgroundJob, rows)


def last_of(connection: Connection, kind: BackgroundKind, subject: str) -> BackgroundJob | None:
    """The newest of that kind about that."""
    query = select(background_jobs).where(
        background_jobs.c.kind == kind.value, background_jobs.c.subject == subject
    )
    newest = query.order_by(background_jobs.c.created_at.desc(), background_jobs.c.id.desc()).limit(1)
    row = connection.execute(newest).one_or_none()
    return None if row is None else to_value(BackgroundJob, row)


def run_again(connection: Connection, kind: BackgroundKind, subject: str) -> BackgroundJob | None:
    """The last one of that kind about that, which runs again, where it failed: what it said stays until it ends. None where it did not
    fail, or there is none.
    """
    last = last_of(connection, kind, subject)
    if last is None or last.status is not BackgroundStatus.FAILED:
        return None
    ran = bring(connection, last.id, BackgroundStatus.RUNNING, [BackgroundStatus.FAILED])
    return get(connection, last.id) if ran else None


def take(connection: Connection, job_id: str) -> BackgroundJob | None:
    """That one as it is now, if it runs and nobody else works on it: then nobody does before this transaction ends."""
    row = connection.execute(_TAKE, {"job": job_id}).one_or_none()
    return None if row is None else to_value(BackgroundJob, row)


_other = background_jobs.alias()
_ALONE = ~exists().where(
    _other.c.kind == background_jobs.c.kind,
    _other.c.subject == background_jobs.c.subject,
    _other.c.status == BackgroundStatus.RUNNING.value,
)


def bring(
    connection: Connection,
    job_id: str,
    status: BackgroundStatus,
    leaving: Collection[BackgroundStatus],
    *,
    finished_at: datetime | None = None,
    message: str | None = None,
) -> bool:
    """Set where it stands, where it stood in one of `leaving`; whether it did. Of one thing only one of a kind runs. A `message` of
    None leaves the one it has.
    """
    values: dict[str, Any] = {"status": status.value, "finished_at": finished_at}
    if message is not None:
        values["message"] = message
    changed = connection.execute(
        update(background_jobs)
        .where(
            background_jobs.c.id == job_id,
            background_jobs.c.status.in_([one.value for one in leaving]),
            *([_ALONE] if status is BackgroundStatus.RUNNING else []),
        )
        .values(values)
    )
    return changed.rowcount == 1


def say(connection: Connection, job_id: str, message: str) -> None:
    """That is the last thing to know of it."""
    connection.execute(update(background_jobs).where(background_jobs.c.id == job_id).values(message=message))


def end(
    connection: Connection,
    job_id: str,
    status: BackgroundStatus,
    now: datetime,
    *,
    total: int = 0,
    failed: int = 0,
    message: str | None = None,
    result: Mapping[str, Any] | None = None,
) -> bool:
    """That one did all of it, DONE, but for so many items, or failed; whether it ran."""
    done = connection.execute(
        update(background_jobs)
        .where(background_jobs.c.id == job_id, background_jobs.c.status == BackgroundStatus.RUNNING.value)
        .values(
            status=status.value,
            total=total,
            done=total - failed,
            failed=failed,
            message=message,
            result=result,
            finished_at=now,
        )
    )
    return done.rowcount == 1


def count(
    connection: Connection,
    job_id: str,
    done: int,
    failed: int,
    message: str | None,
    result: Mapping[str, Any],
    *,
    total: int | None = None,
) -> None:
    """So many more items are dealt with, and all together came to that. A `message`, or a `total`, of None leaves the one it has."""
    values: dict[str, Any] = {
        "done": background_jobs.c.done + done,
        "failed": background_jobs.c.failed + failed,
        "result": result,
    }
    if message is not None:
        values["message"] = message
    if total is not None:
        values["total"] = total
    connection.execute(update(background_jobs).where(background_jobs.c.id == job_id).values(values))
