"""What a list shows of a filter and what a tail shows of it are the same things."""

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, insert

from destinations.kit import Channel, MessageStatus, Reason
from gateway.deliveries import Delivery, DeliveryStatus
from gateway.events import EventOutcome, StoredEvent
from gateway.people import USER_ID
from gateway.secrets import Secrets
from gateway.storage import delivery_lists, destinations, event_filters, event_lists, people, tables
from gateway.storage.delivery_lists import DeliveryFilter
from gateway.storage.engine import Store
from gateway.storage.event_filters import EventFilter
from gateway.storage.tables import deliveries, events, identities
from tests.factories import NOW, destination

SPACE = "default"
ROWS = 120
FILTERS = 300
NUMBERS = ("+15551234567", "+5215512345678", "+525512345678", None)
USERS = ("u1", "u2", "u3", None)


def some(chosen: random.Random, members: Sequence[Any]) -> Any:
    return chosen.choice(members)


def event_row(chosen: random.Random, number: int) -> dict[str, Any]:
    at = NOW + timedelta(seconds=chosen.randrange(10))
    outcome = some(chosen, list(EventOutcome))
    return {
        "id": f"evt_{number:032x}",
        "space": SPACE,
        "source_id": some(chosen, ("src_1", "src_2")),
        "message_id": f"m{number}",
        "type": some(chosen, ("track", "identify")),
        "name": some(chosen, ("Order Placed", "Other", None)),
        "user_id": some(chosen, USERS),
        "anonymous_id": some(chosen, ("a1", None)),
        "timestamp": at,
        "occurred_at": at,
        "earliest": at,
        "latest": at,
        "received_at": at,
        "imported": False,
        "payload": {},
        "outcome": outcome.value,
        "problem": "no_user_anon_id" if outcome is EventOutcome.INVALID else None,
        "repeats": None,
        "doubts": some(chosen, (None, None, [("timestamp_not_read", "It came as 7.")])),
    }


def delivery_row(chosen: random.Random, number: int) -> dict[str, Any]:
    at = NOW + timedelta(seconds=chosen.randrange(10))
    return {
        "id": f"dlv_{number:032x}",
        "space": SPACE,
        "event_id": f"evt_{number:032x}",
        "source_id": some(chosen, ("src_1", "src_2")),
        "destination_id": "dst_1",
        "mapping_id": some(chosen, ("map_1", "map_2")),
        "person_id": some(chosen, ("person_1", "person_2", None)),
        "status": some(chosen, list(DeliveryStatus)).value,
        "message_status": some(chosen, (MessageStatus.DELIVERED.value, MessageStatus.SENT.value, None)),
        "reason": some(chosen, (Reason.OPTED_OUT.value, Reason.PACED.value, None)),
        "channel": some(chosen, (Channel.SMS.value, Channel.WHATSAPP.value)),
        "recipient": some(chosen, NUMBERS),
        "country": some(chosen, ("US", "MX", None)),
        "sender": some(chosen, ("+15550001111", "ACME", None)),
        "message_sid": some(chosen, ("SM1", None)),
        "error_code": some(chosen, ("30003", None)),
        "attempt_count": 0,
        "explanation": [],
        "created_at": at,
        "updated_at": at,
    }


def delivery_filter(chosen: random.Random) -> DeliveryFilter:
    every: dict[str, Any] = {
        "status": chosen.sample(list(DeliveryStatus), 4),
        "message_status": [MessageStatus.DELIVERED],
        "reason": [Reason.OPTED_OUT],
        "channel": [Channel.SMS],
        "source_id": "src_1",
        "destination_id": "dst_1",
        "mapping_id": "map_1",
        "recipient": some(chosen, NUMBERS[:3]),
        "message_sid": "SM1",
        "message_id": f"m{chosen.randrange(ROWS)}",
        "user_id": some(chosen, ("u1", "u2", "nobody")),
        "sender": ["+15550001111"],
        "country": "US",
        "error_code": "30003",
        "created_from": NOW + timedelta(seconds=chosen.randrange(5)),
        "created_to": NOW + timedelta(seconds=5 + chosen.randrange(5)),
    }
    return DeliveryFilter(**{name: every[name] for name in chosen.sample(sorted(every), chosen.randrange(4))})


def event_filter(chosen: random.Random) -> EventFilter:
    every: dict[str, Any] = {
        "outcome": chosen.sample(list(EventOutcome), 2),
        "source_id": "src_1",
        "user_id": "u1",
        "anonymous_id": "a1",
        "name": "Order Placed",
        "type": "track",
        "problem": some(chosen, ("no_user_anon_id", "timestamp_not_read")),
        "received_from": NOW + timedelta(seconds=chosen.randrange(5)),
        "received_to": NOW + timedelta(seconds=5 + chosen.randrange(5)),
    }
    return EventFilter(**{name: every[name] for name in chosen.sample(sorted(every), chosen.randrange(4))})


def all_events(connection: Connection) -> dict[str, StoredEvent]:
    return {one.id: one for one in event_lists.page(connection, SPACE, ROWS, None, EventFilter()).items}


async def test_a_tail_shows_the_deliveries_that_a_list_of_the_same_filter_shows(store: Store) -> None:
    chosen = random.Random(7)

    def fill(connection: Connection) -> None:
        connection.execute(insert(events), [event_row(chosen, number) for number in range(ROWS)])
        connection.execute(insert(deliveries), [delivery_row(chosen, number) for number in range(ROWS)])
        destinations.add(connection, destination(id="dst_1"), Secrets(["a key of the tests' own"]))
        someone = {"id": "person_1", "space": SPACE, "traits": {}, "updated_at": NOW}
        connection.execute(insert(tables.people), [someone])
        known = {"space": SPACE, "kind": USER_ID, "value": "u1", "person_id": "person_1"}
        connection.execute(insert(identities), [known])

    def compare(connection: Connection) -> int:
        found = all_events(connection)
        every: Sequence[Delivery] = delivery_lists.page(connection, SPACE, ROWS, None, DeliveryFilter()).items
        shown = 0
        for _ in range(FILTERS):
            asked = delivery_filter(chosen)
            if asked.message_id is not None and asked.created_from is None:
                continue  # is found by the keys of the events, which there are none of here
            whose = people.whose(connection, SPACE, USER_ID, asked.user_id) if asked.user_id else ()
            listed = {one.id for one in delivery_lists.page(connection, SPACE, ROWS, None, asked).items}
            told = {
                one.id for one in every if delivery_lists.passes(asked, one, found.get(one.event_id), whose)
            }
            assert told == listed, asked
            shown += 0 < len(listed) < ROWS
        return shown

    await store.write(fill)
    assert await store.read(compare) > 100


async def test_a_tail_shows_the_events_that_a_list_of_the_same_filter_shows(store: Store) -> None:
    chosen = random.Random(7)

    def fill(connection: Connection) -> None:
        connection.execute(insert(events), [event_row(chosen, number) for number in range(ROWS)])

    def compare(connection: Connection) -> int:
        every, shown = all_events(connection), 0
        for _ in range(FILTERS):
            asked = event_filter(chosen)
            listed = {one.id for one in event_lists.page(connection, SPACE, ROWS, None, asked).items}
            told = {one.id for one in every.values() if event_filters.passes(asked, one)}
            assert told == listed, asked
            shown += 0 < len(listed) < ROWS
        return shown

    await store.write(fill)
    assert await store.read(compare) > 100
