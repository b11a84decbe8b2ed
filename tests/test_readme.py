"""What the README and the page of settings and commands say is what the project does."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.settings import PREFIX, Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
TABLES = (ROOT / "docs" / "settings-and-commands.md").read_text()


def code_blocks(language: str) -> list[str]:
    """The fenced blocks of that language, its words behind the language included."""
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_ci_runs_the_test_command_of_the_readme() -> None:
    [command] = [block.strip() for block in code_blocks("bash") if "test" in block]

    last_line = (ROOT / ".ci" / "run").read_text().strip().splitlines()[-1]

    assert command == "make test"
    assert last_line == command


def test_the_first_command_is_a_target_of_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert code_blocks("bash")[0].strip() == "make demo"
    assert {"demo", "test", "run", "simulator", "setup", "fix", "snapshots", "bench"} <= targets


@pytest.mark.parametrize("name", Settings.model_fields)
def test_each_setting_has_its_row(name: str) -> None:
    rows = re.findall(rf"^\| `{PREFIX}{name.upper()}` \|.*$", TABLES, re.MULTILINE)

    assert len(rows) == 1
    assert Settings.model_fields[name].description


def test_no_row_is_about_a_setting_that_is_gone() -> None:
    rows = re.findall(rf"^\| `{PREFIX}(\w+)` \|", TABLES, re.MULTILINE)

    assert sorted(row.lower() for row in rows) == sorted(Settings.model_fields)


@pytest.mark.parametrize("folder", ["mappings", "destinations", "gateway", "docker", "tests"])
def test_each_folder_that_is_named_is_there(folder: str) -> None:
    assert f"`{folder}/`" in README
    assert (ROOT / folder).is_dir()


def test_each_command_of_the_table_is_one() -> None:
    commands = re.findall(r"^\| `heliograph (\w+)", TABLES, re.MULTILINE)

    helped = subprocess.run(
        [sys.executable, "-m", "gateway", "--help"], capture_output=True, text=True, check=True
    ).stdout

    assert len(commands) == 21
    assert [command for command in commands if command not in helped] == []


@pytest.mark.parametrize("page", sorted(page.name for page in (ROOT / "docs").glob("*.md")))
def test_the_first_page_leads_to_each_page(page: str) -> None:
    assert f"](docs/{page})" in README
