"""From an export of Segment to a text, by one command: the real processes, with the stand-in for Twilio."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from destinations.kit import encode_form
from tests.databases import database
from tests.gateway.moving.exports import MADE, NAME, text_of
from tests.integration.receiver import receiving
from tests.integration.system import SETTINGS, TRUST, System, until

ROOT = Path(__file__).parents[2]
CASES = json.loads((Path(__file__).parents[1] / "conformance" / "engage.json").read_text("utf-8"))
CASE = next(case for case in CASES if case["id"] == "eng-003")
"""Whose mapping is the first of the export."""

KEY = f"SK{51:032d}"
SECRET = "simulator-main-key"
TOKEN = "a-token-of-the-profile-api"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[System]:
    """A gateway with nothing configured."""
    with ExitStack() as stack:
        owner = stack.enter_context(receiving())
        environ = {"HELIOGRAPH_WEBHOOK_ALLOWED_HOSTS": owner.at}
        if request.param == "postgresql":
            address = stack.enter_context(database("moving"))
            if address is None:
                pytest.skip("There is no PostgreSQL")
            environ |= {"HELIOGRAPH_DATABASE_URL": address, "HELIOGRAPH_SECRET_KEYS": "k" * 32}
        system = System(tmp_path, environ)
        stack.callback(system.close)
        system.start_all()
        yield system


def files(system: System, folder: Path, form: str) -> list[str]:
    """The export of an account that the stand-in has."""
    account = {
        f"AC{'5e' * 16}": SETTINGS["accountSid"],
        f"SK{'6f' * 16}": KEY,
        "api.twilio.com": f"127.0.0.1:{system.simulator_port}",
        "https://hooks.example.com": f"http://{system.environ()['HELIOGRAPH_WEBHOOK_ALLOWED_HOSTS']}",
    }
    path = folder / f"{form}.json"
    path.write_text(text_of(form, **account), "utf-8")
    return [str(path)]


def moved(system: System, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    answers = {
        "HELIOGRAPH_IMPORT_TWILIO_API_KEY_SECRET": SECRET,
        "HELIOGRAPH_IMPORT_PROFILE_API_ACCESS_TOKEN": TOKEN,
        "HELIOGRAPH_TOKEN": system.token,
    }
    return subprocess.run(
        [sys.executable, "-m", "gateway", "import", "segment", "--url", system.url, *arguments],
        env={**os.environ, **system.environ(), **answers, **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def key_of(system: System) -> str:
    kept = system.folder / "data" / "shown-once.txt"
    assert kept.stat().st_mode & 0o777 == 0o600
    return kept.read_text().strip().rpartition(": ")[2]


def test_the_event_becomes_the_text_with_the_recorded_form(empty: System, tmp_path: Path) -> None:
    done = moved(empty, *files(empty, tmp_path, "Public API"), "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    event = {**CASE["event"], "timestamp": now}

    answer = httpx.post(
        f"{empty.url}/v1/events", json=event, auth=(key_of(empty), ""), timeout=20, verify=TRUST
    )

    assert answer.status_code == 200
    [welcome] = until(lambda: [one for one in empty.texts() if one["body"] == "Hi Jane"], what="the text")
    sent = [tuple(pair) for pair in welcome["received"]["pairs"] if pair[0] != "StatusCallback"]
    [request] = CASE["expect"]["requests"]
    assert encode_form(sent) == encode_form([tuple(pair) for pair in request["form"]])
    secrets = done.stdout + done.stderr + empty.log()
    assert [one for one in (SECRET, TOKEN, key_of(empty)) if one in secrets] == []


@pytest.mark.parametrize("empty", ["sqlite"], indirect=True)
def test_it_is_looked_at_made_and_looked_at_again(empty: System, tmp_path: Path) -> None:
    names = files(empty, tmp_path, "Public API")

    looked = moved(empty, *names, "--dry-run")
    unasked = moved(empty, *names)
    nothing = empty.ask("{ destinations { edges { node { name } } } }")
    made = moved(empty, *names, "--yes", "--json")
    again = moved(empty, *names, "--yes")

    assert (looked.returncode, unasked.returncode, made.returncode, again.returncode) == (0, 1, 0, 0)
    assert unasked.stderr.startswith("heliograph: There is nobody to ask here.")
    assert nothing == {"destinations": {"edges": []}}
    told: Any = json.loads(made.stdout)
    assert [one["name"] for one in told["made"]["made"]] == [NAME, *MADE]
    assert [one["status"] for one in told["verified"]] == ["VERIFIED"]
    assert again.stdout.endswith("Nothing is to be done: all of it is here already.\n")


@pytest.mark.parametrize("empty", ["sqlite"], indirect=True)
def test_the_export_of_the_page_becomes_the_text_that_the_page_shows(empty: System, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "moving-from-segment.md").read_text("utf-8")
    [command] = re.findall(r"^\.venv/bin/heliograph import segment (\S+)$", page, re.MULTILINE)
    [curl] = [
        one for one in re.findall(r"^```bash\n(.*?)^```", page, re.MULTILINE | re.DOTALL) if "KEY=" in one
    ]
    [text] = re.findall(r"^Her text, `(.+)`,", page, re.MULTILINE)
    assert f"which is `{SECRET}`" in page
    export = tmp_path / "export.json"
    there = (ROOT / command).read_text("utf-8")
    export.write_text(there.replace("127.0.0.1:4010", f"127.0.0.1:{empty.simulator_port}"), "utf-8")

    made = moved(empty, str(export), "--yes")
    script = curl.replace("http://127.0.0.1:8080", empty.url)
    script = re.sub(r"^KEY=.*", f"KEY={key_of(empty)}", script, flags=re.MULTILINE)
    answer = subprocess.run(
        ["bash", "-e"], input=script, capture_output=True, text=True, timeout=60, check=True
    ).stdout

    assert made.returncode == 0, made.stdout + made.stderr
    assert json.loads(answer) == {"success": True}
    [sent] = until(empty.texts, what="the text")
    assert (sent["to"], sent["body"]) == ("+12025550144", text)
    mappings = empty.ask("{ mappings { edges { node { name enabled problems { message } } } } }")["mappings"]
    assert [one["node"] for one in mappings["edges"]] == [
        {"name": name, "enabled": True, "problems": []} for name in ("Order shipped", "VIP welcome")
    ]
