"""`@arrayPath`: a list, each item given a shape. `{"@arrayPath": ["$.products", {"id": {"@path": "$.sku"}}]}`

The shape is worked out with the item in place of the payload. A single object where a list is expected counts
as a list of one, if there is a shape. Anything else, null included, is passed on as it is.
"""

from typing import Any

from mappings.bounds import LONGEST
from mappings.check import Checker
from mappings.directives import path as path_directive
from mappings.errors import MappingError
from mappings.writer import Result, Writer

name = "@arrayPath"


def check(value: object, path: str, checker: Checker) -> None:
    """The value is a list: a path or directive, then perhaps the shape of an item, which is an object."""
    if not checker.is_array(value, path):
        return
    if not value:
        checker.report(path, "should have a path as its first item but it is empty.")
        return
    checker.text_or_directive(value[0], path)
    shape = value[1] if len(value) > 1 else None
    if isinstance(shape, dict):
        checker.value(shape, path)
    elif shape is not None:
        checker.report(path, "should have an object as its second item, the shape of an item.")


def emit(value: Any, writer: Writer) -> Result:
    """The shape becomes a function of its own, called once per item."""
    found = path_directive.emit(value[0], writer) if isinstance(value[0], str) else writer.value(value[0])
    shape = value[1] if len(value) > 1 else None
    if not shape:
        return found
    item = writer.item_function(shape)
    result = writer.variable()
    writer.line(f"{result} = {found.code}")
    with writer.block(f"if isinstance({result}, list):"):
        writer.line(f"if len({result}) > {LONGEST // _values(shape)}: {writer.source.bind(refuse)}()")
        writer.line(f"{result} = [{item}(item) for item in {result}]")
    writer.line(f"elif isinstance({result}, dict): {result} = [{item}({result})]")
    return Result(result, found.optional)


def refuse() -> None:
    """Raise MappingError: so many items of this shape are too many values."""
    raise MappingError(f"what {name} gives is more than {LONGEST} values")


def _values(shape: object) -> int:
    inside = shape.values() if isinstance(shape, dict) else shape if isinstance(shape, list) else ()
    return 1 + sum(map(_values, inside))
