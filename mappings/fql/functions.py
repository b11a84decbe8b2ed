"""The functions of a field: what each makes of a value, and what that can be compared with.

One object per function says both. What it could never be is refused when the trigger is read, not silently unequal
to everything that comes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from mappings.fql.piece import Piece
from mappings.values import kind_of

Value = str | float | bool | None


@dataclass(frozen=True, slots=True)
class Function:
    """A function of a field, such as `length`."""

    name: str
    of: Callable[[object], Value]
    """What the function makes of a value (None for a missing one); None when nothing."""
    comparable: Callable[[Piece, Value], Value]
    """The value to compare with, given as it was written and as it was read. Raises TriggerError for an unfit one."""
    searchable: Callable[[Piece, str], str]
    """The text to look for in what the function makes, likewise."""
    a_number: bool = False
    """Whether it makes numbers; else it makes texts."""

    def __repr__(self) -> str:
        return f"{self.name}()"


def _length(value: object) -> int | None:
    if value is None:
        return 0  # as Segment's documentation has it
    return len(value) if isinstance(value, str | list) else None


def _length_compared(written: Piece, value: Value) -> Value:
    if isinstance(value, bool | str):
        raise written.error(
            f"length() is a number and never {written}",
            "Write the number as it is, as in `length(event) > 3`.",
        )
    return value


def _length_searched(written: Piece, _text: str) -> str:
    raise written.error(
        f"length() is a number, in which there is no {written}", "Compare it, as in `length(event) > 3`."
    )


def _lowercase(value: object) -> str | None:
    return value.lower() if isinstance(value, str) else None


def _lowercase_compared(written: Piece, value: Value) -> Value:
    if isinstance(value, str):
        return _lowercase_searched(written, value)
    if value is not None:
        raise written.error(f"lowercase() is a text and never {written}", "Put texts in quotes.")
    return value


def _lowercase_searched(written: Piece, text: str) -> str:
    if text != text.lower():
        raise written.error(
            f"{written} has capital letters, and lowercase() has none", "Write it in small letters."
        )
    return text


_TYPES: Final[Mapping[str, str]] = {
    **{word: word for word in ("string", "number", "boolean", "null", "array", "object")},
    "list": "array",  # as Segment's destination filters call them
    "bool": "boolean",
}


def _type_compared(written: Piece, value: Value) -> Value:
    word = "null" if value is None else value
    if not isinstance(word, str) or word not in _TYPES:
        raise written.error(
            f"typeof() is never {written}", "It is string, number, boolean, null, array (or list) or object."
        )
    return _TYPES[word]


def _type_searched(_written: Piece, text: str) -> str:
    return text


FUNCTIONS: Final[Mapping[str, Function]] = {
    one.name: one
    for one in (
        Function("length", _length, _length_compared, _length_searched, a_number=True),
        Function("lowercase", _lowercase, _lowercase_compared, _lowercase_searched),
        Function("typeof", kind_of, _type_compared, _type_searched),
    )
}

SEARCHES: Final = frozenset({"contains", "match"})
"""The functions that are conditions by themselves."""

_WHAT_THERE_IS = (
    "There are contains(field, text), match(field, text), length(field), lowercase(field) and typeof(field)."
)
_INSTEAD: Final[Mapping[str, str]] = {
    "uppercase": "Compare lowercase(field) with a text in small letters.",
    "titlecase": "Compare lowercase(field) with a text in small letters.",
}


def function_named(word: Piece) -> Function:
    """The function that `word` names. Raises TriggerError, saying what there is, for any other word."""
    function = FUNCTIONS.get(word.text)
    if word.text in SEARCHES:
        raise word.error(f"{word} is not a function of a field", "It is a condition by itself.")
    if function is None:
        raise word.error(f"{word} is not a function", _INSTEAD.get(word.text.lower(), _WHAT_THERE_IS))
    return function
