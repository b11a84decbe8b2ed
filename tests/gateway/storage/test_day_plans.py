"""Over thirty days of partitions, what is looked for is looked for in few: what PostgreSQL says of how it goes about it."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, text

from destinations.kit import MessageStatus
from gateway import ids
from gateway.deliveries import AttemptOutcome, DeliveryStatus
from gateway.storage import (
    attempts,
    days,
    deliveries,
    events,
    pages,
    partitions,
    retention_days,
    unfinished,
)
from gateway.storage.attempts import CallBack, End, Start
from gateway.storage.engine import Store
from gateway.storage.pages import Cursor
from gateway.storage.tables.by_day import DAY_OF
from gateway.storage.types import to_number, to_time
from tests.factories import NOW, event, new_delivery, track
from tests.gateway.storage.test_plans import (
    FIRST,
    LISTS,
    ROWS,
    Asked,
    fill,
    nodes_of,
    statements,
    table_of,
    without_traces,
)

DAYS = 30
STEP = DAYS * 86_400_000_000 // ROWS
FEW = 2 + days.AHEAD + 1
"""Today, yesterday, the days to come, which are empty, and what is in none."""

MIDDLE = ROWS // 2
AT = to_time(FIRST + MIDDLE * STEP)
EVENT = f"evt_{to_number(AT) // 1000:012x}{MIDDLE:020x}"
OURS, OTHER = f"dlv_{MIDDLE}", f"dlv_{MIDDLE + 1}"
DEEP = Cursor(AT, "zzz_0")
LATE = NOW + timedelta(days=DAYS)

IN_ALL_DAYS = {
    "deliveries by mapping",
    "deliveries by recipient",
    "deliveries by status",
    "deliveries by user",
    "deliveries by user and recipient",
    "deliveries by message sid",
    "deliveries by event",
    "deliveries by status and reason",
    "deliveries by mapping and error code",
    "price of the last text like another",
    "events by name",
    "events by source",
    "events by user",
    "events by user and source",
    "events by name, type and source",
    "events by device",
    "events by user and device",
    "events by problem",
    "events by invalid",
    "events by name and user",
    "events of people",
    "events of a name",
    "events of a type",
    "calls of sources",
}
"""Lists of so few rows that those of two days fill no page, or are fewer than are counted: the index of each day is asked once."""


def grown(connection: Connection) -> None:
    """Thirty days of traffic, in their partitions."""
    without_traces(connection)
    today = partitions.start_of_day(LATE)
    for table in DAY_OF:
        for day in range(-DAYS - 1, days.AHEAD + 1):
            partitions.make(connection, table, today + timedelta(days=day))
    time = f"({FIRST} + CAST(n AS BIGINT) * {STEP})"
    made = f"'evt_' || lpad(to_hex({time} / 1000), 12, '0') || lpad(to_hex(n), 20, '0')"
    is_late = f"n > {ROWS - 2 * ROWS // DAYS}"
    status = (
        f"CASE WHEN n % 10 = 0 AND {is_late} THEN 'HELD' WHEN n % 5 = 0 THEN 'SUPPRESSED' ELSE 'ACCEPTED' END"
    )
    fill(connection, STEP, events={"id": made}, deliveries={"event_id": made, "status": status})
    retention_days._note_open(connection, LATE - timedelta(days=2))
    retention_days._note_open(connection, LATE)
    days._of(connection).look_again()


@pytest.fixture
async def ledger(postgresql_store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setattr(
        pages, "COUNTED", ROWS // DAYS - 100
    )  # a ledger of so few rows a day counts to the end
    await postgresql_store.write(grown)
    await postgresql_store.write(lambda c: c.exec_driver_sql("ANALYZE"))
    return postgresql_store


def days_of(connection: Connection, one: Asked, after: Cursor | None) -> list[set[str]]:
    """The partitions that each statement of a list plans for."""
    return [
        {
            node["Relation Name"]
            for node in nodes_of(connection, statement, parameters)
            if table_of(node.get("Relation Name")) in DAY_OF and node["Relation Name"] not in DAY_OF
        }
        for statement, parameters in statements(connection, one, after)
    ]


async def test_the_pages_of_a_list_are_in_few_days(ledger: Store) -> None:
    def look(connection: Connection) -> dict[str, int]:
        found: dict[str, int] = {}
        for one in LISTS:
            for after in (None, DEEP):
                most = max(len(some) for some in days_of(connection, one, after))
                found[one.name] = max(found.get(one.name, 0), most)
        return found

    found = await ledger.read(look)

    assert {name for name, number in found.items() if number > FEW} == IN_ALL_DAYS


async def test_of_each_day_few_rows_are_read_for_a_list(ledger: Store) -> None:
    def look(connection: Connection) -> dict[str, list[str]]:
        # So few rows are read through faster than found; of a day of a million that is not so.
        connection.exec_driver_sql("SET LOCAL seq_page_cost = 50")
        tuples = text("SELECT relname, reltuples FROM pg_class WHERE relkind = 'r'")
        rows = {row.relname: row.reltuples for row in connection.execute(tuples)}
        return {
            one.name: lines
            for one in LISTS
            for after in (None, DEEP)
            if (lines := list(read_for_little(connection, one, after, rows)))
        }

    assert await ledger.read(look) == {}


async def test_what_is_planned_for_any_values_finds_them_in_an_index_of_each_day(ledger: Store) -> None:
    def look(connection: Connection) -> tuple[int, dict[str, list[str]]]:
        connection.exec_driver_sql("SET LOCAL seq_page_cost = 50")
        empty = set(connection.scalars(text("SELECT relname FROM pg_class WHERE reltuples <= 0")))
        planned, found = 0, {}
        for one in LISTS:
            for statement in planned_once(connection, one):
                planned += 1
                lines = [
                    f"{node['Node Type']} on {node['Relation Name']}"
                    for node in nodes_for_any(connection, statement)
                    if table_of(node.get("Relation Name")) in DAY_OF
                    and node["Relation Name"] not in empty
                    and "Bitmap Heap" not in node["Node Type"]
                    and not node.get("Index Cond")
                ]
                if lines:
                    found[one.name] = lines
        return planned, found

    planned, found = await ledger.read(look)

    assert found == {}
    assert planned >= len(IN_ALL_DAYS)


def planned_once(connection: Connection, one: Asked) -> Iterator[str]:
    """The statements of a list that are planned for any values."""
    is_once = False
    for statement, parameters in statements(connection, one, None):
        if "plan_cache_mode" in statement:
            is_once = "force_generic_plan" in parameters
        elif is_once:
            yield statement


def nodes_for_any(connection: Connection, statement: str) -> list[dict[str, Any]]:
    """What PostgreSQL would do for any values, step by step."""
    values = ", ".join(["NULL"] * max(int(place) for place in re.findall(r"\$(\d+)", statement)))
    connection.exec_driver_sql(f"PREPARE any_values AS {statement}")
    connection.exec_driver_sql("SET LOCAL plan_cache_mode = force_generic_plan")
    nodes = list(nodes_of(connection, f"EXECUTE any_values({values})", ()))
    connection.exec_driver_sql("SET LOCAL plan_cache_mode = auto")
    connection.exec_driver_sql("DEALLOCATE any_values")
    return nodes


def read_for_little(
    connection: Connection, one: Asked, after: Cursor | None, rows: Mapping[str, float]
) -> Iterator[str]:
    """The days that are read through, or their indexes, for less than a quarter of their rows."""
    for statement, parameters in statements(connection, one, after):
        for node in nodes_of(connection, statement, parameters):
            kind, name = node["Node Type"], node.get("Relation Name")
            if name is None or table_of(name) not in DAY_OF or node["Plan Rows"] >= rows[name] / 4:
                continue
            if kind == "Seq Scan" or ("Index" in kind and not node.get("Index Cond")):
                yield f"{kind} on {name}"


@dataclass(frozen=True, slots=True)
class LookUp:
    """What is asked or changed by ids, or of what is not final; and in how many days at most."""

    name: str
    ask: Callable[[Connection], object]
    most: int = 1
    changes: bool = False


RECEIVED = replace(event(track(), at=AT), id=EVENT)
LOOK_UPS = (
    LookUp("a Delivery", lambda c: deliveries.get(c, OURS)),
    LookUp("Deliveries", lambda c: deliveries.by_ids(c, [OURS, OTHER])),
    LookUp("how Deliveries stand", lambda c: deliveries.standings(c, [OURS, OTHER]), changes=True),
    LookUp("whether one was made", lambda c: deliveries.made(c, [OURS])),
    LookUp("whether one was made that was not", lambda c: deliveries.made(c, ["dlv_none"]), 0),
    LookUp(
        "a new Delivery",
        lambda c: deliveries.add(c, [new_delivery(id="dlv_new")], LATE),
        0,  # a row is led to its day
        changes=True,
    ),
    LookUp(
        "a change",
        lambda c: deliveries.change(c, [{"id": OURS, "status": DeliveryStatus.ACCEPTED}], LATE),
        changes=True,
    ),
    LookUp("attempts", lambda c: attempts.of_many(c, [OURS])),
    LookUp("an attempt", lambda c: attempts.start(c, [Start("att_1", OURS, 1, LATE)]), 0, changes=True),
    LookUp(
        "the end of an attempt",
        lambda c: attempts.end(c, [End("att_1", OURS, AttemptOutcome.ACCEPTED)]),
        changes=True,
    ),
    LookUp("callbacks", lambda c: attempts.callbacks_of_many(c, [OURS])),
    LookUp(
        "a callback",
        lambda c: attempts.call_back(c, [CallBack(OURS, MessageStatus.SENT, None)], LATE),
        0,
        changes=True,
    ),
    LookUp("an event", lambda c: events.get(c, EVENT)),
    LookUp("what became of an event", lambda c: events.outcomes(c, [RECEIVED])),
    LookUp("whose message it is", lambda c: deliveries.of_messages(c, ["SM1"], late=True), FEW + 2),
    LookUp("what waits of a person", lambda c: unfinished.waiting_of(c, "map_1", ["per_1"]), FEW + 2),
    LookUp(
        "who is waited for", lambda c: unfinished.awaiting_profile(c, "default", ["per_1"], [], []), FEW + 2
    ),
)


async def test_what_is_known_is_looked_for_in_its_day(ledger: Store) -> None:
    def look(connection: Connection, one: LookUp) -> int:
        asked = Asked(one.name, lambda c, _after: one.ask(c))
        return max(len(some) for some in days_of(connection, asked, None))

    found = {
        one.name: await (ledger.write if one.changes else ledger.read)(partial(look, one=one))
        for one in LOOK_UPS
    }

    assert found == {one.name: one.most for one in LOOK_UPS}


def test_an_id_of_an_event_begins_with_its_time() -> None:
    assert ids.made_at(EVENT) == AT.replace(microsecond=AT.microsecond // 1000 * 1000)


async def test_the_tombstones_have_every_delivery(ledger: Store) -> None:
    """Which a raw statement stored."""
    query = text("SELECT count(*) FROM delivery_tombstones JOIN deliveries USING (id, created_at)")

    assert await ledger.read(lambda c: c.scalar(query)) == ROWS
