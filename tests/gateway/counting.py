"""What the rows of the ledger come to, counted by themselves, and what was counted along the way: the two must be the same."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from gateway.stats import Counts, Key
from gateway.storage import tables
from gateway.storage.stats import changes_of
from gateway.storage.types import to_time

Count = tuple[Any, ...]
"""A key, with its minute as a time, and the name of what is counted."""


def of_ledger(connection: Connection) -> Counter[Count]:
    """What is to be counted, by the rows of events and Deliveries as they are."""
    found: Counter[Count] = Counter()
    for row in connection.execute(select(tables.events)):
        found[row.space, _minute(row.received_at), *[""] * 8, "events"] += 1
    for row in connection.execute(select(tables.deliveries)):
        for name, currency, number in _of(row):
            found[*_key(row), currency, name] += number
    return Counter({count: number for count, number in found.items() if number})


def of_stats(connection: Connection) -> Counter[Count]:
    """What was counted: by the minute, as long as nothing is older than that."""
    found: Counter[Count] = Counter()
    for row in connection.execute(select(tables.stats)):
        assert row.size == "MINUTE", row
        for name in Counts._fields:
            found[*(getattr(row, part) for part in Key._fields), name] += getattr(row, name)
    for key, counts in changes_of(connection.scalars(select(tables.stats_changes.c.changes))):
        for name, number in counts._asdict().items():
            found[key.space, to_time(key.at), *key[2:], name] += number
    return Counter({count: number for count, number in found.items() if number})


def _minute(at: Any) -> Any:
    return at.replace(second=0, microsecond=0)


def _key(row: Any) -> tuple[Any, ...]:
    over = row.status in {"SUPPRESSED", "REJECTED", "CANCELED", "EXPIRED"}
    code = row.status in {"REJECTED", "CANCELED", "EXPIRED"} or _has_failed(row)
    return (
        row.space,
        _minute(row.created_at),
        row.destination_id,
        row.mapping_id,
        row.channel or "",
        row.sender or "",
        row.country or "",
        row.reason or "" if over else "",
        row.error_code or "" if code else "",
    )


def _has_failed(row: Any) -> bool:
    return row.status == "ACCEPTED" and row.message_status in {"CANCELED", "UNDELIVERED", "FAILED"}


def _of(row: Any) -> Iterator[tuple[str, str, int]]:
    yield "matched", "", 1
    ends = {"SUPPRESSED", "ACCEPTED", "REJECTED", "CANCELED", "EXPIRED"}
    if row.status in ends:
        yield row.status.lower(), "", 1
    if row.status == "ACCEPTED":
        yield "segments", "", row.segments or 0
        if _has_failed(row):
            yield "failed", "", 1
        elif row.message_status in {"PARTIALLY_DELIVERED", "DELIVERED", "READ"}:
            yield "delivered", "", 1
    if row.price is not None:
        amount, _, currency = row.price.partition(" ")
        yield "priced", currency, 1
        yield "price", currency, int(-Decimal(amount) * 1_000_000)
