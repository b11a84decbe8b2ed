"""How rows are emptied and removed, with all that hangs on them: by their ids, in the caller's transaction. Each says how many it was."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, bindparam, delete, exists, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.deliveries import DeliveryStatus
from gateway.spec import iso
from gateway.storage import days
from gateway.storage.events import REMEMBERED
from gateway.storage.tables import (
    attempts,
    deliveries,
    delivery_tombstones,
    event_keys,
    event_repetitions,
    events,
    inbound_messages,
    invalid_keys,
    status_callbacks,
    unmatched_callbacks,
)

SEEN_AGAIN = REMEMBERED
"""How long a messageId finds what came before it."""

IS_NOT_FINAL = deliveries.c.status.in_([one.value for one in DeliveryStatus if not one.final])
"""Something may still be tried: its event and its text are needed."""

Bounds = Sequence[ColumnElement[bool]]
"""Between when and when the rows of some ids are, on PostgreSQL."""


class Take(Protocol):
    """Empties or removes rows by their ids; how many."""

    def __call__(
        self, connection: Connection, row_ids: Sequence[str], now: datetime, bounds: Bounds = (), /
    ) -> int: ...


_EMPTY_EVENT = (
    update(events)
    .where(events.c.id == bindparam("event"))
    .values(payload=bindparam("head"), payload_removed_at=bindparam("now"))
)
_EMPTY_DELIVERY = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("delivery"))
    .values(intent=None, detail=None, explanation=bindparam("gates"))
)


def _keys_of(connection: Connection, event_ids: Sequence[str], now: datetime, bounds: Bounds) -> None:
    """Forget under which messageIds these events came, so far as that finds no duplicate any more. Until then events are found by it."""
    query = select(events.c.source_id, events.c.message_id).where(events.c.id.in_(event_ids), *bounds)
    of_source: dict[str, list[str]] = {}
    for source_id, message_id in connection.execute(query):
        of_source.setdefault(source_id, []).append(message_id)
    # By one source at a time: for pairs, SQLite reads all the keys there are.
    for source_id, message_ids in of_source.items():
        for keys in (event_keys, invalid_keys):
            connection.execute(
                delete(keys).where(
                    keys.c.source_id == source_id,
                    keys.c.message_id.in_(message_ids),
                    keys.c.event_id.in_(event_ids),  # a later event may have taken it
                    keys.c.received_at < now - SEEN_AGAIN,
                )
            )


def payloads(connection: Connection, event_ids: Sequence[str], now: datetime, bounds: Bounds = ()) -> int:
    """Leave of each payload what the event can be found by, as of one that could not be kept whole (`spec.HEAD_ALONE`)."""
    c = events.c
    query = select(c.id, c.type, c.message_id, c.timestamp, c.received_at).where(
        c.id.in_(event_ids), c.payload_removed_at.is_(None), *bounds
    )
    emptied = [
        {
            "event": row.id,
            "now": now,
            "head": {
                "type": row.type,
                "messageId": row.message_id,
                "timestamp": iso(row.timestamp),
                "receivedAt": iso(row.received_at),
            },
        }
        for row in connection.execute(query)
    ]
    if emptied:
        connection.execute(_EMPTY_EVENT.where(*bounds) if bounds else _EMPTY_EVENT, emptied)
    return len(emptied)


def bodies(connection: Connection, delivery_ids: Sequence[str], _now: datetime, bounds: Bounds = ()) -> int:
    """Leave of each Delivery which gates it passed, without the request and what quotes it."""
    query = select(deliveries.c.id, deliveries.c.explanation).where(
        deliveries.c.id.in_(delivery_ids), *bounds
    )
    emptied = [
        {"delivery": row.id, "gates": [{**gate, "detail": None} for gate in row.explanation or ()] or None}
        for row in connection.execute(query)
    ]
    if emptied:
        connection.execute(_EMPTY_DELIVERY.where(*bounds) if bounds else _EMPTY_DELIVERY, emptied)
    return len(emptied)


def inbound_bodies(
    connection: Connection, message_ids: Sequence[str], _now: datetime, _bounds: Bounds = ()
) -> int:
    """Leave of what people wrote who wrote, when, and what it was taken for."""
    held = inbound_messages.c
    emptied = (
        update(inbound_messages)
        .where(held.id.in_(message_ids))
        .values(body=None, media_urls=[], media_types=[], button=None)
    )
    return connection.execute(emptied).rowcount


def deliveries_of(
    connection: Connection, delivery_ids: Sequence[str], _now: datetime, bounds: Bounds = ()
) -> int:
    """Remove Deliveries with their attempts and callbacks; that they were made is remembered."""
    gone = deliveries.c.id.in_(delivery_ids)
    columns = [column.name for column in delivery_tombstones.columns]
    kept = select(*(deliveries.c[name] for name in columns)).where(gone, *bounds)
    new: Any
    if days.are_kept(connection):  # there it is from the beginning, but for how the Delivery ended
        added = postgresql.insert(delivery_tombstones).from_select(columns, kept)
        new = added.on_conflict_do_update(index_elements=["id"], set_={"status": added.excluded.status})
    else:
        new = sqlite.insert(delivery_tombstones).from_select(columns, kept).on_conflict_do_nothing()
    connection.execute(new)
    theirs = days.of_what_hangs_on(connection, delivery_ids)
    for table in (attempts, status_callbacks):
        connection.execute(delete(table).where(table.c.delivery_id.in_(delivery_ids), *theirs))
    return connection.execute(delete(deliveries).where(gone, *bounds)).rowcount


def events_of(connection: Connection, event_ids: Sequence[str], now: datetime, bounds: Bounds = ()) -> int:
    """Remove events, with their keys and how often they came again."""
    _keys_of(connection, event_ids, now, bounds)
    other = events.alias()
    first = select(events.c.repeats).where(events.c.id.in_(event_ids), events.c.repeats.is_not(None), *bounds)
    # A repetition is counted with the first even where that was gone when it came.
    of_gone = event_repetitions.c.event_id.in_(first) & ~exists().where(
        other.c.id == event_repetitions.c.event_id
    )
    connection.execute(
        delete(event_repetitions).where(or_(event_repetitions.c.event_id.in_(event_ids), of_gone))
    )
    return connection.execute(delete(events).where(events.c.id.in_(event_ids), *bounds)).rowcount


def inbound_messages_of(
    connection: Connection, message_ids: Sequence[str], _now: datetime, _bounds: Bounds = ()
) -> int:
    """Remove what people wrote; what it said of consent is in the ledger of consent."""
    return connection.execute(delete(inbound_messages).where(inbound_messages.c.id.in_(message_ids))).rowcount


def unmatched_callbacks_of(
    connection: Connection, callback_ids: Sequence[str], _now: datetime, _bounds: Bounds = ()
) -> int:
    """Remove calls that were about nobody known."""
    gone = unmatched_callbacks.c.id.in_(callback_ids)
    return connection.execute(delete(unmatched_callbacks).where(gone)).rowcount
