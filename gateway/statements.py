"""What an event says of consent, in its three places: subscriptions, external ids, and the opt-in traits of its source.

A yes counts where it is meant to be said: a subscription, an external id, the opt-in trait of an identify. A no counts in the
opt-in trait wherever one stands. What says something and can't be read does not count, and is told as a doubt.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

import msgspec

from destinations.kit import Channel, ConsentStatus, Said, as_written, opt_in_says, status_says
from gateway.consent import CAUTION, ConsentEntry, ConsentSource
from gateway.events import Doubt, Event, EventType, shown
from gateway.phones import MOST_NUMBERS, key_of
from gateway.workspace import Source, SourceTrust


class Heard(msgspec.Struct, frozen=True):
    """The words of consent of one event, and what of it could not be read."""

    words: tuple[ConsentEntry, ...] = ()
    doubts: tuple[Doubt, ...] = ()


_NOTHING_HEARD = Heard()


class _Statement(NamedTuple):
    """That something says something of a number. `where` names the place, `number_at` that of the number."""

    number: object
    channel: Channel
    status: ConsentStatus
    origin: ConsentSource
    where: str
    number_at: str


def _doubt(message: str) -> Doubt:
    return Doubt("consent_not_read", message)


_STATUSES: Mapping[Said, ConsentStatus] = {
    Said.YES: ConsentStatus.SUBSCRIBED,
    Said.NO: ConsentStatus.UNSUBSCRIBED,
    Said.UNKNOWN: ConsentStatus.UNKNOWN,
}
_WORDS = {status: said.value for said, status in _STATUSES.items()}
_CHANNELS: Mapping[str, Channel] = {"sms": Channel.SMS, "mms": Channel.SMS, "whatsapp": Channel.WHATSAPP}
_ELSEWHERE = re.compile(r"mail|push|ios|android|web|slack|line|messenger|telegram|voice|call")
"""Words of channels that are none of ours, in the type of a subscription: what is said of them is no doubt."""


def heard(
    event: Event,
    source: Source,
    country: str | None,
    phone: str | None,
    countries: Collection[str] = (),
) -> Heard:
    """What an event says of consent. `phone` is the key of the number that an opt-in trait is about. `countries` are all in which
    some destination reads a number without +: where they do not agree, a no counts in each of them and a yes in none.

    A BROWSER source only revokes: its key is in every page. Of several words for one number and channel the most careful
    counts. An event speaks of MOST_NUMBERS numbers at most, those that it says no for before others.
    """
    said = _said(event, source, country, phone)
    if not said:
        return _NOTHING_HEARD
    found: dict[tuple[str, Channel], ConsentEntry] = {}
    doubts: list[Doubt] = []
    statements: list[_Statement] = []
    for one in said:
        if isinstance(one, Doubt):
            doubts.append(one)
        elif source.trust is SourceTrust.SERVER or one.status is ConsentStatus.UNSUBSCRIBED:
            statements.append(one)
    few = _few(statements)
    for one in statements:
        text = as_written(one.number)
        if few is not None and text is not None and text not in few:
            doubts.append(_doubt(f"{one.where} is about one number too many: only {MOST_NUMBERS} are read."))
            continue
        numbers = _numbers(one, text, country, countries)
        if not numbers:
            doubts.append(_no_number(one))
        for number in numbers:
            held = found.get((number, one.channel))
            if held is None or CAUTION[one.status] > CAUTION[held.status]:
                found[number, one.channel] = _entry(event, source, number, one)
    return Heard(tuple(found.values()), tuple(dict.fromkeys(doubts)))


def _said(event: Event, source: Source, country: str | None, phone: str | None) -> list[_Statement | Doubt]:
    """What the event says, in all places."""
    payload = event.payload
    context = payload.get("context")
    if not isinstance(context, dict):
        context = {}
    return [
        *_opt_ins(event, source, phone, context),
        *_subscriptions(context.get("messaging_subscriptions"), country),
        *_external_ids("external_ids", payload.get("external_ids")),
        *_external_ids("context.externalIds", context.get("externalIds")),
    ]


def _numbers(
    said: _Statement, text: str | None, country: str | None, countries: Collection[str]
) -> list[str]:
    number = key_of(text, country)
    if number is not None or said.status is not ConsentStatus.UNSUBSCRIBED:
        return [number] if number is not None else []
    return sorted({key for one in countries if (key := key_of(text, one)) is not None})


def _few(statements: list[_Statement]) -> frozenset[str] | None:
    """The numbers, as written, that are read: those that somebody says no for before others. None: all of them."""
    if len(statements) <= MOST_NUMBERS:
        return None
    careful = sorted(statements, key=lambda said: said.status is not ConsentStatus.UNSUBSCRIBED)
    texts = dict.fromkeys(text for one in careful if (text := as_written(one.number)) is not None)
    return frozenset(islice(texts, MOST_NUMBERS))


def _entry(event: Event, source: Source, number: str, said: _Statement) -> ConsentEntry:
    return ConsentEntry(
        space=source.space,
        phone=number,
        channel=said.channel,
        sender=None,
        status=said.status,
        own_word=False,
        source=said.origin,
        evidence={
            "method": said.origin.value,
            "where": said.where,
            "call": event.type,
            "messageId": event.message_id,
            "sourceId": source.id,
        },
        occurred_at=event.earliest if said.status is ConsentStatus.SUBSCRIBED else event.latest,
        received_at=event.received_at,
    )


def _no_number(said: _Statement) -> Doubt:
    what = f"{said.where} says {_WORDS[said.status]}, which counts for nobody"
    if said.number is None or said.number == "":
        return _doubt(
            f"{what}: there is no number that it could be about. Send the number with it, in E.164."
        )
    came = shown(said.number)
    return _doubt(f"{what}: {said.number_at} came as {came}, which is no phone number. Write it in E.164.")


def _subscriptions(value: object, country: str | None) -> Iterator[_Statement | Doubt]:
    for place, item in _items("context.messaging_subscriptions", value):
        if not isinstance(item, dict):
            yield _doubt(f"{place} came as {shown(item)}, which is no object: it counts for nobody.")
            continue
        number, status = item.get("key"), item.get("status")
        kind = _folded(item.get("type"))
        if _CHANNELS.get(kind) is None:
            ours = "key" not in item or key_of(number, country) is not None
            if ours and not _ELSEWHERE.search(kind) and status_says(status) is not Said.NOTHING:
                yield _unknown_channel(f"{place}.type", item.get("type"), f"{place}.status", status)
            continue
        one = _status(
            number, _CHANNELS[kind], status, ConsentSource.SUBSCRIPTION, f"{place}.status", f"{place}.key"
        )
        if one is not None:
            yield one


def _external_ids(name: str, value: object) -> Iterator[_Statement | Doubt]:
    for place, item in _items(name, value):
        kind = item.get("type") if isinstance(item, dict) else None
        if kind != "phone" and _folded(kind) != "phone":
            continue
        status, given = item.get("isSubscribed"), item.get("channelType")
        channel = Channel.SMS if given in (None, "") else _CHANNELS.get(_folded(given))
        where = f"{place}.isSubscribed"
        if channel is not None:
            origin = ConsentSource.EXTERNAL_ID
            one = _status(item.get("id"), channel, status, origin, where, f"{place}.id")
            if one is not None:
                yield one
        elif status_says(status) is not Said.NOTHING:
            yield _unknown_channel(f"{place}.channelType", given, where, status)


def _status(
    number: object, channel: Channel, status: object, origin: ConsentSource, where: str, number_at: str
) -> _Statement | Doubt | None:
    said = status_says(status)
    if said is Said.NOTHING:
        return None
    if said is Said.UNREADABLE:
        return _doubt(
            f"{where} came as {shown(status)}, which says neither yes nor no: it does not count. Write subscribed, "
            "unsubscribed, true or false, or null where nothing is known."
        )
    return _Statement(number, channel, _STATUSES[said], origin, where, number_at)


def _unknown_channel(where: str, kind: object, status_at: str, status: object) -> Doubt:
    return _doubt(
        f"{where} came as {shown(kind)}, which is neither SMS nor WhatsApp: {status_at} {shown(status)} does not count."
    )


def _opt_ins(
    event: Event, source: Source, phone: str | None, context: Mapping[str, Any]
) -> Iterator[_Statement | Doubt]:
    """The traits that the source is set up to read: those of an identify, and a no wherever else they stand."""
    payload = event.payload
    places: list[tuple[str, object]] = [
        ("context.traits", context.get("traits")),
        ("properties", payload.get("properties")),
    ]
    is_own = event.type == EventType.IDENTIFY
    if is_own:
        places.insert(0, ("traits", payload.get("traits")))
    elif event.type == EventType.GROUP:
        places.append(("traits", payload.get("traits")))
    for trait, channel in (
        (source.sms_opt_in_trait, Channel.SMS),
        (source.whatsapp_opt_in_trait, Channel.WHATSAPP),
    ):
        for name, holder in places:
            if not isinstance(holder, dict) or trait not in holder:
                continue
            said, where = opt_in_says(holder[trait]), f"{name}.{trait}"
            if said is Said.UNREADABLE:
                yield _doubt(
                    f"{where} came as {shown(holder[trait])}, which says neither yes nor no: it does not count. "
                    "Write true or false."
                )
            elif said is Said.NO or (said is not Said.NOTHING and is_own and name == "traits"):
                number = phone or _given_phone(event)
                if number or said is Said.NO:
                    yield _Statement(
                        number, channel, _STATUSES[said], ConsentSource.TRAIT, where, "the person's phone"
                    )


def _given_phone(event: Event) -> object:
    holder = event.payload if event.type == EventType.IDENTIFY else event.payload.get("context")
    traits = holder.get("traits") if isinstance(holder, dict) else None
    return traits.get("phone") if isinstance(traits, dict) else None


def _items(path: str, value: object) -> Iterator[tuple[str, Any]]:
    """What a list holds, each with its place; one thing alone as itself."""
    if isinstance(value, list):
        for place, item in enumerate(value):
            if item is not None:
                yield f"{path}[{place}]", item
    elif value is not None and value != "":
        yield path, value


def _folded(value: object) -> str:
    """Without case, blanks, and what stands for them."""
    if not isinstance(value, str):
        return ""
    if value.isalpha() and value.islower() and value.isascii():
        return value
    return "".join(value.casefold().split()).replace("_", "").replace("-", "")
