"""A stage on a Monday, and what a backtest of it is asked for and answers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from destinations.kit import Policy
from gateway.pipeline import backtests
from gateway.storage.engine import Store
from gateway.workspace import Role
from tests.situations.stage import ORDERED, Stage

MONDAY = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
POLICY = Policy(allowed_countries=frozenset({"US"}))
_numbers = count()


@asynccontextmanager
async def on_monday(store: Store, folder: Path) -> AsyncIterator[Stage]:
    """A stage of a space of its own."""
    stage = Stage(store, folder, f"b{next(_numbers)}", MONDAY)
    yield stage
    await stage.close()


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
