"""The text of a value as JavaScript prints it, which is what recorded mappings and templates rely on."""

import re
from decimal import Decimal
from math import isinf, isnan

from mappings.bounds import refuse_deeper_than_allowed, refuse_longer_than_allowed
from mappings.values import Undefined

_NUMBER = re.compile(r"\s*+[+-]?(?:[0-9]++\.?[0-9]*+|\.[0-9]++)(?:[eE][+-]?[0-9]++)?\s*+", re.ASCII)
_FIXED_UP_TO = 21
_FIXED_DOWN_TO = -6


def text_of(value: object, between: str = ",") -> str:
    """The text of any value: `true`, `3` for 3.0, `1e+21`, `[object Object]`, nothing for null and missing.

    A list is its items, those of lists inside it included, joined with `between` (`,` in mappings, nothing in
    Liquid). Raises MappingError for lists nested deeper than 1000 or longer than 1,000,000 characters.
    """
    match value:
        case str():
            return value
        case None | Undefined():
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float() | Decimal():
            return number_text(value)
        case list() | tuple() | range():
            return between.join(_leaves(value))
    return "[object Object]"


def number_in(text: str) -> float | None:
    """The number that a text spells in decimal notation, blanks around it allowed, or None."""
    return float(text) if _NUMBER.fullmatch(text) else None


def number_text(number: float | Decimal) -> str:
    """The text of a number: the shortest digits that give it back, written out from 1e-6 up to 1e21 and with an
    exponent beyond. A whole number of Python's keeps all its digits, however many.
    """
    if isinstance(number, int):
        return _digits(number)
    number = float(number)
    shortest = repr(number)
    if shortest[-1].isdigit() and "e" not in shortest and number != 0:  # where Python and JavaScript agree
        return shortest.removesuffix(".0")
    if isnan(number):
        return "NaN"
    if isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if number == 0:
        return "0"
    sign, digits, exponent = Decimal(shortest).normalize().as_tuple()
    return ("-" if sign else "") + _placed("".join(map(str, digits)), len(digits) + int(exponent))


def _placed(digits: str, point: int) -> str:
    """`digits` with the decimal point after the first `point` of them, or with an exponent."""
    if _FIXED_DOWN_TO < point <= 0:
        return f"0.{'0' * -point}{digits}"
    if len(digits) <= point <= _FIXED_UP_TO:
        return digits + "0" * (point - len(digits))
    if 0 < point <= _FIXED_UP_TO:
        return f"{digits[:point]}.{digits[point:]}"
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{fraction}e{point - 1:+d}"


def _digits(number: int) -> str:
    try:
        return str(int(number))
    except ValueError:  # Python writes out no more than 4300 digits unless told to
        return number_text(float("inf") if number > 0 else float("-inf"))


def _leaves(items: list[object] | tuple[object, ...] | range) -> list[str]:
    """The text of every item, lists inside replaced by their own items; an empty list counts as one empty text.

    Works on a stack of its own, since the depth of data is not ours to choose.
    """
    texts: list[str] = []
    length = 0
    stack = [iter(items)]
    while stack:
        for item in stack[-1]:
            if isinstance(item, list | tuple | range) and item:
                refuse_deeper_than_allowed(len(stack) + 1, "lists")
                stack.append(iter(item))
                break
            texts.append(text_of(item))
            length += len(texts[-1]) + 1
            refuse_longer_than_allowed(length, "the text of a list")
        else:
            stack.pop()
    return texts
