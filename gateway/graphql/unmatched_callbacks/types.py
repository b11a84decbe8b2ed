"""What providers told that is about nobody and nothing known."""

from datetime import datetime
from typing import Self

import strawberry

from gateway.graphql.context import Context, Info
from gateway.graphql.destinations.types import Destination
from gateway.graphql.terms import masking
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.nodes import Node
from gateway.storage import unmatched as stored
from gateway.storage.unmatched import UnmatchedCallback as Kept


@strawberry.type(
    description="A call of a provider that is about no delivery and nobody whose number is known: nothing was changed for anybody."
)
class UnmatchedCallback(Node):
    """See storage.unmatched.UnmatchedCallback."""

    value: strawberry.Private[Kept]
    from_: str | None = strawberry.field(
        name="from", description="The address it names as the sender; masked for viewers."
    )
    to: str | None = strawberry.field(
        description="The address it names as the recipient; masked for viewers."
    )
    message_sid: str | None = strawberry.field(description="The provider's id of the message.")
    received_at: datetime = strawberry.field(description="When it came.")

    @resolved("The destination whose webhook was called.")
    def destination(self, info: Info) -> Destination | None:
        found = info.context.snapshot.destinations.get(self.value.destination_id)
        return None if found is None else Destination.of(info.context, found)

    @classmethod
    def of(cls, context: Context, kept: Kept) -> Self:
        """The call as this viewer sees it."""
        viewer = context.viewer
        return cls(
            id=strawberry.ID(kept.id),
            value=kept,
            from_=None if kept.sender is None else masking.phone(viewer, kept.sender),
            to=None if kept.recipient is None else masking.phone(viewer, kept.recipient),
            message_sid=masking.text(viewer, kept.message_sid),
            received_at=kept.received_at,
        )


async def seen(context: Context, callback_id: str) -> UnmatchedCallback | None:
    """The call of that id, where this viewer may see it."""
    found = await context.services.store.read(lambda c: stored.get(c, callback_id))
    there = found is not None and context.viewer.sees(found.space)
    return UnmatchedCallback.of(context, found) if found is not None and there else None
