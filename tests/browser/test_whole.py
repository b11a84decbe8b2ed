"""A person opens GraphiQL on the real gateway, runs the query that is there, and sees what became of their events."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.test_graphiql import READ, RUN, open_tab, response, wait_for_editors
from tests.integration.system import System, running, until

pytestmark = pytest.mark.browser


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    with running(tmp_path) as system:
        yield system


@pytest.fixture
def foreign(context: BrowserContext, system: System) -> list[str]:
    """The addresses of others that a page asked for."""
    asked: list[str] = []
    context.on("request", lambda sent: asked.append(sent.url) if not _own(sent.url, system) else None)
    return asked


@pytest.fixture
def complaints(context: BrowserContext) -> list[str]:
    """What the browser complained of, the refusals of its content security policy among it."""
    said: list[str] = []
    context.on(
        "console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None
    )
    return said


def test_graphiql_shows_the_ledger_of_the_real_gateway(
    context: BrowserContext, system: System, foreign: list[str], complaints: list[str]
) -> None:
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
    page = context.new_page()

    page.goto(f"{system.url}/graphql#token={system.token}")
    wait_for_editors(page)
    page.get_by_role("button", name=RUN).click()
    answer: dict[str, Any] = response(page)

    assert "errors" not in answer, json.dumps(answer)
    edges = answer["data"]["deliveries"]["edges"]
    shown = {edge["node"]["recipient"]: edge["node"] for edge in edges}
    assert shown["+12025550142"]["messageStatus"] == "DELIVERED"
    assert shown["+12025550142"]["failedGate"] is None
    assert shown["+12025550143"]["reason"] == "NOT_SUBSCRIBED"
    assert shown["+12025550143"]["failedGate"]["gate"] == "consent"
    assert system.token not in json.dumps(page.evaluate("({...localStorage})"))
    assert foreign == []
    assert complaints == []


def test_a_person_makes_a_source_and_hears_in_words_why_a_second_of_that_name_is_none(
    context: BrowserContext, system: System, foreign: list[str], complaints: list[str]
) -> None:
    page = context.new_page()
    page.goto(f"{system.url}/graphql#token={system.token}")
    wait_for_editors(page)

    open_tab(page, "FirstSource")
    for _ in range(2):
        page.get_by_role("button", name=RUN).click()
        page.get_by_role("menuitem", name="MakeSource").click()
        response(page)
    alert = page.get_by_role("main").get_by_role("alert")

    expect(alert.get_by_role("heading")).to_have_text("One problem")
    expect(alert).to_contain_text("TAKEN · sourceCreate, at name · request req_")
    sources = system.ask("{ sources { edges { node { name trust } } } }")["sources"]["edges"]
    assert sources == [{"node": {"name": "Shop server", "trust": "SERVER"}}]
    assert foreign == []
    assert complaints == []


def test_a_person_asks_why_somebody_got_no_text_by_the_number_alone(
    context: BrowserContext, system: System, foreign: list[str], complaints: list[str]
) -> None:
    system.seed()
    system.post("/v1/identify", {"userId": "ben", "traits": {"phone": "+12025550143"}})
    system.post("/v1/track", {"userId": "ben", "event": "Audience Entered"})
    until(lambda: [one["status"] for one in system.deliveries()] == ["SUPPRESSED"], what="an end")
    page = context.new_page()
    page.goto(f"{system.url}/graphql#token={system.token}")
    wait_for_editors(page)

    open_tab(page, "WhyNoText")
    page.evaluate(
        "(text) => __MONACO.editor.getModels().find((m) => m.uri.path.endsWith('variables.json')).setValue(text)",
        '{\n  // As she spelled it.\n  "who": "(202) 555-0143"\n}',
    )
    page.get_by_role("button", name=RUN).click()
    page.get_by_role("menuitem", name="WhyNoText", exact=True).click()
    answer = response(page)

    [contact] = answer["data"]["find"]
    [edge] = contact["deliveries"]["edges"]
    assert contact["userIds"] == ["ben"]
    assert (edge["node"]["status"], edge["node"]["failedGate"]["gate"]) == ("SUPPRESSED", "consent")
    page.get_by_text("What to do, to copy").click()
    expect(page.locator(".remedies p")).to_have_text([edge["node"]["remedy"]])
    assert foreign == []
    assert complaints == []


def test_a_live_tail_moves_while_events_are_posted_and_stops_at_the_button(
    context: BrowserContext, system: System, foreign: list[str], complaints: list[str]
) -> None:
    system.seed()
    system.post("/v1/identify", {"userId": "ada", "traits": {"phone": "+12025550142", "sms_opt_in": True}})
    page = context.new_page()
    page.goto(f"{system.url}/graphql#token={system.token}")
    wait_for_editors(page)

    open_tab(page, "LiveTail")
    page.get_by_role("button", name=RUN).click()
    page.get_by_role("menuitem", name="LiveTail", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Live: what happens from now on")
    assert response(page) == {"received": 0, "newestFirst": []}

    system.post("/v1/track", {"userId": "ada", "event": "Audience Entered"})
    expect(page.get_by_label("Result Window")).to_contain_text('"messageStatus": "DELIVERED"')
    first = response(page)
    system.post("/v1/track", {"userId": "ada", "event": "Audience Entered"})
    page.wait_for_function(
        f"() => new Set(JSON.parse({READ}).newestFirst.map((item) => item.deliveryTail.delivery.id)).size === 2"
    )

    page.get_by_role("button", name="Stop query").click()
    expect(page.get_by_role("status")).to_have_count(0)
    stopped = response(page)
    system.post("/v1/track", {"userId": "ada", "event": "Audience Entered"})
    until(lambda: len(system.deliveries()) == 3, what="a third delivery")

    assert response(page) == stopped
    assert stopped["received"] > first["received"] >= 1
    sequences = [int(item["deliveryTail"]["sequence"].split("-")[-1]) for item in stopped["newestFirst"]]
    assert sequences == sorted(sequences, reverse=True)
    recipients = {item["deliveryTail"]["delivery"]["recipient"] for item in stopped["newestFirst"]}
    assert recipients - {""} == {"+12025550142"}
    assert foreign == []
    assert complaints == []


def test_a_viewer_signs_in_and_every_tab_opens_on_what_they_may_run(
    context: BrowserContext, system: System, foreign: list[str], complaints: list[str]
) -> None:
    system.seed()
    viewer = _token_of_a_viewer(system)
    page = context.new_page()
    page.goto(f"{system.url}/graphql#token={viewer}")
    wait_for_editors(page)

    for name in ("Overview", "FirstSource", "SetUpTwilio", "Verify"):
        if name == "Overview":
            page.get_by_role("tab", name=name).click()
        else:
            open_tab(page, name)
        page.get_by_role("button", name=RUN).click()
        if name != "Overview":
            page.get_by_role("menuitem", name=name, exact=True).click()
        assert "errors" not in response(page), name

    expect(page.get_by_role("main").get_by_role("alert")).to_have_count(0)
    assert foreign == []
    assert complaints == []


def _token_of_a_viewer(system: System) -> str:
    made = subprocess.run(
        [sys.executable, "-m", "gateway", "token", "create", "--role", "viewer", "--name", "eve"],
        env=system.environ(),
        capture_output=True,
        text=True,
        check=True,
    )
    return made.stdout.strip()


def _own(url: str, system: System) -> bool:
    return url.startswith((system.url, "data:", "blob:"))
