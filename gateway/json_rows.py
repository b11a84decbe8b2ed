"""JSON that comes bit by bit, as rows: each object on a line of its own, however it was written. One object is held at a time.

| what comes | is so many rows |
| --- | --- |
| a list of objects | one each |
| objects, one behind the other or on lines of their own | one each |
| an object that has such a list as `users`, `data`, `profiles` ... | one for each in the list; what else it has is left |
"""

import json
import re
from typing import Any, Final

LISTS: Final = frozenset(
    {
        *("users", "data", "customers", "profiles", "people", "contacts", "results", "identifiers"),
        *(
            "items",
            "records",
            "rows",
            "consents",
            "events",
            "optouts",
            "opt_outs",
            "optOuts",
            "subscriptions",
        ),
    }
)
"""Under which keys an object may have the list that it is about."""

_OF_SOMEBODY: Final = frozenset({"phone", "phone_number", "phonenumber", "mobile", "contact_id"})
TOGETHER: Final = 32 * 1024
"""From so many characters on what came is read: not again with each bit."""

_NEAR = 12
_NUMERAL = re.compile(r"[-+.0-9eE]*")
_BLANK = re.compile(r"[ \t\r\n]*")
_ESCAPE = re.compile(r"\\(?:u00([2-7][0-9A-Fa-f])|.)")
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)


class JsonRowsError(ValueError):
    """What can't be made rows of, and why."""


class _MoreError(Exception):
    """What is there ends in the middle of something."""


def begins_json(text: str) -> bool | None:
    """Whether a file that begins so is JSON; None while that is not known."""
    first = text.lstrip()[:1]
    return None if not first else first in "{["


class JsonRows:
    """Takes the text of a file, and gives its rows. Raises JsonRowsError. An object has at most so many characters."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._text, self._at = "", 0
        self._waiting: list[str] = []
        self._size = self._rows = 0
        self._in_list = self._is_after_value = False
        self._object: int | None = None
        self._wraps = self._is_somebody = False

    def add(self, text: str) -> str:
        """What came; the rows that are whole now."""
        self._waiting.append(text)
        self._size += len(text)
        return self._read(is_end=False) if self._size >= TOGETHER else ""

    def end(self) -> str:
        """That was all of it; the rows that were left."""
        return self._read(is_end=True)

    def _read(self, *, is_end: bool) -> str:
        self._text += "".join(self._waiting)
        self._waiting, self._size = [], 0
        found: list[str] = []
        try:
            while not self._is_done():
                self._step(found)
        except _MoreError:
            if is_end:
                raise JsonRowsError(
                    f"It breaks off behind row {self._rows}: not all of it is there"
                ) from None
        else:
            if is_end and (self._in_list or self._object is not None):
                raise JsonRowsError(f"It breaks off behind row {self._rows}: not all of it is there")
        self._forget()
        return "".join(found)

    def _forget(self) -> None:
        start = self._at if self._object is None or self._wraps else self._object
        self._text, self._at = self._text[start:], self._at - start
        if self._object is not None and not self._wraps:
            self._object = 0
        if len(self._text) > self._longest + TOGETHER:
            raise self._too_long()

    def _is_done(self) -> bool:
        self._at = _end_of(_BLANK, self._text, self._at)
        return self._at >= len(self._text)

    def _step(self, found: list[str]) -> None:
        """One value, or one member of an object, or a mark between."""
        if self._in_list:
            self._element(found)
        elif self._object is not None:
            self._member(found)
        elif self._text[self._at] == "{":
            self._object, self._wraps, self._is_somebody, self._is_after_value = self._at, False, False, False
            self._at += 1
        elif self._text[self._at] == "[":
            self._in_list, self._is_after_value = True, False
            self._at += 1
        else:
            raise self._no_json()

    def _element(self, found: list[str]) -> None:
        mark = self._text[self._at]
        if mark == "]" or (mark == "," and self._is_after_value):
            self._in_list = mark == ","
            self._is_after_value = mark == "]"
            self._at += 1
            return
        if self._is_after_value:
            raise self._no_json()
        begin = self._at
        self._value()
        self._is_after_value = True
        self._keep(found, begin)

    def _member(self, found: list[str]) -> None:
        mark = self._text[self._at]
        if mark == "}":
            begin, self._object = self._object or 0, None
            self._at += 1
            self._is_after_value = False
            if not self._wraps:
                self._keep(found, begin)
            elif self._is_somebody:
                raise JsonRowsError(
                    "It has an object that is somebody and has a list of others: give one or the other"
                )
            return
        if mark == "," and self._is_after_value:
            self._at, self._is_after_value = self._at + 1, False
            return
        if mark != '"' or self._is_after_value:
            raise self._no_json()
        begin = self._at
        try:
            self._named()
        except _MoreError:
            self._at = begin
            raise

    def _named(self) -> None:
        """A key, and its value, or the list that the object is about."""
        key = self._value()
        self._colon()
        self._is_somebody = self._is_somebody or str(key).lower() in _OF_SOMEBODY
        if key in LISTS and self._text[self._at] == "[":
            self._at += 1
            self._wraps, self._in_list, self._is_after_value = True, True, False
            return
        self._value()
        self._is_after_value = True

    def _colon(self) -> None:
        for wanted in (":", None):
            self._at = _end_of(_BLANK, self._text, self._at)
            if self._at >= len(self._text):
                raise _MoreError
            if wanted is not None:
                if self._text[self._at] != wanted:
                    raise self._no_json()
                self._at += 1

    def _value(self) -> Any:
        try:
            value, end = _DECODER.raw_decode(self._text, self._at)
        except json.JSONDecodeError as error:
            if error.msg.startswith("Unterminated string") or error.pos >= len(self._text) - _NEAR:
                raise _MoreError from None
            raise self._no_json() from None
        except RecursionError:
            raise JsonRowsError(f"Row {self._rows + 1} goes too deep") from None
        if self._text[self._at] not in '"{[' and _end_of(_NUMERAL, self._text, end) == len(self._text):
            raise _MoreError  # a number may go on
        self._at = end
        return value

    def _keep(self, found: list[str], begin: int) -> None:
        if self._at - begin > self._longest:
            raise self._too_long()
        self._rows += 1
        raw = self._text[begin : self._at].replace("\n", " ").replace("\r", " ")
        found.append((_ESCAPE.sub(_plain, raw) if "\\u00" in raw else raw) + "\n")

    def _no_json(self) -> JsonRowsError:
        return JsonRowsError(f"It begins as JSON, and is none behind row {self._rows}")

    def _too_long(self) -> JsonRowsError:
        return JsonRowsError(
            f"Row {self._rows + 1} has more than {self._longest:,} characters: give a list of objects, or one on each line"
        )


def _end_of(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return at if found is None else found.end()


def _plain(found: re.Match[str]) -> str:
    """A letter that needs no escape, as it is: whoever looks for a number in a file finds it."""
    letter = chr(int(found[1], 16)) if found[1] else ""
    return letter if letter and letter not in '"\\\x7f' else found[0]
