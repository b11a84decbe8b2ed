"""`senderConnect`: what people write to a sender comes here."""

from typing import Annotated

import strawberry
from sqlalchemy import Connection as Database

from destinations.kit import SenderKind
from gateway import audit, synced, workspace
from gateway.background_jobs import BackgroundJob, BackgroundKind
from gateway.graphql.context import Context, Info
from gateway.graphql.jobs.types import Job
from gateway.graphql.senders.types import SyncPayload
from gateway.graphql.terms.enums import ErrorCode
from gateway.graphql.terms.errors import UserError, input_error, not_found
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.inputs import INPUT
from gateway.pipeline import connecting
from gateway.storage import background_jobs, senders
from gateway.workspace import Role


@strawberry.input(description="Which sender is to call this gateway.")
class SenderConnectInput:
    """See senderConnect."""

    id: strawberry.ID = strawberry.field(description="The sender, or the service that it belongs to.")
    expected_url: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="What is set there now, as `inboundUrl` of the sender shows it; null: nothing. It is refused if it is something else.",
    )


@strawberry.type
class Mutation:
    """Joined into the schema's Mutation."""

    @resolved(
        "Have the provider call this gateway with what people write to a number, a short code, a WhatsApp sender or a service: a job reads "
        "what is set there, and replaces it only where that is what was expected. Its `result` says what it replaced, its `message` what "
        "is set there instead. What is set already is left."
    )
    async def sender_connect(self, info: Info, given: Annotated[SenderConnectInput, INPUT]) -> SyncPayload:
        context = info.context
        context.require(Role.ADMIN, "Connecting a sender")
        services = context.services
        sender = await services.store.read(lambda c: senders.get(c, given.id))
        destination = None if sender is None else context.destination(sender.destination_id)
        if sender is None or destination is None:
            return SyncPayload(job=None, errors=[not_found("sender", "id")])
        wrong = _unfit(context, destination, sender)
        if wrong is not None:
            return SyncPayload(job=None, errors=[wrong])
        shown = services.inbound_url(destination, whole=False) or ""
        new = connecting.job_of(
            sender, destination.space, shown, given.expected_url or None, services.clock.now()
        )

        def begin(database: Database) -> BackgroundJob:
            if not background_jobs.add_only(database, new):
                there = background_jobs.running_of(database, BackgroundKind.SENDER_CONNECT, sender.id)
                return there or new
            told = audit.changes({"inboundUrl": new.result and new.result["expected"]}, {"inboundUrl": shown})
            context.record(database, "senderConnect", sender.id, told, space=destination.space)
            return new

        job = await services.store.write(begin)
        return SyncPayload(job=Job.of(context.viewer, job), errors=[])


def _unfit(context: Context, destination: workspace.Destination, sender: synced.Sender) -> UserError | None:
    """Why nothing can be set for it."""
    definition = context.definition(destination.definition)
    pool = context.snapshot.senders.get(destination.id, synced.NOTHING_KNOWN).by_address.get(
        sender.pool or ""
    )
    said = None
    if (
        definition.sync is None
        or definition.sync.inbound_urls is None
        or sender.kind is SenderKind.ALPHANUMERIC
    ):
        said = "nothing can be set for it from here"
    elif context.services.inbound_url(destination) is None:
        said = "HELIOGRAPH_PUBLIC_URL is not set, without which no provider can reach this gateway"
    elif sender.removed_at is not None:
        said = "the account has it no more"
    elif sender.by_pool and pool is not None:
        said = f"what people write to it goes to the service that it belongs to: connect {pool.id} ({pool.label})"
    if said is None:
        return None
    return input_error(ErrorCode.INVALID, f"It can't be connected: {said}. Nothing was changed.", "id")
