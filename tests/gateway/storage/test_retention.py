"""What is forgotten at which age, and what stays: on both engines."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection, insert, select, update

from destinations.kit import ConsentStatus, DestinationStatus
from gateway.background_jobs import BackgroundStatus
from gateway.clock import ManualClock
from gateway.deliveries import DeliveryStatus
from gateway.events import EventOutcome
from gateway.jobs import JobKind, NewJob
from gateway.sending_limits import Counter
from gateway.settings import Settings
from gateway.storage import (
    claim_counts,
    conversations,
    idempotency,
    inbound_messages,
    jobs,
    retention,
    tables,
    unmatched,
)
from gateway.storage.engine import Store
from gateway.storage.retention import Kind
from tests.factories import ANN, NOW, destination, mapping, track
from tests.gateway.forgetting import (
    DAY,
    forget,
    forgotten_after,
    goes_after,
    is_sqlite,
    message,
    opened,
    sent,
    tombstones,
)
from tests.gateway.world import World

E, S = EventOutcome, DeliveryStatus


@pytest.fixture
async def ledger(store: Store, clock: ManualClock) -> AsyncIterator[World]:
    world = await opened(store, clock)
    yield world
    await world.services.reader.close()


async def test_a_payload_is_its_head_alone_after_seven_days(ledger: World) -> None:
    assert await forgotten_after(ledger, 7) == {}
    assert (await ledger.event("m-0")).payload["traits"] == {"phone": ANN, "sms_opt_in": True}

    assert await forgotten_after(ledger, 7, 1) == {"payloads": 1}

    emptied = await ledger.event("m-0")
    assert emptied.payload == {
        "type": "identify",
        "messageId": "m-0",
        "timestamp": "2026-11-21T12:00:00.000Z",
        "receivedAt": "2026-11-21T12:00:00.000Z",
    }
    assert emptied.payload_removed_at == NOW + timedelta(days=7, seconds=1)
    assert (emptied.user_id, emptied.outcome) == ("ann", E.UNMATCHED)
    assert await forget(ledger) == {}


async def test_a_delivery_that_is_not_final_keeps_its_events_payload(ledger: World) -> None:
    waiting = destination(id="dst_new", name="New", status=DestinationStatus.DRAFT)
    await ledger.configure(
        waiting, mapping(id="map_wait", destination_id="dst_new", max_age_seconds=10 * DAY)
    )
    await ledger.take(track(), track(messageId="m-2", userId="bob", event="Else"))
    await ledger.deliver()
    assert sorted(one.status for one in await ledger.deliveries()) == [S.ACCEPTED, S.HELD]

    assert (await forgotten_after(ledger, 8))["payloads"] == 2
    assert (await ledger.event("m-1")).payload["event"] == "Order Placed"

    assert await forgotten_after(ledger, 10, 1) == {}
    await ledger.deliver()
    assert sorted(one.status for one in await ledger.deliveries()) == [S.ACCEPTED, S.EXPIRED]
    assert await forget(ledger) == {"payloads": 1}
    assert "event" not in (await ledger.event("m-1")).payload
    assert (await ledger.counts())["retention_waits"] == 0


async def test_what_waits_to_be_matched_is_not_overtaken(ledger: World) -> None:
    kept = [NewJob(JobKind.MATCH, b"{}", "src_server")]
    await ledger.store.write(lambda c: jobs.enqueue(c, kept, NOW))

    assert await forgotten_after(ledger, 8) == {}

    await ledger.store.write(lambda c: c.execute(tables.jobs.delete()))
    assert await forget(ledger) == {"payloads": 1}


async def test_an_age_that_is_set_otherwise_counts(ledger: World) -> None:
    ledger.clock.advance(3 * DAY)
    settings = Settings(retention_payloads_days=2)

    gone = await retention.forget(ledger.store, settings, ledger.clock.now())

    assert gone.rows[Kind.PAYLOADS] == 1


# -- bodies -----------------------------------------------------------------------------------------------------------


async def test_the_text_of_a_delivery_is_gone_after_thirty_days_and_its_gates_stay(ledger: World) -> None:
    await sent(ledger)
    before = await ledger.delivery()
    assert before.intent is not None
    await forgotten_after(ledger, 30)
    assert await ledger.delivery() == before

    assert await forgotten_after(ledger, 30, 1) == {"bodies": 1}

    after = await ledger.delivery()
    assert (after.intent, after.detail) == (None, None)
    assert [gate["gate"] for gate in after.explanation] == [gate["gate"] for gate in before.explanation]
    assert {gate["detail"] for gate in after.explanation} == {None}
    assert (after.status, after.recipient, after.message_sid) == (S.ACCEPTED, ANN, before.message_sid)


async def test_what_people_wrote_goes_unless_it_may_still_be_a_stop(ledger: World) -> None:
    def write(connection: Connection) -> None:
        inbound_messages.add(connection, message("inb_1"))
        inbound_messages.add(connection, message("inb_2", needs_review=True))
        inbound_messages.add(connection, message("inb_3", phone=None, word=ConsentStatus.UNSUBSCRIBED))

    async def held() -> dict[str, tuple[str | None, int]]:
        page = await ledger.store.read(lambda c: inbound_messages.page(c, "default", 9, None))
        return {one.id: (one.body, len(one.media_urls)) for one in page.items}

    await ledger.store.write(write)

    assert (await forgotten_after(ledger, 30, 1))["inbound_bodies"] == 2
    assert await held() == {"inb_1": (None, 0), "inb_2": ("hello", 1), "inb_3": (None, 0)}
    assert (await forgotten_after(ledger, 90, 1))["inbound_messages"] == 1
    assert await held() == {"inb_2": ("hello", 1), "inb_3": (None, 0)}

    await ledger.store.write(lambda c: c.execute(update(tables.inbound_messages).values(needs_review=False)))
    assert await forget(ledger) == {"inbound_bodies": 1, "inbound_messages": 1}
    assert await held() == {"inb_3": (None, 0)}


# -- Deliveries, and the ids that outlive them --------------------------------------------------------------------------


async def test_deliveries_go_after_ninety_days_with_all_that_is_theirs(ledger: World) -> None:
    await sent(ledger)
    await forgotten_after(ledger, 90, goes_after(ledger) - 1)
    before = await ledger.counts()
    assert (before["deliveries"], before["attempts"], before["status_callbacks"]) == (1, 1, 1)
    assert (before["events"], before["delivery_tombstones"]) == (2, tombstones(ledger, 1))

    assert await forgotten_after(ledger, 90, goes_after(ledger)) == {"deliveries": 1, "events": 2}

    after = await ledger.counts()
    assert (after["deliveries"], after["attempts"], after["status_callbacks"]) == (0, 0, 0)
    assert (after["events"], after["delivery_tombstones"]) == (0, 1)
    unchanged = ("people", "identities", "contacts", "person_phones", "consent_history", "mappings")
    assert {name: after[name] for name in unchanged} == {name: before[name] for name in unchanged}


async def test_a_delivery_that_is_not_final_stays_with_its_event_however_old(ledger: World) -> None:
    await sent(ledger)
    change = update(tables.deliveries).values(status=S.UNCERTAIN.value)
    await ledger.store.write(lambda c: c.execute(change))

    gone = await forgotten_after(ledger, 500)
    # On PostgreSQL the other event of the day goes with the day, and nobody empties it before.
    assert gone == ({"payloads": 1, "events": 1} if is_sqlite(ledger) else {"events": 1})
    assert (await ledger.delivery()).intent is not None
    assert (await ledger.event("m-1")).payload["event"] == "Order Placed"

    await ledger.store.write(lambda c: c.execute(change.values(status=S.EXPIRED.value)))
    assert await forget(ledger) == {
        "payloads": 1,
        "bodies": 1,
        "deliveries": 1,
        "events": 1,
        "tombstones": 1,
    }


@pytest.mark.parametrize("days", [91, 399])
async def test_an_event_that_comes_again_after_its_delivery_is_gone_texts_nobody(
    ledger: World, days: int
) -> None:
    await sent(ledger)
    await forgotten_after(ledger, days)
    assert await ledger.deliveries() == []

    assert await ledger.take(track(), source="src_other") == [E.DUPLICATE]
    await ledger.take(track())

    assert (await ledger.deliver(), await ledger.deliveries()) == (0, [])
    assert len(ledger.requests) == 1


async def test_after_four_hundred_days_it_is_a_new_event(ledger: World) -> None:
    await sent(ledger)
    await forgotten_after(ledger, 399)

    assert await forgotten_after(ledger, 400) == {}
    assert await forgotten_after(ledger, 401) == {"tombstones": 1}

    assert await ledger.take(track()) == [E.MATCHED]
    await ledger.deliver()
    assert len(ledger.requests) == 2


async def test_another_event_under_a_taken_message_id_is_not_texted_twice_either(ledger: World) -> None:
    """The first Delivery is still under way, the one of the other event is gone."""
    await ledger.configure(mapping(id="map_all", trigger='type = "track"'))
    await ledger.take(track())
    await ledger.take(track(event="Order Lost"), source="src_other")
    while await ledger.deliver():
        pass
    assert len(ledger.requests) == 3
    first = (await ledger.event_of("src_server")).id
    stuck = update(tables.deliveries).where(tables.deliveries.c.event_id == first).values(status="UNCERTAIN")
    await ledger.store.write(lambda c: c.execute(stuck))
    await forgotten_after(ledger, 91)

    await ledger.take(track(event="Order Lost"), source="src_other")

    assert await ledger.deliver() == 0
    assert len(ledger.requests) == 3


async def test_repetitions_of_what_is_gone_leave_no_count_behind(ledger: World) -> None:
    await sent(ledger)
    await forgotten_after(ledger, 91)
    await ledger.take(track(), source="src_other")
    assert (await ledger.counts())["event_repetitions"] == 1

    await forgotten_after(ledger, 182)

    assert (await ledger.counts())["event_repetitions"] == 0


# -- keys, and the rest -------------------------------------------------------------------------------------------------


async def test_a_message_id_finds_its_event_for_as_long_as_that_is_kept(ledger: World) -> None:
    await ledger.take(track(userId=[]))

    await forgotten_after(ledger, 89)
    kept = await ledger.counts()
    await forgotten_after(ledger, 91)

    gone = await ledger.counts()
    assert (kept["event_keys"], kept["invalid_keys"], kept["events"]) == (1, 1, 2)
    assert (gone["event_keys"], gone["invalid_keys"], gone["events"]) == (0, 0, 0)


async def test_a_message_id_that_was_taken_again_stays_with_the_later_event(ledger: World) -> None:
    ledger.clock.advance(DAY)
    assert await ledger.take(track(messageId="m-0")) == [E.MATCHED]

    await forgotten_after(ledger, 90, goes_after(ledger) + 3600)

    counts = await ledger.counts()
    assert (counts["events"], counts["event_keys"]) == (1, 1)


async def test_other_keys_and_calls_go_by_their_age(ledger: World) -> None:
    def write(connection: Connection) -> None:
        idempotency.claim(connection, "default", "sourceCreate", "key", input_hash="h", now=NOW)
        conversations.claim(connection, "dst_paper", "SM9", NOW)
        unmatched.add(connection, destination(), sender="+1", recipient=ANN, message_sid="SM9", now=NOW)

    await ledger.store.write(write)

    assert "idempotency_keys" not in await forgotten_after(ledger, 1)
    assert (await forgotten_after(ledger, 1, 1))["idempotency_keys"] == 1
    await forgotten_after(ledger, 90)
    assert (await ledger.counts())["unmatched_callbacks"] == 1
    gone = await forgotten_after(ledger, 90, goes_after(ledger))
    assert gone == {"inbound_keys": 1, "unmatched_callbacks": 1, "events": 1}


async def test_buried_jobs_and_consent_are_kept(ledger: World) -> None:
    buried = insert(tables.buried_jobs).values(
        id=1, kind="match", payload=b"{}", why="It failed.", tries=1, buried_at=NOW
    )
    await ledger.store.write(lambda c: c.execute(buried))

    await forgotten_after(ledger, 1000)

    assert (await ledger.counts())["buried_jobs"] == 1
    assert len(await ledger.words()) == 1


async def test_what_ended_in_the_background_is_forgotten_and_what_may_go_on_is_not(ledger: World) -> None:
    def add(connection: Connection) -> None:
        for number, (status, ended) in enumerate(
            ((BackgroundStatus.DONE, NOW), (BackgroundStatus.PAUSED, None), (BackgroundStatus.FAILED, None))
        ):
            row = {"id": f"job_{number}", "space": "default", "kind": "REPLAY", "status": status.value}
            counts = {"total": 1, "done": 0, "failed": 0, "replay_key": "k", "include_accepted": False}
            times = {"created_at": NOW, "finished_at": ended}
            connection.execute(insert(tables.background_jobs).values({**row, **counts, **times}))

    await ledger.store.write(add)

    early = await forgotten_after(ledger, 89)
    late = await forgotten_after(ledger, 91)

    left = await ledger.store.read(lambda c: list(c.scalars(select(tables.background_jobs.c.id))))
    assert "background_jobs" not in early
    assert late["background_jobs"] == 1
    assert sorted(left) == ["job_1", "job_2"]


async def test_counts_of_limits_go_once_their_days_and_weeks_are_over_everywhere(ledger: World) -> None:
    days = ("2026-11-17", "2026-11-18", "2026-11-21")
    weeks = ("2026-11-09", "2026-11-16")
    counters = [Counter(day, "dst_paper", phone) for day in days for phone in ("", ANN)]
    counters += [Counter(week, "dst_paper", ANN, "MARKETING") for week in weeks]
    many = [Counter("2026-11-01", "dst_paper", f"+1202555{number:04}") for number in range(250)]
    await ledger.store.write(lambda c: claim_counts.add(c, dict.fromkeys([*counters, *many], 3)))

    gone = await forget(ledger)

    assert gone["claim_counts"] == 250 + 2 + 1
    rows = await ledger.store.read(
        lambda c: c.execute(select(tables.claim_counts.c.begins, tables.claim_counts.c.phone)).all()
    )
    assert {tuple(row) for row in rows} == {
        ("2026-11-16", ANN),
        ("2026-11-18", ""),
        ("2026-11-18", ANN),
        ("2026-11-21", ""),
        ("2026-11-21", ANN),
    }
