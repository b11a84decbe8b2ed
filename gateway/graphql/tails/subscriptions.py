"""What may be watched: deliveries, events, and how destinations stand."""

from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing
from typing import Annotated

import strawberry

from gateway import deliveries, events, workspace
from gateway.graphql.context import Loaders
from gateway.graphql.deliveries.filters import Filter, wanted
from gateway.graphql.events.filters import Filter as EventFilter, wanted as wanted_events
from gateway.graphql.tails.feeds import WatchContext
from gateway.graphql.tails.following import follow
from gateway.graphql.tails.types import DeliveryTailItem, DestinationTailItem, EventTailItem
from gateway.graphql.terms.fields import watched
from gateway.graphql.terms.named import named
from gateway.people import USER_ID
from gateway.shared.base import Topic
from gateway.storage import people
from gateway.storage.delivery_lists import passes
from gateway.storage.event_filters import passes as event_passes

WatchInfo = strawberry.Info[WatchContext, None]

AfterSequence = Annotated[
    strawberry.ID | None,
    strawberry.argument(
        description="Go on after the item of that `sequence`, with what is still kept of what happened since; null: begin with "
        "what happens from now on."
    ),
]


@strawberry.type(description="What can be watched as it happens; each item says where to go on after it.")
class Subscription:
    """Joined into the schema's Subscription."""

    @watched(
        "Deliveries of the token's space as they are made and change. One that changes several times in a moment is "
        "shown once, as it is then."
    )
    async def delivery_tail(
        self,
        info: WatchInfo,
        given: Filter = strawberry.UNSET,
        after_sequence: AfterSequence = strawberry.UNSET,
    ) -> AsyncGenerator[DeliveryTailItem, None]:
        context = info.context
        space = context.viewer.space
        asked = wanted(context, given, space)

        theirs = _People(context, space, asked.user_id)
        needs_event = asked.message_id is not None or asked.user_id is not None

        async def shown(one: deliveries.Delivery) -> bool:
            event = await context.loaders.events.load(one.event_id) if needs_event else None
            return passes(asked, one, event, await theirs.now())

        async with aclosing(follow(context, Topic.DELIVERY, space, after_sequence or None, shown)) as items:
            async for item in items:
                yield DeliveryTailItem.of(context, item)

    @watched(
        "Events of the token's space as they are matched: those that led to nothing, and those that were invalid, too."
    )
    async def event_tail(
        self,
        info: WatchInfo,
        source_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Of that source; null: of every source.")
        ] = strawberry.UNSET,
        given: EventFilter = strawberry.UNSET,
        after_sequence: AfterSequence = strawberry.UNSET,
    ) -> AsyncGenerator[EventTailItem, None]:
        context = info.context
        space, asked = wanted_events(context, given, source_id)

        async def shown(one: events.StoredEvent) -> bool:
            return event_passes(asked, one)

        async with aclosing(follow(context, Topic.EVENT, space, after_sequence or None, shown)) as items:
            async for item in items:
                yield EventTailItem.of(context, item)

    @watched(
        "Destinations as they are verified, fail, work again, are paused, go on, or are changed: noticed within a second, "
        "whoever did it."
    )
    async def destination_status_changed(
        self,
        info: WatchInfo,
        id: Annotated[  # noqa: A002  the schema's word
            strawberry.ID | None,
            strawberry.argument(description="That destination; null: every one of the token's space."),
        ] = strawberry.UNSET,
        after_sequence: AfterSequence = strawberry.UNSET,
    ) -> AsyncGenerator[DestinationTailItem, None]:
        context = info.context
        whose = named(context, "destination", id, "id")
        space = context.viewer.space if whose is None else whose.space

        async def shown(one: workspace.Destination) -> bool:
            return one.deleted_at is None and (whose is None or whose.id == one.id)

        async with aclosing(
            follow(context, Topic.DESTINATION, space, after_sequence or None, shown)
        ) as items:
            async for item in items:
                yield DestinationTailItem.of(context, item)


class _People:
    """Who goes by a user id, read anew with whatever else is."""

    def __init__(self, context: WatchContext, space: str, user_id: str | None) -> None:
        self._context = context
        self._space = space
        self._user_id = user_id
        self._read: tuple[Loaders | None, Collection[str]] = (None, ())

    async def now(self) -> Collection[str]:
        """Their ids; none where nobody in particular is asked for."""
        user_id, loaders = self._user_id, self._context.loaders
        if user_id is not None and self._read[0] is not loaders:
            found = await loaders.reads.load(lambda c: people.whose(c, self._space, USER_ID, user_id))
            self._read = loaders, found
        return self._read[1]
