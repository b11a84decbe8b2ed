"""Keyset pages."""

from collections.abc import Iterable
from functools import partial
from typing import Any

import pytest
import sqlalchemy.event
from sqlalchemy import Connection

from gateway.deliveries import DeliveryStatus
from gateway.events import EventOutcome
from gateway.secrets import Secrets
from gateway.storage import deliveries, delivery_lists, destinations, events, pages, sources
from gateway.storage.delivery_lists import DeliveryFilter
from gateway.storage.engine import Store
from gateway.storage.events import Kept
from gateway.storage.pages import Cursor
from gateway.storage.sqlite import SqliteStore
from tests.factories import destination, event, later, new_delivery, source, track

KEY = "a key of the tests' own"
HOUR = 3600


def add(connection: Connection, number: int, at: float, **overrides: str) -> None:
    given = {"event_id": f"evt_{number}", "mapping_id": "map_1", "destination_id": "dst_1", **overrides}
    deliveries.add(connection, [new_delivery(id=f"dlv_{number:02}", **given)], later(at))


def fill(connection: Connection, moments: Iterable[float]) -> None:
    for number, at in enumerate(moments):
        add(connection, number, at)


async def walk(store: Store, size: int, wanted: DeliveryFilter | None = None) -> list[list[str]]:
    found: list[list[str]] = []
    after: Cursor | None = None
    while True:
        query = partial(
            delivery_lists.page, space="default", first=size, after=after, wanted=wanted or DeliveryFilter()
        )
        page = await store.read(query)
        found.append([one.id for one in page.items])
        if not page.has_next:
            return found
        after = Cursor(page.items[-1].created_at, page.items[-1].id)


async def test_a_walk_shows_each_once_newest_first_though_many_are_of_one_moment(store: Store) -> None:
    await store.write(lambda c: fill(c, [number // 4 for number in range(10)]))

    assert await walk(store, 3) == [
        ["dlv_09", "dlv_08", "dlv_07"],
        ["dlv_06", "dlv_05", "dlv_04"],
        ["dlv_03", "dlv_02", "dlv_01"],
        ["dlv_00"],
    ]
    assert await walk(store, 10) == [[f"dlv_{number:02}" for number in reversed(range(10))]]


async def test_what_comes_in_during_a_walk_moves_nothing(store: Store) -> None:
    await store.write(lambda c: fill(c, range(4)))
    first = await store.read(lambda c: delivery_lists.page(c, "default", 2, None, DeliveryFilter()))

    await store.write(lambda c: add(c, 9, at=9))
    last = first.items[-1]
    second = await store.read(
        lambda c: delivery_lists.page(c, "default", 2, Cursor(last.created_at, last.id), DeliveryFilter())
    )

    assert [one.id for one in (*first.items, *second.items)] == ["dlv_03", "dlv_02", "dlv_01", "dlv_00"]
    assert (first.has_next, second.has_next) == (True, False)


async def test_an_empty_ledger_is_one_empty_page(store: Store) -> None:
    page = await store.read(lambda c: delivery_lists.page(c, "default", 5, None, DeliveryFilter()))

    assert (list(page.items), page.has_next, page.total) == ([], False, 0)


async def test_a_count_is_exact_up_to_its_bound(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "COUNTED", 3)
    await store.write(lambda c: fill(c, [0, 0, 0]))
    exact = await store.read(lambda c: delivery_lists.page(c, "default", 1, None, DeliveryFilter()))

    await store.write(lambda c: add(c, 3, at=0))
    beyond = await store.read(lambda c: delivery_lists.page(c, "default", 1, None, DeliveryFilter()))

    assert (exact.total, beyond.total) == (3, None)


async def test_a_filter_and_a_space_keep_the_rest_out(store: Store) -> None:
    def some(connection: Connection) -> None:
        add(connection, 1, at=1)
        add(connection, 2, at=2, mapping_id="map_2")
        add(connection, 3, at=3, space="other", destination_id="dst_2")
        add(connection, 4, at=4)
        row = {"id": "dlv_04", "status": DeliveryStatus.HELD, "recipient": "+1"}
        deliveries.change(connection, [row], later(4))

    await store.write(some)
    await store.write(lambda c: destinations.add(c, destination(id="dst_1"), Secrets([KEY])))

    assert await walk(store, 9) == [["dlv_04", "dlv_02", "dlv_01"]]
    assert await walk(store, 9, DeliveryFilter(mapping_id="map_2")) == [["dlv_02"]]
    assert await walk(store, 9, DeliveryFilter(status=[DeliveryStatus.HELD])) == [["dlv_04"]]
    assert await walk(store, 1, DeliveryFilter(destination_id="dst_1")) == [
        ["dlv_04"],
        ["dlv_02"],
        ["dlv_01"],
    ]
    assert await walk(store, 9, DeliveryFilter(destination_id="dst_2")) == [[]]
    assert await walk(store, 9, DeliveryFilter(recipient="+1")) == [["dlv_04"]]
    assert await walk(store, 9, DeliveryFilter(event_id="evt_1")) == [["dlv_01"]]
    assert await walk(store, 9, DeliveryFilter(created_from=later(2), created_to=later(4))) == [["dlv_02"]]
    assert await walk(store, 9, DeliveryFilter(message_id="m-1")) == [[]]


async def test_a_message_of_a_span_is_found_by_each_event_that_came_under_its_id(store: Store) -> None:
    came = [event(track(messageId="m-1"), at=later(at)) for at in (0, 30 * HOUR)]
    other = event(track(messageId="m-2"), at=later(30 * HOUR))

    def some(connection: Connection) -> None:
        sources.add(connection, source())
        for one in (*came, other):
            assert events.claim(connection, [("src_server", one)]) == [None]
            events.add(connection, [Kept(source(), one, EventOutcome.MATCHED)])
        for number, (one, at) in enumerate(
            [(came[0], 1), (came[1], 30 * HOUR), (other, 30 * HOUR), (came[1], 99 * HOUR)]
        ):
            add(connection, number, at=at, event_id=one.id)

    await store.write(some)

    async def found(since: float, until: float | None = None) -> list[list[str]]:
        end = None if until is None else later(until)
        return await walk(
            store, 9, DeliveryFilter(message_id="m-1", created_from=later(since), created_to=end)
        )

    assert await found(0) == [["dlv_03", "dlv_01", "dlv_00"]]
    assert await found(0, 2) == [["dlv_00"]]
    assert await found(1, 30 * HOUR) == [["dlv_00"]]
    assert await found(2, 31 * HOUR) == [["dlv_01"]]
    assert await found(98 * HOUR) == [["dlv_03"]]
    assert await found(100 * HOUR) == [[]]


@pytest.mark.parametrize(("size", "asked"), [(3, 1), (2, 2)], ids=["whole", "more"])
async def test_a_page_that_has_all_is_counted_by_itself(
    sqlite_store: SqliteStore, size: int, asked: int
) -> None:
    await sqlite_store.write(lambda c: fill(c, [0, 0, 0]))
    statements: list[str] = []

    def look(connection: Connection) -> int | None:
        sqlalchemy.event.listen(
            connection, "before_cursor_execute", lambda *given: statements.append(given[2])
        )
        return delivery_lists.page(connection, "default", size, None, DeliveryFilter()).total

    assert await sqlite_store.read(look) == 3
    assert sum(one.startswith("SELECT") for one in statements) == asked


SPACE = "ix_deliveries_space_created_at_id"
STATUS = "ix_deliveries_destination_id_status_created_at_id"
MAPPING = "ix_deliveries_space_mapping_id_created_at_id"
RECIPIENT = "ix_deliveries_recipient_created_at_id"
SPAN = {"created_from": later(0), "created_to": later(9)}


@pytest.mark.parametrize("after", [None, Cursor(later(5), "dlv_05")], ids=["first", "deep"])
@pytest.mark.parametrize(
    ("wanted", "index", "sorts"),
    [
        pytest.param({}, SPACE, False, id="space"),
        pytest.param(SPAN, SPACE, False, id="span"),
        pytest.param({"status": [DeliveryStatus.HELD]}, STATUS, False, id="status"),
        pytest.param({"status": list(DeliveryStatus)[:3]}, STATUS, False, id="statuses"),
        pytest.param({"status": [DeliveryStatus.HELD], **SPAN}, STATUS, False, id="status and span"),
        pytest.param({"destination_id": "dst_1"}, STATUS, False, id="destination"),
        pytest.param(
            {"destination_id": "dst_1", "status": [DeliveryStatus.HELD]},
            STATUS,
            False,
            id="destination and status",
        ),
        pytest.param({"mapping_id": "map_1"}, MAPPING, False, id="mapping"),
        pytest.param({"mapping_id": "map_1", **SPAN}, MAPPING, False, id="mapping and span"),
        pytest.param({"recipient": "+12025550101"}, RECIPIENT, False, id="recipient"),
        pytest.param({"recipient": "+5215512345678"}, RECIPIENT, False, id="recipient in two forms"),
        # One message has a SID, and one event a handful of Deliveries: they are sorted once they are found.
        pytest.param({"message_sid": "SM1"}, "ix_deliveries_message_sid", True, id="message sid"),
        pytest.param({"message_sid": "SM1", **SPAN}, "ix_deliveries_message_sid", True, id="sid and span"),
        pytest.param({"event_id": "evt_1"}, "ix_deliveries_event_id", True, id="event"),
        pytest.param({"message_id": "m-1", **SPAN}, SPACE, False, id="message id and span"),
    ],
)
async def test_every_page_is_read_along_an_index(
    sqlite_store: SqliteStore, wanted: dict[str, Any], index: str, *, sorts: bool, after: Cursor | None
) -> None:
    """So that a page costs the same however many rows there are. SQLite says how it would go about it."""
    await sqlite_store.write(lambda c: destinations.add(c, destination(id="dst_1"), Secrets([KEY])))

    def plans(connection: Connection) -> list[str]:
        asked: list[str] = []
        raw: Any = connection.connection.driver_connection
        raw.set_trace_callback(asked.append)
        delivery_lists.page(connection, "default", 25, after, DeliveryFilter(**wanted))
        raw.set_trace_callback(None)
        return [
            row[3]
            for statement in asked
            if "FROM deliveries" in statement
            and "count(" not in statement
            and "deliveries.id IN" not in statement  # the rows of the page, by their ids
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")
        ]

    shown = await sqlite_store.read(plans)

    looked = [line for line in shown if " deliveries" in line]
    assert {index} == {word for line in looked for word in line.split() if word.startswith("ix_")}
    assert [line for line in looked if not line.startswith("SEARCH")] == []
    assert any("TEMP B-TREE" in line for line in shown) is sorts
