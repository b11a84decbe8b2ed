"""Where a value of a mapping looks, without looking: its paths into the event."""

import re
from collections.abc import Iterator
from typing import Any

from mappings.check import directive_in

_BRACES = re.compile(r"\{\{\{?([^{}]+)\}?\}\}")
_ROOT = "$."


def sources_of(value: object) -> tuple[str, ...]:
    """The paths that a value of a mapping reads from an event, each once, in their order: those of an `@arrayPath`'s shape
    begin at an item and are left out. A template of `@liquid` stands for itself. A constant has none.
    """
    return tuple(dict.fromkeys(_sources(value)))


def is_constant(value: object) -> bool:
    """Whether a value of a mapping has no directive in it."""
    if isinstance(value, list):
        return all(map(is_constant, value))
    if isinstance(value, dict):
        return directive_in(value) is None and all(map(is_constant, value.values()))
    return True


def _sources(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _sources(item)
    elif isinstance(value, dict):
        directive = directive_in(value)
        if directive is None:
            for inner in value.values():
                yield from _sources(inner)
        else:
            yield from _of_directive(directive, value[directive])


def _of_directive(directive: str, value: Any) -> Iterator[str]:
    match directive, value:
        case "@path", str():
            yield _from_root(value)
        case "@template", str():
            yield from (_from_root(path.strip()) for path in _BRACES.findall(value))
        case "@liquid", str() if "{{" in value or "{%" in value:
            yield value
        case "@arrayPath", [str(path), *_]:
            yield _from_root(path)
        case "@arrayPath", [inner, *_]:
            yield from _sources(inner)
        case "@transform", {"apply": applied}:
            yield from _sources(applied)
        case _:
            yield from _sources(
                list(value.values()) if isinstance(value, dict) and directive_in(value) is None else value
            )


def _from_root(path: str) -> str:
    return path if path.startswith("$") else _ROOT + path
