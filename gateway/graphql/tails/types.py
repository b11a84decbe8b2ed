"""Items of a tail: what happened, when, and how to go on after it."""

from datetime import datetime
from typing import Self

import strawberry

from gateway.graphql.context import Context
from gateway.graphql.deliveries.types import Delivery
from gateway.graphql.destinations.types import Destination
from gateway.graphql.events.types import Event
from gateway.graphql.tails.following import Shown

_SEQUENCE = "Its place: give it as `afterSequence` to go on behind it."
_AT = "When it happened."
_DROPPED = (
    "How many before it are missing here, since this client was too slow or was away: the lists have them. Where nobody knows "
    "how many, at least 1."
)


@strawberry.type(description="A delivery that was made or changed.")
class DeliveryTailItem:
    """Of deliveryTail."""

    sequence: strawberry.ID = strawberry.field(description=_SEQUENCE)
    at: datetime = strawberry.field(description=_AT)
    dropped_before: int = strawberry.field(description=_DROPPED)
    delivery: Delivery = strawberry.field(description="The delivery, as it is when it is shown.")

    @classmethod
    def of(cls, context: Context, shown: Shown) -> Self:
        """The item as this viewer sees it."""
        delivery = Delivery.of(context.viewer, shown.value)
        return cls(sequence=shown.sequence, at=shown.at, dropped_before=shown.dropped, delivery=delivery)


@strawberry.type(description="An event that came, once it is matched.")
class EventTailItem:
    """Of eventTail."""

    sequence: strawberry.ID = strawberry.field(description=_SEQUENCE)
    at: datetime = strawberry.field(description=_AT)
    dropped_before: int = strawberry.field(description=_DROPPED)
    event: Event = strawberry.field(description="The event as it is now.")

    @classmethod
    def of(cls, context: Context, shown: Shown) -> Self:
        """The item as this viewer sees it."""
        event = Event.of(context, shown.value)
        return cls(sequence=shown.sequence, at=shown.at, dropped_before=shown.dropped, event=event)


@strawberry.type(description="A destination that stands differently than before.")
class DestinationTailItem:
    """Of destinationStatusChanged."""

    sequence: strawberry.ID = strawberry.field(description=_SEQUENCE)
    at: datetime = strawberry.field(description=_AT)
    dropped_before: int = strawberry.field(description=_DROPPED)
    destination: Destination = strawberry.field(description="The destination, as it is when it is shown.")

    @classmethod
    def of(cls, context: Context, shown: Shown) -> Self:
        """The item as this viewer sees it."""
        destination = Destination.of(context, shown.value)
        return cls(
            sequence=shown.sequence, at=shown.at, dropped_before=shown.dropped, destination=destination
        )
