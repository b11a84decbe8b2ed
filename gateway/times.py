"""When things happened: what clients write as a time, read; and what of it counts for what.

What is absent is the time of receipt. What can't be read counts as the oldest time there is, so that it makes nothing newer.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any

import msgspec

OLDEST = datetime(1970, 1, 1, tzinfo=UTC)
"""When something happened of which the time can't be read."""

FIRST_YEAR, LAST_YEAR = 1990, 2100
"""A time out of these years is a clock's or a program's mistake; they also tell seconds from milliseconds."""

MOST_CORRECTION = timedelta(days=1)
"""By how much the difference of two clocks may move a time. More is no clock that is a little wrong."""

_UNITS = (1, 1_000, 1_000_000, 1_000_000_000)
_NUMBER = re.compile(r"[0-9]{9,19}(?:\.[0-9]*)?")
_ISO = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{8}|[0-9]{4}-?W[0-9]{2}-?[1-7])"
    r"(?:(?:[Tt]|\s+)(?P<clock>[0-9]{2}(?::?[0-9]{2}(?::?[0-9]{2}(?:[.,][0-9]+)?)?)?)"
    r"\s*(?P<zone>[Zz]|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)
_AS_SDKS_WRITE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{3,6})?(?:Z|\+00:00)"
)
_LONGEST = 64


def parse_time(value: Any) -> datetime | None:
    """The time (UTC) that a value is; None for what is none.

    Read are ISO 8601 and RFC 3339 in their usual forms, without a zone as UTC; RFC 2822, as JavaScript's toUTCString and
    HTTP write it; and seconds, milliseconds, micro- and nanoseconds since 1970, as numbers or digits.
    """
    try:
        time = _read(value)
    except (ValueError, OverflowError, TypeError):
        return None
    return time if time is not None and FIRST_YEAR <= time.year < LAST_YEAR else None


def is_given(value: Any) -> bool:
    """Whether there is anything to read: null and a text of blanks say nothing."""
    return not (value is None or (isinstance(value, str) and not value.strip()))


def _read(value: Any) -> datetime | None:
    if isinstance(value, str):
        return _read_text(value) if len(value) <= _LONGEST else None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _since_1970(value)
    return None


@lru_cache(maxsize=256)  # the times of an event are often one, and the events of a batch have one `sentAt`
def _read_text(written: str) -> datetime | None:
    if _AS_SDKS_WRITE.fullmatch(written):
        return datetime.fromisoformat(written)
    text = written.strip()
    if _NUMBER.fullmatch(text):
        return _since_1970(float(text) if "." in text else int(text))
    parts = _ISO.fullmatch(text)
    if parts is None:
        return _utc(parsedate_to_datetime(text)) if text[:1].isalpha() else None
    zone = "+00:00" if (parts["zone"] or "").upper() in ("Z", "UTC", "GMT") else parts["zone"] or ""
    return _utc(datetime.fromisoformat(f"{parts['date']}T{parts['clock'] or '00'}{zone}"))


def _utc(time: datetime) -> datetime:
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)


def _since_1970(number: float) -> datetime | None:
    for unit in _UNITS:
        seconds = number / unit
        if _FIRST <= seconds < _LAST:
            whole, part = divmod(number, unit)
            return OLDEST + timedelta(seconds=whole, microseconds=round(part * 1_000_000 / unit))
    return None


_FIRST = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC).timestamp()
_LAST = datetime(LAST_YEAR, 1, 1, tzinfo=UTC).timestamp()


class Times(msgspec.Struct, frozen=True):
    """When an event happened. `timestamp` and `original` are Segment's: the time corrected, and the client's own.

    `occurred_at` is what its age and its traits count from. A yes counts from `earliest`, a no from `latest`. None of these
    three is later than the receipt. `unread` is what came where that could not be read.
    """

    timestamp: datetime
    original: datetime
    occurred_at: datetime
    earliest: datetime
    latest: datetime
    unread: Any = None


def times_of(given: Mapping[str, Any], envelope: Mapping[str, Any], received_at: datetime) -> Times:
    """When the event happened, by its own words and those of its batch.

    timestamp = receivedAt - (sentAt - originalTimestamp), where that moves it by a day at most, and where sentAt is no
    earlier than the time itself. The `sentAt` of a batch is the sender's word; an event's own never makes it newer.
    """
    words = [
        word
        for word in (given.get("originalTimestamp"), given.get("timestamp"))
        if word is not None and is_given(word)
    ]
    own, shared = parse_time(given.get("sentAt")), parse_time(envelope.get("sentAt"))
    if not words:
        return Times(received_at, own or shared or received_at, received_at, received_at, received_at)
    original = parse_time(words[0])
    if original is None and len(words) > 1:
        original = parse_time(words[1])
    if original is None:
        return Times(received_at, received_at, OLDEST, OLDEST, received_at, words[0])
    by_own, by_shared = _corrected(original, own, received_at), _corrected(original, shared, received_at)
    corrected = by_shared if own is None else by_own
    everything = (original, by_own, by_shared)
    return Times(
        timestamp=corrected,
        original=original,
        occurred_at=min(received_at, by_shared if shared is not None else min(original, by_own)),
        earliest=min(received_at, *everything),
        latest=min(received_at, max(everything)),
    )


def times_of_forwarded(given: Mapping[str, Any], received_at: datetime) -> Times:
    """The same of an event that another collector took before, and may send on hours later: `timestamp` is that collector's word, by
    its own clock, and `sentAt` is of a way before.
    """
    first, then = given.get("timestamp"), given.get("originalTimestamp")
    times = times_of({"originalTimestamp": first, "timestamp": then}, {}, received_at)
    original = parse_time(then)
    return times if original is None else msgspec.structs.replace(times, original=original)


def _corrected(original: datetime, sent_at: datetime | None, received_at: datetime) -> datetime:
    if sent_at is None or sent_at < original or abs(received_at - sent_at) > MOST_CORRECTION:
        return original
    return received_at - (sent_at - original)
