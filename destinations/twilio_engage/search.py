"""What is asked about one recipient, what the list has shown of it so far, and which message is whose: no message is given to two."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from destinations import kit
from destinations.twilio_engage.client import accepted
from destinations.twilio_engage.likeness import IS_THE_TEXT, Likeness, Sent, likeness
from destinations.twilio_engage.message_list import CLOCKS_DIFFER_BY, Listed

ANOTHERS = "The list shows a message that may be this one, or that of another text to the same number."

_TOO_MANY = (
    "The list shows more messages to this number than are read at once, and none of those is this one."
)
_NOT_SHOWN = {
    Likeness.REDACTED: (
        "The list shows a message that may be this one, without its text: the account redacts them."
    ),
    Likeness.SHORTENED: (
        "The list shows a message that may be this one: both are only a link, which Twilio shortens."
    ),
}
_ADDRESS = re.compile(r"(whatsapp:)?(\+[1-9][0-9]{6,14})")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request whose message is looked for. `alone`: a text that Twilio changed can be no other's."""

    key: str
    sent: Sent
    started_at: datetime
    alone: bool

    @property
    def earliest(self) -> datetime:
        """When its message was created at the earliest, by the provider's clock."""
        return self.started_at - CLOCKS_DIFFER_BY


@dataclass(frozen=True, slots=True)
class Candidate:
    """A message to the recipient, and by key how much it is like what was sent."""

    message: Listed
    alike: Mapping[str, Likeness]


@dataclass(slots=True, eq=False)
class Search:
    """`whole`: every message that could be one of these was shown. `failure`: why it could not be."""

    asked: Sequence[Asked]
    whole: bool = False
    failure: str | None = None
    _shown: dict[str, Candidate] = field(default_factory=dict)
    _found: dict[str, str] | None = None

    @property
    def to(self) -> str:
        """The recipient, as it was sent to."""
        return self.asked[0].sent.to

    @property
    def earliest(self) -> datetime:
        """When the first of the messages was created at the earliest."""
        return min(one.earliest for one in self.asked)

    def like(self, messages: Sequence[Listed]) -> list[Candidate]:
        """Those of messages to this recipient that may be one of these and were not shown yet."""
        found = []
        for message in messages:
            if message.sid in self._shown:
                continue
            alike = {one.key: likeness(message, one.sent, one.earliest) for one in self.asked}
            known = {key: how for key, how in alike.items() if how is not None}
            if known:
                found.append(Candidate(message, known))
        return found

    def show(self, candidates: Iterable[Candidate]) -> None:
        """Take messages into account; none of them is another Delivery's."""
        self._shown.update((one.message.sid, one) for one in candidates)
        self._found = None

    def is_found(self) -> bool:
        """Whether the very text of each was shown, so that nothing that follows could say more."""
        return len(self._of_the_text()) == len(self.asked)

    def is_decided(self) -> bool:
        """Whether each has its message once a list was read to its end."""
        found = self._of_the_text()
        return all(one.key in found or self._changed(one, found) is not None for one in self.asked)

    def answers(self) -> dict[str, kit.Accepted | kit.NotKnown | None]:
        """By key what became of each."""
        found = self._of_the_text()
        return {
            one.key: self._accepted(found[one.key]) if one.key in found else self._rest(one, found)
            for one in self.asked
        }

    def _rest(self, one: Asked, found: Mapping[str, str]) -> kit.Accepted | kit.NotKnown | None:
        if self.failure is not None:
            return kit.NotKnown(f"The list could not be read: {self.failure}")
        changed = self._changed(one, found)
        if changed is not None:
            return self._accepted(changed)
        left = self._left(one, found).values()
        for how, message in _NOT_SHOWN.items():
            if how in left:
                return kit.NotKnown(message)
        if Likeness.CHANGED in left:
            return kit.NotKnown(ANOTHERS)
        return None if self.whole else kit.NotKnown(_TOO_MANY)

    def _changed(self, one: Asked, found: Mapping[str, str]) -> str | None:
        left = [sid for sid, how in self._left(one, found).items() if how is Likeness.CHANGED]
        return min(left, key=lambda sid: (self._apart(one, sid), sid)) if left and one.alone else None

    def _left(self, one: Asked, found: Mapping[str, str]) -> dict[str, Likeness]:
        given = frozenset(found.values())
        return {
            sid: candidate.alike[one.key]
            for sid, candidate in self._shown.items()
            if one.key in candidate.alike and sid not in given
        }

    def _of_the_text(self) -> dict[str, str]:
        """By key the SID of the message that has its very text."""
        if self._found is None:
            self._found = self._paired()
        return self._found

    def _paired(self) -> dict[str, str]:
        """The surest pair is made first: by text, by time, by who came first; and as many have a message as can."""
        ranked = sorted(
            (candidate.alike[one.key], self._apart(one, sid), one.started_at, one.key, sid)
            for sid, candidate in self._shown.items()
            for one in self.asked
            if candidate.alike.get(one.key) in IS_THE_TEXT
        )
        options: dict[str, list[str]] = {}
        found: dict[str, str] = {}
        owners: dict[str, str] = {}
        for *_, key, sid in ranked:
            options.setdefault(key, []).append(sid)
            if key not in found and sid not in owners:
                found[key], owners[sid] = sid, key
        for key in options:
            if key not in found:
                _make_room(key, options, found, owners)
        return found

    def _apart(self, one: Asked, sid: str) -> float:
        created = self._shown[sid].message.created
        return 0.0 if created is None else abs((created - one.started_at).total_seconds())

    def _accepted(self, sid: str) -> kit.Accepted:
        return accepted(self._shown[sid].message.resource)


def address(text: str) -> str | None:
    """The key of a recipient: the channel and the number, in whichever form it is written; None for what is none."""
    read = _ADDRESS.fullmatch(text)
    return None if read is None else (read[1] or "") + kit.canonical(read[2])


def _make_room(
    key: str, options: Mapping[str, Sequence[str]], found: dict[str, str], owners: dict[str, str]
) -> None:
    """Give `key` a message if others can move to one that is free (a path of changes, the shortest first)."""
    wanted_by: dict[str, str] = {}
    waiting = [key]
    for who in waiting:
        for sid in options[who]:
            if sid in wanted_by:
                continue
            wanted_by[sid] = who
            if sid in owners:
                waiting.append(owners[sid])
                continue
            free: str | None = sid
            while free is not None:
                taker = wanted_by[free]
                before = found.get(taker)
                found[taker], owners[free] = free, taker
                free = before
            return
