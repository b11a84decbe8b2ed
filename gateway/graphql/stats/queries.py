"""Counts over time, and by what they have in common."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

import strawberry

from gateway.graphql.context import Context, Info
from gateway.graphql.deliveries.filters import DeliveryFilterInput, TimeRangeInput
from gateway.graphql.destinations.types import Destination
from gateway.graphql.stats import filters, ranges
from gateway.graphql.stats.types import StatsPoint, StatsRow, StatsSeries
from gateway.graphql.terms import ranking
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.pagination import After, Connection, First
from gateway.stats import Bucket, Counts, Dimension
from gateway.storage import stats as stored
from gateway.storage.stats import Point, Selection

_KEPT = "Counts are kept by the minute for 3 days, by the hour for 90 days and by the day for 400."

Range = Annotated[TimeRangeInput, strawberry.argument(name="range", description="The span of time to count.")]
BucketArgument = Annotated[
    Bucket,
    strawberry.argument(
        name="bucket", description="How long the span of each point is; 2,000 points at most."
    ),
]
_NOTHING = Point(Counts(), {})


async def _series(
    context: Context, space: str, span: TimeRangeInput, bucket: Bucket, only: Mapping[str, frozenset[str]]
) -> StatsSeries:
    begin, end = ranges.of_series(span, bucket, context.services.clock.now())
    wanted = Selection(space, begin, end, only)
    found = await context.services.store.read(lambda c: stored.series(c, wanted, bucket))
    each: list[StatsPoint] = []
    at: datetime = begin
    while at < end:
        each.append(StatsPoint.of(at, found.get(at, _NOTHING)))
        at += bucket.length
    return StatsSeries(bucket=bucket, points=each)


async def _of_destination(
    destination: strawberry.Parent[Destination], info: Info, span: Range, bucket: BucketArgument = Bucket.HOUR
) -> StatsSeries:
    only = {Dimension.DESTINATION.column: frozenset([str(destination.value.id)])}
    return await _series(info.context, destination.space, span, bucket, only)


@strawberry.type
class DestinationFields:
    """What a destination shows of what was counted."""

    stats: StatsSeries = strawberry.field(
        resolver=_of_destination, description=f"How many deliveries went through it over time. {_KEPT}"
    )


@strawberry.type
class Query:
    """Joined into the schema's Query."""

    @resolved(f"How many events and deliveries the token's space had over time. {_KEPT}")
    async def stats(self, info: Info, span: Range, bucket: BucketArgument = Bucket.HOUR) -> StatsSeries:
        return await _series(info.context, info.context.viewer.space, span, bucket, {})

    @resolved(
        "How many deliveries of the token's space have which value in common, those with most deliveries first, then by their keys. The "
        f"range is as wide as what is kept of its ends. {_KEPT}"
    )
    async def stats_by(
        self,
        info: Info,
        span: Range,
        by: Annotated[
            Dimension,
            strawberry.argument(
                description="What they have in common. REASON and ERROR_CODE list those alone that have one."
            ),
        ],
        given: Annotated[
            DeliveryFilterInput | None,
            strawberry.argument(
                name="filter",
                description="Of which deliveries; null: of all. Counts know destinationId, mappingId, channel, reason, sender, country and "
                "errorCode; anything else is refused.",
            ),
        ] = strawberry.UNSET,
        first: First = 25,
        after: After = strawberry.UNSET,
    ) -> Connection[StatsRow]:
        context = info.context
        size, place = ranking.asked(first, after)
        begin, end = ranges.of_total(span, context.services.clock.now())
        wanted = Selection(context.viewer.space, begin, end, filters.wanted(context, given))
        found = await context.services.store.read(lambda c: stored.by(c, wanted, by.column))
        if by in (Dimension.REASON, Dimension.ERROR_CODE):
            found.pop("", None)
        ranked = [ranking.Ranked(point.counts.matched, key, (key, point)) for key, point in found.items()]
        return ranking.page(ranked, size, place, lambda one: StatsRow.of(context, by, one[0], begin, one[1]))
