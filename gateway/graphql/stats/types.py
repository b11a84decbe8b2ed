"""How many there were of what, and what they cost."""

from datetime import datetime
from typing import Self

import strawberry

from gateway.graphql.context import Context
from gateway.graphql.terms import masking
from gateway.stats import Bucket, Dimension, shown
from gateway.storage.stats import Point


@strawberry.type(
    description="What was counted of a span. All that becomes of a delivery counts where it was made, however late it comes, so that the "
    "counts of a span add up: matched = accepted + suppressed + rejected + canceled + expired + waiting, and accepted = delivered + failed "
    "+ those on their way. They are as the ledger had it at each moment, and stay when deliveries are removed for their age."
)
class StatsPoint:
    """See gateway.stats."""

    at: datetime = strawberry.field(description="When the span begins.")
    events: int = strawberry.field(
        description="Events that were received then, whatever became of them; one that its source sent again counts once. 0 where only a "
        "part of the deliveries is asked for: an event belongs to no destination, mapping or sender."
    )
    matched: int = strawberry.field(
        description="Deliveries that were made then: one for each event and mapping that it is for, and one for each replay."
    )
    accepted: int = strawberry.field(description="Those that the provider took.")
    delivered: int = strawberry.field(
        description="Accepted ones whose message is DELIVERED, PARTIALLY_DELIVERED or READ."
    )
    failed: int = strawberry.field(
        description="Accepted ones whose message is UNDELIVERED, FAILED or CANCELED."
    )
    suppressed: int = strawberry.field(description="Those that were not sent on purpose: SUPPRESSED.")
    rejected: int = strawberry.field(description="Those that were refused for good: REJECTED.")
    canceled: int = strawberry.field(description="Those that a cancel trigger or a person ended: CANCELED.")
    expired: int = strawberry.field(description="Those that became too old, or were never settled: EXPIRED.")
    waiting: int = strawberry.field(
        description="Those that are not settled yet: they are due, HELD or under way."
    )
    segments: int = strawberry.field(description="Segments of the accepted ones.")
    price: str | None = strawberry.field(
        description='What they cost as far as the provider said it, exactly, by currency: "USD 1.2345", or "EUR 0.20, USD 1.2345"; without '
        "a currency where it named none. What was paid back is negative. Null where nothing is known."
    )

    @classmethod
    def of(cls, at: datetime, point: Point) -> Self:
        """What was counted of the span that begins then."""
        counts = point.counts
        return cls(
            at=at,
            events=counts.events,
            matched=counts.matched,
            accepted=counts.accepted,
            delivered=counts.delivered,
            failed=counts.failed,
            suppressed=counts.suppressed,
            rejected=counts.rejected,
            canceled=counts.canceled,
            expired=counts.expired,
            waiting=counts.waiting,
            segments=counts.segments,
            price=shown(point.prices),
        )


@strawberry.type(description="Counts over time.")
class StatsSeries:
    """One point for each bucket."""

    bucket: Bucket = strawberry.field(description="How long each point's span is.")
    points: list[StatsPoint] = strawberry.field(
        description="One for each bucket that the range touches, the oldest first, also where nothing was. Buckets begin on the minute, "
        "the hour or the day in UTC, and count wholly."
    )


@strawberry.type(description="What was counted of the deliveries that have something in common.")
class StatsRow:
    """One value of a dimension."""

    key: str = strawberry.field(
        description="What they have in common: the id of a destination or mapping, a sender (masked for viewers), a channel, a country of "
        "two letters, a reason or an error code. Empty for those that have none."
    )
    name: str | None = strawberry.field(
        description="The name of the destination or mapping, even of one that was deleted since; null of anything else."
    )
    point: StatsPoint = strawberry.field(description="How many there were of them in the whole range.")

    @classmethod
    def of(cls, context: Context, by: Dimension, key: str, at: datetime, point: Point) -> Self:
        """The row as this viewer sees it."""
        snapshot = context.snapshot
        destination = snapshot.destinations.get(key) if by is Dimension.DESTINATION else None
        mapping = snapshot.mappings.get(key) or snapshot.deleted_mappings.get(key)
        named = destination or (mapping if by is Dimension.MAPPING else None)
        return cls(
            key=masking.text(context.viewer, key),
            name=None if named is None else masking.text(context.viewer, named.name),
            point=StatsPoint.of(at, point),
        )
