"""Each command and option that a page names is one of the program."""

import re
from pathlib import Path
from typing import Any

import pytest
import typer

from gateway.cli import cli

ROOT = Path(__file__).parent.parent
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *(
        ROOT / name / "README.md"
        for name in ("gateway", "gateway/graphql", "destinations", "mappings", "docker")
    ),
]
PROGRAM = typer.main.get_command(cli)
CODE = re.compile(r"^```(?:bash|sh)\n(.*?)^```|`([^`\n]+)`", re.MULTILINE | re.DOTALL)
CALL = re.compile(r"(?:^|[\s/])heliograph ((?:--version\b)|[a-z][^#|;&]*)")


def calls(page: Path) -> list[str]:
    """What stands behind `heliograph` wherever it is called."""
    found = [inline or block for block, inline in CODE.findall(page.read_text("utf-8"))]
    return [call for code in found for line in code.splitlines() for call in CALL.findall(line)]


def unknown(call: str) -> str | None:
    """The first word of a call that the program does not know."""
    command: Any = PROGRAM
    words = call.split()
    while hasattr(command, "commands") and words and not words[0].startswith("-"):
        if words[0] not in command.commands:
            return words[0]
        command, words = command.commands[words[0]], words[1:]
    options = {name for one in command.params for name in [*one.opts, *one.secondary_opts]} | {"--help"}
    return next(
        (word for word in words if re.match(r"--\w", word) and word.split("=")[0] not in options), None
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_call_of_a_page_is_one_that_the_program_takes(page: Path) -> None:
    assert [(call, unknown(call)) for call in calls(page) if unknown(call)] == []


def test_each_option_in_the_table_of_commands_is_one_of_its_command() -> None:
    table = (ROOT / "docs" / "settings-and-commands.md").read_text("utf-8")
    rows = re.findall(r"^\| `heliograph ([^`]+)` \|(.*)$", table, re.MULTILINE)

    assert len(rows) >= 20
    for call, told in rows:
        words = " ".join(word for word in call.split() if re.fullmatch(r"[a-z]+", word))
        options = " ".join(
            re.findall(r"`(--[a-z-]+)", re.sub(r"`[^`]*heliograph [^`]*`|`serve [^`]*`", "", told))
        )
        assert unknown(f"{words} {options}") is None, call


def test_what_is_no_call_is_told() -> None:
    assert unknown("import sgment FILE") == "sgment"
    assert unknown("serve --no-workers") == "--no-workers"
    assert unknown("--version") is None
    assert sum(len(calls(page)) for page in PAGES) >= 60
