"""What another system sent, by the export of its messages: which of them is the one for an event. Pure.

| column | also | what it says |
| --- | --- | --- |
| `Sid` | MessageSid, SmsSid | the provider's id of the message |
| `messageId` | | of which event it is: then it is that event's |
| `To` | | to whom, with a + |
| `DateSent` | SentDate, DateCreated, Date ... | when; of an event's it is the first one from 5 minutes before the event to 24 hours behind it |

A message belongs to one event at most. A row that can't be read belongs to none.
"""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from gateway.phones import key_of
from gateway.times import parse_time

COLUMNS: Final[Mapping[str, Sequence[str]]] = {
    "sid": ("sid", "messagesid", "smssid", "smsmessagesid"),
    "messageId": ("messageid", "eventid"),
    "to": ("to", "recipient", "tonumber"),
    "at": ("datesent", "sentdate", "datecreated", "createddate", "date", "sentat", "at"),
}
"""The name of each column, and how it is written in a header: without case, blanks, `_` and `-`."""

BEFORE, BEHIND = timedelta(minutes=5), timedelta(hours=24)
"""From when to when a message may be the one for an event: clocks differ, and texts wait for the morning."""

_DELIMITERS = (",", ";", "\t")
_END: Final = 4
_PLAIN = re.compile(r"(?:whatsapp:|sms:)?(\+[0-9 ().-]*[0-9])")
_NO_DIGIT = re.compile(r"[^0-9]")
_NAMED = {written: name for name, many in COLUMNS.items() for written in many}


class UnreadableError(ValueError):
    """A file that names no messages: its words say what it needs."""


class Wanted(NamedTuple):
    """An event whose message is looked for: under which messageId it came and when, and the key of the number that it would go to."""

    message_id: str
    phone: str | None
    at: datetime


def found(lines: Iterable[str], wanted: Sequence[Wanted]) -> list[str | None]:
    """Of each event in turn the id of its message, None where the file has none. Raises UnreadableError."""
    rows = iter(lines)
    columns, delimiter = _header(next((line for line in rows if line.strip()), ""))
    by_id = {one.message_id: place for place, one in enumerate(wanted)}
    by_phone: dict[str, list[int]] = {}
    for place, one in enumerate(wanted):
        if one.phone is not None:
            by_phone.setdefault(one.phone, []).append(place)
    ends = frozenset(phone[-_END:] for phone in by_phone)
    sure: dict[int, str] = {}
    near: list[tuple[timedelta, int, str]] = []
    for cells in _cells(rows, delimiter):
        said = {name: cells[place].strip() for name, place in columns.items() if place < len(cells)}
        sid = said.get("sid", "")
        if not sid:
            continue
        if (place := by_id.get(said.get("messageId", ""), -1)) >= 0:
            sure.setdefault(place, sid)
            continue
        if said.get("messageId") or _is_of_others(said.get("to", ""), ends):
            continue
        sent_at = parse_time(said.get("at", ""))
        phone = _phone(said.get("to", ""))
        if sent_at is None or phone is None:
            continue
        for place in by_phone.get(phone, ()):
            after = sent_at - wanted[place].at
            if -BEFORE <= after <= BEHIND:
                near.append((abs(after), place, sid))
    return _given(len(wanted), sure, near)


def _given(
    number: int, sure: Mapping[int, str], near: Sequence[tuple[timedelta, int, str]]
) -> list[str | None]:
    """Each message to one event, the nearest pairs first."""
    found = dict(sure)
    taken = set(sure.values())
    for _after, place, sid in sorted(near):
        if place not in found and sid not in taken:
            found[place] = sid
            taken.add(sid)
    return [found.get(place) for place in range(number)]


def _header(line: str) -> tuple[Mapping[str, int], str]:
    best = max(((_columns(line, one), one) for one in _DELIMITERS), key=lambda pair: len(pair[0]))
    columns = best[0]
    if "sid" not in columns or not ("messageId" in columns or {"to", "at"} <= columns.keys()):
        raise UnreadableError(
            "Its first line has to name a column `Sid`, and beside it `messageId`, or `To` and `DateSent`, with , ; or a tab between them."
        )
    return best


def _columns(line: str, delimiter: str) -> Mapping[str, int]:
    columns: dict[str, int] = {}
    for cells in _cells(iter([line]), delimiter):
        for place, cell in enumerate(cells):
            spelled = "".join(one for one in cell.lower() if one.isalnum())
            if spelled in _NAMED:
                columns.setdefault(_NAMED[spelled], place)
    return columns


def _cells(lines: Iterable[str], delimiter: str) -> Iterable[list[str]]:
    reader = csv.reader((line.replace("\x00", "") for line in lines), delimiter=delimiter)
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error:
            continue


def _is_of_others(written: str, ends: frozenset[str]) -> bool:
    """Whether a number that is plainly written ends otherwise than all of these: to read it wholly takes long, and a file has many."""
    number = _PLAIN.fullmatch(written)
    return number is not None and _NO_DIGIT.sub("", number[1])[-_END:] not in ends


def _phone(written: str) -> str | None:
    return key_of(written.partition(":")[2] or written, None)
