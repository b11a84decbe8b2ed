"""What each row of a file of consent says. What is unclear is a bad row, and never a yes."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import msgspec

from destinations.kit import Channel, ConsentExport, ConsentStatement, ConsentStatus, Said, sender_key
from gateway.consent import CAUTION, ConsentEntry, ConsentSource, ledger_channel
from gateway.consent_files.exports import COLUMNS, PLAIN
from gateway.consent_files.reading import Reading
from gateway.consent_files.rows import (
    LONGEST_CELL,
    LONGEST_RECORD,
    CellError,
    Told,
    cells_of,
    object_of,
    record_at,
    shown,
    unpack,
)
from gateway.phones import key_of
from gateway.spec import iso
from gateway.times import OLDEST, parse_time

_NUMBER = re.compile(
    r"\s*'?\s*(?:tel:|whatsapp:|sms:)?[+0-9(][0-9() .\-/\u00a0\u2010-\u2015]*", re.IGNORECASE
)
_DAY = re.compile(r"\s*[0-9]{4}-?[0-9]{2}-?[0-9]{2}\s*")
_WHATSAPP = "whatsapp:"


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
    """What some rows say, and how far they go. `silent` are rows that say nothing: nobody was asked, or there is no number."""

    words: list[Word] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    lines: int = 0
    rows: int = 0
    read: int = 0
    silent: int = 0
    ended: bool = False


@dataclass(frozen=True)
class Reader:
    """Reads rows into words: of that space, with national numbers of that country, for whoever asked for it at that time."""

    reading: Reading
    space: str
    country: str | None
    asked_at: datetime
    actor: str
    export: ConsentExport = PLAIN

    def page(self, lines: Sequence[str], begins: int, rows: int, *, last: bool) -> Page:
        """What the rows of these lines say, before which so many lines and rows were read. Where they are not the `last` of the file, a
        row that may go on behind them is left for the next page.
        """
        page, place = Page(rows=rows), 0
        while place < len(lines) and (last or len(lines) - place >= LONGEST_RECORD):
            begun = begins + place + 1
            row, place = self._row(lines, place)
            is_blank = row is not None and not any(cell.strip() for cell in row)
            if is_blank:
                continue
            page.rows += 1
            self._add(page, page.rows if self.reading.given else begun, row)
        page.lines = begins + place
        page.ended = last
        return page

    def _row(self, lines: Sequence[str], place: int) -> tuple[Sequence[str] | None, int]:
        """The row that begins there, as text or its cells, None for what is none; and where the next one does."""
        if self.reading.is_json:
            return lines[place], place + 1
        record: Sequence[str] = lines[place : place + 1]
        cells = cells_of(record, self.reading.delimiter)
        if cells is None:
            record = record_at(lines, place)
            cells = cells_of(record, self.reading.delimiter)
        return cells, place + (1 if cells is None else len(record))

    def _add(self, page: Page, place: int, cells: str | Sequence[str] | None) -> None:
        try:
            words = self._words(self._told(cells))
        except CellError as error:
            page.problems.append(Problem(place, error.column, str(error)))
            return
        page.read += 1
        page.silent += not words
        page.words.extend(words)

    def _told(self, cells: str | Sequence[str] | None) -> Told:
        """What each column says, by its name. Raises CellError."""
        if cells is None:
            raise CellError("", "It is no row of CSV: a quote in it is not closed, or not doubled.")
        if isinstance(cells, str):
            told = object_of(cells)
            unpack(told, self.export)
            return Told(self._named(told.words, self._written), told.lists)
        columns, width = self.reading.columns, self.reading.width
        if any(cell.strip() for cell in cells[width:]):
            why = f"It has {len(cells)} cells, and the header has {width}: put what has a separator in it between quotes."
            raise CellError("", why)
        told = Told({name: cells[place].strip() for name, place in columns.items() if place < len(cells)})
        if self._packs:
            unpack(told, self.export)
            named = self._named(told.words, self._written)
            told = Told(
                {**{name: text for name, text in told.words.items() if name in self.export.columns}, **named},
                told.lists,
            )
        _check_length(told.words, self.export)
        return told

    @cached_property
    def _written(self) -> Mapping[str, str]:
        return {one: name for name, many in self.export.columns.items() for one in many}

    @cached_property
    def _packs(self) -> bool:
        return any(name not in self.export.columns for name in self.reading.columns)

    @cached_property
    def _lists(self) -> Sequence[tuple[Sequence[str], Mapping[str, str], ConsentStatement]]:
        return [
            (one.written, {way: name for name, many in one.columns.items() for way in many}, one.statement)
            for one in self.export.lists.values()
        ]

    def _named(self, told: Mapping[str, str], written: Mapping[str, str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for way, text in told.items():
            name = written.get(way)
            if name is None:
                continue
            words = text.strip()
            if found.get(name) and words and found[name] != words:
                raise CellError(name, "It is there twice, and does not say the same.")
            found[name] = found.get(name) or words
        _check_length(found, self.export)
        return found

    def _words(self, told: Told) -> list[Word]:
        """What the row says, for each number, channel and sender once: of a yes and a no the no. Raises CellError."""
        said: list[Word | None] = [self._word(told.words, one) for one in self.export.statements]
        for ways, written, statement in self._lists:
            for way in ways:
                for entry in told.lists.get(way, ()):
                    words = {**told.words, "channel": "", "status": "", **self._named(entry, written)}
                    said.append(self._word(words, statement, is_entry=True))
        found = [one for one in said if one is not None]
        if len(found) <= 1:
            return found
        kept: dict[tuple[Any, ...], Word] = {}
        for one in found:
            key = (one.entry.phone, one.entry.channel, one.entry.sender)
            kept[key] = max(kept.get(key, one), one, key=_caution)
        return list(kept.values())

    def _word(
        self, told: Mapping[str, str], statement: ConsentStatement, *, is_entry: bool = False
    ) -> Word | None:
        """None for what says nothing. Raises CellError."""
        said = self._said(told, statement)
        if said in (Said.NOTHING, Said.UNKNOWN) and not self.export.is_strict:
            return None
        written = told.get("phone", "")
        channel = self._channel(told, statement) if is_entry else None
        if is_entry and channel is None:
            return None
        number = self._number(written)
        channel = channel or self._channel(told, statement)
        if channel is None:
            raise CellError("channel", _unread(told.get("channel", ""), "SMS, MMS or WHATSAPP"))
        if not self.export.is_strict and channel is Channel.SMS and written.lower().startswith(_WHATSAPP):
            raise CellError("channel", "Its number is one of WhatsApp, and what it says is about SMS.")
        status = _STATUSES.get(said)
        if status is None:
            name = statement.status or "status"
            raise CellError(name, _unread(told.get(name, ""), "SUBSCRIBED or UNSUBSCRIBED"))
        unless = statement.unless or ""
        if (
            status is ConsentStatus.SUBSCRIBED
            and told.get(unless)
            and statement.says(told[unless]) is not Said.YES
        ):
            raise CellError(unless, "It does not say the same as the status: one is a yes, the other none.")
        return self._entry(told, statement, number, channel, status)

    def _said(self, told: Mapping[str, str], statement: ConsentStatement) -> Said:
        if statement.status is None:
            return Said.NO if statement.at and told.get(statement.at[0]) else Said.NOTHING
        return statement.says(told.get(statement.status, ""))

    def _channel(self, told: Mapping[str, str], statement: ConsentStatement) -> Channel | None:
        """The channel that it is about; None for one that is not ours, of a list, and else for what is unclear. Raises CellError."""
        if statement.channel is not None:
            return statement.channel
        written = told.get("channel", "")
        if written:
            channel = _CHANNELS.get(written.upper())
            if channel is None and not self.export.is_strict and written.lower() not in _OTHERS:
                raise CellError("channel", _unread(written, "SMS, MMS or WHATSAPP"))
            return channel
        if self.reading.channel is not None and ("channel" not in self.reading.columns):
            return Channel(self.reading.channel)
        if self.export.channel is not None and any(
            told.get(name, "").lower().startswith(_WHATSAPP) for name in ("phone", "sender")
        ):
            return Channel.WHATSAPP
        if self.export.channel is None and not self.export.is_strict:
            raise CellError("channel", _unread("", "SMS, MMS or WHATSAPP"))
        return self.export.channel

    def _entry(
        self,
        told: Mapping[str, str],
        statement: ConsentStatement,
        number: str,
        channel: Channel,
        status: ConsentStatus,
    ) -> Word:
        at = self._when([told.get(name, "") for name in statement.at], status)
        evidence: dict[str, Any] = {
            name: text for name, column in statement.evidence.items() if (text := told.get(column))
        }
        evidence.setdefault("method", "import" if self.export.is_strict else f"export of {self.export.title}")
        evidence["recordedBy"] = self.actor
        if at is not None and at != OLDEST:
            evidence["at"] = iso(at)
        sender = told.get(statement.sender, "") if statement.sender else ""
        entry = ConsentEntry(
            space=self.space,
            phone=number,
            channel=ledger_channel(channel),
            sender=sender_key(sender) if sender else None,
            status=status,
            own_word=self.export.own_stops and status is ConsentStatus.UNSUBSCRIBED,
            source=ConsentSource.IMPORT.value,
            evidence=evidence,
            occurred_at=at or self.asked_at,
            received_at=self.asked_at,
        )
        return Word(entry, fixed=at is not None)

    def _number(self, written: str) -> str:
        number = key_of(written.lstrip("'"), self.country) if _NUMBER.fullmatch(written) else None
        if number is None:
            why = f"{shown(written)} is no phone number: write it with a + and its country's code."
            raise CellError("phone", why if written else "It is empty.")
        return number

    def _when(self, written: Sequence[str], status: ConsentStatus) -> datetime | None:
        """When it was said, of a yes the earliest and of a no the latest that is given; None where that is the time of the import."""
        is_no = status is ConsentStatus.UNSUBSCRIBED
        given = [one for one in written if one]
        if not given:
            return None if is_no else OLDEST
        times = [self._time(one, is_no=is_no) for one in given]
        known = [one for one in times if one is not None]
        if len(known) < len(times):
            return None
        return max(known) if is_no else min(known)

    def _time(self, written: str, *, is_no: bool) -> datetime | None:
        at = parse_time(written)
        if at is None:
            why = f"{shown(written)} is no time that is read in one way alone: write it as 2026-03-01T12:00:00Z."
            raise CellError("at", why)
        if at > self.asked_at:
            raise CellError("at", f"{shown(written)} is still to come.")
        if not is_no or not _DAY.fullmatch(written):
            return at
        end = (
            at + timedelta(days=1) - timedelta(microseconds=1)
        )  # a day alone: a yes of that day does not undo it
        return None if end > self.asked_at else end


_CHANNELS = {channel.value: channel for channel in Channel}
_STATUSES = {Said.YES: ConsentStatus.SUBSCRIBED, Said.NO: ConsentStatus.UNSUBSCRIBED}
_OTHERS = frozenset(
    {
        "email",
        "push",
        "web_push",
        "webpush",
        "android_push",
        "ios_push",
        "in_app",
        "inbox",
        "line",
        "kakao",
        "slack",
        "webhook",
        "content_card",
    }
)
"""Channels that exports speak of, and that nobody is texted on."""


def _caution(word: Word) -> tuple[int, float]:
    """Of two words of a row the one with more counts: a no, of two noes the later one, of two yeses the earlier one."""
    at = word.entry.occurred_at.timestamp()
    is_no = word.entry.status is ConsentStatus.UNSUBSCRIBED
    return CAUTION[word.entry.status], at if is_no else -at


def _check_length(told: Mapping[str, str], export: ConsentExport) -> None:
    for name, written in told.items():
        if len(written) > LONGEST_CELL and name in export.columns:
            raise CellError(name, f"It has more than {LONGEST_CELL} characters.")


def _unread(written: str, wanted: str) -> str:
    return f"{shown(written)} is not read: write {wanted}." if written else f"It is empty: write {wanted}."
