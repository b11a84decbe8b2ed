"""`@transform`: a mapping of what another mapping gives. `{"@transform": {"apply": {"a": ...}, "mapping": {"b": ...}}}`

`apply` is worked out first; in `mapping` its value stands in place of the payload, which cannot be reached there.
"""

from collections.abc import Iterable
from typing import Any

from mappings.bounds import refuse_longer_than_allowed
from mappings.check import Checker, Part
from mappings.writer import Result, Writer

name = "@transform"


def check(value: object, path: str, checker: Checker) -> None:
    """The value is an object with two parts, each an object or a directive."""
    checker.parts(
        value,
        path,
        Part("apply", checker.object_or_directive, required=True),
        Part("mapping", checker.object_or_directive, required=True),
    )


def emit(value: Any, writer: Writer) -> Result:
    """The mapping becomes a function of its own. Its payload is weighed: a mapping may have made it, from itself."""
    applied = writer.value(value["apply"])
    payload = writer.call(weighed, applied.code, optional=applied.optional)
    return writer.applied(value["mapping"], payload)


def weighed(value: object) -> object:
    """`value`, whose parts may be shared, unless its text would be too much to write out; raises MappingError."""
    weight = 0
    stack: list[Iterable[object]] = [(value,)]
    while stack:
        for inner in stack.pop():
            weight += 1
            if isinstance(inner, str):
                weight += len(inner)
            elif isinstance(inner, dict):
                weight += sum(len(str(key)) for key in inner)
                stack.append(inner.values())
            elif isinstance(inner, list):
                stack.append(inner)
        refuse_longer_than_allowed(weight, f"what {name} makes of the event")
    return value
