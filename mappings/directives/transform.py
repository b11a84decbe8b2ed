"""`@transform`: a mapping of what another mapping gives. `{"@transform": {"apply": {"a": ...}, "mapping": {"b": ...}}}`

`apply` is worked out first; in `mapping` its value stands in place of the payload, which cannot be reached there.
"""

from typing import Any

from mappings.bounds import weighed
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
