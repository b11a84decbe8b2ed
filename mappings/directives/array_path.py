"""`@arrayPath`: a list, each item given a shape. `{"@arrayPath": ["$.products", {"id": {"@path": "$.sku"}}]}`

The shape is worked out with the item in place of the payload. A single object where a list is expected counts
as a list of one, if there is a shape. Anything else, null included, is passed on as it is.
"""

from typing import Any

from mappings.bounds import ITEM
from mappings.check import Checker
from mappings.directives import path as path_directive
from mappings.writer import Result, Writer

name = "@arrayPath"

_FEW = 50
"""Items that need no counting."""


def check(value: object, path: str, checker: Checker) -> None:
    """The value is a list: a path or directive, then perhaps the shape of an item, which is an object."""
    if not checker.is_array(value, path):
        return
    if not value:
        checker.report(path, "should be a string or a mapping directive but it is an undefined.")
        return
    checker.text_or_directive(value[0], path)
    path_directive.doubt(value[0], path, checker)
    shape = value[1] if len(value) > 1 else None
    if isinstance(shape, dict):
        checker.elsewhere(shape, path)
    elif shape is not None:
        checker.doubt(
            path, "A second item that is no object means nothing; an object is the shape of an item."
        )


def emit(value: Any, writer: Writer) -> Result:
    """The shape becomes a function of its own, called once per item."""
    found = path_directive.emit(value[0], writer) if isinstance(value[0], str) else writer.value(value[0])
    shape = value[1] if len(value) > 1 else None
    if not shape or not isinstance(shape, dict):
        return found
    item = writer.item_function(shape)
    result = writer.variable()
    writer.line(f"{result} = {found.code}")
    cost = ITEM * _values(shape)
    with writer.block(f"if isinstance({result}, list):"):
        writer.line(f"if len({result}) > {_FEW}: spend(work, len({result}) * {cost})")
        writer.line(f"{result} = [{item}(item, work) for item in {result}]")
    writer.line(f"elif isinstance({result}, dict): {result} = [{item}({result}, work)]")
    return Result(result, found.optional)


def _values(shape: object) -> int:
    inside = shape.values() if isinstance(shape, dict) else shape if isinstance(shape, list) else ()
    return 1 + sum(map(_values, inside))
