"""`@json`: JSON text from a value, or a value from JSON text. `{"@json": {"mode": "encode", "value": {"@path": "$.cart"}}}`

Encoding writes numbers as JavaScript does (7 for 7.0). Decoding passes on what is no text, and a text that is no
strict JSON, as it is.
"""

import json
from typing import Any, NoReturn

from mappings.bounds import DEEPEST
from mappings.check import Checker, Part
from mappings.errors import MappingError
from mappings.json_text import json_text
from mappings.values import UNDEFINED
from mappings.writer import Result, Writer

name = "@json"

_MODES = ("encode", "decode")


def check(value: object, path: str, checker: Checker) -> None:
    """The value is an object with a mode and any value but an empty constant, which the original refuses too."""

    def mode(word: object, at: str) -> None:
        checker.one_of(_MODES, word, at)

    checker.parts(value, path, Part("value", checker.value, required=True), Part("mode", mode, required=True))
    if isinstance(value, dict) and value.get("value", True) in (None, False, 0, ""):
        checker.refuse(path, f'{name} requires a "value" key')


def emit(value: Any, writer: Writer) -> Result:
    """A call for the value that is found."""
    if value["mode"].lower() == "encode":
        found = writer.value(value["value"])
        return writer.call(encode, found.code, optional=found.optional)
    found = writer.value(value["value"], holes=writer.holes)
    decoded = writer.call(decode, found.code, optional=found.optional)
    return Result(decoded.code, decoded.optional, found.holes)


def encode(value: object) -> object:
    """The JSON text of a value; nothing for nothing."""
    return UNDEFINED if value is UNDEFINED else json_text(value)


def decode(value: object) -> object:
    """The value that a JSON text stands for; anything else as it is. Raises MappingError for one nested too deep."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value, parse_constant=_refuse, parse_float=_float)
    except ValueError:
        return value
    except RecursionError:
        raise MappingError(f"objects and lists are nested deeper than {DEEPEST} levels") from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _float(digits: str) -> float | None:
    number = float(digits)
    return number if abs(number) != float("inf") else None
