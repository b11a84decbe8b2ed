"""Events, and the keys that find a duplicate."""

from functools import partial
from typing import Any

import pytest
import sqlalchemy.event
from msgspec.structs import replace
from sqlalchemy import Connection

from gateway.events import Event, EventOutcome
from gateway.storage import event_lists, events
from gateway.storage.engine import Store
from gateway.storage.event_filters import EventFilter
from gateway.storage.events import Kept
from gateway.storage.sqlite import SqliteStore
from gateway.workspace import Source
from tests.factories import NOW, event, later, source, track

DAY = 24 * 3600


async def claim(store: Store, source_id: str, one: Event) -> str | None:
    (first,) = await store.write(lambda c: events.claim(c, [(source_id, one)]))
    return first


def keep(connection: Connection, one: Event, outcome: EventOutcome, of: Source | None = None) -> None:
    events.add(connection, [Kept(of or source(), one, outcome)])


@pytest.mark.parametrize(
    ("seconds", "seen"), [(0, True), (1, True), (DAY - 1, True), (DAY, False), (DAY + 1, False)]
)
async def test_a_message_id_counts_as_seen_for_a_day(store: Store, seconds: float, seen: bool) -> None:
    one, other = event(at=NOW), event(at=later(seconds))

    assert await claim(store, "src_1", one) is None
    assert await claim(store, "src_1", other) == (one.id if seen else None)


async def test_the_same_event_may_ask_twice(store: Store) -> None:
    one = event()

    assert [await claim(store, "src_1", one) for _ in range(2)] == [None, None]


async def test_of_several_that_ask_together_the_first_of_each_message_id_has_it(store: Store) -> None:
    early, one, other = event(), event(at=later(1)), event(at=later(2))
    else_, late = event(track(messageId="m-2"), at=later(1)), event(at=later(DAY))
    await claim(store, "src_1", early)
    asked = [
        ("src_1", one),
        ("src_2", one),
        ("src_1", else_),
        ("src_2", other),
        ("src_1", late),
        ("src_2", one),
    ]

    first = await store.write(lambda c: events.claim(c, asked))

    assert first == [early.id, None, None, one.id, None, None]
    assert await claim(store, "src_1", event(at=later(DAY + 1))) == late.id
    assert await store.write(lambda c: events.claim(c, [])) == []


async def test_another_source_has_message_ids_of_its_own(store: Store) -> None:
    assert await claim(store, "src_1", event()) is None
    assert await claim(store, "src_2", event()) is None


async def test_after_a_day_the_newer_one_is_remembered(store: Store) -> None:
    await claim(store, "src_1", event(at=NOW))
    await claim(store, "src_1", event(at=later(DAY)))

    assert await claim(store, "src_1", event(at=later(DAY + 5))) is not None


async def test_a_bad_event_is_the_first_of_its_problem_for_a_day(store: Store) -> None:
    def bad(at: float, user: Any = None) -> Event:
        return event(track(userId=user), at=later(at))

    asked = [bad(0), bad(DAY - 1), bad(0, user=[]), bad(DAY), bad(DAY + 1)]

    first = [await store.write(partial(events.claim_invalid, source_id="src_1", event=one)) for one in asked]

    assert first == [True, False, True, True, False]


async def test_an_event_comes_back_as_it_was(store: Store) -> None:
    raw = track(event="Order\x00 Placed", properties={"note": "a\x00b", "big": 2**70, "at": "✓"})
    one = replace(event(raw), imported=True)

    await store.write(lambda c: keep(c, one, EventOutcome.MATCHED))

    found = await store.read(lambda c: events.get(c, one.id))
    assert found is not None
    assert (found.space, found.source_id, found.outcome) == ("default", "src_server", EventOutcome.MATCHED)
    assert (found.payload, found.timestamp, found.imported) == (one.payload, NOW, True)
    assert found.name == "Order Placed"
    none = replace(one, id="evt_none")
    assert await store.read(lambda c: events.outcomes(c, [one, none])) == {one.id: EventOutcome.MATCHED}
    assert await store.read(lambda c: list(events.by_ids(c, [one.id, "evt_none"]))) == [one.id]


async def test_a_repetition_is_counted_once_with_the_event_it_repeats(store: Store) -> None:
    for again in ("evt_2", "evt_2", "evt_3"):
        await store.write(partial(events.count_repetitions, repeated=[("evt_1", again)]))

    assert await store.read(lambda c: events.repetitions(c, ["evt_1", "evt_4"])) == {"evt_1": 2}


async def test_the_events_of_a_source_are_found_without_reading_those_of_others(
    sqlite_store: SqliteStore,
) -> None:
    statements: list[tuple[str, Any]] = []

    def explained(connection: Connection) -> list[str]:
        sqlalchemy.event.listen(
            connection, "before_cursor_execute", lambda *given: statements.append((given[2], given[3]))
        )
        event_lists.page(connection, "default", 1, None, EventFilter(source_id="src_1"))
        asked = list(statements)
        return [
            str(row[3]).replace("COVERING ", "")
            for statement, parameters in asked
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            if "events" in row[3]
        ]

    for number in range(2):  # more than a page has, or nothing would be counted
        one = replace(event(track(messageId=f"m-{number}")), id=f"evt_{number}")
        await sqlite_store.write(
            partial(keep, one=one, outcome=EventOutcome.UNMATCHED, of=source(id="src_1"))
        )

    found = "SEARCH events USING INDEX ix_events_source_id_received_at_id (source_id=?)"
    assert await sqlite_store.read(explained) == [found, found]


async def test_asking_for_a_duplicate_claims_nothing(store: Store) -> None:
    one, other = event(), event(at=later(1))

    assert not await store.read(lambda c: events.is_duplicate(c, "src_1", one))
    assert await claim(store, "src_1", one) is None
    assert not await store.read(lambda c: events.is_duplicate(c, "src_1", one))
    assert await store.read(lambda c: events.is_duplicate(c, "src_1", other))
    assert not await store.read(lambda c: events.is_duplicate(c, "src_1", event(at=later(DAY))))
