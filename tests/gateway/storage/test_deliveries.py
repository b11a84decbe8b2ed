"""Deliveries, attempts and callbacks in the ledger."""

import asyncio
from functools import partial

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError
from sqlalchemy.util import await_only

from destinations.kit import Channel, MessageStatus, Reason
from gateway.deliveries import UNSENT, AttemptOutcome, DeliveryStatus
from gateway.storage import deliveries
from gateway.storage.engine import Store
from tests.factories import NOW, later

S = DeliveryStatus


def add(connection: Connection, delivery_id: str = "dlv_1", person: str | None = "per_1") -> bool:
    return deliveries.add(
        connection,
        delivery_id=delivery_id,
        space="default",
        event_id="evt_1",
        source_id="src_1",
        destination_id="dst_1",
        mapping_id="map_1",
        person_id=person,
        channel=Channel.SMS,
        now=NOW,
    )


async def test_the_same_delivery_is_stored_once(store: Store) -> None:
    assert await store.write(add)
    assert not await store.write(add)

    one = await store.read(lambda c: deliveries.get(c, "dlv_1"))
    assert one is not None
    assert (one.status, one.attempt_count, one.explanation, one.created_at) == (S.PENDING, 0, (), NOW)
    assert await store.read(lambda c: deliveries.get(c, "dlv_2")) is None


async def test_it_changes_only_from_the_states_that_are_named(store: Store) -> None:
    await store.write(add)
    change = deliveries.change

    held = await store.write(
        lambda c: change(c, "dlv_1", [S.PENDING], later(1), status=S.HELD, reason=Reason.PACED)
    )
    again = await store.write(lambda c: change(c, "dlv_1", [S.PENDING], later(2), status=S.SENDING))
    nobody = await store.write(lambda c: change(c, "dlv_2", [S.PENDING], later(2), status=S.SENDING))

    one = await store.read(lambda c: deliveries.get(c, "dlv_1"))
    assert (held, again, nobody) == (True, False, False)
    assert one is not None
    assert (one.status, one.reason, one.updated_at) == (S.HELD, Reason.PACED, later(1))


async def test_it_is_claimed_once(store: Store) -> None:
    await store.write(add)

    claims = [
        await store.write(lambda c: deliveries.change(c, "dlv_1", UNSENT, NOW, status=S.SENDING))
        for _ in range(3)
    ]

    assert claims == [True, False, False]


async def test_json_enums_and_times_come_back_as_they_were(store: Store) -> None:
    await store.write(add)
    intent = {"url": "https://x", "form": [["Body", "a\x00b ✓"]]}
    explanation = [{"gate": "ready", "passed": True, "reason": None, "detail": "x"}]

    await store.write(
        lambda c: deliveries.change(
            c,
            "dlv_1",
            [S.PENDING],
            NOW,
            intent=intent,
            explanation=explanation,
            message_status=MessageStatus.SENT,
            next_attempt_at=later(0.000001),
            detail="a\x00b",
        )
    )

    one = await store.read(lambda c: deliveries.get(c, "dlv_1"))
    assert one is not None
    assert (one.intent, one.explanation) == (intent, tuple(explanation))
    assert (one.message_status, one.next_attempt_at, one.detail) == (
        MessageStatus.SENT,
        later(0.000001),
        "ab",
    )


async def test_an_attempt_is_stored_before_it_ends_and_its_number_once(store: Store) -> None:
    await store.write(add)

    first = await store.write(lambda c: deliveries.start_attempt(c, "dlv_1", 1, NOW))
    started = await store.read(lambda c: deliveries.attempts_of(c, "dlv_1"))
    await store.write(lambda c: deliveries.end_attempt(c, first, AttemptOutcome.THROTTLED, http_status=429))
    await store.write(lambda c: deliveries.start_attempt(c, "dlv_1", 2, later(1)))
    with pytest.raises(IntegrityError):
        await store.write(lambda c: deliveries.start_attempt(c, "dlv_1", 2, later(2)))

    ended = await store.read(lambda c: deliveries.attempts_of(c, "dlv_1"))
    assert [(one.number, one.outcome, one.http_status) for one in started] == [
        (1, AttemptOutcome.STARTED, None)
    ]
    assert [(one.number, one.outcome, one.http_status) for one in ended] == [
        (1, AttemptOutcome.THROTTLED, 429),
        (2, AttemptOutcome.STARTED, None),
    ]


async def test_every_callback_is_kept_in_the_order_it_came(store: Store) -> None:
    await store.write(add)
    statuses = [MessageStatus.DELIVERED, MessageStatus.SENT, MessageStatus.DELIVERED]

    for at, status in enumerate(statuses):
        keep = partial(
            deliveries.add_callback, delivery_id="dlv_1", status=status, provider_code=None, now=later(at)
        )
        await store.write(keep)

    kept = await store.read(lambda c: deliveries.callbacks_of_many(c, ["dlv_1"])["dlv_1"])
    assert [one.status for one in kept] == statuses


async def test_what_waits_is_found_by_reason_and_by_person(store: Store) -> None:
    def fill(connection: Connection) -> None:
        for number, status in enumerate([S.PENDING, S.HELD, S.RETRYING, S.SENDING, S.SUPPRESSED]):
            add(connection, f"dlv_{number}")
            deliveries.change(
                connection,
                f"dlv_{number}",
                [S.PENDING],
                NOW,
                status=status,
                reason=Reason.ACCOUNT_NOT_VERIFIED,
            )
        add(connection, "dlv_other", person="per_2")

    await store.write(fill)

    held = await store.read(lambda c: deliveries.held_for(c, "dst_1", Reason.ACCOUNT_NOT_VERIFIED))
    assert held == ["dlv_1"]
    assert await store.read(lambda c: deliveries.held_for(c, "dst_1", Reason.PACED)) == []
    assert sorted(await store.read(lambda c: deliveries.waiting_of(c, "map_1", "per_1"))) == [
        "dlv_0",
        "dlv_1",
        "dlv_2",
    ]
    assert await store.read(lambda c: deliveries.waiting_of(c, "map_2", "per_1")) == []


async def test_the_deliveries_of_one_who_turned_out_to_be_another_follow(store: Store) -> None:
    await store.write(add)

    await store.write(lambda c: deliveries.move(c, "per_1", "per_2"))

    assert await store.read(lambda c: deliveries.waiting_of(c, "map_1", "per_2")) == ["dlv_1"]
    assert await store.read(lambda c: deliveries.waiting_of(c, "map_1", "per_1")) == []


async def test_a_step_that_the_state_machine_does_not_have_is_not_taken(store: Store) -> None:
    await store.write(add)

    taken = await store.write(
        lambda c: deliveries.change(c, "dlv_1", DeliveryStatus, NOW, status=S.UNCERTAIN, detail="x")
    )

    one = await store.read(lambda c: deliveries.get(c, "dlv_1"))
    assert one is not None
    assert (taken, one.status, one.detail) == (False, S.PENDING, None)


async def test_who_reads_for_an_update_waits_for_the_one_before(postgresql_store: Store) -> None:
    await postgresql_store.write(add)
    order: list[MessageStatus | None] = []
    locked, free = asyncio.Event(), asyncio.Event()

    def rise(connection: Connection) -> None:
        deliveries.get(connection, "dlv_1", for_update=True)
        locked.set()
        await_only(free.wait())
        deliveries.change(connection, "dlv_1", [S.PENDING], NOW, message_status=MessageStatus.DELIVERED)

    def look(connection: Connection) -> None:
        asked.set()
        one = deliveries.get(connection, "dlv_1", for_update=True)
        order.append(one.message_status if one else None)

    asked = asyncio.Event()
    first = asyncio.create_task(postgresql_store.write(rise))
    await asyncio.wait_for(locked.wait(), 10)
    second = asyncio.create_task(postgresql_store.write(look))
    await asyncio.wait_for(asked.wait(), 10)
    free.set()
    await asyncio.gather(first, second)

    assert order == [MessageStatus.DELIVERED]
