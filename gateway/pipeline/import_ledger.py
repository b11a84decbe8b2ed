"""What becomes of each row of an import, by what was said before.

| a row is counted as | where | is it added |
| --- | --- | --- |
| unchanged | an import said the same before | no |
| stopped | it is a yes, and the person's own stop stands | yes, and it lifts nothing |
| older | a later word counts | yes |
| subscribed, unsubscribed | it counts from now on | yes |
| bad | it can't be read | no |
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from destinations.kit import Channel, ConsentStatus
from gateway import consent
from gateway.consent import ConsentEntry, ConsentSource
from gateway.consent_files import Word
from gateway.secrets import Secrets
from gateway.storage import consent as history, consent_imports

_Key = tuple[str, Channel]


class Imported(NamedTuple):
    """A word that an import said before."""

    phone: str
    channel: Channel
    sender: str | None
    status: ConsentStatus
    at: datetime
    fixed: bool
    own: bool = False

    @property
    def key(self) -> _Key:
        """Whose word it is, on which channel."""
        return self.phone, self.channel

    def entry(self, space: str) -> ConsentEntry:
        """The same as the ledger would have it."""
        return ConsentEntry(
            space=space,
            phone=self.phone,
            channel=self.channel,
            sender=self.sender,
            status=self.status,
            own_word=self.own,
            source=ConsentSource.IMPORT.value,
            evidence=None,
            occurred_at=self.at,
            received_at=self.at,
        )


@dataclass(frozen=True, slots=True)
class Ledger:
    """What was said for some numbers by (number, channel): the words that can decide, and those of imports."""

    words: dict[_Key, list[ConsentEntry]]
    imported: dict[_Key, list[Imported]]

    def tell(self, words: Iterable[Word]) -> tuple[Counter[str], list[Word]]:
        """What becomes of these, one behind the other, as it is counted; and those that are to be added."""
        counts: Counter[str] = Counter()
        new: list[Word] = []
        for word in words:
            one = _imported(word)
            known, before = self.words.setdefault(one.key, []), self.imported.setdefault(one.key, [])
            if _is_said(one, known, before):
                counts["unchanged"] += 1
                continue
            known.append(word.entry)
            before.append(one)
            counts[_counted_as(word.entry, known)] += 1
            new.append(word)
        return counts, new


def _imported(word: Word) -> Imported:
    entry = word.entry
    return Imported(
        entry.phone, entry.channel, entry.sender, entry.status, entry.occurred_at, word.fixed, entry.own_word
    )


def _is_said(word: Imported, known: Iterable[ConsentEntry], before: Iterable[Imported]) -> bool:
    """Whether an import said the same. A no of the time of its import is the same as long as no other word came behind it."""
    same = (
        one
        for one in before
        if (one.sender, one.status, one.fixed, one.own) == (word.sender, word.status, word.fixed, word.own)
    )
    if word.fixed:
        return any(one.at == word.at for one in same)
    others = [one.occurred_at for one in known if one.status is not ConsentStatus.UNSUBSCRIBED]
    return any(all(later <= one.at for later in others) for one in same)


def _counted_as(entry: ConsentEntry, known: Sequence[ConsentEntry]) -> str:
    """`known`: this entry is among them."""
    if entry.status is ConsentStatus.SUBSCRIBED and consent.standing_stop(known, entry.sender) is not None:
        return "stopped"
    if entry.is_stop:
        stop = consent.standing_stop(known, entry.sender)
        return "older" if stop is None or stop.word.occurred_at > entry.occurred_at else "unsubscribed"
    stands = consent.state(one for one in known if not one.is_stop)
    counts = stands is not None and (stands.status, stands.changed_at) == (entry.status, entry.occurred_at)
    return entry.status.value.lower() if counts else "older"


def ledger(
    connection: Connection,
    secrets: Secrets,
    space: str,
    phones: Sequence[str],
    recalled: Iterable[Imported] = (),
) -> Ledger:
    """What was said for these numbers, and what a dry run recalls that it would have said."""
    found = Ledger({}, {})
    for phone, said in history.deciding(connection, secrets, space, phones).items():
        for word in said.deciding:
            found.words.setdefault((phone, word.channel), []).append(word)
    for phone, channel, sender, status, at, evidence, own in consent_imports.imported(
        connection, space, phones
    ):
        fixed = status != ConsentStatus.UNSUBSCRIBED or "at" in (evidence or {})
        before = Imported(phone, Channel(channel), sender, ConsentStatus(status), at, fixed, own)
        found.imported.setdefault(before.key, []).append(before)
    for one in recalled:
        found.imported.setdefault(one.key, []).append(one)
        found.words.setdefault(one.key, []).append(one.entry(space))
    return found


class Recalled:
    """What a dry run would have said so far: in a file of SQLite that nobody else sees, gone when it is closed or its process ends."""

    def __init__(self) -> None:
        self._file = sqlite3.connect("", check_same_thread=False)
        self._file.execute(
            "CREATE TABLE words (phone TEXT, channel TEXT, sender TEXT, status TEXT, at TEXT, fixed INTEGER, own INTEGER)"
        )
        self._file.execute("CREATE INDEX by_phone ON words (phone)")

    def close(self) -> None:
        """Forget it."""
        self._file.close()

    def add(self, new: Iterable[Word]) -> None:
        """Remember these."""
        rows = [one._replace(at=one.at.isoformat()) for one in map(_imported, new)]  # type: ignore[arg-type]  # as it is kept
        self._file.executemany("INSERT INTO words VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def of(self, phones: Sequence[str]) -> list[Imported]:
        """What it is for these numbers, in its order."""
        given = msgspec.json.encode(phones).decode()
        found = self._file.execute(
            "SELECT * FROM words WHERE phone IN (SELECT value FROM json_each(?)) ORDER BY rowid", (given,)
        )
        return [
            Imported(
                phone,
                Channel(channel),
                sender,
                ConsentStatus(status),
                datetime.fromisoformat(at),
                bool(fixed),
                bool(own),
            )
            for phone, channel, sender, status, at, fixed, own in found
        ]
