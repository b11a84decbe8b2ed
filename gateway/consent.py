"""Who agreed to what, as values: one entry per word that was given, and the state that follows from them.

Consent belongs to (space, number, channel), never to a user: a changed phone starts unknown.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from destinations.kit import Channel, Consent, ConsentStatus


class ConsentSource(StrEnum):
    """Where a word came from."""

    SUBSCRIPTION = "messaging_subscriptions"
    TRAIT = "opt_in_trait"
    EXTERNAL_ID = "external_id"
    ADMIN = "consentUpdate"
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True)
class ConsentEntry:
    """One word of consent. `own_word`: the person said it to the provider (a stop, a start), not an event for them.

    `phone` is the number as gateway.phones keys it for the channel.
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


def state(entries: Iterable[ConsentEntry]) -> Consent | None:
    """What stands, of all that was said for one number on one channel; None where nothing was.

    A person's own stop yields only to their own start, or to an admin's later word. Of the rest the newest wins, and
    a tie revokes, so that an old replay re-subscribes nobody.
    """
    words = sorted(entries, key=lambda entry: (entry.occurred_at, CAUTION[entry.status], entry.own_word))
    if not words:
        return None
    stop: ConsentEntry | None = None
    for word in words:
        if word.own_word and word.status is ConsentStatus.UNSUBSCRIBED:
            stop = word
        elif (
            stop is not None
            and word.status is ConsentStatus.SUBSCRIBED
            and word.occurred_at > stop.occurred_at
        ):
            lifts = word.own_word or word.source == ConsentSource.ADMIN
            stop = None if lifts else stop
    if stop is not None:
        return Consent(ConsentStatus.UNSUBSCRIBED, stop.occurred_at, stopped=True, source=stop.source)
    said = [word for word in words if word.status is not ConsentStatus.UNKNOWN]
    last = said[-1] if said and said[-1].status is ConsentStatus.UNSUBSCRIBED else words[-1]
    return Consent(last.status, last.occurred_at, source=last.source)


CAUTION: Mapping[ConsentStatus, int] = {
    ConsentStatus.SUBSCRIBED: 0,
    ConsentStatus.UNKNOWN: 1,
    ConsentStatus.UNSUBSCRIBED: 2,
}
"""Of words of the same moment the most careful one is the last."""


def ledger_channel(channel: Channel) -> Channel:
    """The channel whose consent counts: SMS and MMS share one."""
    return Channel.SMS if channel is Channel.MMS else channel
