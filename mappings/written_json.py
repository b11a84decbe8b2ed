"""JSON text as the object it is, of which each text still says where its characters come from."""

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from mappings.written import Mixed, Written, all_written, joined

_STRING = r'"(?:[^"\\]|\\.)*"'
_SCALAR = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null")


def read_object(text: str) -> dict[str, Any] | None:
    """The object that a mapped text is the JSON of; None for any other text.

    Its texts are templates where the mapping wrote them. A value of the event stands in a text of it, or is a number, true,
    false or null: whatever else it has in it, it adds no key.
    """
    try:
        if isinstance(text, Mixed):
            found = _of_parts(text.parts)
        else:
            found = _loaded(str(text))
            found = all_written(found) if isinstance(text, Written) else found
    except (ValueError, RecursionError, StopIteration):
        return None
    return found if isinstance(found, dict) else None


def _of_parts(parts: tuple[str, ...]) -> object:
    data = [part for part in parts if not isinstance(part, Written)]
    whole = "".join(parts)
    mark = next(chr(code) for code in range(0xE000, 0xF8FF) if chr(code) not in whole)
    marked = "".join(part if isinstance(part, Written) else mark for part in parts)
    left = iter(data)
    kept: list[str] = []

    def settled(found: re.Match[str]) -> str:
        if found[0] == mark:
            return _scalar(next(left))
        kept.extend(next(left) for _ in range(found[0].count(mark)))
        return found[0]

    return _filled(_loaded(re.sub(f"{_STRING}|{mark}", settled, marked)), mark, iter(kept))


def _scalar(text: str) -> str:
    if not _SCALAR.fullmatch(text.strip()):
        raise ValueError("a value that is no JSON stands where JSON is asked for")
    return text


def _filled(value: object, mark: str, data: Iterator[str]) -> object:
    """The value with the data back in place of the marks, in the order of the text."""
    match value:
        case str():
            first, *others = value.split(mark)
            pieces: list[str] = [Written(first)]
            for other in others:
                pieces += [next(data), Written(other)]
            return joined(pieces)
        case list():
            return [_filled(item, mark, data) for item in value]
        case dict():
            return {str(_filled(key, mark, data)): _filled(item, mark, data) for key, item in value.items()}
    return value


def _loaded(text: str) -> object:
    return json.loads(text, parse_constant=_no_number, object_pairs_hook=_members)


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; a key that stands twice would leave out what the first said."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found
