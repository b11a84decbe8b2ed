"""Counts in the database: read at any moment, added up, kept by larger spans as they age, and of what there was before them."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, func, insert, select, text
from sqlalchemy.util import await_only

from destinations.kit import MessageStatus, Reason
from gateway.deliveries import DeliveryStatus
from gateway.settings import Settings
from gateway.stats import Bucket, Counted, Counts, of_deliveries, oldest
from gateway.storage import deliveries, migrate, retention, rollup, stats, tables
from gateway.storage.engine import Store
from gateway.storage.retention import Kind
from gateway.storage.sqlite import SqliteStore
from gateway.storage.stats import Point, Selection
from gateway.storage.types import to_number
from tests.factories import NOW, later, new_delivery
from tests.gateway.counting import of_ledger, of_stats
from tests.gateway.storage.test_migrations import at_revision

S, M = DeliveryStatus, MessageStatus
MATCHED = Counted(
    *("default", 0, "dst_1", "map_1", "SMS", None, None),
    *(S.PENDING, None, None, None, None, None),
)
SENT = MATCHED._replace(
    sender="+15550001111", country="US", status=S.ACCEPTED, message_status=M.SENT, segments=2
)
DELIVERED = SENT._replace(message_status=M.DELIVERED, price="-0.0079 USD")
STOPPED = MATCHED._replace(status=S.SUPPRESSED, reason="OPTED_OUT", country="DE")
DAY = timedelta(days=1)


def at(one: Counted, when: datetime) -> Counted:
    return one._replace(made_at=to_number(when))


async def count(store: Store, when: datetime, *some: Counted) -> None:
    """Deliveries that were made then, and became these."""
    for one in some:
        made, now = at(MATCHED, when), at(one, when)
        await store.write(partial(stats.write, changes=of_deliveries({made: 1})))
        await store.write(partial(stats.count_changed, changed=[(made, now)]))


async def series(
    store: Store, bucket: Bucket = Bucket.MINUTE, begin: datetime = NOW - DAY, **only: str
) -> dict[datetime, Point]:
    wanted = Selection(
        "default", begin, NOW + 400 * DAY, {name: frozenset([value]) for name, value in only.items()}
    )
    return await store.read(lambda c: stats.series(c, wanted, bucket))


async def by(store: Store, dimension: str, space: str = "default", **only: str) -> dict[str, Point]:
    wanted = Selection(
        space, NOW - DAY, NOW + 400 * DAY, {name: frozenset([value]) for name, value in only.items()}
    )
    return await store.read(lambda c: stats.by(c, wanted, dimension))


async def rows(store: Store) -> list[tuple[Any, ...]]:
    """(size, when, matched) of what was added up."""
    query = select(tables.stats.c.size, tables.stats.c.at, tables.stats.c.matched)
    query = query.where(tables.stats.c.matched != 0).order_by(tables.stats.c.at, tables.stats.c.size)
    return [tuple(row) for row in await store.read(lambda c: c.execute(query).all())]


async def written(store: Store) -> int:
    """How many changes are not added up yet."""
    query = select(func.count()).select_from(tables.stats_changes)
    return await store.read(lambda c: c.scalar(query)) or 0


@pytest.fixture(params=[False, True], ids=["as it was written", "added up"])
async def adds_up(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


async def test_counts_are_read_whether_they_were_added_up_or_not(store: Store, *, adds_up: bool) -> None:
    await count(store, NOW, SENT, DELIVERED)
    await count(store, later(59), DELIVERED)
    await count(store, later(60), STOPPED)
    await store.write(lambda c: stats.count_events(c, [("default", NOW), ("default", NOW), ("other", NOW)]))
    if adds_up:
        assert await rollup.roll_up(store, later(60)) is False
        assert await written(store) == 0

    assert await series(store) == {
        NOW: Point(
            Counts(events=2, matched=3, accepted=3, delivered=2, segments=6, priced=2, price=15_800),
            {"USD": 15_800},
        ),
        later(60): Point(Counts(matched=1, suppressed=1), {}),
    }
    assert await series(store, Bucket.HOUR, country="DE") == {
        NOW.replace(minute=0): Point(Counts(matched=1, suppressed=1), {})
    }
    assert {key: one.counts.matched for key, one in (await by(store, "sender")).items()} == {
        "": 1,
        "+15550001111": 3,
    }
    assert await by(store, "reason", channel="SMS") == {
        "": Point(
            Counts(matched=3, accepted=3, delivered=2, segments=6, priced=2, price=15_800), {"USD": 15_800}
        ),
        "OPTED_OUT": Point(Counts(matched=1, suppressed=1), {}),
    }
    assert await by(store, "mapping_id", destination_id="dst_2") == {}
    assert await by(store, "country", space="other") == {}


async def test_some_added_up_and_some_not_are_read_together(store: Store) -> None:
    await count(store, NOW, SENT)
    await rollup.roll_up(store, NOW)
    await count(store, NOW, DELIVERED)

    [point] = (await series(store)).values()

    assert (point.counts.matched, point.counts.delivered, point.prices) == (2, 1, {"USD": 7_900})
    await rollup.roll_up(store, NOW)
    assert list((await series(store)).values()) == [point]


async def test_what_comes_to_nothing_is_not_there(store: Store) -> None:
    await count(store, NOW, SENT)

    await rollup.roll_up(store, NOW)

    assert {key: one.counts.matched for key, one in (await by(store, "sender")).items()} == {
        "+15550001111": 1
    }
    same = at(SENT, NOW)
    await store.write(lambda c: stats.count_changed(c, [(same, same)]))
    assert await written(store) == 0


async def test_more_than_a_transaction_takes_is_added_up(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollup, "STEPS", 3)
    for number in range(2 * rollup.ROWS + 1):
        made = at(SENT, later(60 * number))
        await store.write(partial(stats.write, changes=of_deliveries({made: 1})))

    assert await rollup.roll_up(store, NOW) is True

    assert (await written(store), await rollup.roll_up(store, NOW)) == (0, False)


async def test_counts_are_found_by_their_time_and_read_along_no_other(sqlite_store: SqliteStore) -> None:
    """SQLite says how it would go about it."""
    wanted = Selection("default", NOW, later(60), {"destination_id": frozenset(["dst_1"])})

    def plans(connection: Connection) -> list[str]:
        asked: list[str] = []
        raw: Any = connection.connection.driver_connection
        raw.set_trace_callback(asked.append)
        stats.series(connection, wanted, Bucket.HOUR)
        stats.by(connection, wanted, "sender")
        raw.set_trace_callback(None)
        plan = [
            str(row[3])
            for one in asked
            if "FROM stats " in one
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one}")
        ]
        return [line for line in plan if " stats " in line]

    found = "SEARCH stats USING INDEX sqlite_autoindex_stats_1 (space=? AND at>? AND at<?)"
    assert await sqlite_store.read(plans) == [found, found]


# -- age -----------------------------------------------------------------------------------------------------------------


async def test_minutes_become_hours_and_hours_days_and_nothing_else_changes(store: Store) -> None:
    for minutes in (0, 1, 61):
        await count(store, later(60 * minutes), DELIVERED)
    await rollup.roll_up(store, NOW)
    assert await rows(store) == [("MINUTE", later(60 * minutes), 1) for minutes in (0, 1, 61)]
    whole = await series(store, Bucket.DAY)

    await rollup.roll_up(store, NOW + 3 * DAY + timedelta(hours=1))
    assert await rows(store) == [("HOUR", NOW, 2), ("MINUTE", later(3660), 1)]
    await rollup.roll_up(store, NOW + 4 * DAY)
    assert await rows(store) == [("HOUR", NOW, 2), ("HOUR", later(3600), 1)]
    assert await series(store, Bucket.DAY) == whole

    await rollup.roll_up(store, NOW + 91 * DAY)
    midnight = NOW.replace(hour=0)
    assert await rows(store) == [("DAY", midnight, 3)]
    assert await series(store, Bucket.DAY) == whole == {midnight: whole[midnight]}


async def test_what_becomes_of_something_late_counts_where_it_was_made(store: Store) -> None:
    await count(store, NOW, SENT)
    now = NOW + 10 * DAY
    await rollup.roll_up(store, now)

    await store.write(lambda c: stats.count_changed(c, [(at(SENT, later(90)), at(DELIVERED, later(90)))]))
    await rollup.roll_up(store, now)

    [(begins, point)] = (await series(store, Bucket.HOUR)).items()
    assert (begins, point.counts.accepted, point.counts.delivered) == (NOW, 1, 1)
    assert await rows(store) == [("HOUR", NOW, 1)]


async def test_counts_are_kept_for_400_days(store: Store) -> None:
    await count(store, NOW, DELIVERED)
    day = NOW.replace(hour=0)

    async def forgotten(now: datetime) -> int:
        await rollup.roll_up(store, now)
        return (await retention.forget(store, Settings(), now)).rows[Kind.STATS]

    assert await forgotten(day + 401 * DAY - timedelta(seconds=1)) == 0
    assert await rows(store) == [("DAY", day, 1)]

    assert await forgotten(day + 401 * DAY) == 2  # what it cost is a row of its own
    assert await rows(store) == []


# -- what there was before ---------------------------------------------------------------------------------------------------


def before(connection: Connection, kept: Iterable[tuple[datetime, dict[str, Any]]]) -> None:
    """Deliveries of a version that counted nothing."""
    at_revision(connection, "0030")
    for number, (made_at, changed) in enumerate(kept):
        made: dict[str, Any] = {
            **dict.fromkeys(("event_id", "source_id", "destination_id", "mapping_id"), "one"),
            "id": f"dlv_{number}",
            "space": "default",
            "status": S.PENDING,
            "attempt_count": 0,
            "channel": "SMS",
            "created_at": made_at,
            "updated_at": made_at,
            **changed,
        }
        connection.execute(insert(tables.deliveries), [made])
    for number in range(3):
        connection.execute(
            text(
                "INSERT INTO events (id, space, source_id, message_id, type, timestamp, received_at, imported, payload, outcome) "
                "VALUES (:id, 'default', 'one', 'm', 'track', :at, :at, :imported, '{}', 'MATCHED')"
            ),
            {"id": f"evt_{number}", "at": to_number(kept_at()), "imported": False},
        )


def kept_at() -> datetime:
    """Of late, by the clock that a migration has."""
    return datetime.now(UTC).replace(second=30) - timedelta(hours=1)


async def test_what_was_there_before_counts_as_it_stands(store: Store) -> None:
    made = kept_at()
    kept: list[dict[str, Any]] = [
        {},
        {"status": S.HELD, "reason": Reason.PAUSED, "sender": "+15550001111", "channel": None},
        {"status": S.SUPPRESSED, "reason": Reason.OPTED_OUT, "error_code": "1"},
        {"status": S.REJECTED, "error_code": "21211"},
        {"status": S.CANCELED, "reason": Reason.CANCELED_BY_TRIGGER},
        {"status": S.EXPIRED, "error_code": "NOT_CREATED"},
        {"status": S.ACCEPTED, "message_status": M.SENT, "segments": 2},
        {"status": S.ACCEPTED, "message_status": M.DELIVERED, "segments": 1, "price": "-0.00750"},
        {"status": S.ACCEPTED, "message_status": M.READ, "segments": 1, "price": "0"},
        {"status": S.ACCEPTED, "message_status": M.FAILED, "error_code": "30003", "country": "DE"},
    ]

    def upgraded(connection: Connection) -> None:
        before(connection, [(made, one) for one in kept])
        migrate.upgrade(connection)

    await store.write(upgraded)

    counted = await store.read(of_stats)
    assert counted == await store.read(of_ledger)
    assert sum(number for (*_, name), number in counted.items() if name == "matched") == len(kept)


async def test_of_what_was_there_for_longer_hours_are_kept(store: Store) -> None:
    made = oldest(Bucket.MINUTE, datetime.now(UTC)) - timedelta(minutes=1)

    def upgraded(connection: Connection) -> None:
        before(connection, [(made, {}), (made - timedelta(minutes=30), {"price": "a gift"})])
        migrate.upgrade(connection)

    await store.write(upgraded)

    assert await rows(store) == [("HOUR", Bucket.HOUR.floor(made), 2)]
    [point] = (await series(store, Bucket.HOUR, begin=made - DAY, destination_id="one")).values()
    assert (point.counts.matched, point.prices) == (2, {})


# -- other writers ---------------------------------------------------------------------------------------------------------


async def test_what_is_made_twice_counts_once(store: Store) -> None:
    new = [new_delivery(id="dlv_1"), new_delivery(id="dlv_2", destination_id="dst_2")]

    await store.write(lambda c: deliveries.add(c, new[:1], NOW))
    await store.write(lambda c: deliveries.add(c, [*new, *new], NOW))

    assert {key: one.counts.matched for key, one in (await by(store, "destination_id")).items()} == {
        "dst_2": 1,
        "dst_paper": 1,
    }


async def test_a_transaction_that_fails_counts_nothing(store: Store) -> None:
    def fails(connection: Connection) -> None:
        deliveries.add(connection, [new_delivery()], NOW)
        raise LookupError

    with pytest.raises(LookupError):
        await store.write(fails)

    assert (await written(store), await series(store)) == (0, {})


async def test_whoever_adds_up_waits_for_nobody_and_loses_nothing(postgresql_store: Store) -> None:
    store, begun, ends = postgresql_store, asyncio.Event(), asyncio.Event()

    def slow(connection: Connection) -> None:
        stats.write(connection, of_deliveries({at(SENT, NOW): 1}))
        begun.set()
        await_only(ends.wait())

    async def matched() -> int:
        await rollup.roll_up(store, NOW)
        return (await series(store))[NOW].counts.matched

    late = asyncio.create_task(store.write(slow))
    await begun.wait()
    await count(store, NOW, SENT)

    assert await matched() == 1
    ends.set()
    await late
    assert await matched() == 2
