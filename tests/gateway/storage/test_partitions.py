"""The days of the big tables on PostgreSQL: made, filled, and dropped with what is in them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy import Connection, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.util import await_only
from structlog.testing import capture_logs

from destinations.kit import DestinationStatus, MessageStatus
from gateway import metrics
from gateway.clock import ManualClock
from gateway.deliveries import Delivery, DeliveryStatus
from gateway.jobs import JobKind, NewJob
from gateway.settings import Settings
from gateway.storage import (
    attempts,
    days,
    deliveries,
    events,
    jobs,
    partitions,
    retention,
    retention_days,
    tables,
)
from gateway.storage.attempts import Start
from gateway.storage.engine import PostgresStore, Store
from gateway.storage.tables.by_day import DAY_OF
from tests.factories import NOW, destination, identify, later, mapping, new_delivery, source, track
from tests.gateway.postgresql import until_somebody_waits
from tests.gateway.world import World

DAY = 86_400
S = DeliveryStatus


@pytest.fixture
async def ledger(postgresql_store: Store, clock: ManualClock) -> AsyncIterator[World]:
    """Two sources, a destination and a mapping for orders; and Ann, whose number is known."""
    world = World(postgresql_store, Path(), clock, Settings(public_url="https://texts.example.com"))
    other = source(id="src_other", name="Other", write_key_hash="other")
    await world.configure(source(), other, destination(), mapping())
    await world.take(identify())
    yield world
    await world.services.reader.close()


async def forgotten_after(world: World, number: float) -> dict[str, int]:
    """Move the clock to so many days after NOW, and forget."""
    world.clock.advance((NOW - world.clock.now()).total_seconds() + number * DAY)
    gone = await retention.forget(world.store, world.services.settings, world.clock.now())
    return {kind.value: rows for kind, rows in gone.rows.items()}


async def names(store: Store, table: str = "deliveries") -> list[str]:
    return [one.name for one in await store.read(partial(partitions.of, table=table))]


async def rows_in(store: Store, partition: str) -> int:
    found = await store.read(lambda c: c.scalar(text(f"SELECT count(*) FROM {partition}")))
    return int(found or 0)


def day(number: int) -> str:
    return f"{NOW + timedelta(days=number):%Y%m%d}"


# -- made ahead ---------------------------------------------------------------------------------------------------------


async def test_every_big_table_has_the_days_of_a_week_to_come(ledger: World) -> None:
    await forgotten_after(ledger, 3)

    there = {table: await names(ledger.store, table) for table in DAY_OF}

    assert there == {table: [f"{table}_{day(number)}" for number in range(-1, 11)] for table in DAY_OF}


async def test_a_row_whose_day_has_no_partition_is_kept_and_led_there_once_it_has(ledger: World) -> None:
    ledger.clock.advance(20 * DAY)
    before = metrics.MISPLACED.labels("deliveries")._value.get()
    await ledger.take(track())
    await ledger.deliver()
    assert await rows_in(ledger.store, "deliveries_other") == 1

    with capture_logs() as logs:
        await forgotten_after(ledger, 20)

    one = await ledger.delivery()
    assert (one.status, one.created_at) == (S.ACCEPTED, NOW + timedelta(days=20))
    assert {table: await rows_in(ledger.store, f"{table}_{day(20)}") for table in DAY_OF} == {
        "events": 1,
        "deliveries": 1,
        "attempts": 1,
        "status_callbacks": 0,
    }
    assert await rows_in(ledger.store, "deliveries_other") == 0
    assert metrics.MISPLACED.labels("deliveries")._value.get() == before + 1
    told = [line["table"] for line in logs if "in no partition" in line["event"]]
    assert told == ["events", "deliveries", "attempts"]


async def test_a_row_is_found_by_whoever_changes_it_while_it_is_led_to_its_day(ledger: World) -> None:
    ledger.clock.advance(20 * DAY)
    await ledger.take(track())
    delivery_id = (await ledger.delivery()).id

    async with meanwhile(ledger, make_today):
        standing = asyncio.create_task(ledger.store.write(lambda c: deliveries.standings(c, [delivery_id])))
        await until_somebody_waits(ledger.store)

    assert [(one.id, one.status) for one in (await standing).values()] == [(delivery_id, S.PENDING)]
    assert await names(ledger.store) == [f"deliveries_{day(number)}" for number in (*range(-1, 8), 20)]


async def test_a_text_that_is_due_while_it_is_led_to_its_day_leaves(ledger: World) -> None:
    ledger.clock.advance(20 * DAY)
    await ledger.take(track())

    async with meanwhile(ledger, make_today):
        delivering = asyncio.create_task(ledger.deliver())
        await until_somebody_waits(ledger.store)
    await delivering

    assert [(one.status, one.attempt_count) for one in await ledger.deliveries()] == [(S.ACCEPTED, 1)]
    assert len(ledger.requests) == 1


async def test_what_is_due_while_its_day_goes_waits_on(ledger: World) -> None:
    held = (await one_that_waits(ledger)).id
    ledger.clock.advance(91 * DAY)
    await ledger.store.write(lambda c: jobs.wake(c, [held], ledger.clock.now()))

    async with meanwhile(ledger, drop_the_first_day):
        delivering = asyncio.create_task(ledger.deliver())
        await until_somebody_waits(ledger.store)
    await delivering

    assert [(one.id, one.status) for one in await ledger.deliveries()] == [(held, S.HELD)]
    assert await rows_in(ledger.store, "deliveries_other") == 1
    ledger.clock.advance(200 * DAY)
    await ledger.deliver()
    assert (await ledger.delivery()).status is S.EXPIRED


async def one_that_waits(ledger: World) -> Delivery:
    """For its destination, which is a draft, and for longer than deliveries are kept."""
    await ledger.configure(
        destination(id="dst_new", name="New", status=DestinationStatus.DRAFT),
        mapping(id="map_wait", destination_id="dst_new", max_age_seconds=200 * DAY),
    )
    await ledger.take(track())
    await ledger.deliver()
    [held] = [one for one in await ledger.deliveries() if one.status is S.HELD]
    return held


@asynccontextmanager
async def meanwhile(ledger: World, change: Callable[[Connection, datetime], None]) -> AsyncIterator[None]:
    """That change is made and not committed yet."""
    changed, free = asyncio.Event(), asyncio.Event()

    def hold(connection: Connection) -> None:
        change(connection, partitions.start_of_day(ledger.clock.now()))
        changed.set()
        await_only(free.wait())

    holding = asyncio.create_task(ledger.store.write(hold))
    try:
        await asyncio.wait_for(changed.wait(), 10)
        yield
    finally:
        free.set()
        await holding


def make_today(connection: Connection, today: datetime) -> None:
    assert partitions.make(connection, "deliveries", today) == 1


def drop_the_first_day(connection: Connection, _today: datetime) -> None:
    [first] = [one for one in partitions.of(connection, "deliveries") if one.name.endswith(day(0))]
    settled = partitions.settle_deliveries(connection, first)
    assert settled is not None
    assert partitions.drop_deliveries(connection, first, settled) is not None


# -- one id, one Delivery -----------------------------------------------------------------------------------------------


async def test_an_id_is_made_once_whatever_the_day(postgresql_store: Store) -> None:
    async def made(at: datetime) -> set[str]:
        return await postgresql_store.write(lambda c: deliveries.add(c, [new_delivery()], at))

    assert [await made(later(number * DAY)) for number in range(3)] == [{"dlv_1"}, set(), set()]
    assert await rows_in(postgresql_store, "deliveries") == 1


async def test_of_two_who_make_it_at_once_on_two_days_one_does(postgresql_store: Store) -> None:
    async def made(at: datetime) -> set[str]:
        return await postgresql_store.write(lambda c: deliveries.add(c, [new_delivery()], at))

    found = await asyncio.gather(*(made(later(number * DAY)) for number in range(5)))

    assert sorted(map(len, found)) == [0, 0, 0, 0, 1]
    assert await rows_in(postgresql_store, "deliveries") == 1


async def test_what_was_rolled_back_is_not_taken_for_made(postgresql_store: Store) -> None:
    def fails(connection: Connection) -> None:
        deliveries.add(connection, [new_delivery()], NOW)
        deliveries.standings(connection, ["dlv_1"])
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await postgresql_store.write(fails)
    await postgresql_store.write(lambda c: deliveries.add(c, [new_delivery()], later(DAY)))

    found = await postgresql_store.read(lambda c: deliveries.by_ids(c, ["dlv_1"]))
    assert [one.created_at for one in found.values()] == [later(DAY)]


async def test_when_a_delivery_was_made_is_asked_once(postgresql_store: Store) -> None:
    await postgresql_store.write(lambda c: deliveries.add(c, [new_delivery()], NOW))

    def asked(connection: Connection) -> list[str]:
        said: list[str] = []

        def note(*given: Any) -> None:
            said.append(given[2])

        sqlalchemy.event.listen(connection, "before_cursor_execute", note)
        try:
            deliveries.by_ids(connection, ["dlv_1"])
        finally:
            sqlalchemy.event.remove(connection, "before_cursor_execute", note)
        return [one for one in said if "delivery_tombstones" in one]

    assert await postgresql_store.read(asked) == []
    other = PostgresStore(postgresql_store._engine.url.render_as_string(hide_password=False))  # type: ignore[attr-defined]
    try:
        assert [len(await other.read(asked)) for _ in range(2)] == [1, 0]
    finally:
        await other.close()


async def test_a_try_is_of_the_day_of_its_delivery(postgresql_store: Store) -> None:
    await postgresql_store.write(lambda c: deliveries.add(c, [new_delivery()], NOW))
    late = later(2 * DAY)

    await postgresql_store.write(lambda c: attempts.start(c, [Start("att_1", "dlv_1", 1, late)]))

    assert await rows_in(postgresql_store, f"attempts_{day(0)}") == 1
    tried = await postgresql_store.read(lambda c: attempts.of_many(c, ["dlv_1"]))
    assert [one.started_at for one in tried["dlv_1"]] == [late]
    with pytest.raises(DBAPIError):
        await postgresql_store.write(lambda c: attempts.start(c, [Start("att_2", "dlv_1", 1, late)]))


# -- dropped ------------------------------------------------------------------------------------------------------------


async def sent(world: World, **order: Any) -> None:
    await world.take(track(**order))
    await world.deliver()
    await world.call_back(MessageStatus.DELIVERED)


async def test_a_day_goes_with_all_that_is_in_it_and_not_before(ledger: World) -> None:
    await sent(ledger)
    assert await forgotten_after(ledger, 90.49) == {"payloads": 2, "bodies": 1}
    assert f"deliveries_{day(0)}" in await names(ledger.store)

    assert await forgotten_after(ledger, 90.5) == {"deliveries": 1, "events": 2}

    assert {
        table for table in DAY_OF for one in await names(ledger.store, table) if one.endswith(day(0))
    } == set()
    counts = await ledger.counts()
    assert [counts[table] for table in DAY_OF] == [0, 0, 0, 0]
    assert (counts["delivery_tombstones"], counts["event_keys"]) == (1, 0)


async def test_a_tombstone_says_how_its_delivery_ended_once_that_is_gone(ledger: World) -> None:
    await sent(ledger)
    await ledger.take(track(messageId="m-2"))
    ended = update(tables.deliveries).where(tables.deliveries.c.status == S.PENDING.value)
    await ledger.store.write(lambda c: c.execute(ended.values(status=S.SUPPRESSED.value)))
    ids = [one.id for one in await ledger.deliveries()]

    async def made() -> list[S]:
        found = await ledger.store.read(lambda c: deliveries.made(c, ids))
        return sorted(one.status for one in found.values())

    before = await made()
    await forgotten_after(ledger, 91)

    assert await ledger.deliveries() == []
    assert before == await made() == [S.ACCEPTED, S.SUPPRESSED]


async def test_what_is_not_final_stays_when_its_day_goes_and_goes_when_it_is(ledger: World) -> None:
    held = await one_that_waits(ledger)

    assert await forgotten_after(ledger, 91) == {"deliveries": 1, "events": 1}

    assert [(one.id, one.status, one.created_at) for one in await ledger.deliveries()] == [
        (held.id, S.HELD, NOW)
    ]
    assert (await ledger.event("m-1")).payload["event"] == "Order Placed"
    assert await rows_in(ledger.store, "deliveries_other") == 1
    assert f"deliveries_{day(0)}" not in await names(ledger.store)
    ledger.clock.advance(200 * DAY)
    await ledger.deliver()
    assert (await ledger.delivery()).status is S.EXPIRED
    gone = await retention.forget(ledger.store, ledger.services.settings, ledger.clock.now())
    assert (gone.rows[retention.Kind.DELIVERIES], gone.rows[retention.Kind.EVENTS]) == (1, 1)
    assert await rows_in(ledger.store, "events_other") == 0


async def test_an_event_stays_for_a_delivery_of_a_later_day(ledger: World) -> None:
    await sent(ledger)
    ledger.clock.advance(80 * DAY)
    first = await ledger.delivery()
    child = new_delivery(id="dlv_again", event_id=first.event_id, replay_of=first.id)
    await ledger.store.write(lambda c: deliveries.add(c, [child], ledger.clock.now()))
    ended = update(tables.deliveries).where(tables.deliveries.c.id == "dlv_again")
    await ledger.store.write(lambda c: c.execute(ended.values(status=S.SUPPRESSED.value)))

    assert await forgotten_after(ledger, 91) == {"payloads": 1, "deliveries": 1, "events": 1}

    assert (await ledger.event("m-1")).id == first.event_id
    assert [one.id for one in await ledger.deliveries()] == ["dlv_again"]
    await forgotten_after(ledger, 171)
    assert (await ledger.counts())["events"] == 0


async def test_an_event_that_comes_again_after_its_day_is_gone_texts_nobody(ledger: World) -> None:
    await sent(ledger)
    await forgotten_after(ledger, 91)

    await ledger.take(track())
    await ledger.take(track(), source="src_other")

    assert (await ledger.deliver(), await ledger.deliveries(), len(ledger.requests)) == (0, [], 1)


async def test_a_day_that_somebody_reads_is_left_for_the_next_time_and_stops_nobody(
    ledger: World, postgresql: str
) -> None:
    await sent(ledger)
    other = create_async_engine(postgresql)
    try:
        async with other.begin() as reading:
            await reading.execute(text("SELECT count(*) FROM deliveries"))
            with capture_logs() as logs:
                assert "deliveries" not in await forgotten_after(ledger, 91)
            await ledger.store.write(
                lambda c: deliveries.add(c, [new_delivery(id="dlv_new")], ledger.clock.now())
            )
    finally:
        await other.dispose()

    assert [line["log_level"] for line in logs if "was not dropped" in line["event"]] == ["warning"]
    assert sorted(one.created_at for one in await ledger.deliveries()) == [NOW, ledger.clock.now()]
    assert (await forgotten_after(ledger, 91))["deliveries"] == 1


async def test_a_day_of_which_too_much_must_stay_goes_row_by_row(
    ledger: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partitions, "MOST_MOVED", 1)
    await ledger.take(*(track(messageId=f"m-{number}") for number in range(1, 5)))
    await ledger.deliver()
    ids = sorted(one.id for one in await ledger.deliveries())
    stuck = update(tables.deliveries).where(tables.deliveries.c.id.in_(ids[:2]))
    await ledger.store.write(lambda c: c.execute(stuck.values(status=S.UNCERTAIN.value)))

    gone = await forgotten_after(ledger, 91)

    assert (gone["deliveries"], gone["events"]) == (2, 3)
    assert sorted(one.id for one in await ledger.deliveries()) == ids[:2]
    assert await rows_in(ledger.store, f"deliveries_{day(0)}") == 2


async def test_what_waits_to_be_matched_finds_no_day_of_its_own_gone(ledger: World) -> None:
    kept = [NewJob(JobKind.MATCH, b"{}", "src_server")]
    await ledger.store.write(lambda c: jobs.enqueue(c, kept, NOW))

    assert "events" not in await forgotten_after(ledger, 100)

    assert f"events_{day(0)}" in await names(ledger.store, "events")


# -- what is not final --------------------------------------------------------------------------------------------------


async def open_since(store: Store) -> datetime:
    def look(connection: Connection) -> datetime:
        days._of(connection).look_again()
        return days.open_since(connection)

    return await store.read(look)


async def test_what_is_not_final_is_looked_for_from_the_first_day_that_had_some_a_day_ago(
    postgresql_store: Store,
) -> None:
    async def note(number: int) -> None:
        await postgresql_store.write(lambda c: retention_days._note_open(c, later(number * DAY)))

    await postgresql_store.write(lambda c: deliveries.add(c, [new_delivery()], later(2 * DAY)))

    await note(5)
    first = await open_since(postgresql_store)
    await note(6)
    second = await open_since(postgresql_store)
    await postgresql_store.write(
        lambda c: deliveries.change(c, [{"id": "dlv_1", "status": S.SUPPRESSED}], NOW)
    )
    await note(7)
    await note(8)

    assert (first.year, second) == (1970, later(2 * DAY))
    assert await open_since(postgresql_store) == partitions.start_of_day(later(6 * DAY))


async def test_a_delivery_that_is_open_again_is_looked_for_again(postgresql_store: Store) -> None:
    await postgresql_store.write(lambda c: deliveries.add(c, [new_delivery()], NOW))
    await postgresql_store.write(lambda c: deliveries.change(c, [{"id": "dlv_1", "status": S.ACCEPTED}], NOW))
    for number in (5, 6):
        await postgresql_store.write(partial(retention_days._note_open, now=later(number * DAY)))
    assert await open_since(postgresql_store) > later(DAY)

    again = {"id": "dlv_1", "status": S.UNCERTAIN}
    await postgresql_store.write(lambda c: deliveries.change(c, [again], later(6 * DAY)))

    assert await open_since(postgresql_store) == NOW


# -- events by their ids ------------------------------------------------------------------------------------------------


async def test_an_event_whose_id_says_another_time_is_found_all_the_same(ledger: World) -> None:
    one = await ledger.event("m-0")
    moved = update(tables.events).values(received_at=later(3 * DAY))
    await ledger.store.write(lambda c: c.execute(moved))

    assert await ledger.store.read(lambda c: list(events.by_ids(c, [one.id, "evt_none"]))) == [one.id]
