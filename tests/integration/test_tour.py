"""The tour of the README, typed as it stands there, beside a running demo; and the examples of the pages beside it."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from graphql import build_schema, parse, validate

from destinations import kit
from destinations.twilio_engage import send_whatsapp
from gateway.graphql.schema import sdl
from mappings import compile_fields
from tests.integration.system import until

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
PAGES = {page.name: page.read_text("utf-8") for page in sorted((ROOT / "docs").glob("*.md"))}
FIRST_TEXT = PAGES["first-text-in-five-minutes.md"]


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


GRAPHQL = [
    pytest.param(block, id=f"{name}-{number}")
    for name, page in PAGES.items()
    for number, block in enumerate(blocks(page, "graphql"))
]
EVENTS = [
    event
    for name in ("send-events.md", "consent.md")
    for event in map(json.loads, blocks(PAGES[name], "json"))
    if "userId" in event
]


@pytest.fixture
def said(tmp_path: Path) -> Iterator[str]:
    """All that `heliograph demo` says until it waits for Ctrl-C."""
    log = tmp_path / "demo.log"
    environ = {name: value for name, value in os.environ.items() if not name.startswith("HELIOGRAPH_")}
    with log.open("wb") as out:
        demo = subprocess.Popen(
            [sys.executable, "-m", "gateway", "demo", "--port", "0", "--simulator-port", "0"],
            env=environ | {"COLUMNS": "200"},
            stdout=out,
            stderr=out,
        )
    until(
        lambda: "It stays up until Ctrl-C" in log.read_text() or demo.poll() is not None,
        90,
        "the demo waiting",
    )
    assert demo.poll() is None, log.read_text()
    yield log.read_text()
    demo.terminate()
    assert demo.wait(30) == 0


def test_the_tour_shows_two_texts(said: str) -> None:
    [tour] = [block for block in blocks(README, "bash") if "curl" in block]
    url = re.findall(r"gateway on (http://\S+)", said)[0]
    key = re.findall(r"hwk_[\w-]+", said)[0]
    token = re.findall(r"hgt_[\w-]+", said)[0]
    script = re.sub(r"^KEY=.*", f"KEY={key}", tour, flags=re.MULTILINE)
    script = re.sub(r"^TOKEN=.*", f"TOKEN={token}", script, flags=re.MULTILINE)
    script = re.sub(r"^URL=.*", f"URL={url}", script, flags=re.MULTILINE)
    wait = f"{url}/graphql", {"Authorization": f"Bearer {token}"}

    answers = subprocess.run(
        ["bash", "-e"], input=script, capture_output=True, text=True, timeout=60, check=True
    ).stdout

    decoder = json.JSONDecoder()
    first, end = decoder.raw_decode(answers)
    second, end = decoder.raw_decode(answers, end)
    assert [first, second] == [{"success": True}, {"success": True}]
    query = "{ deliveries(first: 2) { edges { node { status messageStatus recipient } } } }"

    def delivered() -> bool:
        found = httpx.post(wait[0], json={"query": query}, headers=wait[1]).json()["data"]["deliveries"][
            "edges"
        ]
        return [edge["node"] for edge in found] == [
            {"status": "ACCEPTED", "messageStatus": "DELIVERED", "recipient": "+12025550144"}
        ] * 2

    until(delivered, what="both texts delivered")
    [query] = [block for block in blocks(FIRST_TEXT, "graphql") if "query Preview" in block]
    [variables] = [block for block in map(json.loads, blocks(FIRST_TEXT, "json")) if "mapping" in block]
    asked = httpx.post(wait[0], json={"query": query, "variables": variables}, headers=wait[1]).json()
    assert asked["data"]["mappingPreview"]["errors"] == []
    assert asked["data"]["mappingPreview"]["decision"] == "SEND"
    assert "Hi Dora, there is news for you." in str(asked["data"]["mappingPreview"]["request"])
    ledger, _ = decoder.raw_decode(answers[end:].strip())
    assert "errors" not in ledger
    assert len(ledger["data"]["deliveries"]["edges"]) == 2


@pytest.mark.parametrize("block", GRAPHQL)
def test_each_graphql_example_fits_the_schema(block: str) -> None:
    assert validate(build_schema(sdl()), parse(block)) == []


@pytest.mark.parametrize("event", EVENTS)
def test_each_event_of_the_pages_is_one_about_a_person_of_the_tour(event: dict[str, object]) -> None:
    assert event["userId"] == "dora"


def test_the_whatsapp_mapping_of_its_page_fits_the_action() -> None:
    [fields] = map(json.loads, blocks(PAGES["whatsapp.md"], "json"))

    payload = kit.payload_of(send_whatsapp.Payload, compile_fields(fields)({}))

    assert payload.model_dump(by_alias=True, exclude_unset=True) == fields
