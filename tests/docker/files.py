"""Reads what is in docker/, and asks the program whether it is called as it can be."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typer.main
import yaml

from gateway.cli import cli

ROOT = Path(__file__).parent.parent.parent
DOCKER = ROOT / "docker"


@dataclass
class Stage:
    """From one FROM to the next."""

    image: str
    name: str
    steps: list[tuple[str, str]] = field(default_factory=list)

    def all(self, instruction: str) -> list[str]:
        return [said for what, said in self.steps if what == instruction]

    def last(self, instruction: str) -> str:
        return self.all(instruction)[-1]


def stages(dockerfile: str) -> list[Stage]:
    """The stages of a Dockerfile, in their order."""
    found: list[Stage] = []
    for instruction, said in _instructions(dockerfile):
        if instruction == "FROM":
            image, _, name = said.partition(" AS ")
            found.append(Stage(image, name))
        else:
            found[-1].steps.append((instruction, said))
    return found


def _instructions(dockerfile: str) -> Iterator[tuple[str, str]]:
    lines = [line for line in dockerfile.splitlines() if line.strip() and not line.startswith("#")]
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        instruction, _, said = line.partition(" ")
        yield instruction, re.sub(r"\s+", " ", said).strip()


def command(said: str) -> list[str]:
    """The words of a CMD in its JSON form."""
    words: list[str] = json.loads(said)
    return words


def documents(text: str) -> list[dict[str, Any]]:
    """Each of the YAML documents in it."""
    return [one for one in yaml.safe_load_all(text) if one is not None]


def understood(words: Sequence[str]) -> dict[str, Any]:
    """How heliograph reads a command line, without doing it. It raises where it can't."""
    program, *given = words
    assert program == "heliograph"
    group: Any = typer.main.get_command(cli)
    with group.make_context(program, list(given)) as context:
        name, found, rest = group.resolve_command(context, list(given))
        with found.make_context(name, rest, parent=context) as called:
            return {"command": name, **called.params}


def is_pinned(image: str) -> bool:
    """Whether it names one release, and not whatever comes."""
    return re.fullmatch(r"[a-z./-]+:\d+\.\d+\.?\d*(-[a-z-]+)?", image) is not None
