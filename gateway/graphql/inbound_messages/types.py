"""What people wrote."""

from datetime import datetime
from functools import partial
from typing import Self

import strawberry
from sqlalchemy import Connection as Database

from destinations.kit import Channel
from gateway.consent import ReviewAnswer
from gateway.graphql.contacts import types as contacts
from gateway.graphql.contacts.known import Known, read_by_id
from gateway.graphql.contacts.types import Contact
from gateway.graphql.context import Context, Info
from gateway.graphql.deliveries import types as deliveries
from gateway.graphql.deliveries.types import Delivery
from gateway.graphql.destinations.types import Destination
from gateway.graphql.terms import masking
from gateway.graphql.terms.errors import UserError
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.nodes import Node
from gateway.secrets import Secrets
from gateway.storage import external_contacts, inbound_messages as stored
from gateway.storage.inbound_messages import SourceEventOutcome, StoredMessage


@strawberry.type(
    description="A picture or another file that somebody sent. The provider says its address and type and not how large it is, and nobody "
    "downloads it to find out: whoever needs the size asks the address, with the account's credentials."
)
class InboundMedium:
    """One of a message's media."""

    url: str = strawberry.field(description="Where the provider keeps it.")
    content_type: str | None = strawberry.field(
        description="Its type, such as `image/jpeg`; null where the provider did not say."
    )


@strawberry.type(description="What somebody wrote to one of our senders.")
class InboundMessage(Node):
    """See storage.inbound_messages.StoredMessage."""

    value: strawberry.Private[StoredMessage]
    from_: str = strawberry.field(
        name="from",
        description="Who wrote: their number, or their id where no number came; masked for viewers.",
    )
    to: str = strawberry.field(description="The sender of ours that they wrote to; masked for viewers.")
    channel: Channel = strawberry.field(description="How it came.")
    body: str | None = strawberry.field(
        description="What they wrote; hidden from viewers, and removed after `HELIOGRAPH_RETENTION_BODIES_DAYS`."
    )
    media_urls: list[str] = strawberry.field(description="What they sent with it; hidden from viewers.")
    media: list[InboundMedium] = strawberry.field(
        description="The same with the type of each; hidden from viewers."
    )
    button: str | None = strawberry.field(
        description="The id of the button or list item that they pressed; hidden from viewers."
    )
    keyword: str | None = strawberry.field(description="The word of a stop or a start that it was read as.")
    needs_review: bool = strawberry.field(
        description="Free text that may be an opt-out: marketing to this number waits until someone looks."
    )
    answer: ReviewAnswer | None = strawberry.field(
        description="What somebody said of it with `inboundReview`; null where nobody did."
    )
    source_event: SourceEventOutcome | None = strawberry.field(
        description="What became of it as an event of the destination's `inboundSourceId`; null where none was asked for, and for what was "
        "read from the account's list later."
    )
    external_user_id: str | None = strawberry.field(
        description="The person's id at the provider, scoped to the business; masked for viewers."
    )
    received_at: datetime = strawberry.field(description="When it came.")

    @resolved("The destination whose sender it was written to.")
    def destination(self, info: Info) -> Destination:
        return Destination.of(info.context, info.context.snapshot.destinations[self.value.destination_id])

    @resolved("Who wrote, with all that is known of them; null once they were erased.")
    async def contact(self, info: Info) -> Contact | None:
        context, message = info.context, self.value
        if message.phone is not None:
            known = await context.loaders.contacts.load((message.space, message.phone))
        else:
            known = await context.read(
                partial(_without_number, message=message, secrets=context.services.secrets)
            )
        return None if known is None else contacts.shown(context, known)

    @resolved("The delivery that it replies to, where the provider says so.")
    async def delivery(self, info: Info) -> Delivery | None:
        answered = self.value.delivery_id
        return None if answered is None else await deliveries.seen(info.context, answered)

    @classmethod
    def of(cls, context: Context, message: StoredMessage) -> Self:
        """The message as this viewer sees it."""
        viewer = context.viewer
        hidden, other = viewer.masked, message.external_user_id
        shown_id = None if other is None else masking.phone(viewer, other)
        return cls(
            id=strawberry.ID(message.id),
            value=message,
            from_=shown_id or "" if message.phone is None else masking.phone(viewer, message.phone),
            to=masking.phone(viewer, message.sender),
            channel=message.channel,
            body=None if hidden else message.body,
            media_urls=[] if hidden else list(message.media_urls),
            media=[]
            if hidden
            else [InboundMedium(url=one.url, content_type=one.content_type) for one in message.media],
            button=None if hidden else message.button,
            keyword=masking.text(viewer, message.keyword),
            needs_review=message.needs_review,
            answer=message.answer,
            source_event=message.source_event,
            external_user_id=shown_id,
            received_at=message.received_at,
        )


def _without_number(database: Database, message: StoredMessage, secrets: Secrets) -> Known | None:
    """What is known of somebody who has no number yet, but an id of the provider's."""
    contact_id = external_contacts.contact_of(database, message.space, message.external_user_id or "")
    return None if contact_id is None else read_by_id(database, secrets, contact_id)


@strawberry.type(description="A message that was looked at, or what was wrong.")
class InboundMessagePayload:
    """Of every mutation about a message."""

    inbound_message: InboundMessage | None = strawberry.field(
        description="The message as it is now; null where nothing was done."
    )
    errors: list[UserError] = strawberry.field(description="What was wrong; empty where it was done.")


async def seen(context: Context, message_id: str) -> InboundMessage | None:
    """The message of that id, where this viewer may see it."""
    found = await context.services.store.read(lambda c: stored.get(c, message_id))
    there = found is not None and context.viewer.sees(found.space)
    return InboundMessage.of(context, found) if found is not None and there else None
