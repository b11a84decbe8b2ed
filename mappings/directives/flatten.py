"""`@flatten`: an object in objects as one. `{"@flatten": {"value": {"@path": "$.properties"}, "separator": "."}}`

The keys on the way to each value are joined with `separator`, lists counting as objects with the keys 0, 1, 2 ... unless
`omitArrays` keeps them whole. Empty objects and lists vanish, null stays; a single value stands under the key "".
"""

from collections.abc import Iterable, Iterator
from typing import Any

from mappings.bounds import ITEM, Work, refuse_deeper_than_allowed, spend
from mappings.check import Checker, Part
from mappings.values import UNDEFINED
from mappings.writer import Result, Writer

name = "@flatten"

_Members = Iterator[tuple[str, object]]


def check(value: object, path: str, checker: Checker) -> None:
    """The value is an object with any value, a separator, and perhaps whether lists are kept whole."""

    def omits_arrays(choice: object, at: str) -> None:
        if choice is not None and not isinstance(choice, bool):
            checker.doubt(at, f"{at} should be a boolean; it counts as {'true' if choice else 'false'}.")

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
    keeps_lists = bool(value.get("omitArrays"))
    return writer.call(flatten, found.code, literal(value["separator"]), literal(keeps_lists), "work")


def flatten(value: object, separator: str, keeps_lists: bool, work: Work) -> dict[str, object]:
    """The values inside `value` under joined keys. Raises MappingError for what is nested or grows too far."""
    flat: dict[str, object] = {}
    stack: list[tuple[str, _Members]] = [("", iter([("", value)]))]
    while stack:
        lead, members = stack[-1]
        for key, inner in members:
            if inner is UNDEFINED:
                continue
            inside = _members(inner, keeps_lists)
            if inside is not None:
                refuse_deeper_than_allowed(len(stack), "objects and lists")
                spend(work, ITEM + len(lead) + len(key) + len(separator))
                stack.append((f"{lead}{key}{separator}" if len(stack) > 1 else "", inside))
                break
            spend(work, ITEM + len(lead) + len(key))
            flat[lead + key] = inner
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
