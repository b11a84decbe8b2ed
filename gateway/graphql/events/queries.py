"""Reading events."""

from datetime import datetime
from typing import Annotated

import strawberry

from gateway.events import StoredEvent
from gateway.graphql.contacts.types import Contact
from gateway.graphql.context import Context, Info
from gateway.graphql.events.filters import Filter, wanted
from gateway.graphql.events.types import SHOWN_BY, Event, seen
from gateway.graphql.terms.errors import bad_input
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.inputs import span_to_add
from gateway.graphql.terms.nodes import Id
from gateway.graphql.terms.pagination import After, Connection, First, connection, decode, page_size
from gateway.storage import event_lists as stored
from gateway.storage.event_filters import EventFilter
from gateway.storage.event_lists import MOST_IDENTITIES
from gateway.storage.pages import COUNTED


async def page_of(
    context: Context, space: str, first: int | None, after: str | None, asked: EventFilter
) -> Connection[Event]:
    """A page of events, the newest first."""
    size, cursor, store = page_size(first), decode(after, "evt"), context.services.store
    if asked.needs_a_span and await store.read(lambda c: stored.more_than(c, space, COUNTED)):
        add = span_to_add("receivedAt", context.services.clock.now())
        raise bad_input(
            f"This space has more than {COUNTED} events, and no index serves this filter alone. Add a span to it, such as {add}; or "
            "one of userId, anonymousId, name, messageId and problem."
        )
    counted, columns = context.counts, context.columns(SHOWN_BY)
    page = await store.read(
        lambda c: stored.page(c, space, size, cursor, asked, counted=counted, columns=columns)
    )
    return connection(page, cursor, lambda one: Event.of(context, one), _place)


def _place(event: StoredEvent) -> tuple[datetime, str]:
    return event.received_at, event.id


async def _of_contact(
    contact: strawberry.Parent[Contact], info: Info, first: First = 25, after: After = strawberry.UNSET
) -> Connection[Event]:
    context, size, cursor = info.context, page_size(first), decode(after, "evt")
    known, counted, columns = contact.value, context.counts, context.columns(SHOWN_BY)
    page = await context.read(
        lambda c: stored.of_people(
            c, known.space, known.identities, size, cursor, counted=counted, columns=columns
        )
    )
    return connection(page, cursor, lambda one: Event.of(context, one), _place)


@strawberry.type
class ContactFields:
    """What a contact shows of events."""

    events: Connection[Event] = strawberry.field(
        resolver=_of_contact,
        description="What the people who gave this number did, the newest first: every event that names one of their ids, of "
        f"which the first {MOST_IDENTITIES} are asked for.",
    )


@strawberry.type
class Query:
    """Joined into the schema's Query."""

    @resolved("The event of that id; null where this token sees none.")
    async def event(self, info: Info, id: Id) -> Event | None:  # noqa: A002  the schema's word
        return await seen(info.context, id)

    @resolved(
        "What came in, the newest first: bad events too, with their problem. An event is here once it is matched; how many "
        "requests wait for that is in the metric `heliograph_queue_depth`."
    )
    async def events(
        self,
        info: Info,
        first: First = 25,
        after: After = strawberry.UNSET,
        source_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Of that source; null: of every source.")
        ] = strawberry.UNSET,
        given: Filter = strawberry.UNSET,
    ) -> Connection[Event]:
        context = info.context
        space, asked = wanted(context, given, source_id)
        return await page_of(context, space, first, after, asked)
