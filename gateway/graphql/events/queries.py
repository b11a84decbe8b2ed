"""Reading events."""

from typing import Annotated

import strawberry

from gateway.graphql.context import Info
from gateway.graphql.events.types import Event, seen
from gateway.graphql.terms.errors import bad_input
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.nodes import Id
from gateway.graphql.terms.pagination import After, Connection, First, connection, decode, page_size
from gateway.storage import events as stored


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
    ) -> Connection[Event]:
        context, size, cursor = info.context, page_size(first), decode(after)
        space, source = context.viewer.space, source_id or None
        if source is not None:
            found = context.snapshot.sources.get(source)  # a deleted one too: its events are still shown
            if found is None or not context.viewer.sees(found.space):
                raise bad_input("`sourceId` names no source that this token sees.")
        page = await context.services.store.read(lambda c: stored.page(c, space, source, size, cursor))
        return connection(
            page, cursor, lambda one: Event.of(context, one), lambda one: (one.received_at, one.id)
        )
