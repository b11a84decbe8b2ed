"""Reading what people wrote, of a contact and of all."""

from datetime import datetime
from typing import Annotated

import strawberry
from sqlalchemy import Connection as Database

from gateway.graphql.contacts.types import Contact
from gateway.graphql.context import Info
from gateway.graphql.inbound_messages.types import InboundMessage
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.named import id_of
from gateway.graphql.terms.pagination import After, Connection, First, connection, decode, page_size
from gateway.storage import external_contacts, inbound_messages as stored, people
from gateway.storage.inbound_messages import StoredMessage
from gateway.storage.pages import Page


def _place(message: StoredMessage) -> tuple[datetime, str]:
    return message.received_at, message.id


async def _of_contact(
    contact: strawberry.Parent[Contact], info: Info, first: First = 25, after: After = strawberry.UNSET
) -> Connection[InboundMessage]:
    context, size, cursor = info.context, page_size(first), decode(after, "inb")

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
        context, size, cursor = info.context, page_size(first), decode(after, "inb")
        space = context.viewer.space
        destination = id_of(context, "destination", destination_id, "destinationId", space)
        page = await context.services.store.read(
            lambda c: stored.page(
                c,
                space,
                size,
                cursor,
                destination_id=destination,
                needs_review=needs_review if isinstance(needs_review, bool) else None,
            )
        )
        return connection(page, cursor, lambda one: InboundMessage.of(context, one), _place)
