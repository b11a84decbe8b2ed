"""Pausing, resuming and canceling a job."""

from collections.abc import Callable
from typing import Annotated

import strawberry
from sqlalchemy import Connection as Database

from gateway import audit
from gateway.background_jobs import BackgroundKind, BackgroundStatus
from gateway.graphql.context import Context, Info
from gateway.graphql.jobs.types import JobPayload, seen
from gateway.graphql.terms.enums import ErrorCode
from gateway.graphql.terms.errors import input_error, not_found
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.inputs import INPUT, IdInput
from gateway.storage import (
    background_jobs as stored,
    backtests,
    consent_imports,
    erasures,
    recent_lists,
    replays,
)
from gateway.workspace import Role


@strawberry.type
class Mutation:
    """Joined into the schema's Mutation."""

    @resolved("Let a job wait: what it did stays, and jobResume lets it go on with the rest.")
    async def job_pause(self, info: Info, given: Annotated[IdInput, INPUT]) -> JobPayload:
        return await _bring(info.context, given.id, BackgroundStatus.PAUSED, "Pausing a job")

    @resolved("Let a job that is PAUSED or FAILED go on where it stopped.")
    async def job_resume(self, info: Info, given: Annotated[IdInput, INPUT]) -> JobPayload:
        return await _bring(info.context, given.id, BackgroundStatus.RUNNING, "Resuming a job")

    @resolved("End a job: what it did stays, the rest is not done.")
    async def job_cancel(self, info: Info, given: Annotated[IdInput, INPUT]) -> JobPayload:
        return await _bring(info.context, given.id, BackgroundStatus.CANCELED, "Canceling a job", _drop)


def _drop(database: Database, job_id: str) -> None:
    replays.drop(database, job_id)
    erasures.end(database, job_id)
    recent_lists.drop(database, job_id)
    consent_imports.end(database, job_id)
    backtests.end(database, job_id)


async def _bring(
    context: Context,
    job_id: str,
    status: BackgroundStatus,
    what: str,
    then: Callable[[Database, str], None] | None = None,
) -> JobPayload:
    context.require(Role.OPERATOR, what)
    there = await context.services.store.read(lambda c: stored.get(c, job_id))
    if there is None or not context.viewer.sees(there.space):
        return JobPayload(job=None, errors=[not_found("job", "id")])
    if there.kind is BackgroundKind.ERASE:
        context.require(Role.ADMIN, f"{what} that erases a person")
    ended = context.services.clock.now() if status is BackgroundStatus.CANCELED else None
    message = f"{_DONE[status]} by {context.viewer.name}."

    def change(database: Database) -> bool:
        before = stored.get(database, job_id)
        done = stored.bring(database, job_id, status, status.comes_from, finished_at=ended, message=message)
        if done and then is not None:
            then(database, job_id)
        if done and before is not None:
            told = audit.changes({"status": before.status}, {"status": status})
            context.record(database, _ACTIONS[status], job_id, told, space=before.space)
        return done

    done = await context.services.store.write(change)
    job = await seen(context, job_id)
    if done or job is None:
        return JobPayload(job=job, errors=[])
    said = f"The job {job_id} is {job.status.value}. Nothing was changed."
    return JobPayload(job=job, errors=[input_error(ErrorCode.INVALID, said, "id")])


_ACTIONS = {
    BackgroundStatus.PAUSED: "jobPause",
    BackgroundStatus.RUNNING: "jobResume",
    BackgroundStatus.CANCELED: "jobCancel",
}

_DONE = {
    BackgroundStatus.PAUSED: "Paused",
    BackgroundStatus.RUNNING: "Resumed",
    BackgroundStatus.CANCELED: "Canceled",
}
