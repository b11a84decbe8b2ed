"""Senders of accounts."""

from datetime import datetime
from typing import Self

import strawberry

from destinations.kit import Channel, SenderKind
from gateway import synced, workspace
from gateway.graphql.context import Context, Info
from gateway.graphql.destinations.types import Destination
from gateway.graphql.jobs.types import Job
from gateway.graphql.mappings.types import Mapping
from gateway.graphql.terms import masking
from gateway.graphql.terms.errors import UserError
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.nodes import Node
from gateway.graphql.terms.pagination import After, Connection, First, connection, newest_first
from gateway.storage import senders as stored


@strawberry.type(
    description="Something that an account sends from, as the last sync listed it. Numbers are masked for viewers."
)
class Sender(Node):
    """See synced.Sender."""

    value: strawberry.Private[synced.Sender]
    sid: str | None = strawberry.field(description="The provider's id of it.")
    address: str = strawberry.field(
        description="What a mapping's `from` names: a number, a short code, a name, or the id of a service."
    )
    kind: SenderKind = strawberry.field(description="How it sends.")
    label: str = strawberry.field(description="Its name for people, with the address.")
    channels: list[Channel] = strawberry.field(
        description="What it can send by; of a service what its pool can."
    )
    active: bool = strawberry.field(
        description="Whether it is in use: the account has it, and nobody took it out of use with senderDetach."
    )
    synced_at: datetime = strawberry.field(description="When a sync last listed it.")
    country: str | None = strawberry.field(
        description="Where it is from (ISO 3166); null where that is nowhere, or not known."
    )
    inbound_url: str | None = strawberry.field(
        description="What the provider calls with what people write to it; null where it calls nothing. "
        "`destination { inboundUrl }` is what it should be."
    )
    removed_at: datetime | None = strawberry.field(
        description="Since when the account has it no more: two syncs in a row did not list it. What is to be sent from it waits as HELD "
        "SENDER_REMOVED."
    )
    paused: bool = strawberry.field(description="Whether what is to be sent from it waits: see senderPause.")
    paused_at: datetime | None = strawberry.field(description="Since when; null where it is not paused.")
    paused_by: str | None = strawberry.field(description="By whose token.")
    pause_note: str | None = strawberry.field(description="What was said with it.")

    @resolved("The destination whose account has it.")
    def destination(self, info: Info) -> Destination:
        return Destination.of(info.context, info.context.snapshot.destinations[self.value.destination_id])

    @resolved(
        "The mappings that send from it, by their `from` or by the default sender of the destination, the newest first."
    )
    def mappings(self, info: Info, first: First = 25, after: After = strawberry.UNSET) -> Connection[Mapping]:
        context = info.context
        page, cursor = newest_first(naming(context, self.value), first, after, _place, "map")
        return connection(page, cursor, lambda one: Mapping.of(context, one), _place)

    @classmethod
    def of(cls, context: Context, sender: synced.Sender) -> Self:
        """The sender as this viewer sees it."""
        viewer, pause = context.viewer, sender.pause
        return cls(
            id=strawberry.ID(sender.id),
            value=sender,
            sid=masking.text(viewer, sender.sid),
            address=masking.text(viewer, sender.address),
            kind=sender.kind,
            label=masking.text(viewer, sender.label),
            channels=list(sender.channels),
            active=sender.active,
            synced_at=sender.synced_at,
            country=sender.country,
            inbound_url=masking.addresses(viewer, called(context, sender)),
            removed_at=sender.removed_at,
            paused=pause is not None,
            paused_at=None if pause is None else pause.at,
            paused_by=None if pause is None else masking.text(viewer, pause.by),
            pause_note=None if pause is None else masking.text(viewer, pause.note),
        )


def called(context: Context, sender: synced.Sender) -> str | None:
    """What is called with what people write to it: its own address, or that of the service that it belongs to. A secret in the path of
    this gateway's is left out.
    """
    url = context.snapshot.senders.get(sender.destination_id, synced.NOTHING_KNOWN).inbound_url(sender)
    services, destination = context.services, context.snapshot.destinations[sender.destination_id]
    if url is not None and url == services.inbound_url(destination):
        return services.inbound_url(destination, whole=False)
    return url


def naming(context: Context, sender: synced.Sender) -> list[workspace.Mapping]:
    """The mappings that send from it as they stand."""
    return [
        one.mapping
        for one in context.snapshot.compiled.values()
        if one.sender is not None
        and one.sender.address == sender.address
        and one.destination.id == sender.destination_id
        and one.mapping.deleted_at is None
    ]


def _place(mapping: workspace.Mapping) -> tuple[datetime, str]:
    return mapping.created_at, mapping.id


@strawberry.type(description="A sync that was asked for, or what was wrong.")
class SyncPayload:
    """Of senderSync and templateSync."""

    job: Job | None = strawberry.field(
        description="The job that does it: the one that runs already, where there is one; null where nothing was begun."
    )
    errors: list[UserError] = strawberry.field(description="What was wrong; empty where it was begun.")


async def seen(context: Context, sender_id: str) -> Sender | None:
    """The sender of that id, where this viewer may see it."""
    found = await context.services.store.read(lambda c: stored.get(c, sender_id))
    if found is None or context.destination(found.destination_id) is None:
        return None
    return Sender.of(context, found)
