"""Who agreed to what, as values: one entry per word that was given, and the state that follows from them.

Consent belongs to (space, number, channel), never to a user: a changed phone starts unknown.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from destinations.kit import Channel, Consent, ConsentStatus
from gateway.events import Event, EventType
from gateway.phones import MOST_NUMBERS, read
from gateway.workspace import Source, SourceTrust


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
    words = sorted(entries, key=lambda entry: (entry.occurred_at, _CAUTION[entry.status], entry.own_word))
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


_CAUTION: Mapping[ConsentStatus, int] = {
    ConsentStatus.SUBSCRIBED: 0,
    ConsentStatus.UNKNOWN: 1,
    ConsentStatus.UNSUBSCRIBED: 2,
}
"""Of words of the same moment the most careful one is the last."""


def ledger_channel(channel: Channel) -> Channel:
    """The channel whose consent counts: SMS and MMS share one."""
    return Channel.SMS if channel is Channel.MMS else channel


_WORDS: Mapping[object, ConsentStatus] = {
    "subscribed": ConsentStatus.SUBSCRIBED,
    "true": ConsentStatus.SUBSCRIBED,
    "unsubscribed": ConsentStatus.UNSUBSCRIBED,
    "false": ConsentStatus.UNSUBSCRIBED,
    "did_not_subscribe": ConsentStatus.UNKNOWN,
}
_CHANNELS: Mapping[str, Channel] = {"": Channel.SMS, "sms": Channel.SMS, "whatsapp": Channel.WHATSAPP}


def words_of(event: Event, source: Source, country: str | None, phone: str | None) -> list[ConsentEntry]:
    """What an event says of consent. `phone` is the number (E.164) that an opt-in trait of an identify is about.

    A BROWSER source only revokes: its key is in every page. Unknown words say nothing. Of several words for one number
    and channel the most careful counts, the last of those. An event speaks of MOST_NUMBERS numbers at most: what it
    says of further ones is not read.
    """
    found: dict[tuple[str, Channel], ConsentEntry] = {}
    texts: set[str] = set()
    for text, channel, word, origin in (*_opt_ins(event, source, phone), *_statements(event)):
        status = _WORDS.get(str(word).lower() if isinstance(word, bool | str) else None)
        if not text or channel is None or status is None:
            continue
        if source.trust is SourceTrust.BROWSER and status is not ConsentStatus.UNSUBSCRIBED:
            continue
        if text not in texts and len(texts) == MOST_NUMBERS:
            continue
        texts.add(text)
        number = read(text, country, channel)
        held = found.get((number, channel)) if number is not None else None
        if number is None or (held is not None and _CAUTION[status] < _CAUTION[held.status]):
            continue
        found[number, channel] = ConsentEntry(
            space=source.space,
            phone=number,
            channel=channel,
            sender=None,
            status=status,
            own_word=False,
            source=origin,
            evidence={"method": origin.value, "messageId": event.message_id, "sourceId": source.id},
            occurred_at=min(event.timestamp, event.received_at),
            received_at=event.received_at,
        )
    return list(found.values())


_Statement = tuple[str, Channel | None, object, ConsentSource]
"""(the number as given, the channel, the word, where it is said)."""


def _statements(event: Event) -> Iterator[_Statement]:
    """Statuses of numbers that the event names itself."""
    for item in _objects(_at(event.payload, "context", "messaging_subscriptions")):
        channel = _CHANNELS.get(_text(item.get("type")).lower() or "-")
        yield _text(item.get("key")), channel, item.get("status"), ConsentSource.SUBSCRIPTION
    for ids in (event.payload.get("external_ids"), _at(event.payload, "context", "externalIds")):
        for item in _objects(ids):
            if item.get("type") == "phone":
                channel = _CHANNELS.get(_text(item.get("channelType")).lower())
                yield _text(item.get("id")), channel, item.get("isSubscribed"), ConsentSource.EXTERNAL_ID


def _opt_ins(event: Event, source: Source, phone: str | None) -> Iterator[_Statement]:
    """The boolean traits of an identify that the source is set up to read."""
    traits = event.payload.get("traits")
    if event.type != EventType.IDENTIFY or not isinstance(traits, dict):
        return
    for trait, channel in (
        (source.sms_opt_in_trait, Channel.SMS),
        (source.whatsapp_opt_in_trait, Channel.WHATSAPP),
    ):
        if isinstance(traits.get(trait), bool):
            yield phone or _text(traits.get("phone")), channel, traits[trait], ConsentSource.TRAIT


def _at(payload: Mapping[str, Any], *keys: str) -> Any:
    value: Any = payload
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _objects(value: Any) -> list[dict[str, Any]]:
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, dict)]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
