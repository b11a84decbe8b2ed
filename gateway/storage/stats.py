"""Counts as they are kept: written down in the transaction in which something happens, and added up when they are asked for.

A transaction appends a row with all that it changed, which nobody else touches; `rollup` adds these up later. Whoever reads takes
both, so that nothing is missing at any moment.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import BigInteger, ColumnElement, Connection, func, select, type_coerce

from gateway import phones
from gateway.deliveries import DeliveryStatus, NewDelivery
from gateway.stats import Bucket, Counted, Counts, Key, added, of_deliveries, of_events
from gateway.storage.prepared import Rows
from gateway.storage.tables import stats, stats_changes
from gateway.storage.types import to_number, to_time

Change = tuple[Key, Counts]

_ADD = Rows(stats_changes, "changes")
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[Change]).decode


def count_events(connection: Connection, received: Iterable[tuple[str, datetime]]) -> None:
    """Count events that are kept now: of which space each is, and when it was received."""
    numbers = Counter(received)
    write(connection, of_events({(space, to_number(at)): many for (space, at), many in numbers.items()}))


def count_new(connection: Connection, new: Iterable[NewDelivery], now: datetime) -> None:
    """Count Deliveries that are made now."""
    made = Counter((one.space, one.destination_id, one.mapping_id, one.channel, one.recipient) for one in new)
    at = to_number(now)
    write(connection, of_deliveries({_new(at, *what): many for what, many in made.items()}))


def _new(
    at: int,
    space: str,
    destination_id: str,
    mapping_id: str,
    channel: str | None,
    recipient: str | None,
) -> Counted:
    country = phones.country_of(recipient)
    return Counted(
        *(space, at, destination_id, mapping_id, channel, None, country),
        *(DeliveryStatus.PENDING, None, None, None, None, None),
    )


def count_changed(connection: Connection, changed: Iterable[tuple[tuple[Any, ...], tuple[Any, ...]]]) -> None:
    """Count what Deliveries are from now on, and no more what each was before: the values of the two `Counted`."""
    changes: dict[tuple[Any, ...], int] = {}
    for before, after in changed:
        changes[before] = changes.get(before, 0) - 1
        changes[after] = changes.get(after, 0) + 1
    write(
        connection, of_deliveries({Counted._make(one): number for one, number in changes.items() if number})
    )


def write(connection: Connection, changes: Iterable[Change]) -> None:
    """Write down that so much more counts; what comes to nothing is left out."""
    made = [(key, counts) for key, counts in sums(changes).items() if any(counts)]
    if made:
        _ADD.insert(connection, [(_encode(made).decode(),)])


def sums(changes: Iterable[Change]) -> dict[Key, Counts]:
    """All that is counted under each key."""
    found: dict[Key, Counts] = {}
    for key, counts in changes:
        before = found.get(key)
        found[key] = counts if before is None else added(before, counts)
    return found


def changes_of(rows: Iterable[str]) -> Iterator[Change]:
    """What rows of `stats_changes` say."""
    for row in rows:
        yield from _decode(row)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which counts: of a space, from `begin` to `end`, and of some values of a dimension where these are given."""

    space: str
    begin: datetime
    end: datetime
    only: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def condition(self) -> ColumnElement[bool]:
        """Of rows that are added up."""
        within = (stats.c.space == self.space) & (stats.c.at >= self.begin) & (stats.c.at < self.end)
        for name, values in self.only.items():
            within &= stats.c[name].in_(sorted(values))
        return within

    def has(self, key: Key) -> bool:
        """The same of one that is not."""
        return (
            key.space == self.space
            and to_number(self.begin) <= key.at < to_number(self.end)
            and all(getattr(key, name) in values for name, values in self.only.items())
        )


class Point(NamedTuple):
    """What was counted, and what is known of its cost, by currency."""

    counts: Counts
    prices: Mapping[str, int]


def series(connection: Connection, wanted: Selection, bucket: Bucket) -> dict[datetime, Point]:
    """The counts of each bucket in which there is something, by when it begins."""
    length = int(bucket.length.total_seconds()) * 1_000_000
    at: ColumnElement[int] = type_coerce(stats.c.at, BigInteger)
    found = _grouped(connection, wanted, at - at % length, lambda key: key.at - key.at % length)
    return {to_time(begins): point for begins, point in found.items()}


def by(connection: Connection, wanted: Selection, dimension: str) -> dict[str, Point]:
    """The counts for each value of a dimension; an event has none."""
    found = _grouped(connection, wanted, stats.c[dimension], lambda key: str(getattr(key, dimension)))
    return {value: point for value, point in found.items() if any(point.counts[1:])}


def _grouped(
    connection: Connection, wanted: Selection, group: ColumnElement[Any], group_of: Callable[[Key], Any]
) -> dict[Any, Point]:
    """What was selected in groups, without those of nothing."""
    group = group.label("of")
    totals = (func.sum(stats.c[name]).label(name) for name in Counts._fields)
    query = select(group, stats.c.currency, *totals).where(wanted.condition).group_by(group, stats.c.currency)
    found: dict[tuple[Any, str], Counts] = {}
    some = [
        *(((of, currency), Counts(*map(int, counts))) for of, currency, *counts in connection.execute(query)),
        *(
            ((group_of(key), key.currency), counts)
            for key, counts in changes_of(connection.scalars(select(stats_changes.c.changes)))
            if wanted.has(key)
        ),
    ]
    for which, counts in some:
        found[which] = added(found[which], counts) if which in found else counts
    points: dict[Any, Point] = {}
    for (of, currency), counts in found.items():
        if any(counts):
            before = points.get(of, Point(Counts(), {}))
            prices = {currency: counts.price} if counts.priced else {}
            points[of] = Point(added(before.counts, counts), {**before.prices, **prices})
    return points
