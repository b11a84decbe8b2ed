"""What came of late, and what it held: of the last events alone, found by an index."""

from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, update

from gateway.events import EventOutcome
from gateway.storage import events, seen
from gateway.storage.engine import Store
from gateway.storage.events import Kept
from gateway.storage.seen import Call, Seen
from gateway.storage.tables import events as table
from gateway.workspace import TESTS
from tests.factories import NOW, event, identify, later, source, track

MATCHED, INVALID = EventOutcome.MATCHED, EventOutcome.INVALID
Came = tuple[str, EventOutcome, dict[str, Any]]


async def keep(store: Store, *came: Came, space: str = "default") -> None:
    """What came to which source and what became of it, a second apart."""

    def change(connection: Connection) -> None:
        for number, (source_id, outcome, raw) in enumerate(came):
            one = event({**raw, "messageId": f"m-{number}"}, at=later(number))
            events.add(connection, [Kept(source(id=source_id, space=space), one, outcome)])

    await store.write(change)


async def test_the_calls_that_came_of_late_are_counted_by_type_and_name(store: Store) -> None:
    await keep(
        store,
        ("src_1", MATCHED, track(event="Order Placed")),
        ("src_1", EventOutcome.UNMATCHED, track(event="Order Placed")),
        ("src_2", MATCHED, track(event="Order Placed")),
        ("src_2", MATCHED, track(type="page", event=None, name="Home")),
        ("src_2", MATCHED, identify()),
        ("src_3", MATCHED, track(event="Elsewhere")),
        ("src_1", INVALID, track(event="Broken")),
    )

    assert await store.read(lambda c: seen.calls(c, ["src_1", "src_2"])) == {
        Call("track", "Order Placed"): Seen(3, later(2)),
        Call("page", "Home"): Seen(1, later(3)),
        Call("identify", "identify"): Seen(1, later(4)),
    }
    assert await store.read(lambda c: seen.calls(c, [])) == {}


async def test_only_the_last_events_of_a_source_are_looked_at(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seen, "RECENT", 2)
    await keep(store, *(("src_1", MATCHED, track(event=f"E{number}")) for number in range(4)))

    found = await store.read(lambda c: seen.calls(c, ["src_1"]))

    assert found == {Call("track", "E3"): Seen(1, later(3)), Call("track", "E2"): Seen(1, later(2))}


async def test_the_last_events_of_a_name_are_those_of_its_space_that_can_be_read(store: Store) -> None:
    await keep(store, ("src_9", MATCHED, track(properties={"n": 9})), space="elsewhere")
    await keep(
        store,
        ("src_1", MATCHED, track(properties={"n": 0})),
        ("src_2", MATCHED, track(properties={"n": 1})),
        ("src_1", INVALID, track(properties={"n": 2})),
        (f"{TESTS}1", MATCHED, track(properties={"n": 3})),
        ("src_1", MATCHED, track(event="Cart Viewed", properties={"n": 4})),
        ("src_1", MATCHED, track(properties={"n": 5})),
    )
    removed = update(table).where(table.c.received_at == later(5)).values(payload_removed_at=NOW)
    await store.write(lambda c: c.execute(removed))

    found = await store.read(lambda c: seen.samples(c, "default", "Order Placed", ["src_1"]))

    assert [(one.payload["properties"], one.received_at) for one in found] == [
        ({"n": 1}, later(1)),
        ({"n": 0}, later(0)),
    ]


async def test_calls_without_a_name_are_found_by_their_type(store: Store) -> None:
    await keep(
        store,
        ("src_1", MATCHED, identify(traits={"plan": "gold"})),
        ("src_1", MATCHED, track()),
        ("src_2", MATCHED, identify(traits={"plan": "free"})),
    )

    found = await store.read(lambda c: seen.samples(c, "default", "identify", ["src_1"]))

    assert [one.payload["traits"] for one in found] == [{"plan": "gold"}]
    assert await store.read(lambda c: seen.samples(c, "default", "group", ["src_1"])) == []


async def test_so_many_events_of_a_name_are_read_and_no_more(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seen, "SAMPLES", 1)
    await keep(
        store,
        *(("src_1", MATCHED, track(properties={"n": number})) for number in range(3)),
        *(("src_1", MATCHED, identify(traits={"n": number})) for number in range(3)),
    )

    named = await store.read(lambda c: seen.samples(c, "default", "Order Placed", ["src_1"]))
    unnamed = await store.read(lambda c: seen.samples(c, "default", "identify", ["src_1"]))

    assert [(one.payload["properties"], one.received_at) for one in named] == [({"n": 2}, later(2))]
    assert [(one.payload["traits"], one.received_at) for one in unnamed] == [({"n": 2}, later(5))]


async def test_the_last_event_of_a_source_is_the_newest_whatever_became_of_it(store: Store) -> None:
    await keep(
        store,
        ("src_1", MATCHED, track()),
        ("src_1", INVALID, track(event="Broken")),
        ("src_2", MATCHED, track()),
    )

    found = [await store.read(partial(seen.last_at, source_id=f"src_{number}")) for number in (1, 2, 3)]

    assert found == [later(1), later(2), None]
