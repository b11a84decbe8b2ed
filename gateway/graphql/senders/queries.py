"""Reading the senders of a destination."""

from datetime import datetime
from typing import Annotated

import strawberry

from destinations.kit import SenderKind
from gateway import synced
from gateway.graphql.context import Info
from gateway.graphql.destinations.types import Destination
from gateway.graphql.senders.types import Sender
from gateway.graphql.terms.pagination import After, Connection, First, connection, decode, page_size
from gateway.storage import senders as stored


def _place(sender: synced.Sender) -> tuple[datetime, str]:
    return sender.created_at, sender.id


async def _of_destination(
    destination: strawberry.Parent[Destination],
    info: Info,
    first: First = 25,
    after: After = strawberry.UNSET,
    kind: Annotated[
        SenderKind | None, strawberry.argument(description="Only those of that kind; null: of all.")
    ] = strawberry.UNSET,
) -> Connection[Sender]:
    context, size, cursor = info.context, page_size(first), decode(after, "snd")
    key, of_kind, counted = destination.value.id, kind or None, context.counts
    page = await context.read(lambda c: stored.page(c, key, of_kind, size, cursor, counted=counted))
    return connection(page, cursor, lambda one: Sender.of(context, one), _place)


def _paused(destination: strawberry.Parent[Destination], info: Info) -> list[Sender]:
    known = info.context.snapshot.senders.get(destination.value.id, synced.NOTHING_KNOWN)
    paused = [one for one in known.by_address.values() if one.pause is not None]
    return [Sender.of(info.context, one) for one in sorted(paused, key=lambda one: one.address)]


@strawberry.type
class DestinationFields:
    """What a destination shows of senders."""

    senders: Connection[Sender] = strawberry.field(
        resolver=_of_destination,
        description="What its account sends from, as the last sync listed it, removed ones too, the last that was found first. Empty "
        "before the first sync, which begins once it is verified.",
    )
    paused_senders: list[Sender] = strawberry.field(
        resolver=_paused,
        description="Those of its senders that somebody paused: what is to be sent from them waits. See senderPause; a list that is bounded "
        "by its senders.",
    )
