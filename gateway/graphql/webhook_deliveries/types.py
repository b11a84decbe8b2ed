"""What an owner is told, and how far that has come."""

from datetime import datetime
from typing import Self

import strawberry
from pydantic import ValidationError

from gateway.graphql.context import Context, Info
from gateway.graphql.destinations.types import Destination
from gateway.graphql.terms import masking
from gateway.graphql.terms.errors import UserError
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.nodes import Node
from gateway.storage import webhook_deliveries as stored
from gateway.storage.webhook_deliveries import WebhookDelivery as Kept


@strawberry.type(
    description="One thing that the owner of a destination is told by its webhook. Its id is the `webhook-id` that the receiver sees, "
    "the same for each attempt."
)
class WebhookDelivery(Node):
    """See storage.webhook_deliveries."""

    value: strawberry.Private[Kept]
    url: str = strawberry.field(
        description="Where it goes: the destination's webhookUrl, or what the provider would have called. Masked for viewers."
    )
    event: str = strawberry.field(
        description="What it tells, such as `delivery.delivered`; `provider.called` where a call of the provider is passed on, and "
        "`webhook.test` of a test."
    )
    attempts: int = strawberry.field(description="How often it was tried since it was made.")
    last_status: int | None = strawberry.field(
        description="The HTTP status of the last answer; null where none came."
    )
    last_answer: str | None = strawberry.field(
        description="What came of the last attempt, in words, with the beginning of the answer; null before the first."
    )
    dead: bool = strawberry.field(
        description="Whether it was given up: after 24 hours, or at once after 410 Gone. webhookDeliveryReplay sends it again."
    )
    next_attempt_at: datetime | None = strawberry.field(
        description="When it is tried next; null where it arrived or was given up."
    )
    delivered_at: datetime | None = strawberry.field(description="When the receiver took it.")
    created_at: datetime = strawberry.field(description="When that happened of which it tells.")

    @resolved("Whose owner is told.")
    def destination(self, info: Info) -> Destination:
        return Destination.of(info.context, info.context.snapshot.destinations[self.value.destination_id])

    @classmethod
    def of(cls, context: Context, kept: Kept) -> Self:
        """The delivery as this viewer sees it."""
        viewer = context.viewer
        return cls(
            id=strawberry.ID(kept.id),
            value=kept,
            url=masking.text(viewer, kept.url or _url_of(context, kept.destination_id)),
            event=kept.event,
            attempts=kept.attempts,
            last_status=kept.last_status,
            last_answer=masking.text(viewer, kept.last_answer),
            dead=kept.dead,
            next_attempt_at=kept.next_attempt_at,
            delivered_at=kept.delivered_at,
            created_at=kept.created_at,
        )


@strawberry.type(description="A webhook delivery that was made or sent again, or what was wrong.")
class WebhookDeliveryPayload:
    """Of every mutation about one."""

    webhook_delivery: WebhookDelivery | None = strawberry.field(
        description="The delivery as it is now; null where nothing was done."
    )
    errors: list[UserError] = strawberry.field(description="What was wrong; empty where it was done.")


def _url_of(context: Context, destination_id: str) -> str:
    """Where events of a destination go now; blank where they go nowhere."""
    destination = context.snapshot.destinations[destination_id]
    definition = context.services.workspace.definitions.get(destination.definition)
    if definition is None or definition.outgoing is None:
        return ""
    try:
        outgoing = definition.outgoing.of(definition.settings.model_validate(dict(destination.settings)))
    except ValidationError:
        return ""
    return "" if outgoing is None else outgoing.url


async def seen(context: Context, delivery_id: str) -> WebhookDelivery | None:
    """The delivery of that id, where this viewer may see it."""
    found = await context.services.store.read(lambda c: stored.get(c, delivery_id))
    there = found is not None and context.viewer.sees(found.space)
    return WebhookDelivery.of(context, found) if found is not None and there else None
