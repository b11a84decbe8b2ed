"""`@json`: JSON text from a value, or a value from JSON text. `{"@json": {"mode": "encode", "value": {"@path": "$.cart"}}}`

Encoding writes numbers as JavaScript does (7 for 7.0). Decoding passes on what is no text, and a text that is no
strict JSON, as it is. What the mapping wrote stays the mapping's own where nothing of an event is among it.
"""

import json
from functools import partial
from typing import Any, NoReturn

from mappings.bounds import Work, spend
from mappings.check import Checker, Part
from mappings.errors import MappingError
from mappings.json_text import json_text
from mappings.sources import is_constant
from mappings.values import HALF_CHARACTER, UNDEFINED
from mappings.writer import Result, Writer
from mappings.written import Mixed, Written, all_written, written

name = "@json"

_MODES = ("encode", "decode")
_DEEPEST = 100
"""An event brings in few more: whoever takes the value walks it with the interpreter's own stack."""
_ESCAPED_HALF = "\\u"
_A_CHARACTER = 4
"""What a character of JSON costs, in others."""


def check(value: object, path: str, checker: Checker) -> None:
    """The value is an object with a mode and any value but an empty constant, which the original refuses too."""
    parts = (
        Part("value", checker.value, required=True),
        Part("mode", partial(checker.one_of, _MODES), required=True),
    )
    if checker.parts(value, path, *parts) and value.get("value", True) in (None, False, 0, ""):
        checker.refuse(path, f'{name} requires a "value" key')


def emit(value: Any, writer: Writer) -> Result:
    """A call for the value that is found."""
    if value["mode"].lower() == "encode":
        if is_constant(value["value"]):
            return writer.constant(written(json_text(value["value"])))
        found = writer.value(value["value"])
        return writer.call(encode, found.code, "work", optional=found.optional)
    found = writer.value(value["value"], holes=writer.holes)
    decoded = writer.call(decode, found.code, "work", optional=found.optional)
    return Result(decoded.code, decoded.optional, found.holes)


def encode(value: object, work: Work) -> object:
    """The JSON text of a value; nothing for nothing."""
    if value is UNDEFINED:
        return UNDEFINED
    text = json_text(value)
    spend(work, _A_CHARACTER * len(text))
    return text


def decode(value: object, work: Work) -> object:
    """The value that a JSON text stands for, in which half of a character is U+FFFD; anything else as it is.

    Raises MappingError for a text nested deeper than 100 levels.
    """
    if not isinstance(value, str):
        return value
    spend(work, _A_CHARACTER * len(value))
    try:
        decoded = json.loads(value, parse_constant=_refuse, parse_float=_float)
    except ValueError:
        return value
    except RecursionError:
        raise _too_deep() from None
    if _is_deep(decoded):
        raise _too_deep()
    if isinstance(value, Written) and not isinstance(value, Mixed):
        decoded = all_written(decoded)
    return _whole(decoded) if _ESCAPED_HALF in value or HALF_CHARACTER.search(value) else decoded


def _too_deep() -> MappingError:
    return MappingError(f"{name} decodes no more than {_DEEPEST} levels of objects and lists")


def _is_deep(value: object) -> bool:
    level = [value]
    for _ in range(_DEEPEST + 1):
        insides = (
            item.values() if isinstance(item, dict) else item
            for item in level
            if isinstance(item, dict | list)
        )
        level = [inner for inside in insides for inner in inside]
    return bool(level)


def _whole(value: object) -> object:
    match value:
        case str():
            return HALF_CHARACTER.sub("\N{REPLACEMENT CHARACTER}", value)
        case list():
            return [_whole(item) for item in value]
        case dict():
            return {
                HALF_CHARACTER.sub("\N{REPLACEMENT CHARACTER}", key): _whole(item)
                for key, item in value.items()
            }
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _float(digits: str) -> float | None:
    number = float(digits)
    return number if abs(number) != float("inf") else None
