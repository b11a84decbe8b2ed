"""`@case`: a text in lower or upper case. `{"@case": {"operator": "lower", "value": {"@path": "$.traits.email"}}}`

What is no text is passed on as it is. In a text that the mapping wrote, what is between the braces of a message's template
stays as it is, too: names of traits have a case.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NoReturn

from mappings.check import Checker, Part
from mappings.errors import MappingError
from mappings.writer import NOTHING, Result, Writer
from mappings.written import Written, outside_of_code

name = "@case"

_OPERATORS = ("lower", "upper")
_CHANGES: Mapping[str, Callable[[str], str]] = {"lower": str.lower, "upper": str.upper}


def check(value: object, path: str, checker: Checker) -> None:
    """The value is an object with an operator and a text or a directive that gives one."""

    def operator(word: object, at: str) -> None:
        checker.text(word, at)
        if word and isinstance(word, str):
            checker.misspell(word, _OPERATORS, at)

    parts = (Part("operator", operator), Part("value", checker.text_or_directive))
    if checker.parts(value, path, *parts) and not value.get("operator"):
        checker.refuse(path, f'{name} requires a "operator" key')


def emit(value: Any, writer: Writer) -> Result:
    """A call of the text's own method. An operator that is none fails for texts alone, as recorded."""
    if not value.get("value"):
        return NOTHING
    found = writer.value(value["value"], holes=writer.holes)
    operator = value["operator"].lower()
    held, result = writer.hold(found), writer.variable()
    changed = f"{held}.{operator}()" if operator in _OPERATORS else f"{writer.source.bind(refuse)}()"
    in_template = writer.source.bind(partial(_cased, operator))
    writer.line(f"{result} = {changed} if {held}.__class__ is str else {in_template}({held})")
    return Result(result, found.optional, found.holes)


def _cased(operator: str, value: object) -> object:
    if not isinstance(value, Written):
        return value
    change: Callable[[str], str] = _CHANGES.get(operator, refuse)
    return outside_of_code(value, change)


def refuse(*_: object) -> NoReturn:
    """Raise MappingError: the operator is none."""
    raise MappingError('operator key should have a value of "lower" or "upper"')
