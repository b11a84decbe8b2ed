"""The filters of dates: a moment in any common notation, in UTC or another time zone, written by a strftime pattern."""

from datetime import UTC, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from liquid.exceptions import FilterArgumentError

from mappings.liquid.bounds import ITEM, Work
from mappings.liquid.moments import read, write
from mappings.liquid.values import text, whole
from mappings.values import UNDEFINED

_DEFAULT = "%A, %B %-d, %Y at %-I:%M %P %z"
_LONGEST_ZONE = 50
_A_DIRECTIVE = 16 * ITEM


def date(work: Work, value: object, pattern: object = UNDEFINED, zone: object = UNDEFINED) -> object:
    """A moment, written by a pattern. What is no moment is left as it is."""
    layout = _DEFAULT if pattern is None or pattern is UNDEFINED else text(work, pattern)
    work.spend(_A_DIRECTIVE * (1 + layout.count("%")))
    moment = (
        read(value, work.now)
        if isinstance(value, str | int | float) and not isinstance(value, bool)
        else None
    )
    if moment is None:
        return value
    try:
        return write(moment.astimezone(_zone(work, zone)), layout)
    except OverflowError:  # the first and the last year have no neighbours
        return value


def date_to_string(work: Work, value: object, kind: object = UNDEFINED, style: object = UNDEFINED) -> object:
    return date(work, value, _layout("%b", kind, style))


def date_to_long_string(
    work: Work, value: object, kind: object = UNDEFINED, style: object = UNDEFINED
) -> object:
    return date(work, value, _layout("%B", kind, style))


def date_to_xmlschema(work: Work, value: object) -> object:
    return date(work, value, "%Y-%m-%dT%H:%M:%S%:z")


def date_to_rfc822(work: Work, value: object) -> object:
    return date(work, value, "%a, %d %b %Y %H:%M:%S %z")


def _layout(month: str, kind: object, style: object) -> str:
    if kind != "ordinal":
        return f"%d {month} %Y"
    return f"{month} %-d%q, %Y" if style == "US" else f"%-d%q {month} %Y"


def _zone(work: Work, zone: object) -> tzinfo:
    """A time zone by its name, or by the minutes that it is behind UTC."""
    if zone is None or zone is UNDEFINED:
        return UTC
    name = text(work, zone)
    try:
        if isinstance(zone, int | float):
            return timezone(timedelta(minutes=-whole(zone)))
        return ZoneInfo(name[:_LONGEST_ZONE])
    except (OSError, ValueError, KeyError) as error:  # which of these depends on what the name looks like
        raise FilterArgumentError(
            f"date: there is no time zone {name[:_LONGEST_ZONE]!r}", token=None
        ) from error


FILTERS = {
    "date": date,
    "date_to_long_string": date_to_long_string,
    "date_to_rfc822": date_to_rfc822,
    "date_to_string": date_to_string,
    "date_to_xmlschema": date_to_xmlschema,
}
