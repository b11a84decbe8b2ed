"""What a mapping would have sent is what it sent: backtests over events that went through the whole gateway, on both engines."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select, update

from destinations.kit import Policy
from destinations.twilio_engage.simulator import SENDER, WHATSAPP_SENDER
from gateway.pipeline import backtests
from gateway.storage import tables
from gateway.storage.engine import Store
from tests.situations.backtested import POLICY, counted, identified, on_monday, order, person, tried
from tests.situations.stage import Stage


@pytest.fixture
async def stage(shared_store: Store, tmp_path: Path) -> AsyncIterator[Stage]:
    async with on_monday(shared_store, tmp_path) as stage:
        yield stage


async def test_counts_what_would_have_been_sent_to_whom_and_what_not_and_why(stage: Stage) -> None:
    await stage.configure(POLICY, {"fields": {"body": "News for you"}})
    await identified(stage, 1)
    await identified(stage, 2)
    await identified(stage, 3, opt_in=False)
    await identified(stage, 4, opt_in=None)
    for number in (1, 1, 2, 3, 4, 5):
        await stage.say(order(number))
    await stage.say({"type": "track", "event": "Another", "userId": "u1"})
    sent, made = len(stage.line.requests), await counted(stage, tables.deliveries)

    result = await tried(stage)

    assert {name: result[name] for name in result if name not in ("days", "samples")} == {
        "events": 11,
        "withoutPayload": 0,
        "matched": 6,
        "sent": 3,
        "people": 2,
        "waited": 0,
        "suppressed": {"NOT_SUBSCRIBED": 2, "NO_SUPPORTED_IDS": 1},
        "held": {},
        "rejected": {},
        "notRead": 0,
        "segments": 3,
        "price": None,
    }
    assert result["days"] == [
        {
            "day": "2026-03-02",
            "sent": 3,
            "people": 2,
            "suppressed": {"NOT_SUBSCRIBED": 2, "NO_SUPPORTED_IDS": 1},
            "segments": 3,
            "price": None,
        }
    ]
    assert [(one["decision"], one["reason"]) for one in result["samples"]] == [
        ("SEND", None),
        ("SUPPRESS", "NOT_SUBSCRIBED"),
        ("SUPPRESS", "NO_SUPPORTED_IDS"),
        ("SEND", None),
        ("SUPPRESS", "NOT_SUBSCRIBED"),
        ("SEND", None),
    ]
    assert sent == 3
    assert len(stage.line.requests) == sent
    assert await counted(stage, tables.deliveries) == made


async def test_each_sample_can_be_looked_at(stage: Stage) -> None:
    await stage.configure(POLICY, {"fields": {"body": "For {{ profile.traits.phone }}"}})
    await identified(stage, 1)
    await stage.say(order(1))

    [sample] = (await tried(stage))["samples"]

    found = await stage.ask(
        "query ($input: MappingPreviewInput!) { mappingPreview(input: $input) { decision text } }",
        input={"mappingId": f"map_{stage.space}", "eventId": sample["eventId"]},
    )
    assert found["mappingPreview"] == {"decision": "SEND", "text": "For +12025550141"}


@pytest.mark.parametrize("page", [1, 7, 1000])
async def test_a_week_of_orders_comes_to_what_the_ledger_has(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(backtests, "PAGE", page)
    policy = replace(
        POLICY,
        quiet_hours_start="21:00",
        quiet_hours_end="08:00",
        per_recipient_daily_limit=2,
        daily_message_limit=9,
    )
    await stage.configure(policy, {"fields": {"body": "News for you"}})
    random = Random(11)
    for number in range(6):
        await identified(stage, number, opt_in=number != 5)
    for _ in range(60):
        await stage.say(order(random.randrange(7)))
        await stage.wait(timedelta(minutes=random.randrange(10, 200)))
    await stage.wait(timedelta(hours=12))

    result = await tried(stage)

    query = select(tables.deliveries.c.status, tables.deliveries.c.reason).where(
        tables.deliveries.c.space == stage.space
    )
    became = Counter(await stage.store.read(lambda c: [tuple(row) for row in c.execute(query)]))
    wanted = {"SUPPRESSED": Counter[str](), "HELD": Counter[str]()}
    for (status, reason), number in became.items():
        if status in wanted:
            wanted[status][reason] += number
    assert (result["sent"], result["suppressed"], result["held"]) == (
        became["ACCEPTED", None],
        dict(wanted["SUPPRESSED"]),
        {},
    )
    assert result["matched"] == 60
    assert {"FREQUENCY_CAP", "BUDGET", "NOT_SUBSCRIBED", "NO_SUPPORTED_IDS"} <= result["suppressed"].keys()


@pytest.mark.parametrize("seed", [3, 5])
async def test_weeks_over_a_clock_change_come_to_what_the_ledger_has(stage: Stage, seed: int) -> None:
    policy = Policy(
        allowed_countries=frozenset({"US", "GB"}),
        quiet_hours_start="20:00",
        quiet_hours_end="09:00",
        per_recipient_weekly_limit=4,
        time_zone="America/New_York",
        opt_out_words=True,
    )
    await stage.configure(policy, {"fields": {"body": "x" * 150}})
    stage.clock.advance(3 * 86_400)  # a Thursday; the clocks change on Sunday, and Monday begins a week
    random = Random(seed)
    for number in range(5):
        traits = {"phone": person(number) if number < 3 else f"+4479460009{number:02}", "sms_opt_in": True}
        await stage.say({"type": "identify", "userId": f"u{number}", "traits": traits})
    began = stage.clock.now()
    for _ in range(50):
        await stage.say(order(random.randrange(5)))
        await stage.wait(timedelta(minutes=random.randrange(10, 300)))
    ended = stage.clock.now()
    for _ in range(4):
        await stage.wait(timedelta(hours=7))

    result = await tried(stage, range={"from": began.isoformat(), "to": ended.isoformat()})

    query = select(tables.deliveries.c.status, tables.deliveries.c.reason).where(
        tables.deliveries.c.space == stage.space
    )
    rows = await stage.store.read(lambda c: [tuple(row) for row in c.execute(query)])
    suppressed = Counter(reason for status, reason in rows if status == "SUPPRESSED")
    sent = sum(status == "ACCEPTED" for status, _reason in rows)
    assert (result["matched"], result["sent"]) == (50, sent)
    assert result["suppressed"] == dict(suppressed)
    assert {"FREQUENCY_CAP"} <= result["suppressed"].keys()
    assert 0 < result["waited"] < sent


async def test_a_mapping_that_is_not_saved_is_tried(stage: Stage) -> None:
    await stage.configure(POLICY, {"fields": {"body": "News for you"}})
    await identified(stage, 1)
    await stage.say(order(1))
    await stage.say({"type": "track", "event": "Basket Left", "userId": "u1", "properties": {"total": 12}})
    await stage.say({"type": "track", "event": "Basket Left", "userId": "u1", "properties": {"total": 8}})
    unsaved = {
        "destinationId": stage.destination,
        "action": "sendSms",
        "trigger": 'event = "Basket Left" and properties.total > 10',
        "fields": {"from": SENDER, "body": "You left {{ profile.traits.total }}", "send": True},
    }

    result = await tried(stage, preview=unsaved)

    assert (result["events"], result["matched"], result["sent"]) == (4, 1, 1)
    assert await counted(stage, tables.backtests) == 0
    assert len(stage.line.requests) == 1


async def test_an_account_that_is_not_verified_or_paused_is_supposed_to_be_ready(stage: Stage) -> None:
    await stage.configure(POLICY, {"fields": {"body": "News for you"}})
    await identified(stage, 1)
    await stage.change("destinationPause", f'id: "{stage.destination}"')
    await stage.say(order(1))
    await stage.change(
        "destinationUpdate",
        f'id: "{stage.destination}", expectedRevision: 1, settings: {{twilioEngage: {{authToken: "{"b" * 32}"}}}}',
    )

    result = await tried(stage)

    assert (result["sent"], result["held"], stage.line.requests) == (1, {}, [])


async def test_a_channel_that_is_off_stays_off(stage: Stage) -> None:
    await stage.configure(POLICY, {"fields": {"body": "News for you"}})
    await identified(stage, 1)
    await stage.say(order(1))
    await stage.change("channelUpdate", f'channel: SMS, enabled: false, destinationId: "{stage.destination}"')

    assert (await tried(stage))["suppressed"] == {"CHANNEL_OFF": 1}


async def test_what_a_page_says_and_history_are_kept_back_as_they_were(stage: Stage) -> None:
    await stage.configure(POLICY, {"fields": {"body": "News for you"}})
    await identified(stage, 1)
    await stage.say(order(1), source="BROWSER")
    await stage.say(order(1), path="import")

    assert (await tried(stage))["suppressed"] == {"STALE_EVENT": 1, "UNTRUSTED_SOURCE": 1}


async def test_events_that_repeat_others_or_are_of_a_source_that_is_not_connected_are_not_tried(
    stage: Stage,
) -> None:
    await stage.configure(POLICY, {"fields": {"body": "News for you"}})
    await identified(stage, 1)
    await stage.say(order(1, messageId="the same"))
    await stage.say(order(1, messageId="the same"))
    await stage.say(order(2, messageId="of a page"), source="BROWSER")
    given = f'sourceId: "src_BROWSER_{stage.space}", destinationId: "{stage.destination}"'
    await stage.change("sourceDisconnect", given)

    result = await tried(stage)

    assert (result["matched"], result["sent"]) == (1, 1)


async def test_what_others_wrote_later_opens_no_window_before(stage: Stage) -> None:
    fields = {"body": "News for you", "contentSid": None, "to": person(1)}
    await stage.configure(POLICY, {"action": "sendWhatsApp", "fields": fields, "purpose": "TRANSACTIONAL"})
    await identified(stage, 1)
    await stage.say(order(1))
    await stage.wait(timedelta(hours=1))
    await stage.write(f"whatsapp:{person(1)}", "Hello", WHATSAPP_SENDER)
    await stage.say(order(1))

    result = await tried(stage)

    assert (result["sent"], sum(result["suppressed"].values())) == (1, 1)


async def test_nor_does_what_a_number_wrote_later_that_the_event_brings_and_nobody_has(stage: Stage) -> None:
    fields: dict[str, Any] = {
        "body": "News for you",
        "contentSid": None,
        "to": {"@path": "$.properties.phone"},
        "externalIds": [],
    }
    await stage.configure(POLICY, {"action": "sendWhatsApp", "fields": fields, "purpose": "TRANSACTIONAL"})
    await identified(stage, 1)
    given = {"properties": {"phone": person(7)}}
    await stage.say(order(1, **given))
    await stage.wait(timedelta(hours=1))
    await stage.write(f"whatsapp:{person(7)}", "Hello", WHATSAPP_SENDER)
    await stage.say(order(1, **given))
    sent = len(stage.line.requests)

    result = await tried(stage)

    assert (sent, result["sent"], sum(result["suppressed"].values())) == (1, 1, 1)


async def test_a_number_that_nobody_has_is_told_once_how_to_opt_out(stage: Stage) -> None:
    fields: dict[str, Any] = {"body": "x" * 150, "to": {"@path": "$.properties.phone"}, "externalIds": []}
    policy = replace(POLICY, opt_out_words=True)
    await stage.configure(policy, {"fields": fields, "purpose": "TRANSACTIONAL"})
    await identified(stage, 1)
    await identified(stage, 7)
    for _ in range(3):
        await stage.say(order(1, properties={"phone": person(7)}))
    sent = [request for request in stage.line.requests if request.form]

    result = await tried(stage)

    query = select(func.sum(tables.deliveries.c.segments)).where(tables.deliveries.c.space == stage.space)
    segments = await stage.store.read(lambda c: c.scalar(query))
    assert (len(sent), result["sent"], result["segments"]) == (3, 3, segments)


async def test_payloads_that_are_gone_are_counted_and_not_tried(stage: Stage) -> None:
    await stage.configure(POLICY, {"fields": {"body": "News for you"}})
    await identified(stage, 1)
    await stage.say(order(1))
    gone = update(tables.events).where(tables.events.c.space == stage.space)
    gone = gone.values(payload={}, payload_removed_at=stage.clock.now())
    await stage.store.write(lambda c: c.execute(gone))

    result = await tried(stage)

    assert (result["events"], result["withoutPayload"], result["matched"]) == (2, 2, 0)
