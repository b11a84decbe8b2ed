"""What was counted of a ledger, made anew of its rows."""

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select

from destinations.kit import MessageStatus
from gateway.deliveries import DeliveryStatus
from gateway.stats import Counted, of_deliveries, of_events
from gateway.storage import rollup, stats, tables
from gateway.storage.engine import Store
from gateway.storage.types import to_number

PIECE = 2_000
"""So many counts are written as one."""

_HOUR = 3_600_000_000


async def count_again(store: Store, now: datetime) -> None:
    """Count every event and Delivery there is, and add all up."""
    await store.write(lambda c: _count(c, now))
    while await rollup.roll_up(store, now):
        pass


def _count(connection: Connection, now: datetime) -> None:
    for table in (tables.stats, tables.stats_changes):
        connection.execute(delete(table))
    exact = to_number(now - timedelta(days=4))

    def begins(at: datetime) -> int:
        """Its minute, of what is young, or else its hour: there are many that count as one then."""
        number = to_number(at)
        return number - number % (60_000_000 if number > exact else _HOUR)

    events, made = tables.events, tables.deliveries
    came = Counter(
        (row.space, begins(row.received_at))
        for row in connection.execute(select(events.c.space, events.c.received_at))
    )
    columns = [made.c["created_at" if name == "made_at" else name] for name in Counted._fields]
    became: Counter[Counted] = Counter()
    for row in connection.execute(select(*columns)):
        one = Counted._make(row)
        said = None if one.message_status is None else MessageStatus(one.message_status)
        whole = one._replace(
            made_at=begins(row.created_at), status=DeliveryStatus(one.status), message_status=said
        )
        became[whole] += 1
    changes = [*of_events(came), *of_deliveries(became)]
    for start in range(0, len(changes), PIECE):
        stats.write(connection, changes[start : start + PIECE])
