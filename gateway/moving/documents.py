"""The JSON of exports: one document or several behind one another, each of them read strictly."""

import json
import math
from collections.abc import Iterator
from typing import Any, Final, NoReturn

from gateway.events import shown

DEEPEST: Final = 100
"""How many levels a document may have: what reads it later can follow no more."""

_LONGEST_NUMBER: Final = 40


class ExportError(ValueError):
    """Raised where an export can't be read. Its words repeat no value of it, which may be a secret."""


def documents(text: str) -> list[Any]:
    """Every document of that text. Raises ExportError where it is no JSON, or says one thing twice."""
    found: list[Any] = []
    rest, place = text.removeprefix("\N{BYTE ORDER MARK}"), 0
    decoder = json.JSONDecoder(
        object_pairs_hook=_unique, parse_constant=_no_number, parse_float=_float, parse_int=_int
    )
    while True:
        while place < len(rest) and rest[place] in " \t\r\n":
            place += 1
        if place == len(rest):
            return found
        try:
            one, place = decoder.raw_decode(rest, place)
        except json.JSONDecodeError as error:
            raise ExportError(_broken(error, rest)) from None
        except RecursionError:
            raise ExportError(_DEEP) from None
        _check(one)
        found.append(one)


def only(text: str) -> Any:
    """The one document of that text. Raises ExportError."""
    found = documents(text)
    if len(found) != 1:
        raise ExportError("There is no JSON value, or more than one.")
    return found[0]


_DEEP: Final = f"It is nested in more than {DEEPEST} levels, which no export of a destination is."


def _broken(error: json.JSONDecodeError, text: str) -> str:
    where = f"line {error.lineno}, column {error.colno}"
    if not text[error.pos :].strip():
        return f"It breaks off in {where}: a part of it is missing. Fetch it again."
    return f"It is no JSON from {where} on ({error.msg})."


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ExportError(f"An object has {shown(twice)} twice, so that nobody knows which counts.")
    return made


def _no_number(_name: str) -> NoReturn:
    raise ExportError("It has NaN or Infinity, which are no JSON.")


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ExportError("It has a number that is too large.")
    return value


def _int(text: str) -> int:
    if len(text) > _LONGEST_NUMBER:
        raise ExportError("It has a number of more than 40 digits.")
    return int(text)


def _check(document: Any) -> None:
    level, depth = [document], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise ExportError(_DEEP)
        if any(_is_unwritable(one) for one in level):
            raise ExportError(
                "A text of it has the character U+0000, or half of one: it can't be kept. Leave it out."
            )
        level = [inner for one in level for inner in _within(one)]


def _within(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def _is_unwritable(value: Any) -> bool:
    return isinstance(value, str) and ("\x00" in value or any("\ud800" <= one <= "\udfff" for one in value))
