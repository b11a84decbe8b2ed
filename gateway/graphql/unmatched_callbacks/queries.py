"""Reading the callbacks that fit nothing."""

from datetime import datetime
from typing import Annotated

import strawberry

from gateway.graphql.context import Info
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.named import id_of
from gateway.graphql.terms.pagination import After, Connection, First, connection, decode, page_size
from gateway.graphql.unmatched_callbacks.types import UnmatchedCallback
from gateway.storage import unmatched as stored
from gateway.storage.unmatched import UnmatchedCallback as Kept


def _place(kept: Kept) -> tuple[datetime, str]:
    return kept.received_at, kept.id


@strawberry.type
class Query:
    """Joined into the schema's Query."""

    @resolved("What providers told that is about nobody and nothing known, the newest first.")
    async def unmatched_callbacks(
        self,
        info: Info,
        first: First = 25,
        after: After = strawberry.UNSET,
        destination_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only to that destination.")
        ] = strawberry.UNSET,
    ) -> Connection[UnmatchedCallback]:
        context, size, cursor = info.context, page_size(first), decode(after, "unm")
        space = context.viewer.space
        destination = id_of(context, "destination", destination_id, "destinationId", space)
        page = await context.services.store.read(lambda c: stored.page(c, space, size, cursor, destination))
        return connection(page, cursor, lambda one: UnmatchedCallback.of(context, one), _place)
