"""`@if`: one value or another. `{"@if": {"exists": {"@path": "$.traits.phone"}, "then": "yes", "else": "no"}}`

`exists` holds for what is neither missing nor null; `blank` is its opposite and also counts `""`, `0`, `false`
and `[]` as blank. As the original has it, `then` is what `blank` gives when the value is NOT blank: both
conditions ask whether there is something. `exists` wins over `blank`. A branch that is not given is nothing.
"""

from typing import Any

from mappings.check import Checker, Part
from mappings.writer import NOTHING, Result, Writer

name = "@if"


def check(value: object, path: str, checker: Checker) -> None:
    """The value is an object; its four parts may be anything."""
    parts = (Part(part, checker.value) for part in ("exists", "blank", "then", "else"))
    if checker.parts(value, path, *parts) and "exists" not in value and "blank" not in value:
        checker.refuse(path, f'{name} requires an "exists" key or a "blank" key')


def emit(value: Any, writer: Writer) -> Result:
    """A Python `if`: only the branch that is taken is worked out."""
    if "exists" in value:
        tested = writer.hold(writer.value(value["exists"]))
        condition = f"{tested} is not None and {tested} is not UNDEFINED"
    else:
        tested = writer.hold(writer.value(value["blank"]))
        condition = f"{tested} or isinstance({tested}, dict)"
    result = writer.variable()
    with writer.block(f"if {condition}:"):
        then = _branch("then", value, result, writer)
    with writer.block("else:"):
        otherwise = _branch("else", value, result, writer)
    return Result(result, then.optional or otherwise.optional, then.holes or otherwise.holes)


def _branch(part: str, value: dict[str, object], result: str, writer: Writer) -> Result:
    branch = writer.value(value[part], holes=writer.holes) if part in value else NOTHING
    writer.line(f"{result} = {branch.code}")
    return branch
