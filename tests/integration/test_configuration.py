"""Configuration as files, with the real commands: between a gateway on SQLite and one on PostgreSQL, and as the page has it."""

import base64
import json
import os
import re
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests import databases
from tests.gateway.configuration.conftest import contents
from tests.integration.system import System

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "configuration-as-files.md").read_text()
SECRETS = {"TEXTS_API_KEY_SECRET": "simulator-main-key", "TEXTS_AUTH_TOKEN": "51" * 16}


class Machine:
    """Of whoever runs the commands: it has secrets, and no gateway."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.files = folder / "config"

    def environ(self, system: System) -> dict[str, str]:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("HELIOGRAPH_")}
        own = {"HELIOGRAPH_TOKEN": system.token, "HELIOGRAPH_DATA_DIR": str(self.folder / "data")}
        return {**environ, **own, **SECRETS, "COLUMNS": "80"}

    def command(self, system: System, *words: str) -> list[str]:
        command, folder, *more = words
        return [sys.executable, "-m", "gateway", command, folder, "--url", system.url, *more]

    def run(self, system: System, *words: str) -> tuple[int, str, str]:
        """(exit code, what was printed, what was complained of)."""
        ran = subprocess.run(
            self.command(system, *words),
            env=self.environ(system),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return ran.returncode, ran.stdout, ran.stderr


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "machine")


@pytest.fixture
def systems(tmp_path: Path, postgresql_server: str) -> Iterator[tuple[System, System]]:
    """One gateway on SQLite, and one on PostgreSQL."""
    with ExitStack() as stack, databases.database("files", postgresql_server) as address:
        assert address is not None
        keys = base64.b64encode(b"a key for a test, of 32 bytes ..").decode()
        one = System(tmp_path / "one")
        other = System(
            tmp_path / "other",
            {
                "HELIOGRAPH_DATABASE_URL": address,
                "HELIOGRAPH_SECRET_KEYS": keys,
                "HELIOGRAPH_ALLOWED_HOSTS": f"127.0.0.1:{one.simulator_port}",
            },
        )
        for system in (one, other):
            system.folder.mkdir()
            stack.callback(system.close)
        one.start_all()
        other.start_gateway()
        yield one, other


def of_the_page(machine: Machine, system: System) -> None:
    """The folder of the page, with the stand-in's host and what it knows."""
    host = f"127.0.0.1:{system.simulator_port}"
    replaced = {
        "  defaultCountry: US\n": f"  defaultCountry: US\n  twilioHostname: {host}\n",
        "file:/run/secrets/twilio-auth-token": "file:secrets/auth-token",
    }
    for name, shown in re.findall(r"^`config/(\S+)`:\n\n```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL):
        text = str(shown)
        for old, new in replaced.items():
            text = text.replace(old, new)
        path = machine.files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (machine.files / "secrets").mkdir()
    (machine.files / "secrets" / "auth-token").write_text(SECRETS["TEXTS_AUTH_TOKEN"] + "\n")


def test_a_folder_goes_from_one_gateway_to_another_and_comes_back_as_it_was(
    systems: tuple[System, System], machine: Machine
) -> None:
    one, other = systems
    of_the_page(machine, one)

    assert machine.run(one, "plan", "config")[0] == 2
    code, said, wrong = machine.run(one, "apply", "config")
    assert (code, "Could not" in said) == (1, False)
    assert wrong.startswith("heliograph: There is nobody to ask here. Nothing was done.")
    planned = json.loads(machine.run(one, "plan", "config", "--json")[1])
    code, said, wrong = machine.run(
        one, "apply", "config", "--yes", "--plan", planned["fingerprint"], "--keys", "keys"
    )

    assert (code, wrong) == (0, "")
    assert max(map(len, [line for line in said.splitlines() if not line.startswith("    ")])) <= 80
    keys = machine.folder / "keys"
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600
    [key] = re.findall(r"^write key of source Shop: (hwk_\S+)\n\Z", keys.read_text())
    sent = httpx.post(f"{one.url}/v1/track", auth=(key, ""), json={"userId": "ada", "event": "Order Shipped"})
    assert sent.json() == {"success": True}
    assert one.ask("{ destinations { edges { node { status sources { name } } } } }")["destinations"][
        "edges"
    ] == [{"node": {"status": "VERIFIED", "sources": [{"name": "Shop"}]}}]
    assert machine.run(one, "plan", "config")[0] == 0
    assert machine.run(one, "export", "first")[0] == 0
    first = contents(machine.folder / "first")
    code, said, wrong = machine.run(other, "apply", "first", "--yes", "--no-verify")
    assert (code, wrong) == (0, "")
    assert stat.S_IMODE((machine.folder / "data" / "shown-once.txt").stat().st_mode) == 0o600
    assert machine.run(other, "export", "second")[0] == 0
    assert contents(machine.folder / "second") == first
    assert machine.run(other, "plan", "config", "--no-verify")[0] == 0
    assert machine.run(one, "plan", "second")[0] == 0
    for secret in SECRETS.values():
        assert secret not in "".join([said, *(text.decode() for text in first.values())])


def test_a_command_that_is_killed_between_two_changes_is_finished_by_the_next(
    system: System, machine: Machine
) -> None:
    of_the_page(machine, system)
    with subprocess.Popen(
        machine.command(system, "apply", "config", "--yes"),
        env=machine.environ(system),
        cwd=machine.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as killed:
        assert killed.stdout is not None
        for line in killed.stdout:
            if line.startswith("✓ make source"):
                killed.send_signal(signal.SIGKILL)
                break
    before = system.ask("{ sources { edges { node { id } } } mappings { edges { node { id } } } }")
    assert len(before["sources"]["edges"]) == 1

    assert machine.run(system, "apply", "config", "--yes")[0] == 0

    assert machine.run(system, "plan", "config")[0] == 0
    after = system.ask("{ sources { edges { node { id } } } mappings { edges { node { name } } } }")
    assert after["sources"] == before["sources"]
    assert after["mappings"]["edges"] == [{"node": {"name": "Order shipped"}}]
    assert "write key of source Shop: hwk_" in (machine.folder / "data" / "shown-once.txt").read_text()


def test_the_recipe_for_ci_does_what_the_page_says(system: System, machine: Machine, tmp_path: Path) -> None:
    of_the_page(machine, system)
    [recipe] = re.findall(r"^```bash\n(set \+e\n.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    script = recipe.replace("heliograph ", f"{sys.executable} -m gateway ").replace(
        " config ", f" config --url {system.url} "
    )

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash"],
            input=script,
            env=machine.environ(system),
            cwd=machine.folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    first, second = run(), run()

    assert (first.returncode, first.stderr) == (0, "")
    assert "✓ verify destination Texts" in first.stdout
    assert (second.returncode, second.stdout) == (0, "Nothing is to be done.\n")
    (machine.files / "sources" / "shop.yaml").write_text("source: [")
    third = run()
    assert (third.returncode, "This is no YAML" in third.stderr) == (1, True)
