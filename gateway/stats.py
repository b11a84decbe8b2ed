"""What is counted of events and Deliveries, and under what: pure.

An event counts in the minute in which it was received, and everything of a Delivery in that in which it was made, whenever it
happens. What changes a Delivery takes away what it counted before, and adds what it counts from then on: so in sum each counts as
it stands in the ledger, once, whatever happened to it and in whatever order, and the counts of a minute add up.

| count | of Deliveries |
| --- | --- |
| matched | all but what is SHADOWED: accepted + suppressed + rejected + canceled + expired + those that are not settled yet |
| accepted | all that the provider took: delivered + failed + those that are on their way |
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from destinations.kit import MessageStatus
from gateway.deliveries import DeliveryStatus

MINUTES_KEPT = timedelta(days=3)
HOURS_KEPT = timedelta(days=90)
DAYS_KEPT = timedelta(days=400)
"""How long counts are kept by the minute; then they are by the hour for so long, and then by the day."""

_S, _M = DeliveryStatus, MessageStatus
_NEVER_ACCEPTED = frozenset({_S.SUPPRESSED, _S.REJECTED, _S.CANCELED, _S.EXPIRED})
_FAILED = frozenset({_M.CANCELED, _M.UNDELIVERED, _M.FAILED})
_DELIVERED = frozenset({_M.PARTIALLY_DELIVERED, _M.DELIVERED, _M.READ})

_LONGEST = 100
"""Characters of a sender or an error code."""

PRICE_UNIT = Decimal("0.000001")
"""Prices are whole numbers of this."""


class Bucket(StrEnum):
    """A span of time that counts are summed up for."""

    MINUTE = "MINUTE"
    HOUR = "HOUR"
    DAY = "DAY"

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return _LENGTHS[self]

    def floor(self, at: datetime) -> datetime:
        """When the bucket begins that a moment is in."""
        return at - (at - _FIRST) % self.length

    def ceiling(self, at: datetime) -> datetime:
        """When the bucket ends that a moment is in; the moment itself, where one begins with it."""
        return at + (_FIRST - at) % self.length


_LENGTHS = {
    Bucket.MINUTE: timedelta(minutes=1),
    Bucket.HOUR: timedelta(hours=1),
    Bucket.DAY: timedelta(days=1),
}
_FIRST = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def oldest(bucket: Bucket, now: datetime) -> datetime:
    """From when on there are counts for each such bucket."""
    if bucket is Bucket.MINUTE:
        return Bucket.HOUR.floor(now - MINUTES_KEPT)
    if bucket is Bucket.HOUR:
        return Bucket.DAY.floor(now - HOURS_KEPT)
    return Bucket.DAY.floor(now - DAYS_KEPT)


def finest(at: datetime, now: datetime) -> Bucket:
    """The smallest buckets that there still are of that time."""
    return next((one for one in (Bucket.MINUTE, Bucket.HOUR) if at >= oldest(one, now)), Bucket.DAY)


MOST_POINTS = 2_000
"""How many buckets are given at once."""


def points(begin: datetime, end: datetime, bucket: Bucket) -> int:
    """How many buckets it takes from one moment to another."""
    return -((begin - end) // bucket.length)


class Counted(NamedTuple):
    """What of a Delivery decides where it counts, and as what. `made_at` is in microseconds since 1970."""

    space: str
    made_at: int
    destination_id: str
    mapping_id: str
    channel: str | None
    sender: str | None
    country: str | None
    status: DeliveryStatus
    reason: str | None
    error_code: str | None
    message_status: MessageStatus | None
    segments: int | None
    price: str | None


class Key(NamedTuple):
    """Under what something counts; a text is empty where there is none. `at`: when its minute began, in microseconds since 1970.
    Prices count under their `currency`, all else under none.
    """

    space: str
    at: int
    destination_id: str
    mapping_id: str
    channel: str
    sender: str
    country: str
    reason: str
    error_code: str
    currency: str


class Dimension(StrEnum):
    """What counts can be told apart by."""

    DESTINATION = "DESTINATION"
    MAPPING = "MAPPING"
    SENDER = "SENDER"
    CHANNEL = "CHANNEL"
    COUNTRY = "COUNTRY"
    REASON = "REASON"
    ERROR_CODE = "ERROR_CODE"

    @property
    def column(self) -> str:
        """Its name in a Key."""
        return _COLUMNS.get(self, self.lower())


_COLUMNS = {Dimension.DESTINATION: "destination_id", Dimension.MAPPING: "mapping_id"}


class Counts(NamedTuple):
    """How many there are of each. `priced` are those of which a price is known, and `price` is what they cost, in PRICE_UNITs."""

    events: int = 0
    matched: int = 0
    suppressed: int = 0
    accepted: int = 0
    delivered: int = 0
    failed: int = 0
    rejected: int = 0
    canceled: int = 0
    expired: int = 0
    segments: int = 0
    priced: int = 0
    price: int = 0

    @property
    def waiting(self) -> int:
        """Deliveries that are not settled yet."""
        return self.matched - self.accepted - self.suppressed - self.rejected - self.canceled - self.expired


def added(some: Counts, more: Counts) -> Counts:
    """Both together."""
    return Counts(*map(int.__add__, some, more))


_MINUTE = 60_000_000
"""In microseconds."""


def of_events(received: Mapping[tuple[str, int], int]) -> Iterator[tuple[Key, Counts]]:
    """What so many events count, of a space and received at a time in microseconds since 1970."""
    for (space, at), number in received.items():
        yield Key(space, at - at % _MINUTE, "", "", "", "", "", "", "", ""), Counts(events=number)


def of_deliveries(changes: Mapping[Counted, int]) -> Iterator[tuple[Key, Counts]]:
    """What so many more Deliveries count that stand like this, or so many fewer."""
    for one, number in changes.items():
        if number:
            for key, counts in _of_delivery(one):
                yield key, Counts(*(number * count for count in counts))


def _of_delivery(one: Counted) -> Iterator[tuple[Key, Counts]]:
    status = one.status
    if status is _S.SHADOWED:
        return  # no text was meant to go out
    accepted = status is _S.ACCEPTED
    failed = accepted and one.message_status in _FAILED
    over = status in _NEVER_ACCEPTED
    has_code = failed or (over and status is not _S.SUPPRESSED)
    key = Key(
        one.space,
        one.made_at - one.made_at % _MINUTE,
        one.destination_id,
        one.mapping_id,
        one.channel or "",
        _text(one.sender),
        one.country or "",
        (one.reason or "") if over else "",
        _text(one.error_code) if has_code else "",
        "",
    )
    yield (
        key,
        Counts(
            matched=1,
            suppressed=int(status is _S.SUPPRESSED),
            accepted=int(accepted),
            delivered=int(accepted and one.message_status in _DELIVERED),
            failed=int(failed),
            rejected=int(status is _S.REJECTED),
            canceled=int(status is _S.CANCELED),
            expired=int(status is _S.EXPIRED),
            segments=one.segments or 0 if accepted else 0,
        ),
    )
    cost = None if one.price is None else cost_of(one.price)
    if cost is not None:
        currency, units = cost
        yield key._replace(currency=currency), Counts(priced=1, price=units)


def _text(words: str | None) -> str:
    return "" if words is None else words.replace("\x00", "")[:_LONGEST]


_PRICE = re.compile(r"([+-]?[0-9]{1,9}(?:\.[0-9]{1,12})?)(?: ([A-Za-z]{3}))?")


@lru_cache(maxsize=1_000)
def cost_of(price: str) -> tuple[str, int] | None:
    """(currency, PRICE_UNITs) of what a provider says of a price, such as `-0.00750 USD`: it says what it takes as less than nothing,
    and that is what was paid. The currency is empty where it says none; None for what can't be read.
    """
    found = _PRICE.fullmatch(price)
    if found is None:
        return None
    return (found[2] or "").upper(), int((-Decimal(found[1]) / PRICE_UNIT).to_integral_value())


def shown(prices: Mapping[str, int]) -> str | None:
    """Sums by currency in words: `USD 1.2345`, or `EUR 0.20, USD 1.2345`. None where there are none."""
    return ", ".join(_amount(currency, units) for currency, units in sorted(prices.items())) or None


def _amount(currency: str, units: int) -> str:
    whole, _, part = f"{units * PRICE_UNIT:.6f}".partition(".")
    return f"{currency} {whole}.{part.rstrip('0').ljust(2, '0')}".strip()
