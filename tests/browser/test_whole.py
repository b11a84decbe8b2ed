"""A person opens GraphiQL on the real gateway, runs the query that is there, and sees what became of their events."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.test_graphiql import RUN, response, wait_for_editors
from tests.integration.system import System, until

pytestmark = pytest.mark.browser


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    running = System(tmp_path)
    running.start_simulator()
    running.start_gateway()
    yield running
    running.close()


def test_graphiql_shows_the_ledger_of_the_real_gateway(context: BrowserContext, system: System) -> None:
    system.seed()
    system.post("/v1/identify", {"userId": "ada", "traits": {"phone": "+12025550142", "sms_opt_in": True}})
    system.post("/v1/track", {"userId": "ada", "event": "Audience Entered"})
    system.post(
        "/v1/track",
        {
            "userId": "ben",
            "event": "Audience Entered",
            "external_ids": [{"type": "phone", "id": "+12025550143"}],
        },
    )
    until(
        lambda: sorted(one["status"] for one in system.deliveries()) == ["ACCEPTED", "SUPPRESSED"],
        what="two ends",
    )
    until(
        lambda: "DELIVERED" in [one["messageStatus"] for one in system.deliveries()], what="a delivered text"
    )
    foreign: list[str] = []
    complaints: list[str] = []
    context.on("request", lambda sent: foreign.append(sent.url) if not _own(sent.url, system) else None)
    context.on(
        "console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None
    )
    page = context.new_page()

    page.goto(f"{system.url}/graphql#token={system.token}")
    wait_for_editors(page)
    page.get_by_role("button", name=RUN).click()
    answer: dict[str, Any] = response(page)

    assert "errors" not in answer, json.dumps(answer)
    edges = answer["data"]["deliveries"]["edges"]
    shown = {edge["node"]["recipient"]: edge["node"] for edge in edges}
    assert shown["+12025550142"]["messageStatus"] == "DELIVERED"
    assert shown["+12025550143"]["reason"] == "NOT_SUBSCRIBED"
    assert answer["data"]["destinations"]["edges"] == [{"node": {"name": "Texts", "status": "VERIFIED"}}]
    expect(page.get_by_label("Result Window")).to_contain_text('"totalCount": 2')
    assert foreign == []
    assert complaints == []


def _own(url: str, system: System) -> bool:
    return url.startswith((system.url, "data:", "blob:"))
