"""The paths that an event holds, written as fields have them; without `$.` a trigger has them so as well."""

import re
from collections.abc import Iterator
from typing import Final

from mappings import paths

MOST_PATHS: Final = 500
"""Of one event: what has more names things by their ids."""

DEEPEST: Final = 8
"""How many keys a path has at most."""

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_FIRST = ("properties", "traits")


def paths_of(event: object) -> dict[str, str]:
    """Each path to a value of an event, with what is there: string, number, boolean, null, list or object. Of a list, its first item
    stands for all. What no path leads to, such as a key with both quotes, is left out.
    """
    found: dict[str, str] = {}
    for path, value in _walked(event, "$"):
        found[path] = _kind(value)
        if len(found) == MOST_PATHS:
            break
    return found


def by_rank(path: str) -> tuple[int, str]:
    """By what paths that are as common are ordered: what the client said of the event itself comes first."""
    root = paths.parse(path)[:1]
    return (_FIRST.index(root[0]) if root and root[0] in _FIRST else len(_FIRST), path)


def _walked(value: object, written: str, depth: int = 1) -> Iterator[tuple[str, object]]:
    inside: list[tuple[str | None, object]] = []
    match value:
        case dict():
            inside = [(_step(key), one) for key, one in value.items()]
        case list() if value:
            inside = [("[0]", value[0])]
    for step, one in inside:
        if step is None or (depth == 1 and not step.startswith(".")):
            continue  # `$['a']` is a path to the key `$`
        path = written + step
        yield path, one
        if depth < DEEPEST:
            yield from _walked(one, path, depth + 1)


def _step(key: str) -> str | None:
    """A key as it stands in a path; None for one that can't."""
    if _PLAIN.fullmatch(key):
        return f".{key}"
    if "'" not in key:
        return f"['{key}']"
    return f'["{key}"]' if '"' not in key else None


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "list"
    return "object"
