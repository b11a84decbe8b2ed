"""Jobs: what somebody asked for and takes a while, with how far it is."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Self

import strawberry
from sqlalchemy import Connection as Database
from strawberry.scalars import JSON

from gateway import background_jobs
from gateway.background_jobs import BackgroundKind, BackgroundStatus
from gateway.graphql.context import Context, Info
from gateway.graphql.destinations import IdInput
from gateway.graphql.enums import ErrorCode
from gateway.graphql.errors import UserError, input_error, not_found
from gateway.graphql.fields import resolved
from gateway.graphql.inputs import INPUT
from gateway.graphql.nodes import Node
from gateway.graphql.pagination import After, Connection, First, connection, decode, page_size
from gateway.storage import background_jobs as stored, replays
from gateway.workspace import Role


@strawberry.type(
    description="Something that was asked for and takes a while: it is worked on in the background."
)
class Job(Node):
    """See background_jobs.BackgroundJob."""

    kind: BackgroundKind = strawberry.field(description="What it does.")
    status: BackgroundStatus = strawberry.field(description="Where it stands.")
    total: int | None = strawberry.field(
        description="How many items it is about; null while that is not known."
    )
    done: int = strawberry.field(description="How many of them are done.")
    failed: int = strawberry.field(
        description="How many of them could not be done: nothing was changed by these."
    )
    message: str | None = strawberry.field(
        description="The last thing to know of it: why the last item that failed did, or who paused, resumed or canceled it."
    )
    result: JSON | None = strawberry.field(
        description='What it came to so far, null before it began. Of a REPLAY `{"made": 3, "skipped": {"SENT": 1}}`: how many replays '
        "there are, and how many there are not, by why: GONE (it, its event's payload or its mapping), UNDER_WAY (it may still be sent), "
        "SENT (there is a message, or nobody knows), COPY (its source might not send it), FAILURE (of the gateway's own)."
    )
    created_at: datetime = strawberry.field(description="When it was asked for.")
    finished_at: datetime | None = strawberry.field(description="When it ended; null while it may go on.")

    @classmethod
    def of(cls, job: background_jobs.BackgroundJob) -> Self:
        """The job as everybody sees it."""
        return cls(
            id=strawberry.ID(job.id),
            kind=job.kind,
            status=job.status,
            total=job.total,
            done=job.done,
            failed=job.failed,
            message=job.message,
            result=None if job.result is None else JSON(job.result),
            created_at=job.created_at,
            finished_at=job.finished_at,
        )


@strawberry.type(description="A job that was changed, or what was wrong.")
class JobPayload:
    """Of every mutation about a job."""

    job: Job | None = strawberry.field(description="The job as it is now; null where there is none.")
    errors: list[UserError] = strawberry.field(description="What was wrong; empty where it was done.")


async def seen(context: Context, job_id: str) -> Job | None:
    """The job of that id, where this viewer may see it."""
    found = await context.services.store.read(lambda c: stored.get(c, job_id))
    return Job.of(found) if found is not None and context.viewer.sees(found.space) else None


@strawberry.type
class Query:
    """Joined into the schema's Query."""

    @resolved("What was asked for in the token's space and takes a while, the newest first.")
    async def jobs(
        self,
        info: Info,
        first: First = 25,
        after: After = strawberry.UNSET,
        kind: Annotated[
            BackgroundKind | None, strawberry.argument(description="Only of that kind; null: of all.")
        ] = strawberry.UNSET,
    ) -> Connection[Job]:
        context, size, cursor = info.context, page_size(first), decode(after)
        space = context.viewer.space
        page = await context.services.store.read(lambda c: stored.page(c, space, kind or None, size, cursor))
        return connection(page, cursor, Job.of, lambda one: (one.created_at, one.id))


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


async def _bring(
    context: Context,
    job_id: str,
    status: BackgroundStatus,
    what: str,
    then: Callable[[Database, str], None] | None = None,
) -> JobPayload:
    context.require(Role.OPERATOR, what)
    if await seen(context, job_id) is None:
        return JobPayload(job=None, errors=[not_found("job", "id")])
    ended = context.services.clock.now() if status is BackgroundStatus.CANCELED else None
    message = f"{_DONE[status]} by {context.viewer.name}."

    def change(database: Database) -> bool:
        done = stored.bring(database, job_id, status, status.comes_from, finished_at=ended, message=message)
        if done and then is not None:
            then(database, job_id)
        return done

    done = await context.services.store.write(change)
    job = await seen(context, job_id)
    if done or job is None:
        return JobPayload(job=job, errors=[])
    said = f"The job {job_id} is {job.status.value}. Nothing was changed."
    return JobPayload(job=job, errors=[input_error(ErrorCode.INVALID, said, "id")])


_DONE = {
    BackgroundStatus.PAUSED: "Paused",
    BackgroundStatus.RUNNING: "Resumed",
    BackgroundStatus.CANCELED: "Canceled",
}
