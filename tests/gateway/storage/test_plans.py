"""No list reads a big table through, whatever it is filtered by: what both databases say of how they go about it.

With 20,000 rows of each table here, and with a million by `make bench-plans`.
"""

import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy import Connection, text

from destinations.kit import Channel, MessageStatus, Reason
from gateway.deliveries import DeliveryStatus
from gateway.events import EventOutcome
from gateway.people import ANONYMOUS_ID, USER_ID
from gateway.secrets import Secrets
from gateway.storage import (
    consent,
    contact_lists,
    delivery_lists,
    destinations,
    event_lists,
    inbound_messages,
    pages,
    people,
    seen,
    sources,
    unmatched,
)
from gateway.storage.delivery_lists import DeliveryFilter
from gateway.storage.engine import Store
from gateway.storage.event_filters import EventFilter
from gateway.storage.pages import Cursor
from gateway.storage.tables.by_day import DAY_OF
from gateway.storage.types import to_number
from tests.factories import NOW, destination, later, source

ROWS = int(os.environ.get("PLAN_ROWS", "20000"))
BIG = frozenset(
    {
        *("events", "deliveries", "contacts", "consent_history", "inbound_messages", "people", "identities"),
        *("person_phones", "event_keys", "unmatched_callbacks", "conversations"),
    }
)
OF_A_SPACE = (
    "ix_events_space_received_at_id",
    "ix_deliveries_space_created_at_id",
    "ix_contacts_space_created_at_id",
    "ix_inbound_messages_space_received_at_id",
    "ix_unmatched_callbacks_space_received_at_id",
)
_SPACE_ALONE = ("(space=?)", "(space=? AND (")
FIRST = to_number(NOW)
PAGE = ("default", 25)
DEEP = Cursor(later(ROWS / 2), "zzz_0")
SPAN = {"created_from": later(0), "created_to": later(60)}
RECEIVED = {"received_from": later(0), "received_to": later(60)}

# How a column of the nth row is made, in words that both databases have; what is not named is null.
_EVENTS = {
    "id": "'evt_' || n",
    "space": "'default'",
    "source_id": "'src_' || (n % 100)",
    "message_id": "'m-' || n",
    "type": "CASE WHEN n % 10 = 0 THEN 'page' ELSE 'track' END",
    "name": "'Event ' || (n % 40)",
    "user_id": "'user-' || (n % 5000)",
    "anonymous_id": "CASE WHEN n % 4 = 0 THEN 'device-' || (n % 2000) END",
    "timestamp": f"{FIRST} + CAST(n AS BIGINT) * 1000000",
    "received_at": f"{FIRST} + CAST(n AS BIGINT) * 1000000",
    "imported": "FALSE",
    "payload": '\'{"event": "a payload that is as long as one of a shop may well be, and somewhat longer"}\'',
    "outcome": "CASE WHEN n % 500 = 0 THEN 'INVALID' WHEN n % 3 = 0 THEN 'UNMATCHED' ELSE 'MATCHED' END",
    "problem": "CASE WHEN n % 500 = 0 THEN 'no_user_anon_id' END",
}
_DELIVERIES = {
    "id": "'dlv_' || n",
    "space": "'default'",
    "event_id": "'evt_' || n",
    "source_id": "'src_' || (n % 100)",
    "destination_id": "'dst_paper'",
    "mapping_id": "'map_' || (n % 20)",
    "person_id": "'per_' || (n % 5000)",
    "status": "CASE WHEN n % 50 = 0 THEN 'HELD' WHEN n % 5 = 0 THEN 'SUPPRESSED' ELSE 'ACCEPTED' END",
    "channel": "'SMS'",
    "recipient": "'+1202555' || (1000 + n % 5000)",
    "country": "'US'",
    "sender": "'+12025550000'",
    "message_sid": "'SM' || n",
    "attempt_count": "1",
    "created_at": f"{FIRST} + CAST(n AS BIGINT) * 1000000",
    "updated_at": f"{FIRST} + CAST(n AS BIGINT) * 1000000",
}
_PEOPLE = {"id": "'per_' || n", "space": "'default'", "traits": "'{}'", "updated_at": str(FIRST)}
_CONTACTS = {
    "id": "'con_' || n",
    "space": "'default'",
    "phone": "'+1202555' || (1000 + n)",
    "created_at": f"{FIRST} + CAST(n AS BIGINT) * 1000000",
}
_ROWS: Sequence[tuple[str, dict[str, str]]] = (
    ("events", _EVENTS),
    ("deliveries", _DELIVERIES),
    ("people", _PEOPLE),
    ("contacts", _CONTACTS),
    (
        "event_keys",
        {
            "source_id": "'src_' || (n % 100)",
            "message_id": "'m-' || n",
            "event_id": "'evt_' || n",
            "received_at": str(FIRST),
        },
    ),
    (
        "identities",
        {"space": "'default'", "kind": "'user_id'", "value": "'user-' || n", "person_id": "'per_' || n"},
    ),
    (
        "person_phones",
        {
            "person_id": "'per_' || n",
            "phone": "'+1202555' || (1000 + n)",
            "space": "'default'",
            "by_server": "TRUE",
            "seen_at": str(FIRST),
        },
    ),
    (
        "consent_history",
        {
            "space": "'default'",
            "phone": "'+1202555' || (1000 + n % 5000)",
            "channel": "'SMS'",
            "status": "'SUBSCRIBED'",
            "own_word": "FALSE",
            "source": "'opt_in_trait'",
            "occurred_at": f"{FIRST} + CAST(n AS BIGINT)",
            "received_at": str(FIRST),
        },
    ),
    (
        "inbound_messages",
        {
            "id": "'inb_' || n",
            "space": "'default'",
            "destination_id": "CASE WHEN n % 20 = 0 THEN 'dst_paper' ELSE 'dst_other' END",
            "message_sid": "'SN' || n",
            "channel": "'SMS'",
            "phone": "'+1202555' || (1000 + n % 5000)",
            "sender": "'+12025550000'",
            "media_urls": "'[]'",
            "needs_review": "FALSE",
            "received_at": f"{FIRST} + CAST(n AS BIGINT) * 1000000",
        },
    ),
    (
        "unmatched_callbacks",
        {
            "id": "'unm_' || n",
            "space": "'default'",
            "destination_id": "'dst_paper'",
            "received_at": f"{FIRST} + CAST(n AS BIGINT) * 1000000",
        },
    ),
)
_SERIES = {
    "sqlite": f"WITH RECURSIVE series(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < {ROWS}) ",
    "postgresql": f"WITH series(n) AS (SELECT generate_series(1, {ROWS})) ",
}


def without_traces(connection: Connection) -> None:
    """What other tests left of rows that they removed: the server takes a table for as large as its file."""
    connection.exec_driver_sql(f"TRUNCATE {', '.join(DAY_OF)}")


def fill(connection: Connection, every: int = 1_000_000, **columns_of: dict[str, str]) -> None:
    """So many rows in each table, as a gateway that has run for a while: one in so many microseconds, with these columns of these
    tables.
    """
    destinations.add(connection, destination(), Secrets(["a key of the tests' own"]))
    for number in range(3):
        sources.add(connection, source(id=f"src_{number}", name=str(number), write_key_hash=str(number)))
    series = _SERIES[connection.dialect.name]
    for table, columns in _ROWS:
        made = columns | columns_of.get(table, {})
        names, values = ", ".join(made), ", ".join(made.values()).replace("* 1000000", f"* {every}")
        connection.exec_driver_sql(f"{series} INSERT INTO {table} ({names}) SELECT {values} FROM series")


@dataclass(frozen=True, slots=True)
class Asked:
    """A list as the API asks for it."""

    name: str
    ask: Callable[[Connection, Cursor | None], object]
    few: bool = True
    """Few rows of a space pass: then not even an index of the whole space is read."""


def deliveries_of(title: str, **wanted: Any) -> Asked:
    given = DeliveryFilter(**wanted)
    few = title != "nothing"
    return Asked(f"deliveries by {title}", lambda c, after: delivery_lists.page(c, *PAGE, after, given), few)


def events_of(title: str, **wanted: Any) -> Asked:
    given = EventFilter(**wanted)
    assert not given.needs_a_span
    few = title != "nothing"
    return Asked(f"events by {title}", lambda c, after: event_lists.page(c, *PAGE, after, given), few)


ANN, SOMEBODY = "+12025551007", [(USER_ID, "user-7"), (ANONYMOUS_ID, "device-8")]
LISTS = (
    deliveries_of("nothing"),
    deliveries_of("span", **SPAN),
    deliveries_of("status", status=[DeliveryStatus.HELD]),
    deliveries_of("destination", destination_id="dst_paper"),
    deliveries_of("mapping", mapping_id="map_1"),
    deliveries_of("recipient", recipient=ANN),
    deliveries_of("user", user_id="user-7"),
    deliveries_of("user and recipient", user_id="user-7", recipient=ANN),
    deliveries_of("message", message_id="m-7"),
    deliveries_of("message and span", message_id="m-7", **SPAN),
    deliveries_of("message sid", message_sid="SM7"),
    deliveries_of("event", event_id="evt_7"),
    deliveries_of("message status and span", message_status=[MessageStatus.SENT], **SPAN),
    deliveries_of("reason and span", reason=[Reason.OPTED_OUT], **SPAN),
    deliveries_of("channel and span", channel=[Channel.WHATSAPP], **SPAN),
    deliveries_of("source and span", source_id="src_1", **SPAN),
    deliveries_of("sender and span", sender=["+12025550000"], **SPAN),
    deliveries_of("country and span", country="GB", **SPAN),
    deliveries_of("error code and span", error_code="30003", **SPAN),
    deliveries_of("status and reason", status=[DeliveryStatus.HELD], reason=[Reason.PAUSED]),
    deliveries_of("mapping and error code", mapping_id="map_1", error_code="30003"),
    Asked(
        "price of the last text like another",
        lambda c, _after: delivery_lists.last_price(
            c, "dst_paper", Channel.SMS, "+12025550000", "GB", segments=1
        ),
    ),
    events_of("nothing"),
    events_of("span", **RECEIVED),
    events_of("source", source_id="src_1"),
    events_of("user", user_id="user-7"),
    events_of("user and source", user_id="user-7", source_id="src_1"),
    events_of("name", name="Event 7"),
    events_of("name, type and source", name="Event 7", type="page", source_id="src_1"),
    events_of("device", anonymous_id="device-8"),
    events_of("user and device", user_id="user-8", anonymous_id="device-8"),
    events_of("problem", problem="no_user_anon_id"),
    events_of("invalid", outcome=[EventOutcome.INVALID]),
    events_of("message", message_id="m-7"),
    events_of("message and span", message_id="m-7", **RECEIVED),
    events_of("name and span", name="Event 7", **RECEIVED),
    events_of("type and span", type="page", **RECEIVED),
    events_of("outcome and span", outcome=[EventOutcome.UNMATCHED], **RECEIVED),
    events_of("name and user", name="Event 7", user_id="user-7"),
    Asked("events of people", lambda c, after: event_lists.of_people(c, "default", SOMEBODY, 25, after)),
    Asked("contacts", lambda c, after: contact_lists.page(c, *PAGE, after), few=False),
    Asked("people of numbers", lambda c, _after: people.of_numbers(c, "default", [ANN])),
    Asked(
        "history of consent",
        lambda c, after: consent.page(c, "default", ANN, 25, after and Cursor(after.at, "wrd_9")),
    ),
    Asked("messages", lambda c, after: inbound_messages.page(c, *PAGE, after), few=False),
    Asked("messages in review", lambda c, after: inbound_messages.page(c, *PAGE, after, needs_review=True)),
    Asked(
        "messages to a destination",
        lambda c, after: inbound_messages.page(c, *PAGE, after, destination_id="dst_paper"),
    ),
    Asked("messages of a number", lambda c, after: inbound_messages.page(c, *PAGE, after, phone=ANN)),
    Asked("unmatched callbacks", lambda c, after: unmatched.page(c, *PAGE, after, None), few=False),
    Asked("calls of sources", lambda c, _after: seen.calls(c, ["src_1", "src_2"])),
    Asked("last event of a source", lambda c, _after: seen.last_at(c, "src_1")),
    Asked("events of a name", lambda c, _after: seen.samples(c, "default", "Event 7", ["src_1"])),
    Asked("events of a type", lambda c, _after: seen.samples(c, "default", "identify", ["src_1"])),
    Asked("events of a message", lambda c, _after: event_lists.of_message(c, "default", "m-7")),
)


def statements(connection: Connection, one: Asked, after: Cursor | None) -> list[tuple[str, Any]]:
    """What is asked for a list, in the driver's own words."""
    said: list[tuple[str, Any]] = []

    def note(*given: Any) -> None:
        said.append((given[2], given[3]))

    sqlalchemy.event.listen(connection, "before_cursor_execute", note)
    try:
        one.ask(connection, after)
    finally:
        sqlalchemy.event.remove(connection, "before_cursor_execute", note)
    return said


def read_through(connection: Connection, statement: str, parameters: Any, *, few: bool) -> Iterator[str]:
    """The big tables, and indexes of them, that a statement reads from one end to the other; where few rows are wanted, the indexes of
    a whole space too, which SQLite likes for their order.
    """
    if connection.dialect.name == "sqlite":
        for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters):
            verb, _, rest = str(row[3]).partition(" ")
            if verb == "SCAN" and rest.split(" ")[0] in BIG:
                yield str(row[3])
            if few and any(f"INDEX {name} {cond}" in rest for name in OF_A_SPACE for cond in _SPACE_ALONE):
                yield str(row[3])
        return
    empty = set(
        connection.scalars(text("SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples = 0"))
    )
    for node in nodes_of(connection, statement, parameters):
        kind, name = node["Node Type"], node.get("Relation Name")
        if node["Plan Rows"] > pages.COUNTED and kind == "Seq Scan" and node["in_limit"]:
            continue  # more pass than are counted, so that it ends among the first
        if table_of(name) in BIG and (kind == "Seq Scan" or ("Index" in kind and not node.get("Index Cond"))):
            if name in empty:  # of a day to come, which is read as fast as its index
                continue
            yield f"{kind} on {name} {node.get('Index Name', '')}"


def nodes_of(connection: Connection, statement: str, parameters: Any) -> Iterator[dict[str, Any]]:
    """What PostgreSQL would do, step by step; `in_limit`: for the first rows alone."""
    [plan] = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).one()
    nodes = [
        one["Plan"] | {"in_limit": False} for one in (json.loads(plan) if isinstance(plan, str) else plan)
    ]
    while nodes:
        node = nodes.pop()
        limits = node["Node Type"] == "Limit" or (node["Node Type"].endswith("Append") and node["in_limit"])
        nodes += [one | {"in_limit": limits} for one in node.get("Plans", ())]
        yield node


def table_of(name: str | None) -> str | None:
    """The table that has that partition; its own name, if it has none."""
    return name and re.sub(r"_([0-9]{8}|before|other)$", "", name)


async def test_no_list_reads_a_big_table_through(store: Store, request: pytest.FixtureRequest) -> None:
    if "postgresql" in request.node.callspec.id:
        await store.write(without_traces)
    await store.write(fill)
    if "postgresql" in request.node.callspec.id:
        await store.write(lambda c: c.exec_driver_sql("ANALYZE"))  # as autovacuum does in time

    def plans(connection: Connection) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for one in LISTS:
            for place, after in (("first", None), ("deep", DEEP)):
                lines = [
                    line
                    for statement, parameters in statements(connection, one, after)
                    for line in read_through(connection, statement, parameters, few=one.few)
                ]
                if lines:
                    found[f"{one.name}, {place}"] = lines
        return found

    assert await store.read(plans) == {}
