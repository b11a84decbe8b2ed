"""What people wrote, and the answer whether it is a stop."""

from datetime import datetime
from typing import Annotated, Self

import strawberry
from sqlalchemy import Connection as Database

from gateway.consent import ReviewAnswer
from gateway.graphql import deliveries, masking
from gateway.graphql.contacts import Contact
from gateway.graphql.context import Context, Info
from gateway.graphql.deliveries import Delivery
from gateway.graphql.destinations import Destination
from gateway.graphql.enums import ErrorCode
from gateway.graphql.errors import UserError, input_error, not_found
from gateway.graphql.fields import resolved
from gateway.graphql.inputs import INPUT
from gateway.graphql.nodes import Node
from gateway.graphql.pagination import After, Connection, First, connection, decode, page_size
from gateway.pipeline import review
from gateway.storage import external_contacts, inbound_messages as stored, people
from gateway.storage.inbound_messages import StoredMessage
from gateway.storage.pages import Page
from gateway.workspace import Role


@strawberry.type(description="What somebody wrote to one of our senders.")
class InboundMessage(Node):
    """See storage.inbound_messages.StoredMessage."""

    value: strawberry.Private[StoredMessage]
    from_: str = strawberry.field(
        name="from",
        description="Who wrote: their number, or their id where no number came; masked for viewers.",
    )
    to: str = strawberry.field(description="The sender of ours that they wrote to; masked for viewers.")
    body: str | None = strawberry.field(
        description="What they wrote; hidden from viewers, and removed after `HELIOGRAPH_RETENTION_BODIES_DAYS`."
    )
    media_urls: list[str] = strawberry.field(description="What they sent with it; hidden from viewers.")
    keyword: str | None = strawberry.field(description="The word of a stop or a start that it was read as.")
    needs_review: bool = strawberry.field(
        description="Free text that may be an opt-out: marketing to this number waits until someone looks."
    )
    external_user_id: str | None = strawberry.field(
        description="The person's id at the provider, scoped to the business; masked for viewers."
    )
    received_at: datetime = strawberry.field(description="When it came.")

    @resolved("The destination whose sender it was written to.")
    def destination(self, info: Info) -> Destination:
        return Destination.of(info.context, info.context.snapshot.destinations[self.value.destination_id])

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
            body=None if hidden else message.body,
            media_urls=[] if hidden else list(message.media_urls),
            keyword=message.keyword,
            needs_review=message.needs_review,
            external_user_id=shown_id,
            received_at=message.received_at,
        )


@strawberry.input(description="Whether a message is a stop.")
class InboundReviewInput:
    """See inboundReview."""

    id: strawberry.ID = strawberry.field(description="The message.")
    answer: ReviewAnswer = strawberry.field(description="What it is.")
    note: str | None = strawberry.field(
        default=strawberry.UNSET, description="Why; kept as evidence of a stop."
    )


@strawberry.type(description="A message that was looked at, or what was wrong.")
class InboundMessagePayload:
    """Of every mutation about a message."""

    inbound_message: InboundMessage | None = strawberry.field(
        description="The message as it is now; null where nothing was done."
    )
    errors: list[UserError] = strawberry.field(description="What was wrong; empty where it was done.")


def _place(message: StoredMessage) -> tuple[datetime, str]:
    return message.received_at, message.id


async def seen(context: Context, message_id: str) -> InboundMessage | None:
    """The message of that id, where this viewer may see it."""
    found = await context.services.store.read(lambda c: stored.get(c, message_id))
    there = found is not None and context.viewer.sees(found.space)
    return InboundMessage.of(context, found) if found is not None and there else None


async def _of_contact(
    contact: strawberry.Parent[Contact], info: Info, first: First = 25, after: After = strawberry.UNSET
) -> Connection[InboundMessage]:
    context, size, cursor = info.context, page_size(first), decode(after)

    def query(database: Database) -> Page[StoredMessage]:
        found = people.contact_by_id(database, contact.id)
        if found is not None:
            return stored.page(database, contact.space, size, cursor, phone=found[1])
        names = [one.external_user_id for one in external_contacts.by_contact(database, contact.id)]
        return stored.page(database, contact.space, size, cursor, external_user_ids=names)

    page = await context.services.store.read(query)
    return connection(page, cursor, lambda one: InboundMessage.of(context, one), _place)


@strawberry.type
class ContactFields:
    """What a contact shows of messages."""

    inbound_messages: Connection[InboundMessage] = strawberry.field(
        resolver=_of_contact, description="What they wrote, the newest first."
    )


@strawberry.type
class Query:
    """Joined into the schema's Query."""

    @resolved("What people wrote, the newest first.")
    async def inbound_messages(
        self,
        info: Info,
        first: First = 25,
        after: After = strawberry.UNSET,
        destination_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only to that destination.")
        ] = strawberry.UNSET,
        needs_review: Annotated[
            bool | None,
            strawberry.argument(description="Only what waits for somebody to look, or only what does not."),
        ] = strawberry.UNSET,
    ) -> Connection[InboundMessage]:
        context, size, cursor = info.context, page_size(first), decode(after)
        page = await context.services.store.read(
            lambda c: stored.page(
                c,
                context.viewer.space,
                size,
                cursor,
                destination_id=destination_id or None,
                needs_review=needs_review if isinstance(needs_review, bool) else None,
            )
        )
        return connection(page, cursor, lambda one: InboundMessage.of(context, one), _place)


@strawberry.type
class Mutation:
    """Joined into the schema's Mutation."""

    @resolved(
        "Say whether what somebody wrote is a stop. STOP records it as the person's own; NOT_A_STOP lets marketing that waits "
        "for this go on, once no other message of theirs is left to look at."
    )
    async def inbound_review(
        self, info: Info, given: Annotated[InboundReviewInput, INPUT]
    ) -> InboundMessagePayload:
        context = info.context
        context.require(Role.OPERATOR, "Reviewing a message")
        services = context.services

        def change(database: Database) -> StoredMessage | UserError | None:
            message = stored.get(database, given.id)
            if message is None or not context.viewer.sees(message.space):
                return not_found("message", "id")
            if message.answer is given.answer:
                return message
            if given.answer is ReviewAnswer.NOT_A_STOP and not message.needs_review:
                why = (
                    "It was taken for a stop"
                    if message.answer or message.keyword
                    else "It waits for no answer"
                )
                text = f"{why}. Nothing was changed: only the person's own START lifts a stop."
                return input_error(ErrorCode.INVALID, text, "answer")
            now = services.clock.now()
            review.answer(database, message, given.answer, context.viewer.name, given.note or None, now)
            return stored.get(database, given.id)

        done = await services.store.write(change)
        if isinstance(done, StoredMessage):
            return InboundMessagePayload(inbound_message=InboundMessage.of(context, done), errors=[])
        return InboundMessagePayload(inbound_message=None, errors=[] if done is None else [done])
