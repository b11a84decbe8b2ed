"""The examples of the pages about backtests and SHADOW, asked of the whole gateway on both engines."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from gateway.storage.engine import Store
from gateway.workspace import Role
from tests.situations.stage import ORDERED, Stage

DOCS = Path(__file__).parents[2] / "docs"
_numbers = count()


def examples(page: str) -> list[str]:
    return re.findall(r"^```graphql\n(.*?)^```", (DOCS / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)


@pytest.fixture
async def stage(shared_store: Store, tmp_path: Path) -> AsyncIterator[Stage]:
    one = Stage(shared_store, tmp_path, f"p{next(_numbers)}", datetime(2026, 11, 30, 17, 0, tzinfo=UTC))
    await one.configure(None, {"fields": {"body": "News for you"}})
    yield one
    await one.close()


async def test_the_backtest_of_the_page_is_taken_and_can_be_looked_at(stage: Stage) -> None:
    attempt, counted = examples("backtest.md")

    made = (await stage.ask(attempt, role=Role.OPERATOR, destination=stage.destination))["backtest"]
    assert made["errors"] == []
    found = (await stage.ask(counted, role=Role.OPERATOR, job=made["job"]["id"]))["node"]

    assert found["status"] == "RUNNING"


async def test_a_mapping_goes_into_shadow_and_is_compared_as_the_page_has_it(stage: Stage) -> None:
    watch, beside = (text.replace("map_...", f"map_{stage.space}") for text in examples("shadow-mode.md"))
    revision = (
        await stage.ask(f'{{ mapping(id: "map_{stage.space}") {{ revision }} }}', role=Role.OPERATOR)
    )["mapping"]

    changed = (
        await stage.ask(
            watch.replace("expectedRevision: 1", f"expectedRevision: {revision['revision']}"),
            role=Role.OPERATOR,
        )
    )["mappingUpdate"]
    await stage.say(
        {"type": "identify", "userId": "dora", "traits": {"phone": "+12025550144", "sms_opt_in": True}}
    )
    await stage.say({"type": "track", "event": ORDERED, "userId": "dora"})
    compared = (await stage.ask(beside, role=Role.OPERATOR))["shadowComparison"]

    assert changed == {"mapping": {"mode": "SHADOW"}, "errors": []}
    assert stage.line.requests == []
    assert [edge["node"]["shadow"]["status"] for edge in compared["edges"]] == ["SHADOWED"]
