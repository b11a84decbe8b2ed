"""Who agreed to what, as values: one entry per word that was given, and the state that follows from them.

Consent belongs to (space, number, channel), never to a user: a changed phone starts unknown.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

import msgspec

from destinations.kit import Channel, Consent, ConsentStatus, StopReach, sender_key


class ConsentSource(StrEnum):
    """Where a word came from."""

    SUBSCRIPTION = "messaging_subscriptions"
    TRAIT = "opt_in_trait"
    EXTERNAL_ID = "external_id"
    ADMIN = "consentUpdate"
    OPERATOR = "consentUpdate.operator"  # unlike an admin's, it lifts no stop
    IMPORT = "consentImport"
    PROVIDER = "provider"
    REVIEW = "inboundReview"
    CONFIRMATION = "doubleOptIn"  # a yes in reply to what asked for it; it lifts no stop


class ReviewAnswer(StrEnum):
    """What somebody says of a message that may be a stop."""

    STOP = "STOP"
    NOT_A_STOP = "NOT_A_STOP"


class ConsentEntry(msgspec.Struct, frozen=True):
    """One word of consent. `own_word`: the person said it to the provider (a stop, a start), not an event for them.

    `phone` is the key of the number, the same on every channel. `sender` and `service` are whom it was said to, None where
    that is not known, or where it was to nobody in particular. `reach` is that of a stop; None: ALL.
    """

    space: str
    phone: str
    channel: Channel
    sender: str | None
    status: ConsentStatus
    own_word: bool
    source: str
    evidence: Mapping[str, Any] | None
    occurred_at: datetime
    received_at: datetime
    service: str | None = None
    reach: StopReach | None = None

    @property
    def is_stop(self) -> bool:
        """Whether it is the person's own no."""
        return self.own_word and self.status is ConsentStatus.UNSUBSCRIBED

    @property
    def lifts(self) -> bool:
        """Whether it can lift a stop: the person's own start, or an admin's yes."""
        own = self.own_word or self.source == ConsentSource.ADMIN
        return own and self.status is ConsentStatus.SUBSCRIBED

    @property
    def said_to(self) -> str | None:
        """Whom it was said to: a sender, else the service."""
        return self.sender or self.service

    @property
    def places(self) -> frozenset[str | None]:
        """The senders and services that it was said to, each in its one form; None: it is not known where."""
        return frozenset(sender_key(one) for one in (self.sender, self.service) if one) or frozenset({None})

    @property
    def in_words(self) -> str:
        """Who said what, and on which day (UTC), as a sentence goes on: no address, note or name of what shows it is in there."""
        at = self.occurred_at.date()
        if not self.evidence:
            return _sentence(self.status, self.own_word, self.source, self.said_to, at)
        shown = [one if isinstance(one, str) else "" for one in map(self.evidence.get, _SHOWN)]
        return _sentence(self.status, self.own_word, self.source, self.said_to, at, *shown)


def state(entries: Iterable[ConsentEntry], sender: str | None = None) -> Consent | None:
    """What stands, of all that was said for one number on one channel, for a message from `sender`; None where nothing was.

    A stop is wide and a start is narrow. A person's own stop stops everything from the sender or service it was said to, and
    MARKETING from every other; it yields only where they said start later, or to an admin's later word. Where the sender is
    not known, a stop to any of them stands, and one of which is not known to whom it was said stands everywhere. Of the rest
    the newest wins, and a tie revokes, so that an old replay re-subscribes nobody. What is PENDING takes nothing away that stands: it
    counts where the other words are no yes, and where none of them is a no of the same time or later.
    """
    words = _in_order(entries)
    if not words:
        return None
    if len(words) == 1 and not words[0].is_stop:  # as of most numbers
        return Consent(words[0].status, words[0].occurred_at, in_words=words[0].in_words)
    stop, last = standing_stop(words, sender), _last_said(words)
    if stop is not None and not stop.marketing_only:
        word = stop.word
        return Consent(
            ConsentStatus.UNSUBSCRIBED,
            word.occurred_at,
            stopped=True,
            in_words=word.in_words,
            stop_in_words=word.in_words,
            said_to=word.said_to,
        )
    if stop is not None:
        word = last or stop.word
        status = last.status if last else ConsentStatus.UNKNOWN
        return Consent(
            status,
            word.occurred_at,
            in_words=word.in_words,
            marketing_stopped=True,
            stop_in_words=stop.word.in_words,
            said_to=stop.word.said_to,
        )
    return None if last is None else Consent(last.status, last.occurred_at, in_words=last.in_words)


@dataclass(frozen=True, slots=True)
class Stop:
    """A person's own stop that stands for a sender; `marketing_only`: what is no MARKETING passes it."""

    word: ConsentEntry
    marketing_only: bool


def standing_stop(entries: Iterable[ConsentEntry], sender: str | None = None) -> Stop | None:
    """The stop that stands for a message from `sender`: the widest, and of these the latest."""
    words = _in_order(entries)
    starts = [word for word in words if word.lifts]
    place = None if sender is None else sender_key(sender)
    found: Stop | None = None
    for word in words:
        stop = _stop_at(place, word, starts) if word.is_stop else None
        if stop is not None and (found is None or stop.marketing_only <= found.marketing_only):
            found = stop
    return found


def _stop_at(place: str | None, stop: ConsentEntry, starts: list[ConsentEntry]) -> Stop | None:
    later = [word for word in starts if word.occurred_at > stop.occurred_at]
    stands = any(not _opened(home, later) for home in stop.places)
    if not stands or (place is not None and _opened(place, later)):
        return None
    marketing = stop.reach is StopReach.MARKETING
    if place is None or None in stop.places or place in stop.places:
        return Stop(stop, marketing)
    return None if stop.reach is StopReach.SENDER else Stop(stop, marketing_only=True)


def _opened(place: str | None, starts: list[ConsentEntry]) -> bool:
    """A start opens where it was said; an admin's yes without a sender opens everywhere."""
    return any(
        place in word.places or (word.source == ConsentSource.ADMIN and None in word.places)
        for word in starts
    )


def standing(entries: Iterable[ConsentEntry]) -> list[ConsentEntry]:
    """The words that decide, each once: first for a sender that nobody spoke to, then for those that somebody did."""
    words = _in_order(entries)
    named = {
        place for word in words if word.own_word or word.lifts for place in word.places if place is not None
    }
    last = _last_said(words)
    decide: list[ConsentEntry] = []
    for place in (_ANY_OTHER, *sorted(named)):
        stop = standing_stop(words, place)
        word = stop.word if stop else last
        if word is not None and not any(word is one for one in decide):
            decide.append(word)
    return decide


_ANY_OTHER = ""


def _last_said(words: list[ConsentEntry]) -> ConsentEntry | None:
    """The word that counts beside the stops: the newest, where no newer one than a no but that nobody knows. One that is PENDING counts
    behind a no, and where there is no yes.
    """
    others = [word for word in words if not word.is_stop]
    pending = [word for word in others if word.status is ConsentStatus.PENDING]
    if pending:
        others = [word for word in others if word.status is not ConsentStatus.PENDING]
    said = [word for word in others if word.status is not ConsentStatus.UNKNOWN]
    if said and said[-1].status is ConsentStatus.UNSUBSCRIBED:
        return pending[-1] if pending and pending[-1].occurred_at > said[-1].occurred_at else said[-1]
    if pending and (not others or others[-1].status is not ConsentStatus.SUBSCRIBED):
        return pending[-1]
    return others[-1] if others else None


def wish(entries: Iterable[ConsentEntry]) -> ConsentStatus:
    """What was said last for one number on one channel, whatever stop stands beside it; UNKNOWN where nothing was."""
    last = _last_said(_in_order(entries))
    return ConsentStatus.UNKNOWN if last is None else last.status


def _in_order(entries: Iterable[ConsentEntry]) -> list[ConsentEntry]:
    words = list(entries)
    if len(words) > 1:
        words.sort(key=lambda entry: (entry.occurred_at, CAUTION[entry.status], entry.own_word))
    return words


CAUTION: Mapping[ConsentStatus, int] = {
    ConsentStatus.SUBSCRIBED: 0,
    ConsentStatus.PENDING: 1,
    ConsentStatus.UNKNOWN: 1,
    ConsentStatus.UNSUBSCRIBED: 2,
}
"""Of words of the same moment the most careful one is the last."""


def ledger_channel(channel: Channel) -> Channel:
    """The channel whose consent counts: SMS and MMS share one."""
    return Channel.SMS if channel is Channel.MMS else channel


KEPT = "kept when the person was erased"
"""What is shown of a word in place of what it was said with, once the person was erased."""

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_VERBS: Mapping[ConsentStatus, str] = {
    ConsentStatus.SUBSCRIBED: "subscribed",
    ConsentStatus.UNSUBSCRIBED: "unsubscribed",
    ConsentStatus.UNKNOWN: "said to be unknown",
    ConsentStatus.PENDING: "not confirmed yet: subscribed",
}
_OWN_VERBS: Mapping[ConsentStatus, str] = {
    ConsentStatus.SUBSCRIBED: "started",
    ConsentStatus.UNSUBSCRIBED: "stopped",
}
_PLACES: Mapping[str, str] = {
    ConsentSource.SUBSCRIPTION: "context.messaging_subscriptions",
    ConsentSource.TRAIT: "the opt-in trait",
    ConsentSource.EXTERNAL_ID: "an external id",
}
_RECORDED: Mapping[str, str] = {
    ConsentSource.ADMIN: "recorded by an admin",
    ConsentSource.OPERATOR: "recorded by an operator",
    ConsentSource.IMPORT: "imported",
    ConsentSource.PROVIDER: "",
    ConsentSource.CONFIRMATION: "as they were asked to confirm",
}
_SHOWN = ("method", "where", "call", "wordingVersion")
_LONGEST = 60


@lru_cache(maxsize=1024)
def _sentence(
    status: ConsentStatus,
    own_word: bool,
    source: str,
    said_to: str | None,
    at: date,
    method: str = "",
    where: str = "",
    call: str = "",
    wording: str = "",
) -> str:
    """Many people say the same on one day, so it is put together once."""
    said = _VERBS.get(status) or status.value.lower()
    if own_word:
        said = _OWN_VERBS.get(status, said)
    by, of = _who_said(source, _short(method), where, call)
    on = f"{at.day} {_MONTHS[at.month - 1]} {at.year}"
    return "".join(
        (
            f"{said} by {by} on {on}" if by else f"{said} on {on}",
            f", wording {_short(wording)}" if wording else "",
            f", {of}" if of else "",
            f", said to {said_to}" if said_to else "",
        )
    )


def _who_said(source: str, method: str, where: str, call: str) -> tuple[str, str]:
    """(by what it was said, and how that came here), each empty where there is nothing to say."""
    if method == KEPT:
        return "", KEPT
    if source == ConsentSource.REVIEW:
        return "a message of theirs", "which somebody read as a stop"
    place = _PLACES.get(source)
    if place is None:
        return method, _RECORDED.get(source, f"from {source}")
    article = "an" if not call or call[0] in "aeiou" else "a"
    return f"{where or place} of {article} {call or 'event'}", ""


def _short(text: str) -> str:
    """What somebody wrote, on one line, and not all of it where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
