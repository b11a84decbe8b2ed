"""Asking for a sync, of senders or of templates."""

from collections.abc import Mapping
from typing import Annotated

import strawberry
from sqlalchemy import Connection as Database

from gateway import audit
from gateway.background_jobs import BackgroundJob, BackgroundKind
from gateway.graphql.context import Context, Info
from gateway.graphql.jobs.types import Job
from gateway.graphql.senders.types import SyncPayload
from gateway.graphql.terms.enums import ErrorCode
from gateway.graphql.terms.errors import UserError, input_error, not_found
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.inputs import INPUT, IdInput
from gateway.pipeline import syncs
from gateway.workspace import Role


@strawberry.type
class Mutation:
    """Joined into the schema's Mutation."""

    @resolved(
        "Learn what the account of a destination sends from: a job reads its lists. What two syncs in a row do not list is removed; one "
        "that fails changes nothing. By itself this happens once a destination is verified, and every hour."
    )
    async def sender_sync(self, info: Info, given: Annotated[IdInput, INPUT]) -> SyncPayload:
        return await _sync(info.context, given.id, BackgroundKind.SENDER_SYNC)

    @resolved(
        "Learn what templates the account of a destination has, and what WhatsApp said of them: see senderSync."
    )
    async def template_sync(self, info: Info, given: Annotated[IdInput, INPUT]) -> SyncPayload:
        return await _sync(info.context, given.id, BackgroundKind.TEMPLATE_SYNC)


_ACTIONS: Mapping[BackgroundKind, str] = {
    BackgroundKind.SENDER_SYNC: "senderSync",
    BackgroundKind.TEMPLATE_SYNC: "templateSync",
}


async def _sync(context: Context, destination_id: str, kind: BackgroundKind) -> SyncPayload:
    context.require(Role.OPERATOR, "Syncing what an account has")
    destination = context.destination(destination_id)
    if destination is None:
        return _refused(not_found("destination", "id"))
    definition = context.definition(destination.definition)
    if definition.sync is None:
        message = f"{definition.name} lists nothing of its accounts. Nothing was begun."
        return _refused(input_error(ErrorCode.INVALID, message, "id"))
    services = context.services

    def begin(database: Database) -> BackgroundJob:
        job, new = syncs.start(database, destination, kind, services.clock.now())
        if new:
            told = audit.changes({"job": None}, {"job": job.id})
            context.record(database, _ACTIONS[kind], destination.id, told, space=destination.space)
        return job

    job = await services.store.write(begin)
    return SyncPayload(job=Job.of(context.viewer, job), errors=[])


def _refused(error: UserError) -> SyncPayload:
    return SyncPayload(job=None, errors=[error])
