"""Where an event, or what is known of its person, names somebody to send to: the places in their order, and where none does."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from destinations import kit
from destinations.kit import Said
from destinations.twilio_engage import senders
from destinations.twilio_engage.addressed import AddressedPayload, ExternalId
from destinations.twilio_engage.senders import Sender


@dataclass(frozen=True, slots=True)
class ChannelRules:
    """How a channel reads addresses: which `channelType` words are its own, which numbers it takes, what sends on it.

    `read(value, country)` gives a recipient's number in E.164, None for what can't be one. `implied`: a message that is no
    advertisement needs no yes. `windowed`: what a person writes opens a window.
    """

    channel: kit.Channel
    names: frozenset[str]
    read: Callable[[object, str | None], str | None]
    sender: Callable[[str, str | None], Sender]
    implied: bool
    windowed: bool


SMS = ChannelRules(
    kit.Channel.SMS,
    frozenset({"", "sms"}),
    kit.e164,
    senders.sms_sender,
    implied=True,
    windowed=False,
)
WHATSAPP = ChannelRules(
    kit.Channel.WHATSAPP,
    frozenset({"whatsapp"}),
    kit.whatsapp_e164,
    senders.whatsapp_sender,
    implied=False,
    windowed=True,
)


class Candidate(msgspec.Struct, frozen=True):
    """A place that names somebody: its text, the number that was read there, and what the event says of consent with it."""

    origin: str
    text: str
    number: str | None
    word: str | None = None
    event: Said = Said.NOTHING
    is_external_id: bool = False


def first_number(candidates: list[Candidate]) -> str | None:
    """The first that is a number at all."""
    for one in candidates:
        if one.number is not None:
            return one.number
    return None


@dataclass(frozen=True, slots=True)
class FoundNothing:
    """A field that names the recipient and found none: in words, and whether it may find one once somebody is identified."""

    detail: str
    by_profile: bool = False


def found_nothing(payload: AddressedPayload, to: str | None, rules: ChannelRules) -> FoundNothing | None:
    """The field that names the recipient and found none; None where one did, or the mapping leaves them out."""
    if not payload.configured and to is None and payload.to_number is None:  # as in most mappings
        return None
    for key, text in (("toNumber", payload.to_number), ("to", to)):
        said = payload.nothing_at(key)
        if said is not None:
            return FoundNothing(said)
        if text is not None and text.strip():
            return None
        if text is not None:
            by_profile = key == "to" and "{" in (payload.to or "")
            return FoundNothing(f"`{key}` names nobody once its values are filled in", by_profile)
    where = payload.configured.get("externalIds")
    if where is None or any(_is_ours(one, rules) for one in payload.external_ids):
        return None
    return FoundNothing(
        payload.nothing_at("externalIds")
        or f"`externalIds` has no phone for {rules.channel.lower()} at {where}"
    )


def candidates_of(
    payload: AddressedPayload,
    to: str | None,
    person: kit.Person | kit.Unknown | None,
    rules: ChannelRules,
    country: str | None,
) -> tuple[list[Candidate], list[Candidate]]:
    """Who may be sent to, in order; and all places at which the event, or the person, speaks of a number."""
    ids: list[Candidate] = []
    for place, one in enumerate(payload.external_ids, start=1):
        if _is_ours(one, rules):
            text, word = one.id or "", one.subscription_status
            number, says = rules.read(text, country), kit.status_says(word)
            ids.append(Candidate(f"external id {place}", text, number, word, says, is_external_id=True))
    if payload.to_number:
        origin, named = "toNumber, which is none of the test numbers", payload.to_number
    elif to is not None:
        origin, named = "to", to
    elif "externalIds" in payload.configured:
        return ids, ids
    else:
        phone = None if person is None or person is kit.UNKNOWN else person.phone
        if phone:
            ids.append(Candidate("the person's phone", phone, rules.read(phone, country)))
        return ids, ids
    return [Candidate(origin, named, rules.read(named, country))], ids


def _is_ours(one: ExternalId, rules: ChannelRules) -> bool:
    return one.type == "phone" and bool(one.id) and (one.channel_type or "").lower() in rules.names


def with_all_said(candidate: Candidate, others: list[Candidate]) -> Candidate:
    """Where an event speaks twice of one number, a no counts for all its places, and a word counts for silence."""
    same = _of_the_same(candidate, others)
    if not same or (len(same) == 1 and same[0].event is Said.NOTHING and _speaks(candidate)):
        return candidate
    words = {candidate.event: candidate.word} | {other.event: other.word for other in same}
    event = candidate.event
    if Said.NO in words:
        event = Said.NO
    elif event is Said.NOTHING:
        event = next(
            (word for word in (Said.YES, Said.UNREADABLE, Said.UNKNOWN) if word in words), Said.NOTHING
        )
    is_external_id = any(one.is_external_id for one in (candidate, *same))
    return replace(candidate, event=event, word=words[event], is_external_id=is_external_id)


def _speaks(candidate: Candidate) -> bool:
    return candidate.is_external_id and candidate.event is not Said.NOTHING


def _of_the_same(candidate: Candidate, others: list[Candidate]) -> list[Candidate]:
    """The others that are of the candidate's number."""
    if candidate.number is None:
        return []
    key = kit.canonical(candidate.number)
    same = []
    for other in others:
        if other is not candidate and other.number is not None and kit.canonical(other.number) == key:
            same.append(other)  # noqa: PERF401  a comprehension costs more than it takes for one or two
    return same
