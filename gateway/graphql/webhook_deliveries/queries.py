"""Reading what owners are told."""

from datetime import datetime
from typing import Annotated

import strawberry

from gateway.graphql.context import Info
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.named import id_of
from gateway.graphql.terms.pagination import After, Connection, First, connection, decode, page_size
from gateway.graphql.webhook_deliveries.types import WebhookDelivery
from gateway.storage import webhook_deliveries as stored
from gateway.storage.webhook_deliveries import WebhookDelivery as Kept


def _place(kept: Kept) -> tuple[datetime, str]:
    return kept.created_at, kept.id


@strawberry.type
class Query:
    """Joined into the schema's Query."""

    @resolved("What owners are told by their webhooks, the newest first, for as long as texts are kept.")
    async def webhook_deliveries(
        self,
        info: Info,
        first: First = 25,
        after: After = strawberry.UNSET,
        destination_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only of that destination.")
        ] = strawberry.UNSET,
        dead: Annotated[
            bool | None,
            strawberry.argument(description="true: only what was given up; false: only the rest."),
        ] = strawberry.UNSET,
    ) -> Connection[WebhookDelivery]:
        context, size, cursor = info.context, page_size(first), decode(after, "whd")
        space = context.viewer.space
        destination = id_of(context, "destination", destination_id, "destinationId", space)
        given_up = dead if isinstance(dead, bool) else None
        page = await context.services.store.read(
            lambda c: stored.page(c, space, size, cursor, destination, given_up)
        )
        return connection(page, cursor, lambda one: WebhookDelivery.of(context, one), _place)
