"""`@merge`: several objects as one. `{"@merge": {"objects": [{"@path": "$.traits"}, {"a": 1}], "direction": "right"}}`

Where two have the same key, `direction` says which end of the list wins. What is no object counts as an empty one. A
key that an object names without a value (its path leads nowhere) takes the key away, as the original has it.
"""

from functools import partial
from typing import Any

from mappings.bounds import ITEM
from mappings.check import Checker, Part
from mappings.values import UNDEFINED
from mappings.writer import Result, Writer

name = "@merge"

_DIRECTIONS = ("left", "right")
_FEW = 50
"""Keys that need no counting."""


def check(value: object, path: str, checker: Checker) -> None:
    """The value is an object with a list of objects (or directives that give them), and a direction."""
    parts = (
        Part("objects", checker.objects, required=True),
        Part("direction", partial(checker.one_of, _DIRECTIONS)),
    )
    if checker.parts(value, path, *parts) and "direction" not in value:
        checker.refuse(path, f'{name} requires a "direction" key')


def emit(value: Any, writer: Writer) -> Result:
    """One object display. Keys without a value are taken out at the end, unless a merge around this one does it."""
    objects = [writer.value(item, holes=True) for item in value["objects"]]
    held = [writer.hold(item) for item in objects]
    if value["direction"].lower() == "left":
        held.reverse()
    result, holes = writer.variable(), any(item.holes for item in objects)
    writer.line(
        f"{result} = {{{', '.join(f'**({one} if isinstance({one}, dict) else {{}})' for one in held)}}}"
    )
    writer.line(f"if len({result}) > {_FEW}: spend(work, len({result}) * {ITEM})")
    if holes and not writer.holes:
        writer.line(f"{result} = {writer.source.bind(without_holes)}({result})")
    return Result(result, optional=False, holes=holes and writer.holes)


def without_holes(merged: dict[str, object]) -> dict[str, object]:
    """The object without the keys that have no value."""
    return {key: value for key, value in merged.items() if value is not UNDEFINED}
