"""`@transform`: a mapping of what another mapping gives. `{"@transform": {"apply": {"a": ...}, "mapping": {"b": ...}}}`

`apply` is worked out first; in `mapping` its value stands in place of the payload, which cannot be reached there.
"""

from collections.abc import Iterable
from typing import Any

from mappings.bounds import ITEM, Work, spend
from mappings.check import Checker, Part
from mappings.writer import Result, Writer

name = "@transform"


def check(value: object, path: str, checker: Checker) -> None:
    """The value is an object with two parts, each an object or a directive."""
    checker.parts(
        value,
        path,
        Part("apply", checker.object_or_directive, required=True),
        Part("mapping", checker.object_elsewhere, required=True),
    )


def emit(value: Any, writer: Writer) -> Result:
    """The mapping becomes a function of its own. Its payload is weighed: a mapping may have made it, from itself."""
    applied = writer.value(value["apply"])
    payload = writer.call(weighed, applied.code, "work", optional=applied.optional)
    return writer.applied(value["mapping"], payload)


def weighed(value: object, work: Work) -> object:
    """`value`, whose parts may be shared, counted as often as it would be written out."""
    stack: list[Iterable[object]] = [(value,)]
    while stack:
        weight = 0
        for inner in stack.pop():
            weight += ITEM
            if isinstance(inner, str):
                weight += len(inner)
            elif isinstance(inner, dict):
                weight += sum(len(str(key)) for key in inner)
                stack.append(inner.values())
            elif isinstance(inner, list):
                stack.append(inner)
        spend(work, weight)
    return value
