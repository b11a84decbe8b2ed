"""`@excludeWhenNull`: null counts as missing. `{"@excludeWhenNull": {"@path": "$.traits.plan"}}`

So do the nulls inside an object, at every depth; lists are left as they are.
"""

from typing import Any

from mappings.bounds import ITEM, Work, refuse_deeper_than_allowed, spend
from mappings.check import Checker
from mappings.values import UNDEFINED
from mappings.writer import Result, Writer

name = "@excludeWhenNull"


def check(value: object, path: str, checker: Checker) -> None:
    """The value may be anything."""
    checker.unseen(value, path)


def emit(value: Any, writer: Writer) -> Result:
    """A call for the value that is found."""
    holes = writer.holes
    found = writer.value(value, holes=holes)
    cleaned = writer.call(without_nulls, found.code, writer.source.literal(holes), "work", optional=True)
    return Result(cleaned.code, cleaned.optional, holes)


def without_nulls(value: object, holes: bool, work: Work) -> object:
    """`value` without nulls, which leave UNDEFINED in the outermost object if it may have `holes`."""
    if not isinstance(value, dict):
        return UNDEFINED if value is None else value
    clean: dict[str, object] = {}
    stack = [(value, clean, 1)]
    while stack:
        source, target, depth = stack.pop()
        refuse_deeper_than_allowed(depth, "objects")
        spend(work, ITEM * (1 + len(source)))
        for key, inner in source.items():
            if isinstance(inner, dict):
                inside: dict[str, object] = {}
                target[key] = inside
                stack.append((inner, inside, depth + 1))
            elif inner is not None and inner is not UNDEFINED:
                target[key] = inner
            elif holes and depth == 1:
                target[key] = UNDEFINED
    return clean
