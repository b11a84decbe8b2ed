"""Files of consent: which column says what, and what each row says. What is unclear is a bad row, and never a yes.

| column | also | what it says |
| --- | --- | --- |
| `phone` | number, mobile, msisdn ... | whose word it is; without a + it is read in the country of the space |
| `channel` | | SMS, MMS (counts as SMS) or WHATSAPP |
| `status` | consent, subscribed, opt_in ... | SUBSCRIBED, UNSUBSCRIBED, or any word that the kit reads as a yes or a no |
| `at` | occurred_at, timestamp, date ... | when it was said: a yes without it is the oldest there is, a no is one of now |
| `sender` | from | the sender it was said to |
| `method`, `wordingVersion`, `url`, `ip`, `note` | | what shows it |
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

import msgspec

from destinations.kit import Channel, ConsentStatus, sender_key
from destinations.kit.consent_words import Said, opt_in_says
from gateway.consent import ConsentEntry, ConsentSource, ledger_channel
from gateway.phones import key_of
from gateway.spec import iso
from gateway.times import OLDEST, parse_time

COLUMNS: Final[Mapping[str, Sequence[str]]] = {
    "phone": ("phone", "phonenumber", "number", "mobile", "mobilenumber", "mobilephone", "msisdn", "tel"),
    "channel": ("channel",),
    "status": ("status", "consent", "consentstatus", "subscribed", "subscription", "optin", "optedin"),
    "sender": ("sender", "from"),
    "at": ("at", "occurredat", "time", "timestamp", "date", "datetime", "consentedat", "consentat"),
    "method": ("method",),
    "wordingVersion": ("wordingversion",),
    "url": ("url",),
    "ip": ("ip", "ipaddress"),
    "note": ("note", "notes"),
}
"""The name of each column, and how it is written in a header: without case, blanks, `_` and `-`."""

NEEDED: Final = ("phone", "channel", "status")
LONGEST_CELL: Final = 1_000
LONGEST_RECORD: Final = 50
"""Over how many lines a row may go: a quote that nobody closed must not swallow the file."""

BLANK_LINES: Final = 100
"""So many blank lines may stand before the header."""

_DELIMITERS = (",", ";", "\t")
_KNOWN = {written: name for name, many in COLUMNS.items() for written in many}
_NOTHING = dict.fromkeys(COLUMNS, "")
_EVIDENCE = ("method", "wordingVersion", "url", "ip", "note")
_SPELLED = re.compile(r"[\s_\-.]+")
_NUMBER = re.compile(
    r"\s*'?\s*(?:tel:|whatsapp:|sms:)?[+0-9(][0-9() .\-/\u00a0\u2010-\u2015]*", re.IGNORECASE
)
_DAY = re.compile(r"\s*[0-9]{4}-?[0-9]{2}-?[0-9]{2}\s*")
_DIGIT = re.compile(r"[0-9](?=.*[0-9].*[0-9])", re.DOTALL)


class Reading(msgspec.Struct, frozen=True):
    """How a file is read: where each column stands, by its name, of how many, and how many lines the header ends behind. `left` are
    columns that nobody reads. `given`: it has no header, since the rows were given with the call.
    """

    columns: Mapping[str, int]
    width: int = 0
    delimiter: str = ","
    begins: int = 0
    left: Sequence[str] = ()
    given: bool = False

    def kept(self) -> dict[str, Any]:
        """The same as JSON."""
        told: dict[str, Any] = msgspec.to_builtins(self)
        return told


GIVEN: Final = Reading({name: place for place, name in enumerate(COLUMNS)}, len(COLUMNS), given=True)
"""How rows are read that were given with a call: each has every column."""


class HeaderError(ValueError):
    """A file whose first line does not say what its columns are."""


class _CellError(ValueError):
    """A cell that is not read, and why."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column


class Problem(msgspec.Struct, frozen=True):
    """Why a row is not read: its line (of rows that were given, the place of it, from 1 on), and the column it is about, "" for the row
    itself. Of a number the message has no more than two digits.
    """

    line: int
    column: str
    message: str


@dataclass(frozen=True, slots=True)
class Word:
    """What a row says. Its time is `fixed` where the file has it; else it is that of the import."""

    entry: ConsentEntry
    fixed: bool


def row(words: Mapping[str, str]) -> str:
    """A row of those that are given with a call, as a line of CSV."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow([words.get(name, "") for name in COLUMNS])
    return out.getvalue()


@dataclass(slots=True)
class Page:
    """What some rows say, and how far they go."""

    words: list[Word] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    lines: int = 0
    rows: int = 0
    ended: bool = False


def reading(lines: Iterable[str]) -> Reading:
    """How the file of these lines is read. Raises HeaderError."""
    for place, line in enumerate(islice(lines, BLANK_LINES)):
        if line.strip():
            return _header(line.rstrip("\n"), place + 1)
    raise HeaderError(f"It has no header: the first line names the columns, such as {','.join(NEEDED)},at.")


def _header(line: str, begins: int) -> Reading:
    if len(line) > LONGEST_CELL * len(COLUMNS):
        raise HeaderError(
            f"Its first line has {len(line)} characters, which is no header. Begin with one that names the columns."
        )
    found = max((_columns(line, one) for one in _DELIMITERS), key=lambda one: len(one.columns))
    missing = [name for name in NEEDED if name not in found.columns]
    if not missing:
        return msgspec.structs.replace(found, begins=begins)
    there = ", ".join(name[:40] for name in [*found.columns, *found.left][:20])
    hint = (
        " Say SMS or WHATSAPP in each row: a yes for one is none for the other."
        if "channel" in missing
        else ""
    )
    raise HeaderError(
        f"Its header has no column {' and none '.join(f'`{name}`' for name in missing)}; it has {_masked(there) or 'none'}. Add "
        f"it, with , ; or a tab between the columns.{hint}"
    )


def _columns(line: str, delimiter: str) -> Reading:
    try:
        [cells] = csv.reader([line], delimiter=delimiter, strict=True)
    except (csv.Error, ValueError):
        return Reading({}, delimiter=delimiter)
    columns: dict[str, int] = {}
    left: list[str] = []
    for place, cell in enumerate(cells):
        name = _KNOWN.get(_SPELLED.sub("", cell).lower())
        if name is None:
            left.append(cell.strip())
        elif name in columns:
            raise HeaderError(
                f"Its header has two columns for `{name}`, the second of which is the {place + 1}th. Leave one of them."
            )
        else:
            columns[name] = place
    return Reading(columns, len(cells), delimiter, left=[one for one in left if one])


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads rows into words: of that space, with national numbers of that country, for whoever asked for it at that time."""

    reading: Reading
    space: str
    country: str | None
    asked_at: datetime
    actor: str

    def page(self, lines: Sequence[str], begins: int, rows: int, *, last: bool) -> Page:
        """What the rows of these lines say, before which so many lines and rows were read. Where they are not the `last` of the file, a
        row that may go on behind them is left for the next page.
        """
        page, place = Page(rows=rows), 0
        while place < len(lines) and (last or len(lines) - place >= LONGEST_RECORD):
            record: Sequence[str] = lines[place : place + 1]
            cells = self._cells(record)
            if cells is None:
                record = _record(lines, place)
                cells = self._cells(record)
            begun = begins + place + 1
            place += 1 if cells is None else len(record)
            if cells is not None and not any(cell.strip() for cell in cells):
                continue
            page.rows += 1
            found = self._read(page.rows if self.reading.given else begun, cells)
            if isinstance(found, Word):
                page.words.append(found)
            else:
                page.problems.append(found)
        page.lines = begins + place
        page.ended = last
        return page

    def _cells(self, record: Sequence[str]) -> list[str] | None:
        """None for what is no row."""
        text = "".join(record).removesuffix("\n")
        try:
            rows = list(csv.reader(_fed(text), delimiter=self.reading.delimiter, strict=True))
        except csv.Error:
            return None
        return rows[0] if len(rows) == 1 else [] if not rows else None

    def _read(self, place: int, cells: Sequence[str] | None) -> Word | Problem:
        if cells is None:
            return Problem(place, "", "It is no row of CSV: a quote in it is not closed, or not doubled.")
        try:
            return self._word(self._told(cells))
        except _CellError as error:
            return Problem(place, error.column, str(error))

    def _told(self, cells: Sequence[str]) -> Mapping[str, str]:
        """What each column says, "" where it says nothing. Raises _CellError."""
        columns, width = self.reading.columns, self.reading.width
        if any(cell.strip() for cell in cells[width:]):
            why = f"It has {len(cells)} cells, and the header has {width}: put what has a separator in it between quotes."
            raise _CellError("", why)
        told = {name: cells[place].strip() for name, place in columns.items() if place < len(cells)}
        for name, written in told.items():
            if len(written) > LONGEST_CELL:
                raise _CellError(name, f"It has more than {LONGEST_CELL} characters.")
        return {**_NOTHING, **told}

    def _word(self, told: Mapping[str, str]) -> Word:
        number = self._number(told["phone"])
        channel = _CHANNELS.get(told["channel"].upper())
        if channel is None:
            raise _CellError("channel", _unread(told["channel"], "SMS, MMS or WHATSAPP"))
        status = _STATUSES.get(opt_in_says(told["status"]))
        if status is None:
            raise _CellError("status", _unread(told["status"], "SUBSCRIBED or UNSUBSCRIBED"))
        at = self._when(told["at"], status)
        evidence: dict[str, Any] = {name: told[name] for name in _EVIDENCE if told[name]}
        evidence.setdefault("method", "import")
        evidence["recordedBy"] = self.actor
        if at is not None and at != OLDEST:
            evidence["at"] = iso(at)
        entry = ConsentEntry(
            space=self.space,
            phone=number,
            channel=ledger_channel(channel),
            sender=sender_key(told["sender"]) if told["sender"] else None,
            status=status,
            own_word=False,
            source=ConsentSource.IMPORT.value,
            evidence=evidence,
            occurred_at=at or self.asked_at,
            received_at=self.asked_at,
        )
        return Word(entry, fixed=at is not None)

    def _number(self, written: str) -> str:
        number = key_of(written.lstrip("'"), self.country) if _NUMBER.fullmatch(written) else None
        if number is None:
            why = f"{_shown(written)} is no phone number: write it with a + and its country's code."
            raise _CellError("phone", why if written else "It is empty.")
        return number

    def _when(self, written: str, status: ConsentStatus) -> datetime | None:
        """When it was said; None where that is the time of the import."""
        is_no = status is ConsentStatus.UNSUBSCRIBED
        if not written:
            return None if is_no else OLDEST
        at = parse_time(written)
        if at is None:
            why = f"{_shown(written)} is no time that is read in one way alone: write it as 2026-03-01T12:00:00Z."
            raise _CellError("at", why)
        if at > self.asked_at:
            raise _CellError("at", f"{_shown(written)} is still to come.")
        if not is_no or not _DAY.fullmatch(written):
            return at
        end = (
            at + timedelta(days=1) - timedelta(microseconds=1)
        )  # a day alone: a yes of that day does not undo it
        return None if end > self.asked_at else end


_CHANNELS = {channel.value: channel for channel in Channel}
_STATUSES = {Said.YES: ConsentStatus.SUBSCRIBED, Said.NO: ConsentStatus.UNSUBSCRIBED}


def _record(lines: Sequence[str], place: int) -> Sequence[str]:
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


def _unread(written: str, wanted: str) -> str:
    return f"{_shown(written)} is not read: write {wanted}." if written else f"It is empty: write {wanted}."


def _shown(written: str) -> str:
    return f"{_masked(written if len(written) <= 40 else written[:39] + '…')!r}"  # noqa: PLR2004  as much as helps to find it


def _masked(text: str) -> str:
    """The text with no more than its last two digits: it may be somebody's number."""
    return _DIGIT.sub("•", text)
