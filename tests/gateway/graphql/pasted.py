"""What somebody does who pastes a remedy as it stands."""

import re
from collections.abc import Iterator

import pytest
from graphql import build_schema, parse, validate

from gateway.cli import cli
from gateway.graphql.schema import sdl
from gateway.settings import PREFIX, Settings

_SCHEMA = build_schema(sdl())
_SETTINGS = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
_COMMANDS = {
    one.name or one.callback.__name__ for one in cli.registered_commands if one.callback is not None
} | {one.name for one in cli.registered_groups}


def operations(text: str) -> Iterator[str]:
    """Each operation in a text, from its first word to the brace that closes it."""
    for found in re.finditer(r"\b(?:mutation|query) [{(]", text):
        depth = 0
        for place, letter in enumerate(text[found.start() :], start=found.start()):
            depth += {"{": 1, "}": -1}.get(letter, 0)
            if letter == "}" and depth == 0:
                yield text[found.start() : place + 1]
                break
        else:
            pytest.fail(f"An operation is not closed: {text}")


def checked(text: str) -> list[str]:
    """The operations in a remedy, each whole and one of the schema. What it names beside them exists: settings of the gateway, commands,
    and addresses that are called.
    """
    found = list(operations(text))
    for operation in found:
        assert [error.message for error in validate(_SCHEMA, parse(operation))] == [], operation
        assert not re.search(r"<[a-z]+ of [^\">]+>", operation), f"A part is open: {operation}"
        assert "<the id of" not in operation, f"An id is open: {operation}"
    assert set(re.findall(rf"{PREFIX}[A-Z_]+", text)) <= _SETTINGS
    assert set(re.findall(r"(?:run|Run|`)\s*heliograph ([a-z]+)", text)) <= _COMMANDS
    return found
