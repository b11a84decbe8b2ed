"""Which counts are asked for, and whether there are any."""

from datetime import datetime, timedelta

from gateway.graphql.deliveries.filters import TimeRangeInput
from gateway.graphql.terms.errors import bad_input
from gateway.graphql.terms.scalars import from_time
from gateway.stats import MOST_POINTS, Bucket, finest, oldest, points

_AHEAD = timedelta(days=1)
"""How far into the future it may matter when a range ends: for clocks that differ."""


def of_series(span: TimeRangeInput, bucket: Bucket, now: datetime) -> tuple[datetime, datetime]:
    """The beginning of the first bucket and the end of the last. Raises Refused where there are too many, or not any more."""
    _check(span, bucket, now)
    number = points(span.from_, span.to, bucket)
    if number > MOST_POINTS:
        raise bad_input(
            f"`range` has {number:,} points of one {bucket.lower()}; an answer has {MOST_POINTS:,} at most. {_larger(bucket)}"
        )
    return bucket.floor(span.from_), bucket.ceiling(span.to)


def of_total(span: TimeRangeInput, now: datetime) -> tuple[datetime, datetime]:
    """The range, as wide as the smallest buckets make it that are kept of its ends. Raises Refused where it begins before them."""
    _check(span, Bucket.DAY, now)
    end = min(span.to, now + _AHEAD)
    return finest(span.from_, now).floor(span.from_), finest(end, now).ceiling(end)


def _check(span: TimeRangeInput, bucket: Bucket, now: datetime) -> None:
    if span.from_ >= span.to:
        raise bad_input("`range` is empty: `from` must lie before `to`.")
    kept = oldest(bucket, now)
    if span.from_ < kept:
        raise bad_input(
            f"Counts by the {bucket.lower()} begin with {from_time(kept)}: what is older is kept for longer spans alone, or not at all. "
            f"Say `from` later. {_larger(bucket)}".strip()
        )


def _larger(bucket: Bucket) -> str:
    match bucket:
        case Bucket.MINUTE:
            return "Or say bucket: HOUR."
        case Bucket.HOUR:
            return "Or say bucket: DAY."
        case Bucket.DAY:
            return ""
