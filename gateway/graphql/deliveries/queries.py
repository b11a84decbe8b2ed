"""Lists of deliveries: of all, of a destination, of an event."""

from dataclasses import replace
from datetime import datetime

import strawberry

from gateway import deliveries
from gateway.graphql.contacts.types import Contact
from gateway.graphql.context import Context, Info
from gateway.graphql.deliveries.filters import Filter, _needs_a_span, wanted
from gateway.graphql.deliveries.types import SHOWN_BY, Delivery, seen
from gateway.graphql.destinations.types import Destination
from gateway.graphql.events.types import Event
from gateway.graphql.terms.errors import bad_input
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.inputs import span_to_add
from gateway.graphql.terms.nodes import Id
from gateway.graphql.terms.pagination import After, Connection, First, connection, decode, page_size
from gateway.storage import delivery_lists as stored
from gateway.storage.delivery_lists import DeliveryFilter
from gateway.storage.pages import COUNTED, Page


async def page_of(
    context: Context, space: str, first: int | None, after: str | None, asked: DeliveryFilter
) -> Connection[Delivery]:
    """A page of deliveries, the newest first."""
    size, cursor = page_size(first), decode(after, "dlv")
    store = context.services.store
    if _needs_a_span(asked) and await store.read(lambda c: stored.more_than(c, space, COUNTED)):
        add = span_to_add("createdAt", context.services.clock.now())
        raise bad_input(
            f"This space has more than {COUNTED} deliveries, and no index serves this filter alone. Add a span to it, such as {add}; "
            "or one of status, destinationId, mappingId, recipient, userId, messageId and messageSid."
        )
    counted, columns = context.counts, context.columns(SHOWN_BY)
    page = await store.read(
        lambda c: stored.page(c, space, size, cursor, asked, counted=counted, columns=columns)
    )
    return connection(page, cursor, lambda one: Delivery.of(context.viewer, one), _place)


def _place(delivery: deliveries.Delivery) -> tuple[datetime, str]:
    return delivery.created_at, delivery.id


async def _of_destination(
    destination: strawberry.Parent[Destination],
    info: Info,
    first: First = 25,
    after: After = strawberry.UNSET,
    given: Filter = strawberry.UNSET,
) -> Connection[Delivery]:
    asked = wanted(info.context, given, destination.space)
    if asked.destination_id not in (None, destination.value.id):
        raise bad_input("`filter.destinationId` names another destination than the one whose list this is.")
    asked = replace(asked, destination_id=destination.value.id)
    return await page_of(info.context, destination.space, first, after, asked)


async def _of_event(event: strawberry.Parent[Event], info: Info) -> list[Delivery]:
    found = await info.context.loaders.deliveries_of_event.load(event.value.id)
    return [Delivery.of(info.context.viewer, one) for one in found]


@strawberry.type
class DestinationFields:
    """What a destination shows of deliveries."""

    deliveries: Connection[Delivery] = strawberry.field(
        resolver=_of_destination, description="What went out through it, or did not, the newest first."
    )


async def _of_contact(
    contact: strawberry.Parent[Contact], info: Info, first: First = 25, after: After = strawberry.UNSET
) -> Connection[Delivery]:
    context, size, cursor, known = info.context, page_size(first), decode(after, "dlv"), contact.value
    if known.phone is None:  # nothing is sent to somebody without a number
        page: Page[deliveries.Delivery] = Page([], has_next=False, total=0)
    else:
        asked = DeliveryFilter(recipient=known.phone)
        counted, columns = context.counts, context.columns(SHOWN_BY)
        page = await context.read(
            lambda c: stored.page(c, known.space, size, cursor, asked, counted=counted, columns=columns)
        )
    return connection(page, cursor, lambda one: Delivery.of(context.viewer, one), _place)


@strawberry.type
class ContactFields:
    """What a contact shows of deliveries."""

    deliveries: Connection[Delivery] = strawberry.field(
        resolver=_of_contact,
        description="What was sent to this number, or would have been and was not, the newest first.",
    )


@strawberry.type
class EventFields:
    """What an event shows of deliveries."""

    deliveries: list[Delivery] = strawberry.field(
        resolver=_of_event, description="What became of it, one for each mapping it is for."
    )


@strawberry.type
class Query:
    """Joined into the schema's Query."""

    @resolved("The delivery of that id; null where this token sees none.")
    async def delivery(self, info: Info, id: Id) -> Delivery | None:  # noqa: A002  the schema's word
        return await seen(info.context, id)

    @resolved("The deliveries of the token's space, the newest first.")
    async def deliveries(
        self, info: Info, first: First = 25, after: After = strawberry.UNSET, given: Filter = strawberry.UNSET
    ) -> Connection[Delivery]:
        space = info.context.viewer.space
        return await page_of(info.context, space, first, after, wanted(info.context, given, space))
