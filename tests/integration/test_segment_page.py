"""Each example of docs/segment-as-a-source.md, run in its order beside a gateway of its own."""

import contextlib
import json
import re
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.spec import REASONS
from mappings.presets import PRESETS
from tests.integration import on_node
from tests.integration.system import TRUST, System, free_port

PAGE = (Path(__file__).parents[2] / "docs" / "segment-as-a-source.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
SECRET = secrets.token_hex(32)


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    made = System(tmp_path_factory.mktemp("segment"))
    with contextlib.closing(made):
        made.start_gateway()
        yield made


class Reader:
    """Somebody who goes through the page, and fills in what they were shown."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.sources: list[str] = []
        self.key = ""

    def ask(self, query: str) -> Any:
        headers = {"Authorization": f"Bearer {self.system.token}"}
        answer = httpx.post(
            f"{self.system.url}/graphql", json={"query": query}, headers=headers, timeout=30, verify=TRUST
        ).json()
        assert "errors" not in answer, answer
        return answer["data"]

    def make(self, mutation: str) -> None:
        made = self.ask(mutation.replace('"..."', f'"{SECRET}"'))["sourceCreate"]
        assert made["errors"] == []
        self.sources.append(made["source"]["id"])
        self.key = made["writeKey"]

    def type(self, script: str) -> Any:
        environ = {"PATH": "/usr/bin:/bin", "URL": self.system.url, "SECRET": SECRET, "KEY": self.key}
        ran = subprocess.run(
            ["bash", "-e"],
            input=script,
            capture_output=True,
            text=True,
            env={**environ, "SOURCE": self.sources[0]},
            timeout=60,
            check=True,
        )
        return json.loads(ran.stdout)


@pytest.fixture(scope="module")
def reader(system: System) -> Reader:
    """Who has read the page to its end."""
    made = Reader(system)
    for (language, text), (_, shown) in zip(BLOCKS, [*BLOCKS[1:], ("", "")], strict=True):
        if language == "graphql":
            made.make(text)
        elif language == "bash":
            answer, expected = made.type(text), json.loads(shown)
            assert {name: answer[name] for name in expected} == expected
    return made


def test_every_example_does_what_the_page_says(reader: Reader) -> None:
    languages = [language for language, _text in BLOCKS]

    assert (languages.count("bash"), languages.count("graphql"), languages.count("js")) == (3, 2, 1)
    assert len(reader.sources) == 2
    assert reader.key not in reader.system.log()


def run(function: str, url: str, secret: str, events: list[dict[str, Any]]) -> str:
    return on_node.run("segment_function.js", url, secret, json.dumps(events), given=function).strip()


def test_the_function_signs_what_it_sends_and_is_tried_again_where_that_helps(reader: Reader) -> None:
    [function] = [text for language, text in BLOCKS if language == "js"]
    url = f"{reader.system.url}/v1/events/{reader.sources[0]}"
    track = {"type": "track", "userId": "d\u00f6ra \U0001f600", "event": "Order Placed"}
    events = [{**track, "messageId": f"by-function-{number}"} for number in range(3)]

    assert run(function, url, SECRET, events) == "done"
    assert run(function, url, SECRET, [{**track, "messageId": "by-function-3"}]) == "done"
    refused = json.loads(run(function, url, "another", events).removeprefix("Error: "))
    invalid = json.loads(run(function, url, SECRET, [{**track, "event": ""}]).removeprefix("Error: "))
    gone = run(function, f"http://127.0.0.1:{free_port()}", SECRET, events)

    assert refused["code"] == "wrong_signature"
    assert (invalid["code"], invalid["message"]) == (
        "event_not_defined",
        f"{REASONS['event_not_defined']} The event was kept as INVALID and leads to nothing.",
    )
    assert gone.startswith("RetryError: ")


def test_the_presets_and_the_trigger_of_the_page_are_there() -> None:
    [trigger] = [text.strip() for language, text in BLOCKS if language == ""]
    named = set(re.findall(r"`(\w+_(?:sms|whatsapp))`", PAGE))
    [preset] = [one for one in PRESETS if one.name == "audience_identify_sms"]

    assert trigger == preset.trigger
    assert named == {one.name for one in PRESETS} - {"reply_whatsapp", "track_order_whatsapp"}
