"""What a mapping would have sent is what it sent: backtests over events that went through the whole gateway, on both engines."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, func, select, update

from destinations.kit import HttpRequest, HttpResponse, Policy, RetryableError
from destinations.twilio_engage.simulator import SENDER, WHATSAPP_SENDER
from gateway.graphql.mappings.backtests import MOST_WAITING
from gateway.pipeline import backtests
from gateway.pipeline.backtest_facts import Reads
from gateway.pipeline.job_turns import JobTurn
from gateway.storage import backtests as stored, tables
from gateway.storage.engine import Store
from gateway.workspace import Role
from tests.situations.stage import ORDERED, Stage

MONDAY = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
POLICY = Policy(allowed_countries=frozenset({"US"}))
_numbers = count()


@pytest.fixture
async def stage(shared_store: Store, tmp_path: Path) -> AsyncIterator[Stage]:
    one = Stage(shared_store, tmp_path, f"b{next(_numbers)}", MONDAY)
    yield one
    await one.close()


def person(number: int) -> str:
    return f"+1202555{140 + number:04}"


async def identified(stage: Stage, number: int, *, opt_in: bool | None = True) -> None:
    traits: dict[str, Any] = {"phone": person(number)}
    if opt_in is not None:
        traits["sms_opt_in"] = opt_in
    await stage.say({"type": "identify", "userId": f"u{number}", "traits": traits})


def order(number: int, **more: Any) -> dict[str, Any]:
    return {"type": "track", "event": ORDERED, "userId": f"u{number}", **more}


async def asked(stage: Stage, *, refused: str | None = None, **given: Any) -> Any:
    """The job, or its errors."""
    now = stage.clock.now()
    span = {"from": (now - timedelta(days=7)).isoformat(), "to": (now + timedelta(seconds=1)).isoformat()}
    input_ = {"preview": {"mappingId": f"map_{stage.space}"}, "range": span, **given}
    query = "mutation ($input: BacktestInput!) { backtest(input: $input) { job { id kind status } errors { code message path } } }"
    payload = (await stage.ask(query, role=Role.OPERATOR, input=input_))["backtest"]
    assert [error["code"] for error in payload["errors"]] == ([refused] if refused else []), payload
    return payload["errors"] if refused else payload["job"]


async def asked_errors(stage: Stage, given: Any) -> Any:
    """What is wrong with it."""
    now = stage.clock.now().isoformat()
    whole = {
        "preview": {"mappingId": f"map_{stage.space}"},
        "range": {"from": "2026-03-01T00:00:00Z", "to": now},
    }
    query = (
        "mutation ($input: BacktestInput!) { backtest(input: $input) { job { id } errors { code path } } }"
    )
    payload = (await stage.ask(query, role=Role.OPERATOR, input={**whole, **given}))["backtest"]
    assert payload["job"] is None
    return payload["errors"]


async def job_of(stage: Stage, job_id: str) -> Any:
    found = await stage.ask(
        f'{{ node(id: "{job_id}") {{ ... on Job {{ status total done failed message result finishedAt }} }} }}'
    )
    return found["node"]


async def tried(stage: Stage, **given: Any) -> Any:
    """The result of a backtest of the last week."""
    job = await asked(stage, **given)
    assert (job["kind"], job["status"]) == ("BACKTEST", "RUNNING")
    assert await backtests.step(stage.services)
    ended = await job_of(stage, job["id"])
    assert (ended["status"], ended["failed"]) == ("DONE", 0)
    assert ended["total"] == ended["done"] == ended["result"]["events"]
    return ended["result"]


async def counted(stage: Stage, table: Any) -> int:
    query = select(func.count()).select_from(table)
    found = await stage.store.read(lambda c: c.scalar(query))
    return int(found or 0)


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


async def test_a_pause_keeps_what_it_counted_and_resumed_it_begins_anew(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backtests, "PAGE", 2)
    await stage.configure(POLICY, {"fields": {"body": "News for you"}})
    await identified(stage, 1)
    for _ in range(5):
        await stage.say(order(1))
    job = await asked(stage)
    pages, following = count(), stored.following

    def paused_behind_two(*given: Any, **named: Any) -> Any:
        if next(pages) == 2:
            raise asyncio.CancelledError
        return following(*given, **named)

    monkeypatch.setattr(stored, "following", paused_behind_two)
    with pytest.raises(asyncio.CancelledError):
        await backtests.step(stage.services)
    monkeypatch.setattr(stored, "following", following)
    half = await job_of(stage, job["id"])
    await stage.change("jobPause", f'id: "{job["id"]}"', role=Role.OPERATOR)
    nothing = await backtests.step(stage.services)
    await stage.change("jobResume", f'id: "{job["id"]}"', role=Role.OPERATOR)
    assert await backtests.step(stage.services)

    ended = await job_of(stage, job["id"])
    assert (half["status"], half["total"], half["done"], half["result"]["sent"]) == ("RUNNING", 6, 4, 3)
    assert nothing is False
    assert (ended["status"], ended["done"], ended["result"]["sent"]) == ("DONE", 6, 5)


async def test_one_that_is_canceled_ends(stage: Stage) -> None:
    await stage.configure(POLICY, {"fields": {"body": "News for you"}})
    job = await asked(stage)

    await stage.change("jobCancel", f'id: "{job["id"]}"', role=Role.OPERATOR)

    assert await backtests.step(stage.services) is False
    assert (await job_of(stage, job["id"]))["status"] == "CANCELED"
    assert await counted(stage, tables.backtests) == 0


async def test_a_span_with_too_many_events_is_refused_in_words(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backtests, "MOST_EVENTS", 1)
    await stage.configure(POLICY, {"fields": {"body": "News for you"}})
    await identified(stage, 1)
    await stage.say(order(1))
    job = await asked(stage)

    assert await backtests.step(stage.services)

    failed = await job_of(stage, job["id"])
    assert (failed["status"], failed["message"], failed["result"]) == (
        "FAILED",
        "There are more than 1 events in this span, which is more than a backtest tries. Take a shorter one.",
        None,
    )


@pytest.mark.parametrize("kept", [{}, {"id": 3}, {"fields": []}])
async def test_a_mapping_that_was_kept_otherwise_ends_its_job_in_words_and_the_next_one_is_tried(
    stage: Stage, kept: dict[str, Any]
) -> None:
    await stage.configure(POLICY, {"fields": {"body": "News for you"}})
    job, following = await asked(stage), await asked(stage)
    other = update(tables.backtests).where(tables.backtests.c.job_id == job["id"]).values(mapping=kept)
    await stage.store.write(lambda c: c.execute(other))

    assert await backtests.step(stage.services)

    failed = await job_of(stage, job["id"])
    assert failed["status"] == "FAILED"
    assert failed["message"].startswith("The mapping was kept in a form that this version does not read (")
    assert failed["message"].endswith("Nothing was sent or changed. Ask again.")
    assert (await job_of(stage, following["id"]))["status"] == "DONE"


@pytest.mark.parametrize("answer", [RetryableError("It does not answer."), 404, 503])
async def test_what_the_provider_does_not_give_is_asked_for_three_times_whatever_comes(answer: Any) -> None:
    asked: list[str] = []

    async def read(request: HttpRequest) -> HttpResponse:
        asked.append(request.url)
        if isinstance(answer, RetryableError):
            raise answer
        return HttpResponse(answer, {}, b"")

    reads, made = Reads(read), list[Any]()
    for _ in range(50):
        try:
            made.append((await reads(HttpRequest("GET", "https://a.example/1"))).status)
        except RetryableError as error:
            made.append(error.message)

    assert asked == ["https://a.example/1"] * 3
    assert made == [answer.message if isinstance(answer, RetryableError) else answer] * 50


async def test_a_process_keeps_its_turn_while_a_page_takes_long(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backtests, "_KIND", backtests._KIND._replace(kept=timedelta(seconds=0.04)))
    await stage.configure(POLICY, {"fields": {"body": "News for you"}})
    await identified(stage, 1)
    await stage.say(order(1))
    job = await asked(stage)
    kept, keeps, loop = asyncio.Event(), JobTurn.keeps, asyncio.get_running_loop()
    calls = count()

    def seen(turn: JobTurn, connection: Connection, now: datetime) -> bool:
        if next(calls) == 1:
            loop.call_soon_threadsafe(kept.set)
        return keeps(turn, connection, now)

    async def slow(*given: Any) -> Any:
        await kept.wait()
        return await outcomes(*given)

    outcomes = backtests._outcomes
    monkeypatch.setattr(JobTurn, "keeps", seen)
    monkeypatch.setattr(backtests, "_outcomes", slow)

    assert await backtests.step(stage.services)
    assert (await job_of(stage, job["id"]))["status"] == "DONE"


async def test_so_many_wait_and_no_more(stage: Stage) -> None:
    await stage.configure(POLICY, {"fields": {"body": "News for you"}})
    jobs = [await asked(stage) for _ in range(MOST_WAITING)]

    [error] = await asked(stage, refused="RATE_LIMITED")

    assert error["message"].startswith(
        "10 backtests of this space are not at their end yet. Nothing was begun"
    )
    for job in jobs:
        assert (await job_of(stage, job["id"]))["status"] == "RUNNING"
    assert await backtests.step(stage.services)
    await asked(stage)


async def test_the_same_key_asks_once(stage: Stage) -> None:
    await stage.configure(POLICY, {"fields": {"body": "News for you"}})
    span = {"from": "2026-03-01T00:00:00Z", "to": "2026-03-03T00:00:00Z"}

    first = await asked(stage, range=span, idempotencyKey="k")
    second = await asked(stage, range=span, idempotencyKey="k")

    assert first["id"] == second["id"]
    await asked(
        stage,
        range={**span, "to": "2026-03-04T00:00:00Z"},
        idempotencyKey="k",
        refused="IDEMPOTENCY_MISMATCH",
    )


@pytest.mark.parametrize(
    ("given", "code", "path"),
    [
        (
            {"range": {"from": "2026-03-02T00:00:00Z", "to": "2026-03-02T00:00:00Z"}},
            "INVALID",
            ["range", "from"],
        ),
        (
            {"range": {"from": "2026-01-01T00:00:00Z", "to": "2026-03-02T00:00:00Z"}},
            "INVALID",
            ["range", "from"],
        ),
        ({"preview": {"mappingId": "map_of_nobody"}}, "NOT_FOUND", ["preview", "mappingId"]),
        ({"preview": {}}, "REQUIRED", ["preview", "destinationId"]),
    ],
)
async def test_what_can_not_be_tried_is_refused_and_nothing_begins(
    stage: Stage, given: Any, code: str, path: list[str]
) -> None:
    await stage.configure(POLICY, {"fields": {"body": "News for you"}})

    error = (await asked_errors(stage, given))[0]

    assert (error["code"], error["path"]) == (code, path)
    assert (await stage.ask("{ jobs { totalCount } }"))["jobs"]["totalCount"] == 0


@pytest.mark.parametrize(
    "part", [{"eventId": "evt_1"}, {"lastEventNamed": "x"}, {"at": "2026-03-02T00:00:00Z"}]
)
async def test_it_names_no_event_of_its_own(stage: Stage, part: dict[str, str]) -> None:
    await stage.configure(POLICY, {"fields": {"body": "News for you"}})

    [error] = await asked(stage, preview={"mappingId": f"map_{stage.space}", **part}, refused="INVALID")

    assert error["path"] == ["preview", *part]
