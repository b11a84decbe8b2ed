"""The constants that a field can have, as the texts they go out as."""

from collections.abc import Iterator, Mapping
from typing import Any

from mappings import Literal, literals
from mappings.check import steps
from mappings.text import text_of

Place = tuple[str, ...]


def literals_of(fields: Mapping[str, Any], key: str) -> Iterator[Literal]:
    """The literals of a field but those that count as left out."""
    return (one for one in literals(fields.get(key), f"/{key}") if one.value not in (None, ""))


def texts_of(fields: Mapping[str, Any], key: str) -> Iterator[tuple[Place, str]]:
    """The texts that a field can be, each with its place: of what holds a value of the event too, nothing."""
    for one in literals_of(fields, key):
        if not one.whole:
            continue
        match one.value:
            case str() | int() | float() as value:
                yield steps(one.path), text_of(value)
            case [inner]:  # a list of one item is that item
                inside = texts_of({key: inner}, key)
                yield from (((*steps(one.path), "0", *path[1:]), text) for path, text in inside)


def is_liquid(text: str) -> bool:
    """Whether a text has something of a template in it."""
    return "{{" in text or "{%" in text
