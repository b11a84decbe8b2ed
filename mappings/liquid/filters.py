"""Filters that differ between LiquidJS and python-liquid, and the guard around every filter."""

import json
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import wraps
from typing import Any

from liquid import Environment
from liquid.builtin.filters.misc import date as engine_date
from liquid.exceptions import FilterArgumentError
from liquid.filter import math_filter, num_arg, with_environment
from liquid.undefined import is_undefined

from mappings.liquid.bounds import bounded, refuse_longer_than_allowed
from mappings.text import text_of

Filter = Callable[..., Any]

OF_TEXT = frozenset(
    {
        "append", "base64_decode", "base64_encode", "base64_url_safe_decode", "base64_url_safe_encode", "capitalize",
        "downcase", "escape", "escape_once", "lstrip", "newline_to_br", "prepend", "remove", "remove_first",
        "remove_last", "replace", "replace_first", "replace_last", "rstrip", "split", "squish", "strip", "strip_html",
        "strip_newlines", "truncate", "truncatewords", "upcase", "url_decode", "url_encode",
    }
)  # fmt: skip
"""The filters that work on text: what they are given is turned into text as JavaScript prints it."""

_MOST_DECIMALS = 20
_LARGEST_ROUNDED = 1e15
_PRECISE = Context(prec=100)
_LONGEST_DATE = 100
_DEFAULT_DATE = "%A, %B %-d, %Y at %-I:%M %P %z"
_DIRECTIVE = re.compile(r"%[LNsq%]")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;"})


def guarded(name: str, apply: Filter) -> Filter:
    """The filter with its input and output kept in bounds and, for a filter of text, turned into text first."""
    of_text = name in OF_TEXT

    @wraps(apply)
    def guarded_filter(value: object, *arguments: object, **options: object) -> object:
        value = bounded(value)
        given = [bounded(argument) for argument in arguments]
        if of_text:
            value = liquid_text(value)
            given = [argument if type(argument) is int else liquid_text(argument) for argument in given]
        return bounded(apply(value, *given, **options))

    return guarded_filter


def liquid_text(value: object) -> str:
    """The text of a value as LiquidJS prints it: lists are joined with nothing between."""
    return "" if is_undefined(value) else text_of(bounded(value), between="")


def default(value: object, instead: object = "", *, allow_false: object = False) -> object:
    """`instead` of null, false, what is missing, an empty text and an empty list."""
    if value is False:
        return value if allow_false is True else instead
    return instead if value is None or is_undefined(value) or value in ("", []) else value


def divided_by(value: object, divisor: object) -> float:
    """Division with its fraction, of whole numbers too."""
    number, by = _number(value), _number(divisor)
    if by == 0:
        raise FilterArgumentError("divided_by: cannot divide by 0", token=None)
    return (
        number // by if isinstance(number, int) and isinstance(by, int) and number % by == 0 else number / by
    )


@math_filter
def round_(number: float, digits: object = 0) -> float:
    """Rounded to `digits` decimals, halves away from zero."""
    decimals = 0 if is_undefined(digits) else int(_number(digits))
    if abs(decimals) > _MOST_DECIMALS or not abs(number) < _LARGEST_ROUNDED:
        return number
    return float(Decimal(repr(number)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, _PRECISE))


def join(items: object, between: object = " ") -> str:
    """The texts of the items with `between` between them."""
    texts, gap = (
        [text_of(None if is_undefined(item) else item) for item in _items(items)],
        liquid_text(between),
    )
    refuse_longer_than_allowed(sum(map(len, texts)) + len(gap) * len(texts))
    return gap.join(texts)


def split(value: str, between: str = "") -> list[str]:
    """The pieces of `value` between one `between` and the next, without empty ones at the end."""
    pieces = value.split(between) if between else list(value)
    while pieces and not pieces[-1]:
        pieces.pop()
    return pieces


def replace(value: str, old: str = "", new: str = "") -> str:
    """`value` with every `old` replaced."""
    refuse_longer_than_allowed(len(value) + value.count(old) * (len(new) - len(old)))
    return value.replace(old, new)


def escape(value: str) -> str:
    """`value` safe for HTML."""
    return value.translate(_ESCAPES)


def uniq(items: object) -> list[object]:
    """The items without those that came before."""
    seen: dict[tuple[type, str], object] = {}
    for item in _items(items):
        seen.setdefault((type(item), repr(item)), item)
    return list(seen.values())


def to_json(value: object) -> str | None:
    """JSON text; nothing for what is missing."""
    if is_undefined(value):
        return None
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=liquid_text)


@with_environment
def date(value: object, pattern: object = None, *, environment: Environment) -> object:
    """A date in UTC, written by a strftime pattern. What is no date is left as it is."""
    layout = _DEFAULT_DATE if pattern is None or is_undefined(pattern) else liquid_text(pattern)
    refuse_longer_than_allowed(len(layout) * len(layout))
    text = liquid_text(value)
    moment = _moment(text)
    if moment is not None:
        return moment.strftime(_DIRECTIVE.sub(lambda match: _beyond_strftime(match[0], moment), layout))
    return engine_date(text, layout, environment=environment) if 0 < len(text) <= _LONGEST_DATE else value


def _moment(text: str) -> datetime | None:
    if text in {"now", "today"}:
        return datetime.now(UTC)
    try:
        if text.isdigit():
            return datetime.fromtimestamp(int(text), UTC)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _beyond_strftime(directive: str, moment: datetime) -> str:
    match directive:
        case "%L":
            return f"{moment.microsecond // 1000:03}"
        case "%N":
            return f"{moment.microsecond * 1000:09}"
        case "%s":
            return str(int(moment.timestamp()))
        case "%q":
            special = {1: "st", 2: "nd", 3: "rd"}.get(moment.day % 10, "th")
            return "th" if moment.day in {11, 12, 13} else special
    return directive


def _items(value: object) -> Iterable[object]:
    return value if isinstance(value, list | tuple | range) else [value]


def _number(value: object) -> float:
    number: float = num_arg(value, default=0)
    return number


REPLACED: dict[str, Filter] = {
    "date": date,
    "default": default,
    "divided_by": divided_by,
    "escape": escape,
    "join": join,
    "json": to_json,
    "replace": replace,
    "round": round_,
    "split": split,
    "uniq": uniq,
}
"""What stands in for python-liquid's filter of the same name."""
