"""How it is forgotten: in small steps, by one worker at a time, and by an index."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection, func, insert, select, text, update
from sqlalchemy.ext.asyncio import create_async_engine
from structlog.testing import capture_logs

from gateway import metrics
from gateway.clock import ManualClock
from gateway.deliveries import DeliveryStatus
from gateway.settings import Settings
from gateway.storage import (
    conversations,
    idempotency,
    inbound_messages,
    retention,
    retention_days,
    tables,
)
from gateway.storage.engine import Store
from gateway.storage.retention import Kind
from tests.factories import NOW, track
from tests.gateway.forgetting import (
    DAY,
    forget,
    forgotten_after,
    message,
    opened,
    sent,
)
from tests.gateway.world import World

S = DeliveryStatus


@pytest.fixture
async def ledger(store: Store, clock: ManualClock) -> AsyncIterator[World]:
    world = await opened(store, clock)
    yield world
    await world.services.reader.close()


async def test_much_is_forgotten_in_small_steps_and_not_all_at_once(
    ledger: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "STEP", 3)
    monkeypatch.setattr(retention, "STEPS", 2)
    await ledger.take(*(track(messageId=f"m-{number}", event="Else") for number in range(10, 19)))

    ledger.clock.advance(8 * DAY)

    rounds = [await retention.forget(ledger.store, Settings(), ledger.clock.now()) for _ in range(3)]

    assert [(one.rows[Kind.PAYLOADS], one.more) for one in rounds] == [(6, True), (4, False), (0, False)]


async def test_many_that_must_stay_keep_nobody_behind_them(
    ledger: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "STEP", 2)
    monkeypatch.setattr(retention, "STEPS", 1)
    await ledger.take(*(track(messageId=f"m-{number}") for number in range(10, 15)))
    await ledger.take(track(messageId="m-99", event="Else"))

    removed = [(await forgotten_after(ledger, 8)).get("payloads", 0) for _ in range(4)]

    assert removed == [1, 0, 0, 1]
    ends = update(tables.deliveries).values(status=S.EXPIRED.value)
    await ledger.store.write(lambda c: c.execute(ends))
    again = [(await forget(ledger)).get("payloads", 0) for _ in range(5)]
    assert (sum(again), (await ledger.counts())["retention_waits"]) == (5, 0)


async def test_what_is_forgotten_is_counted_and_logged(ledger: World) -> None:
    before = metrics.FORGOTTEN.labels("payloads")._value.get()

    with capture_logs() as logs:
        await forgotten_after(ledger, 8)

    assert metrics.FORGOTTEN.labels("payloads")._value.get() == before + 1
    assert [line for line in logs if line["event"] == "Old rows were forgotten"] == [
        {"event": "Old rows were forgotten", "log_level": "info", "payloads": 1}
    ]


async def test_of_many_workers_one_forgets_at_a_time(postgresql: str, postgresql_store: Store) -> None:
    key = insert(tables.idempotency_keys).values(
        space="default", operation="o", key="k", input_hash="h", result_id="r", created_at=NOW
    )
    await postgresql_store.write(lambda c: c.execute(key))
    late = NOW + timedelta(days=2)
    other = create_async_engine(postgresql)
    try:
        async with other.begin() as connection:
            await connection.execute(select(func.pg_advisory_xact_lock(retention_days.LOCK)))
            assert (await retention.forget(postgresql_store, Settings(), late)).rows == {}
        gone = await retention.forget(postgresql_store, Settings(), late)
        assert gone.rows == {Kind.IDEMPOTENCY_KEYS: 1}
    finally:
        await other.dispose()


async def test_each_step_finds_what_it_needs_by_an_index(sqlite_store: Store, clock: ManualClock) -> None:
    """SQLite says how it would go about it, however few rows there are."""
    ledger = await opened(sqlite_store, clock)
    await sent(ledger)
    seen: list[str] = []

    def watch(connection: Connection) -> None:
        idempotency.claim(connection, "default", "sourceCreate", "key", input_hash="h", now=NOW)
        conversations.claim(connection, "dst_paper", "SM9", NOW)
        inbound_messages.add(connection, message("inb_1"))
        raw = connection.connection.driver_connection
        assert raw is not None
        raw.set_trace_callback(seen.append)

    await ledger.store.write(watch)
    await forgotten_after(ledger, 91)
    await forgotten_after(ledger, 401)
    asked = [one for one in seen if one.startswith(("SELECT", "DELETE", "UPDATE", "INSERT"))]

    def plans(connection: Connection) -> list[str]:
        return [
            f"{row[3]}: {statement}"
            for statement in asked
            for row in connection.execute(text(f"EXPLAIN QUERY PLAN {statement}".replace(":", "\\:")))
            if row[3].startswith("SCAN") and "sources" not in row[3] and "destinations" not in row[3]
        ]

    await ledger.services.reader.close()
    assert len(asked) > 20
    assert "\n".join(await ledger.store.read(plans)) == ""
