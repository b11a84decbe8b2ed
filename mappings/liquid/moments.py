"""Moments: read from the notations that JavaScript knows, written by strftime patterns.

Both are done here and not by the platform: a text is a date or is not, wherever this runs, and `%99999999d` is not
padded to a hundred megabytes.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST = 100
_USUAL_YEAR = 2001
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_MONTH_NUMBERS = {name[:3].lower(): number for number, name in enumerate(_MONTHS, start=1)}
_ZONE_HOURS = {"e": -5, "c": -6, "m": -7, "p": -8}

_DAY = r"(?: (?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6} ,?\s+ )?"
_MONTH = r"(?P<name> jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec ) [a-z]{0,6}\.?"
_TIME = r"""(?:
    (?: \s*t\s* | ,?\s+ ) (?P<hour> \d{1,2} ) : (?P<minute> \d{2} )
    (?: : (?P<second> \d{2} ) (?: \. (?P<fraction> \d{1,9} ) )? )?
    (?: \s+ (?P<half> [ap] ) m )?
    (?: \s* (?: z | utc | gmt | (?P<zone> [ecmp] ) (?P<daylight> [sd] ) t ) )?
    (?: \s* (?P<sign> [+-] ) (?P<hours> \d{2} ) :? (?P<minutes> \d{2} )? )?
    (?: \s* \( [a-z\ ]{1,40} \) )?
)?"""
_NOTATIONS = [
    re.compile(rf"\s* {_DAY} (?: {notation} ) {_TIME} \s*", re.VERBOSE | re.IGNORECASE | re.ASCII)
    for notation in (
        r"(?P<year> \d{4} ) [-/.] (?P<month> \d{1,2} ) (?: [-/.] (?P<day> \d{1,2} ) )?",
        r"(?P<month> \d{1,2} ) [-/.] (?P<day> \d{1,2} ) [-/.] (?P<year> \d{4} | \d{2} )",
        rf"(?P<day> \d{{1,2}} ) [\s-]+ {_MONTH} (?: ,?[\s-]+ (?P<year> \d{{4}} ) )?",
        rf"{_MONTH} [\s-]+ (?P<day> \d{{1,2}} ) (?: ,?[\s-]+ (?P<year> \d{{4}} ) )?",
        rf"{_MONTH} \s+ (?P<year> \d{{4}} )",
    )
]

_DIRECTIVE = re.compile(r"%([-_0^#:]*)(\d{0,3})([A-Za-z%])")
_PADDED = {
    **dict.fromkeys("CdHImMSUWy", (2, "0")), **dict.fromkeys("jL", (3, "0")), "Y": (4, "0"),
    **dict.fromkeys("ekl", (2, " ")), **dict.fromkeys("aAbBcpP", (0, " ")),
}  # fmt: skip
"""How far a directive is filled up and with what, when the pattern does not say."""


def read(value: float | str, now: datetime) -> datetime | None:
    """The moment that a value means: seconds since 1970, `now`, or a date with or without a time, in UTC unless it
    says otherwise. None for everything else.
    """
    try:
        if isinstance(value, int | float):
            return _EPOCH + timedelta(seconds=value)
        if value in {"now", "today"}:
            return now
        if len(value) > _LONGEST:
            return None
        if value.isascii() and value.isdigit():
            return _EPOCH + timedelta(seconds=int(value))
        match = next(filter(None, (notation.fullmatch(value) for notation in _NOTATIONS)), None)
        return _moment(match.groupdict()) if match else None
    except (ValueError, OverflowError):
        return None


def write(moment: datetime, pattern: str) -> str:
    """A moment by a strftime pattern. Directives that nobody knows are left as they are."""
    return _DIRECTIVE.sub(lambda directive: _written(moment, directive), pattern)


def _moment(parts: dict[str, str | None]) -> datetime:
    name, year, hour = parts.get("name"), int(parts.get("year") or _USUAL_YEAR), int(parts["hour"] or 0)
    if len(parts.get("year") or "") == len("24"):
        year += 2000 if year < 50 else 1900  # noqa: PLR2004 - where JavaScript changes the century
    if parts["half"]:
        hour = hour % 12 + (12 if parts["half"] in "pP" else 0)
    offset = timedelta()
    if parts["sign"]:
        offset = timedelta(hours=int(parts["hours"] or 0), minutes=int(parts["minutes"] or 0))
        offset = -offset if parts["sign"] == "-" else offset
    elif parts["zone"]:
        offset = timedelta(hours=_ZONE_HOURS[parts["zone"].lower()] + (parts["daylight"] in {"d", "D"}))
    return datetime(
        year,
        _MONTH_NUMBERS[name[:3].lower()] if name else int(parts.get("month") or 1),
        int(parts.get("day") or 1),
        hour,
        int(parts["minute"] or 0),
        int(parts["second"] or 0),
        int((parts["fraction"] or "0")[:3].ljust(3, "0")) * 1000,
        timezone(offset),
    )


def _written(moment: datetime, directive: re.Match[str]) -> str:
    flags, width, letter = directive.groups()
    made = _DIRECTIVES.get(letter)
    if letter == "N":
        digits = int(width or 9)
        return f"{moment.microsecond:06}".ljust(digits, "0")[:digits]
    if made is None:
        return directive[0]
    text = str(made(moment))
    if letter == "z" and ":" in flags:
        text = f"{text[:3]}:{text[3:]}"
    if "^" in flags:
        text = text.upper()
    elif "#" in flags:
        text = text.lower() if text.isupper() else text.upper()
    if "-" in flags:
        return text
    usual, padding = _PADDED.get(letter, (0, "0"))
    padding = " " if "_" in flags else "0" if "0" in flags else padding
    return text.rjust(int(width or usual), padding)


def _zone_name(moment: datetime) -> str:
    """What the zone is called: `Europe/Berlin`, `UTC` or, where there is but an offset, that."""
    return getattr(moment.tzinfo, "key", None) or ("UTC" if moment.tzinfo is UTC else moment.strftime("%z"))


def _ordinal(moment: datetime) -> str:
    return "th" if moment.day in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(moment.day % 10, "th")


def _half(moment: datetime) -> str:
    return "AM" if moment.hour < 12 else "PM"  # noqa: PLR2004 - noon


_DIRECTIVES: dict[str, Callable[[datetime], object]] = {
    "%": lambda _: "%",
    "A": lambda moment: _DAYS[moment.weekday()],
    "a": lambda moment: _DAYS[moment.weekday()][:3],
    "B": lambda moment: _MONTHS[moment.month - 1],
    "b": lambda moment: _MONTHS[moment.month - 1][:3],
    "C": lambda moment: moment.year // 100,
    "c": lambda moment: write(moment, "%x, %X"),
    "D": lambda moment: write(moment, "%m/%d/%y"),
    "d": lambda moment: moment.day,
    "e": lambda moment: moment.day,
    "F": lambda moment: write(moment, "%Y-%m-%d"),
    "H": lambda moment: moment.hour,
    "h": lambda moment: _MONTHS[moment.month - 1][:3],
    "I": lambda moment: moment.hour % 12 or 12,
    "j": lambda moment: moment.timetuple().tm_yday,
    "k": lambda moment: moment.hour,
    "L": lambda moment: moment.microsecond // 1000,
    "l": lambda moment: moment.hour % 12 or 12,
    "M": lambda moment: moment.minute,
    "m": lambda moment: moment.month,
    "n": lambda _: "\n",
    "P": lambda moment: _half(moment).lower(),
    "p": _half,
    "q": _ordinal,
    "R": lambda moment: write(moment, "%H:%M"),
    "r": lambda moment: write(moment, "%I:%M:%S %p"),
    "S": lambda moment: moment.second,
    "s": lambda moment: int(moment.timestamp()),
    "T": lambda moment: write(moment, "%H:%M:%S"),
    "t": lambda _: "\t",
    "U": lambda moment: (moment.timetuple().tm_yday + 6 - moment.isoweekday() % 7) // 7,
    "u": lambda moment: moment.isoweekday(),
    "W": lambda moment: (moment.timetuple().tm_yday + 6 - moment.weekday()) // 7,
    "w": lambda moment: moment.isoweekday() % 7,
    "X": lambda moment: write(moment, "%-I:%M:%S %p"),
    "x": lambda moment: write(moment, "%-m/%-d/%Y"),
    "Y": lambda moment: moment.year,
    "y": lambda moment: moment.year % 100,
    "Z": _zone_name,
    "z": lambda moment: moment.strftime("%z"),
}
