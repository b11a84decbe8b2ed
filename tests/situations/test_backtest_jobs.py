"""A backtest is a job: it is paused, canceled, refused and taken up again like any other, on both engines."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, update

from destinations.kit import HttpRequest, HttpResponse, RetryableError
from gateway.graphql.mappings.backtests import MOST_WAITING
from gateway.pipeline import backtests
from gateway.pipeline.backtest_facts import Reads
from gateway.pipeline.job_turns import JobTurn
from gateway.storage import backtests as stored, tables
from gateway.storage.engine import Store
from gateway.workspace import Role
from tests.situations.backtested import (
    POLICY,
    asked,
    asked_errors,
    counted,
    identified,
    job_of,
    on_monday,
    order,
)
from tests.situations.stage import Stage


@pytest.fixture
async def stage(shared_store: Store, tmp_path: Path) -> AsyncIterator[Stage]:
    async with on_monday(shared_store, tmp_path) as stage:
        yield stage


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
