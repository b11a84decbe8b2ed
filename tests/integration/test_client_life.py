"""Each example of gateway/graphql/README.md, run in its order beside a gateway and the stand-in for Twilio."""

import contextlib
import csv
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from destinations.twilio_engage.simulator import accounts
from tests.integration.receiver import Receiver, receiving
from tests.integration.system import TRUST, System

PLACE = Path(__file__).parents[2]
PAGE = (PLACE / "gateway" / "graphql" / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
PATIENCE_SECONDS = 60.0

DORA = "+12025550144"
TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
FILLED_IN = {
    "AC...": accounts.ACCOUNT_SID,
    "SKold...": accounts.API_KEY_SID,
    "old...": accounts.API_KEY_SECRET,
    "SKnew...": accounts.STANDARD_KEY_SID,
    "new...": accounts.STANDARD_KEY_SECRET,
    "auth...": accounts.AUTH_TOKEN,
    "2026-03-01T00:00:00Z": TODAY.isoformat(),
    "2026-03-02T00:00:00Z": (TODAY + timedelta(days=2)).isoformat(),
}
"""What a person fills in for themselves, beside ids, which are the last that were shown."""
DAYS = {
    "2026-03-01": TODAY.date().isoformat(),
    "2026-04-01": (TODAY + timedelta(days=2)).date().isoformat(),
}
"""The month that they export, which is today's."""


class Client:
    """Somebody who goes through the page, and fills in what they were shown."""

    def __init__(self, system: System, receiver: Receiver) -> None:
        self.system = system
        self.receiver = receiver
        self.shown: dict[str, str] = {}
        self.answers: list[Any] = []

    def run(self, language: str, text: str, expected: Any) -> None:
        match language:
            case "graphql":
                self._ask(self._filled(text), expected)
            case "bash" if "text/event-stream" in text:
                self._watch(text)
            case "bash" if "--csv" in text:
                rows = list(csv.DictReader(self._typed(text).splitlines()))
                assert {row["recipient"] for row in rows} == {DORA}
            case "bash":
                self._see(last_of(self._typed(text)), expected)

    def _filled(self, text: str) -> str:
        theirs = {"https://you.example/hook": f"http://{self.receiver.at}/hook"}
        for written, given in {**FILLED_IN, **theirs, **self.shown}.items():
            text = text.replace(f'"{written}"', f'"{given}"')
        here = f'twilioHostname: "127.0.0.1:{self.system.simulator_port}"'
        text = text.replace('defaultCountry: "US"', f'defaultCountry: "US", {here}')
        assert '..."' not in text, text
        return text

    def _ask(self, query: str, expected: Any) -> None:
        """A change is made once; what is only looked at may take a moment to be so."""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            answer = httpx.post(
                f"{self.system.url}/graphql",
                json={"query": query},
                headers={"Authorization": f"Bearer {self.system.token}"},
                timeout=30,
                verify=TRUST,
            ).json()
            assert "errors" not in answer, (query, answer)
            fits = expected is None or difference(answer["data"], expected) is None
            if fits or query.lstrip().startswith("mutation") or time.monotonic() > until:
                break
            time.sleep(0.2)
        if query.lstrip().startswith("mutation") and expected is None:
            [payload] = answer["data"].values()
            assert payload["errors"] == [], query
        self._see(answer["data"], expected)

    def _see(self, answer: Any, expected: Any) -> None:
        self.answers.append(answer)
        if expected is not None:
            assert difference(answer, expected) is None, (difference(answer, expected), answer)
        for text in texts(answer):
            prefix = re.match(r"(src|dst|map|dlv|job|tok|evt|hwk|hgt|whd)_", text)
            if prefix is not None:
                self.shown[f"{prefix[0]}..."] = text

    def _typed(self, text: str) -> str:
        for written, given in DAYS.items():
            text = text.replace(written, given)
        return subprocess.run(
            ["bash", "-e"],
            input=text,
            capture_output=True,
            text=True,
            env=self._shell(),
            timeout=60,
            check=True,
        ).stdout

    def _shell(self) -> dict[str, str]:
        return {
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "URL": self.system.url,
            "TOKEN": self.system.token,
            "KEY": self.shown.get("hwk_...", ""),
        }

    def _watch(self, text: str) -> None:
        """The stream runs until an order was seen to be accepted."""
        order = {"userId": "dora", "event": "Order Placed"}
        shell = ["bash", "-c", f"exec {text}"]
        with subprocess.Popen(shell, stdout=subprocess.PIPE, text=True, env=self._shell()) as watching:
            assert watching.stdout is not None
            for line in watching.stdout:
                if line.startswith(":"):  # the stream is open
                    httpx.post(f"{self.system.url}/v1/track", json=order, auth=(self.shown["hwk_..."], ""))
                if line.startswith("data:") and '"ACCEPTED"' in line:
                    watching.kill()
                    return
        pytest.fail("the stream ended before the order was seen")


def difference(answer: Any, expected: Any) -> str | None:
    """Where an answer is not as the page shows it, which may leave out fields and end a text with `...`."""
    if isinstance(expected, dict) and isinstance(answer, dict):
        for key, value in expected.items():
            found = f"{key} is missing" if key not in answer else difference(answer[key], value)
            if found is not None:
                return f"{key}: {found}"
        return None
    if isinstance(expected, list) and isinstance(answer, list):
        if len(expected) != len(answer):
            return f"{len(answer)} items instead of {len(expected)}"
        return next(filter(None, map(difference, answer, expected)), None)
    if isinstance(expected, str) and expected.endswith("...") and isinstance(answer, str):
        return None if answer.startswith(expected[:-3]) else f"{answer!r} instead of {expected!r}"
    return None if answer == expected else f"{answer!r} instead of {expected!r}"


def last_of(output: str) -> Any:
    """The last of the JSON values that were printed one behind the other."""
    decoder, end, value = json.JSONDecoder(), 0, None
    while end < len(output.rstrip()):
        value, end = decoder.raw_decode(output, end)
    return value


def texts(answer: Any) -> Iterator[str]:
    """Every text in an answer, in order."""
    if isinstance(answer, str):
        yield answer
    elif isinstance(answer, dict):
        for value in answer.values():
            yield from texts(value)
    elif isinstance(answer, list):
        for value in answer:
            yield from texts(value)


def examples() -> Iterator[tuple[str, str, Any]]:
    """(language, text, the answer that the page shows, where it shows one)."""
    for (language, text), (following, shown) in zip(BLOCKS, [*BLOCKS[1:], ("", "")], strict=True):
        if language != "json":
            yield language, text, json.loads(shown) if following == "json" else None


def test_every_example_does_what_the_page_says(tmp_path: Path) -> None:
    with receiving(503) as receiver:
        system = System(tmp_path, {"HELIOGRAPH_WEBHOOK_ALLOWED_HOSTS": receiver.at})
        client = Client(system, receiver)
        with contextlib.closing(system):
            system.start_all()
            for language, text, expected in examples():
                client.run(language, text, expected)

    signing = [text for text in texts(client.answers) if text.startswith("whsec_")]
    assert len(signing) == len(receiver.answered) == 2
    for call in receiver.answered:
        for secret in signing:
            assert Webhook(secret).verify(call.body, dict(call.headers))["type"] == "webhook.test"
    answered = json.dumps(client.answers)
    secrets = (accounts.AUTH_TOKEN, accounts.API_KEY_SECRET, accounts.STANDARD_KEY_SECRET)
    assert [secret for secret in secrets if secret in answered] == []


def test_every_code_of_the_page_is_one_that_the_api_gives() -> None:
    rows = re.findall(r"^\| (\d{3}) \| (.*?) \|", PAGE, re.MULTILINE)
    codes = [code for _, named in rows for code in re.findall(r"`([A-Z_]+)`", named)]
    source = "".join(
        path.read_text(encoding="utf-8") for path in (PLACE / "gateway" / "graphql").rglob("*.py")
    )

    assert len(codes) == 10
    assert [code for code in codes if f'"{code}"' not in source] == []
