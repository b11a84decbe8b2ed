"""`@flatten`: an object in objects as one. `{"@flatten": {"value": {"@path": "$.properties"}, "separator": "."}}`

The keys on the way to each value are joined with `separator`, lists counting as objects with the keys 0, 1, 2 ... unless
`omitArrays` keeps them whole. Empty objects and lists vanish, null stays; a single value stands under the key "".
"""

from collections.abc import Iterable, Iterator
from typing import Any

from mappings.bounds import refuse_deeper_than_allowed, refuse_longer_than_allowed
from mappings.check import Checker, Part
from mappings.values import UNDEFINED
from mappings.writer import Result, Writer

name = "@flatten"

_Members = Iterator[tuple[str, object]]


def check(value: object, path: str, checker: Checker) -> None:
    """The value is an object with any value, a separator, and perhaps whether lists are kept whole."""

    def omits_arrays(choice: object, at: str) -> None:
        if not isinstance(choice, bool):
            checker.refuse(at, f"{at} should be a boolean.")

    parts = (
        Part("separator", checker.text),
        Part("value", checker.value, required=True),
        Part("omitArrays", omits_arrays),
    )
    if checker.parts(value, path, *parts) and not value.get("separator"):
        checker.refuse(path, f'{name} requires a "separator" key')


def emit(value: Any, writer: Writer) -> Result:
    """A call for the value that is found."""
    found = writer.value(value["value"])
    literal = writer.source.literal
    keeps_lists = value.get("omitArrays", False)
    return writer.call(flatten, found.code, literal(value["separator"]), literal(keeps_lists))


def flatten(value: object, separator: str, keeps_lists: bool) -> dict[str, object]:
    """The values inside `value` under joined keys. Raises MappingError for what is nested or grows too far."""
    flat: dict[str, object] = {}
    length = 0
    stack: list[tuple[str, _Members]] = [("", iter([("", value)]))]
    while stack:
        lead, members = stack[-1]
        for key, inner in members:
            if inner is UNDEFINED:
                continue
            inside = _members(inner, keeps_lists)
            if inside is not None:
                refuse_deeper_than_allowed(len(stack), "objects and lists")
                stack.append((f"{lead}{key}{separator}" if len(stack) > 1 else "", inside))
                break
            flat[lead + key] = inner
            length += len(lead) + len(key) + 1
            refuse_longer_than_allowed(length, f"what {name} gives")
        else:
            stack.pop()
    return flat


def _members(value: object, keeps_lists: bool) -> _Members | None:
    if isinstance(value, dict):
        return ((str(key), inner) for key, inner in value.items())
    if isinstance(value, list) and not keeps_lists:
        return _numbered(value)
    return None


def _numbered(items: Iterable[object]) -> _Members:
    for index, item in enumerate(items):
        yield str(index), item
