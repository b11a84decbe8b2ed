"""The answer whether a message is a stop."""

from typing import Annotated

import strawberry
from sqlalchemy import Connection as Database

from gateway import audit
from gateway.consent import ReviewAnswer
from gateway.graphql.context import Info
from gateway.graphql.inbound_messages.types import InboundMessage, InboundMessagePayload
from gateway.graphql.terms.enums import ErrorCode
from gateway.graphql.terms.errors import UserError, input_error, not_found
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.inputs import INPUT
from gateway.pipeline import review
from gateway.storage import inbound_messages as stored
from gateway.storage.inbound_messages import StoredMessage
from gateway.workspace import Role


@strawberry.input(description="Whether a message is a stop.")
class InboundReviewInput:
    """See inboundReview."""

    id: strawberry.ID = strawberry.field(description="The id of the message.")
    answer: ReviewAnswer = strawberry.field(description="What it is.")
    note: str | None = strawberry.field(
        default=strawberry.UNSET, description="Why; kept as evidence of a stop."
    )


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
            told = audit.changes({"answer": message.answer}, {"answer": given.answer})
            context.record(database, "inboundReview", message.id, told, space=message.space)
            return stored.get(database, given.id)

        done = await services.store.write(change)
        if isinstance(done, StoredMessage):
            return InboundMessagePayload(inbound_message=InboundMessage.of(context, done), errors=[])
        return InboundMessagePayload(inbound_message=None, errors=[] if done is None else [done])
