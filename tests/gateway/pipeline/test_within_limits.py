"""So many texts a day, and no more: of a destination, and to a person. What is refused says until when, and how to change it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, select
from structlog.testing import capture_logs

from destinations.kit import OwnerEvent, Policy, Purpose, Reason
from gateway.clock import ManualClock
from gateway.deliveries import Delivery, DeliveryStatus
from gateway.pipeline import settle, test_sends
from gateway.pipeline.preview import preview
from gateway.settings import Settings
from gateway.shared.base import Topic
from gateway.storage import destinations, tables
from gateway.storage.engine import Store
from tests.factories import ANN, AT_ONCE, BOB, destination, identify, later, mapping, source, track
from tests.gateway.paper import refused
from tests.gateway.pipeline import owners
from tests.gateway.replaying import replayed
from tests.gateway.world import World

S = DeliveryStatus
DAY = 24 * 3600.0
COUNTS = select(
    tables.claim_counts.c.begins,
    tables.claim_counts.c.phone,
    tables.claim_counts.c.purpose,
    tables.claim_counts.c.claimed,
)
OLD = 30 * 24 * 3600


@pytest.fixture
async def world(store: Store, tmp_path: Path, clock: ManualClock) -> AsyncIterator[World]:
    """On each engine, without a destination yet."""
    settings = Settings(data_dir=tmp_path, public_url="https://texts.example.com")
    made = World(store, tmp_path / "heliograph.db", clock, settings)
    yield made
    await made.services.reader.close()


async def opened(world: World, policy: dict[str, Any], **of_mapping: Any) -> World:
    there = owners.told(policy=Policy(messages_per_second=AT_ONCE, **policy))
    await world.configure(source(), there, mapping(max_age_seconds=OLD, **of_mapping))
    await world.take(
        identify(), identify(userId="bob", messageId="b", traits={"phone": BOB, "sms_opt_in": True})
    )
    return world


async def texts(world: World, *names: str, who: str = "ann") -> None:
    """So many events of that person, decided one after the other."""
    await world.take(*(track(messageId=name, userId=who) for name in names))
    while await world.deliver():
        pass


async def together(world: World, *names: str, who: str = "ann") -> None:
    """The same, decided and claimed together."""
    await world.take(*(track(messageId=name, userId=who) for name in names))
    while leased := await world.lease():
        await world.work_on(leased)


async def change(world: World, **policy: Any) -> None:
    def store(connection: Connection) -> None:
        there = destinations.get(connection, "dst_paper", world.secrets, for_update=True)
        assert there is not None
        destinations.save(connection, replace(there, policy=replace(there.policy, **policy)), world.secrets)

    await world.store.write(store)
    world.services.workspace.invalidate()


async def counted(world: World) -> set[tuple[Any, ...]]:
    return set(await world.store.read(lambda c: [tuple(row) for row in c.execute(COUNTS)]))


async def ended(world: World) -> dict[Reason | None, int]:
    found: dict[Reason | None, int] = {}
    for one in await world.deliveries():
        assert one.status is (S.ACCEPTED if one.reason is None else S.SUPPRESSED)
        found[one.reason] = found.get(one.reason, 0) + 1
    return found


async def refusal(world: World) -> Delivery:
    [one] = [one for one in await world.deliveries() if one.status is S.SUPPRESSED]
    return one


async def test_a_destination_sends_so_many_a_day_and_says_when_it_goes_on(world: World) -> None:
    await opened(world, {"daily_message_limit": 2})

    await texts(world, "m-1", "m-2", "m-3")

    assert len(world.requests) == 2
    one = await refusal(world)
    assert one.reason is Reason.BUDGET
    assert (
        one.detail
        == "The destination Paper has sent 2 of 2 texts today; the day is over at 2026-11-22 00:00:00 UTC."
    )
    assert one.remedy == (
        f'Replay it: run mutation {{ deliveryReplay(input: {{id: "{one.id}", idempotencyKey: "again-{one.id}"}}) '
        "{ delivery { id } errors { message } } }, once that is over. Or raise the limit first, to let more through before: run mutation { destinationUpdate(input: "
        '{id: "dst_paper", expectedRevision: <revision of dst_paper>, policy: {dailyMessageLimit: 4}}) '
        "{ destination { revision policy { dailyMessageLimit } } errors { message } } }."
    )
    assert one.explanation[-1] == {
        "gate": "limits",
        "passed": False,
        "reason": "BUDGET",
        "detail": one.detail,
    }
    assert await counted(world) == {("2026-11-21", "", "", 2)}


async def test_a_person_gets_so_many_a_day_and_others_go_on(world: World) -> None:
    await opened(world, {"per_recipient_daily_limit": 2, "time_zone": "America/New_York"})

    await texts(world, "m-1", "m-2", "m-3")
    await texts(world, "m-4", who="bob")

    assert len(world.requests) == 3
    one = await refusal(world)
    assert (one.reason, one.recipient) == (Reason.FREQUENCY_CAP, ANN)
    assert (
        one.detail
        == "This person has had 2 of 2 texts of the destination Paper today; the day is over at 2026-11-22 05:00:00 UTC."
    )
    assert "policy: {perRecipientDailyLimit: 4}" in (one.remedy or "")
    assert await counted(world) == {("2026-11-21", ANN, "", 2), ("2026-11-21", BOB, "", 1)}


async def test_a_person_gets_so_many_a_week_of_one_purpose(world: World) -> None:
    await opened(world, {"per_recipient_weekly_limit": 1})
    await world.configure(
        mapping(
            id="map_code",
            name="code",
            purpose=Purpose.TRANSACTIONAL,
            trigger='event = "Order Sent"',
            max_age_seconds=OLD,
        )
    )

    await texts(world, "m-1", "m-2")
    await world.take(track(messageId="m-3", event="Order Sent"))
    await world.deliver()

    assert len(world.requests) == 2
    one = await refusal(world)
    assert (
        one.detail
        == "This person has had 1 of 1 MARKETING texts of the destination Paper this week; the week is over at 2026-11-23 00:00:00 UTC."
    )
    assert await counted(world) == {
        ("2026-11-16", ANN, "MARKETING", 1),
        ("2026-11-16", ANN, "TRANSACTIONAL", 1),
    }


async def test_what_is_claimed_together_goes_no_further_than_one_by_one(world: World) -> None:
    await opened(world, {"daily_message_limit": 5, "per_recipient_daily_limit": 3})

    await world.take(
        *(track(messageId=f"a-{n}") for n in range(6)),
        *(track(messageId=f"b-{n}", userId="bob") for n in range(6)),
    )
    while leased := await world.lease():
        await world.work_on(leased)

    assert len(world.requests) == 5
    found = await ended(world)
    assert found[None] == 5
    assert found[Reason.FREQUENCY_CAP] + found[Reason.BUDGET] == 7
    assert sum(row[3] for row in await counted(world) if row[1]) == 5
    assert ("2026-11-21", "", "", 5) in await counted(world)


async def test_the_next_day_more_goes_out_and_so_does_a_replay(world: World) -> None:
    await opened(world, {"daily_message_limit": 1})
    await texts(world, "m-1", "m-2")
    refused_one = await refusal(world)

    world.clock.advance(DAY)
    again = await replayed(world, refused_one.id)

    assert (again.status, again.replay_of) == (S.ACCEPTED, refused_one.id)
    assert len(world.requests) == 2
    assert await counted(world) == {("2026-11-21", "", "", 1), ("2026-11-22", "", "", 1)}


async def test_one_delivery_counts_once_a_day_however_often_it_is_tried(world: World) -> None:
    await opened(
        world, {"daily_message_limit": 2, "per_recipient_daily_limit": 2, "per_recipient_weekly_limit": 2}
    )
    world.provider.answers = [refused(429, retry_after=60) for _ in range(3)]

    await texts(world, "m-1")
    for _ in range(3):
        await world.deliver_when_due()
    await texts(world, "m-2", "m-3")

    assert len(world.requests) == 5
    assert await ended(world) == {None: 2, Reason.FREQUENCY_CAP: 1}
    assert await counted(world) == {
        ("2026-11-21", "", "", 2),
        ("2026-11-21", ANN, "", 2),
        ("2026-11-16", ANN, "MARKETING", 2),
    }


async def test_what_has_its_place_keeps_it_though_the_day_is_full_by_then(world: World) -> None:
    await opened(world, {"daily_message_limit": 1})
    world.provider.answers = [refused(429, retry_after=60)]
    await texts(world, "m-1")
    await texts(world, "m-2", who="bob")

    await world.deliver_when_due()

    assert await ended(world) == {None: 1, Reason.BUDGET: 1}
    sent = next(one for one in await world.deliveries() if one.status is S.ACCEPTED)
    assert sent.counted_on == "2026-11-21"
    assert sent.explanation[-1]["detail"] == "by Paper 1 of 1 today, this one among them"


async def test_what_is_tried_again_the_next_day_counts_on_that_day_too(world: World) -> None:
    await opened(world, {"daily_message_limit": 1, "per_recipient_weekly_limit": 1})
    world.clock.advance(DAY / 2 - 30)
    world.provider.answers = [refused(429, retry_after=60)]
    await texts(world, "m-1")

    await world.deliver_when_due()

    assert await ended(world) == {None: 1}
    assert await counted(world) == {
        ("2026-11-21", "", "", 1),
        ("2026-11-22", "", "", 1),
        ("2026-11-16", ANN, "MARKETING", 1),
    }


async def test_codes_to_sign_in_with_are_not_kept_back_by_a_persons_limits(world: World) -> None:
    await opened(
        world,
        {"daily_message_limit": 3, "per_recipient_daily_limit": 1, "per_recipient_weekly_limit": 1},
        purpose=Purpose.AUTHENTICATION,
    )

    await texts(world, "m-1", "m-2", "m-3", "m-4")

    assert await ended(world) == {None: 3, Reason.BUDGET: 1}
    assert await counted(world) == {("2026-11-21", "", "", 3)}


async def test_a_test_send_counts_for_the_destination_alone(world: World) -> None:
    await opened(world, {"daily_message_limit": 2, "per_recipient_daily_limit": 1})
    one = (await world.services.workspace.current()).compiled["map_order"]

    for key in ("first", "second", "third"):
        call = test_sends.event_of(track(messageId=f"t-{key}"), key, world.clock.now())
        make = partial(test_sends.make, one=one, event=call, number=ANN, key=key, now=world.clock.now())
        await settle.settle(world.services, make)
        world.clock.advance(2)
        world.services.workspace.invalidate()
        await world.deliver()

    assert len(world.requests) == 2
    assert [one.reason for one in await world.deliveries() if one.status is S.SUPPRESSED] == [Reason.BUDGET]
    assert await counted(world) == {("2026-11-21", "", "", 2)}


async def test_what_is_never_claimed_counts_for_nothing(world: World) -> None:
    await opened(
        world,
        {"daily_message_limit": 5, "per_recipient_daily_limit": 5},
        fields={"body": "Hi", "send": False},
    )

    await texts(world, "m-1")

    assert await ended(world) == {Reason.SEND_DISABLED: 1}
    assert await counted(world) == set()


async def test_a_limit_that_was_raised_lets_the_next_through_and_a_lower_one_none(world: World) -> None:
    await opened(world, {"daily_message_limit": 1})
    await texts(world, "m-1", "m-2")

    await change(world, daily_message_limit=3)
    await texts(world, "m-3")
    await change(world, daily_message_limit=1)
    await texts(world, "m-4")

    assert await ended(world) == {None: 2, Reason.BUDGET: 2}


async def test_where_there_is_no_limit_nothing_is_asked_or_written(world: World) -> None:
    await opened(world, {})
    said: list[str] = []

    def hear(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        said.append(statement)

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        await texts(world, "m-1")
    finally:
        event.remove(Engine, "before_cursor_execute", hear)

    assert len(world.requests) == 1
    assert said
    assert [one for one in said if "claim_counts" in one] == []
    assert [one for one in said if one.startswith("UPDATE deliveries") and "counted_on" in one] == []


async def test_at_eighty_percent_the_owner_the_tail_and_the_log_are_told_once_a_day(world: World) -> None:
    await opened(world, {"daily_message_limit": 5})
    tail = world.services.shared.tail
    with tail.listen(Topic.DESTINATION, "default") as channel, capture_logs() as lines:
        await texts(world, "m-1", "m-2", "m-3")
        before = [
            one for one in await owners.bodies(world) if one["type"] == OwnerEvent.DESTINATION_LIMIT_NEAR
        ]
        await texts(world, "m-4", "m-5", "m-6")
        on_tail = [one.id for one in channel.after(0, 10)[1]]

        assert before == []
        assert on_tail == ["dst_paper"]
        logged = [line for line in lines if line.get("alert") == "DAILY_LIMIT_NEAR"]
        assert [(one["log_level"], one["claimed"], one["limit"]) for one in logged] == [("warning", 4, 5)]
        told = [one for one in await owners.bodies(world) if one["type"] == OwnerEvent.DESTINATION_LIMIT_NEAR]
        assert [one["data"] for one in told] == [
            {
                "id": "dst_paper",
                "limit": "dailyMessageLimit",
                "claimed": 4,
                "most": 5,
                "overAt": "2026-11-22T00:00:00.000Z",
            }
        ]

        world.clock.advance(DAY)
        await texts(world, "m-7", "m-8", "m-9", "m-10")

        told = [one for one in await owners.bodies(world) if one["type"] == OwnerEvent.DESTINATION_LIMIT_NEAR]
        assert [one["data"]["overAt"] for one in told] == [
            "2026-11-22T00:00:00.000Z",
            "2026-11-23T00:00:00.000Z",
        ]


async def test_a_preview_shows_how_many_there_were_and_takes_no_place(world: World) -> None:
    await opened(
        world, {"daily_message_limit": 10, "per_recipient_daily_limit": 3, "per_recipient_weekly_limit": 7}
    )
    await texts(world, "m-1", "m-2")
    snapshot = await world.services.workspace.current()
    there, its = snapshot.destinations["dst_paper"], snapshot.mappings["map_order"]
    before = await counted(world)

    shown = await preview(world.services, there, its, track(messageId="m-p"), source=source())
    await texts(world, "m-3")
    full = await preview(world.services, there, its, track(messageId="m-p"), source=source())
    tomorrow = await preview(world.services, there, its, track(messageId="m-p"), later(DAY), source=source())

    assert shown.decision == "SEND"
    line = "to this person 2 of 3 today; MARKETING to this person 2 of 7 this week; by Paper 2 of 10 today"
    assert [(one.passed, one.detail) for one in shown.explanation if one.gate == "limits"] == [(True, line)]
    assert (full.decision, full.reason) == ("SUPPRESS", Reason.FREQUENCY_CAP)
    assert (full.remedy or "").startswith("Send the event again once that is over.")
    assert tomorrow.decision == "SEND"
    assert before == {
        ("2026-11-21", "", "", 2),
        ("2026-11-21", ANN, "", 2),
        ("2026-11-16", ANN, "MARKETING", 2),
    }


async def test_workers_that_claim_at_the_same_time_go_no_further_together(
    postgresql_store: Store, tmp_path: Path, clock: ManualClock
) -> None:
    world = World(postgresql_store, tmp_path, clock, Settings(data_dir=tmp_path))
    policy = Policy(messages_per_second=AT_ONCE, daily_message_limit=20, per_recipient_daily_limit=6)
    await world.configure(source(), destination(policy=policy), mapping())
    people = [f"u{number}" for number in range(8)]
    for number, who in enumerate(people):
        traits = {"phone": f"+1202555020{number}", "sms_opt_in": True}
        await world.take(identify(userId=who, messageId=f"i-{who}", traits=traits))
    for number in range(20):
        await world.take(*(track(userId=who, messageId=f"m-{who}-{number}") for who in people))

    while leased := [*await world.lease(), *await world.lease()]:
        await asyncio.gather(*(world.work_on(leased[at::4]) for at in range(4)))

    assert len(world.requests) == 20
    sent_to = Counter(dict(one.form or ())["To"] for one in world.requests)
    assert max(sent_to.values()) <= 6
    assert {row for row in await counted(world) if row[1]} == {
        ("2026-11-21", number, "", times) for number, times in sent_to.items()
    }
    assert ("2026-11-21", "", "", 20) in await counted(world)
    await world.services.reader.close()
