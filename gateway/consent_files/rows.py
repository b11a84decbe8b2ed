"""The rows of a file, as what each column says: CSV, with rows that may go over several lines, or JSON, with an object on each line."""

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from destinations.kit import ConsentExport

LONGEST_CELL: Final = 1_000
LONGEST_RECORD: Final = 50
"""Over how many lines a row may go: a quote that nobody closed must not swallow the file."""
LONGEST_SHOWN: Final = 40

_DEEPEST = 12
"""How far down in an object is looked for what it says."""

_AROUND = frozenset({"attributes", "properties", "traits", "customer", "profile", "context", "evidence"})
"""What only holds the columns, and is no part of their names."""

_SPELLED = re.compile(r"[\s_\-.$]+")
_DIGIT = re.compile(r"[0-9](?=.*[0-9].*[0-9])", re.DOTALL)


class CellError(ValueError):
    """A cell that is not read, and why. Its column is "" where it is the row itself."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column


@dataclass(slots=True)
class Told:
    """What a row says: by the spelling of each column, and of each list what its entries say. `groups` are what only holds others,
    and `written` is how the file writes what it has.
    """

    words: dict[str, str] = field(default_factory=dict)
    lists: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    groups: set[str] = field(default_factory=set)
    written: dict[str, str] = field(default_factory=dict)


@lru_cache(maxsize=4096)
def spelled(name: str) -> str:
    """How a column is written, without case, blanks, `_`, `-` and dots."""
    return _SPELLED.sub("", name).lower()


def masked(text: str) -> str:
    """The text with no more than its last two digits: it may be somebody's number."""
    return _DIGIT.sub("•", text)


def shown(written: str) -> str:
    """As much of what is written as helps to find it."""
    return repr(masked(written if len(written) <= LONGEST_SHOWN else f"{written[: LONGEST_SHOWN - 1]}…"))


# -- CSV -------------------------------------------------------------------------------------------------------------------


def cells_of(record: Sequence[str], delimiter: str) -> list[str] | None:
    """The cells of a row; None for what is no row."""
    text = "".join(record).removesuffix("\n")
    try:
        rows = list(csv.reader(_fed(text), delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else [] if not rows else None


def record_at(lines: Sequence[str], place: int) -> Sequence[str]:
    """The lines of the row that begins there: more than one where a quote is open at the end of one."""
    quotes = 0
    for end in range(place, min(len(lines), place + LONGEST_RECORD)):
        quotes += lines[end].count('"')
        if quotes % 2 == 0:
            return lines[place : end + 1]
    return lines[place : place + LONGEST_RECORD]


def _fed(text: str) -> Iterator[str]:
    """A row as the reader of CSV takes it: line by line."""
    start = 0
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        yield text[start:end]
        start = end


# -- JSON ------------------------------------------------------------------------------------------------------------------


def object_of(text: str) -> Told:
    """What an object says. Raises CellError."""
    found = _parsed(text, "")
    if not isinstance(found, dict):
        raise CellError("", "It is no object of JSON.")
    told = Told()
    _spread(told, found, "", "", 0)
    return told


def unpack(told: Told, export: ConsentExport) -> None:
    """Read what stands as JSON in a cell, where the export has such columns. Raises CellError."""
    lists = {written: name for name, one in export.lists.items() for written in one.written}
    for path in (*export.packed, *lists):
        text = told.words.get(path, "").strip()
        if not text:
            continue
        found = _parsed(text, path)
        if path in lists and isinstance(found, list):
            _spread_list(told, found, path)
        elif path in export.packed and isinstance(found, dict):
            _spread(told, found, path, path, 1)
        else:
            raise CellError(path, f"{shown(text)} is not what stands there otherwise, which is JSON.")


def _parsed(text: str, column: str) -> Any:
    try:
        return json.loads(text, parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=_once)
    except CellError as error:
        raise CellError(column, str(error)) from None
    except (ValueError, RecursionError):
        raise CellError(column, "It is no JSON.") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise CellError("", f"It has the key {shown(twice)} twice, and may mean either.")
    return found


def _spread(told: Told, found: Mapping[str, Any], path: str, before: str, depth: int) -> None:
    for name, value in found.items():
        is_around = not path and isinstance(value, dict) and name.lower() in _AROUND
        under = path if is_around else path + spelled(name)
        written = f"{before}.{name}" if before else name
        told.written[under] = written
        if isinstance(value, dict):
            if under:
                told.groups.add(under)
            if depth < _DEEPEST:
                _spread(told, value, under, written, depth + 1)
        elif isinstance(value, list):
            _spread_list(told, value, under)
        else:
            _say(told.words, under, value)


def _spread_list(told: Told, found: Sequence[Any], path: str) -> None:
    entries = told.lists.setdefault(path, [])
    for one in found:
        if isinstance(one, dict):
            entry: dict[str, str] = {}
            for name, value in one.items():
                if not isinstance(value, dict | list):
                    _say(entry, spelled(name), value)
            entries.append(entry)


def _say(words: dict[str, str], path: str, value: Any) -> None:
    text = "" if value is None else value if isinstance(value, str) else "true" if value else "false"
    if words.get(path) and text and words[path] != text:
        raise CellError(masked(path[:40]), "It is there twice, and does not say the same.")
    words[path] = words.get(path) or text
