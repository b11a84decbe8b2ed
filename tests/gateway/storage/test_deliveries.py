"""Deliveries, attempts and callbacks in the ledger."""

import asyncio
from functools import partial

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError
from sqlalchemy.util import await_only

from destinations.kit import MessageStatus, Reason
from gateway.deliveries import AttemptOutcome, DeliveryStatus
from gateway.storage import attempts, deliveries, unfinished
from gateway.storage.attempts import CallBack, End, Start
from gateway.storage.engine import Store
from tests.factories import ANN, NOW, later, new_delivery

S = DeliveryStatus


def add(connection: Connection, *delivery_ids: str, person: str | None = "per_1") -> set[str]:
    new = [new_delivery(id=one, person_id=person) for one in delivery_ids or ("dlv_1",)]
    return deliveries.add(connection, new, NOW)


async def test_the_same_delivery_is_stored_once(store: Store) -> None:
    assert await store.write(add) == {"dlv_1"}
    assert await store.write(add) == set()
    assert await store.write(lambda c: add(c, "dlv_3", "dlv_1", "dlv_3")) == {"dlv_3"}
    assert await store.write(lambda c: deliveries.add(c, [], NOW)) == set()

    one = await store.read(lambda c: deliveries.get(c, "dlv_1"))
    assert one is not None
    assert (one.status, one.attempt_count, one.explanation, one.created_at) == (S.PENDING, 0, (), NOW)
    assert await store.read(lambda c: deliveries.get(c, "dlv_2")) is None


async def test_what_is_made_with_a_recipient_has_the_country_of_the_number(store: Store) -> None:
    new = [new_delivery(id="dlv_1", recipient=ANN), new_delivery(id="dlv_2")]

    await store.write(lambda c: deliveries.add(c, new, NOW))

    found = await store.read(lambda c: deliveries.by_ids(c, ["dlv_1", "dlv_2"]))
    assert {key: one.country for key, one in found.items()} == {"dlv_1": "US", "dlv_2": None}
    assert found["dlv_1"] == new[0].stored(NOW)


async def test_each_row_of_a_change_sets_its_own_columns_of_its_own_delivery(store: Store) -> None:
    await store.write(lambda c: add(c, "dlv_1", "dlv_2", "dlv_3", "dlv_4"))

    await store.write(
        lambda c: deliveries.change(
            c,
            [
                {"id": "dlv_1", "status": S.HELD, "reason": Reason.PACED},
                {"id": "dlv_2", "detail": "x"},
                {"id": "dlv_3", "reason": Reason.PAUSED, "status": S.CANCELED},
                {"id": "dlv_none", "detail": "y"},
            ],
            later(1),
        )
    )

    found = await store.read(lambda c: deliveries.by_ids(c, ["dlv_1", "dlv_2", "dlv_3", "dlv_4", "dlv_none"]))
    assert {key: (one.status, one.reason, one.detail, one.updated_at) for key, one in found.items()} == {
        "dlv_1": (S.HELD, Reason.PACED, None, later(1)),
        "dlv_2": (S.PENDING, None, "x", later(1)),
        "dlv_3": (S.CANCELED, Reason.PAUSED, None, later(1)),
        "dlv_4": (S.PENDING, None, None, NOW),
    }


async def test_json_enums_and_times_come_back_as_they_were(store: Store) -> None:
    await store.write(add)
    intent = {"url": "https://x", "form": [["Body", "a\x00b ✓"]]}
    explanation = [{"gate": "ready", "passed": True, "reason": None, "detail": "x"}]

    await store.write(
        lambda c: deliveries.change(
            c,
            [
                {
                    "id": "dlv_1",
                    "intent": intent,
                    "explanation": explanation,
                    "message_status": MessageStatus.SENT,
                    "next_attempt_at": later(0.000001),
                    "detail": "a\x00b",
                }
            ],
            NOW,
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

    await store.write(lambda c: attempts.start(c, [Start("att_1", "dlv_1", 1, NOW)]))
    started = (await store.read(lambda c: attempts.of_many(c, ["dlv_1"])))["dlv_1"]
    await store.write(
        lambda c: attempts.end(c, [End("att_1", "dlv_1", AttemptOutcome.THROTTLED, http_status=429)])
    )
    await store.write(lambda c: attempts.start(c, [Start("att_2", "dlv_1", 2, later(1))]))
    with pytest.raises(IntegrityError):
        await store.write(lambda c: attempts.start(c, [Start("att_3", "dlv_1", 2, later(2))]))

    ended = (await store.read(lambda c: attempts.of_many(c, ["dlv_1", "dlv_2"])))["dlv_1"]
    assert [(one.number, one.outcome, one.http_status) for one in started] == [
        (1, AttemptOutcome.STARTED, None)
    ]
    assert [(one.number, one.outcome, one.http_status) for one in ended] == [
        (1, AttemptOutcome.THROTTLED, 429),
        (2, AttemptOutcome.STARTED, None),
    ]
    assert await store.read(lambda c: attempts.get(c, "att_1")) == ended[0]
    assert await store.read(lambda c: attempts.get(c, "att_3")) is None


async def test_every_callback_is_kept_in_the_order_it_came(store: Store) -> None:
    await store.write(add)
    statuses = [MessageStatus.DELIVERED, MessageStatus.SENT, MessageStatus.DELIVERED]

    for at, status in enumerate(statuses):
        keep = partial(attempts.call_back, said=[CallBack("dlv_1", status, None)], now=later(at))
        await store.write(keep)

    kept = await store.read(lambda c: attempts.callbacks_of_many(c, ["dlv_1"])["dlv_1"])
    assert [one.status for one in kept] == statuses


async def test_what_waits_is_found_by_reason_and_by_person(store: Store) -> None:
    def fill(connection: Connection) -> None:
        for number, status in enumerate([S.PENDING, S.HELD, S.RETRYING, S.SENDING, S.SUPPRESSED]):
            add(connection, f"dlv_{number}")
            row = {"id": f"dlv_{number}", "status": status, "reason": Reason.ACCOUNT_NOT_VERIFIED}
            deliveries.change(connection, [row], NOW)
        add(connection, "dlv_other", person="per_2")

    await store.write(fill)

    held = await store.read(lambda c: unfinished.held_for(c, "dst_paper", Reason.ACCOUNT_NOT_VERIFIED))
    assert held == ["dlv_1"]
    assert await store.read(lambda c: unfinished.held_for(c, "dst_paper", Reason.PACED)) == []
    assert sorted(await store.read(lambda c: unfinished.waiting_of(c, "map_order", ["per_1"]))) == [
        "dlv_0",
        "dlv_1",
        "dlv_2",
    ]
    assert await store.read(lambda c: unfinished.waiting_of(c, "map_2", ["per_1"])) == []


async def test_the_deliveries_of_one_who_turned_out_to_be_another_follow(store: Store) -> None:
    await store.write(add)

    await store.write(lambda c: deliveries.move(c, [("per_1", "per_2")]))

    assert await store.read(lambda c: unfinished.waiting_of(c, "map_order", ["per_2"])) == ["dlv_1"]
    assert await store.read(lambda c: unfinished.waiting_of(c, "map_order", ["per_1"])) == []


async def test_of_each_number_the_deliveries_are_found_of_which_nobody_knows_yet(store: Store) -> None:
    statuses = [S.SENDING, S.UNCERTAIN, S.ACCEPTED, S.RETRYING, S.SENDING]
    numbers = ["+5215512345678", "+525512345678", "+525512345678", "+525512345678", "+12025550101"]
    rows = [
        {"id": f"dlv_{place}", "status": status, "recipient": number}
        for place, (status, number) in enumerate(zip(statuses, numbers, strict=True))
    ]
    await store.write(lambda c: add(c, *(str(row["id"]) for row in rows)))
    await store.write(lambda c: deliveries.change(c, rows, NOW))
    asked = ["+525512345678", "+12025550101", "+12025550102"]

    found = await store.read(lambda c: unfinished.unsettled_to(c, "dst_paper", asked))
    sending = await store.read(lambda c: unfinished.unsettled_to(c, "dst_paper", asked, [S.SENDING]))
    elsewhere = await store.read(lambda c: unfinished.unsettled_to(c, "dst_other", asked))

    assert found == {
        "+525512345678": {"dlv_0", "dlv_1"},
        "+12025550101": {"dlv_4"},
        "+12025550102": set(),
    }
    assert sending == {"+525512345678": {"dlv_0"}, "+12025550101": {"dlv_4"}, "+12025550102": set()}
    assert elsewhere == {one: set() for one in asked}


async def test_who_reads_for_an_update_waits_for_the_one_before(postgresql_store: Store) -> None:
    await postgresql_store.write(add)
    order: list[MessageStatus | None] = []
    locked, free = asyncio.Event(), asyncio.Event()

    def rise(connection: Connection) -> None:
        deliveries.get(connection, "dlv_1", for_update=True)
        locked.set()
        await_only(free.wait())
        deliveries.change(connection, [{"id": "dlv_1", "message_status": MessageStatus.DELIVERED}], NOW)

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


async def test_what_was_made_is_found_among_more_ids_than_one_statement_takes(store: Store) -> None:
    await store.write(add)
    asked = [f"dlv_{number}" for number in range(20_000)]

    found = await store.read(lambda c: deliveries.made(c, asked))

    assert list(found) == ["dlv_1"]


async def test_what_sends_another_once_more_is_stored_with_what_it_is_for(store: Store) -> None:
    new = new_delivery(fallback_of="dlv_0", recipient=ANN, window_closed=True, due=later(300))

    await store.write(lambda c: deliveries.add(c, [new], NOW))

    found = await store.read(lambda c: deliveries.get(c, new.id))
    assert found is not None
    assert found == new.stored(NOW)
    assert (found.fallback_of, found.recipient, found.is_window_closed) == ("dlv_0", ANN, True)
    assert found.next_attempt_at == later(300)
