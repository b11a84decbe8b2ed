"""Who somebody is, as values: what an event tells of a person, and what a person then is."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

import msgspec
from msgspec.structs import replace

from destinations.kit import Person, as_written, canonical, e164
from gateway.events import MOST_DOUBTS, Doubt, Event, EventType, shown
from gateway.nobody import is_nobody
from gateway.phones import MOST_NUMBERS, key_of
from gateway.workspace import Source, SourceTrust

USER_ID = "user_id"
ANONYMOUS_ID = "anonymous_id"
PHONE = "phone"
PHONE_NOT_READ = "phone_not_read"
"""The code of a Doubt about what is given as a number."""

MOST_TRAITS = 500
MOST_TRAIT_BYTES = 64 * 1024
"""How much is remembered of one person, so that no event costs more than that: the phone, then what SERVER sources
gave, then what was known before; what does not fit is left out."""

Identity = tuple[str, str]
"""(kind, value) of an id that a person goes by."""


class Trait(NamedTuple):
    """What was said, by the time of its event, so that a late old event changes nothing, and if by a SERVER source."""

    value: Any
    at: datetime
    by_server: bool


class Seen(NamedTuple):
    """When a number was last given, and if it is theirs by a SERVER source's word: one that they took back is not. `dialled` is the form
    that was given; None: that of the key.
    """

    at: datetime
    by_server: bool
    dialled: str | None = None


class Known(msgspec.Struct, frozen=True):
    """A person as remembered. `phones` are by key: a person has one, whatever form of a number was given."""

    id: str
    user_ids: tuple[str, ...] = ()
    traits: Mapping[str, Trait] = msgspec.field(default_factory=dict)
    phones: Mapping[str, Seen] = msgspec.field(default_factory=dict)


def identities_of(event: Event) -> list[Identity]:
    """(kind, value) of whom the event is about, the surest first."""
    pairs = ((USER_ID, event.user_id), (ANONYMOUS_ID, event.anonymous_id))
    return [(kind, value) for kind, value in pairs if value and not is_nobody(value)]


def traits_of(event: Event) -> Mapping[str, Any]:
    """The traits an identify gives; of its context's traits only what its own do not say."""
    if event.type != EventType.IDENTIFY:
        return {}
    context = event.payload.get("context")
    below = context.get("traits") if isinstance(context, dict) else None
    own = event.payload.get("traits")
    return {**(below if isinstance(below, dict) else {}), **(own if isinstance(own, dict) else {})}


def phone_given(event: Event) -> Any:
    """The phone that an event gives, as given: an identify as a trait, any other call among its context's traits."""
    if event.type == EventType.IDENTIFY:
        return traits_of(event).get(PHONE)
    context = event.payload.get("context")
    traits = context.get("traits") if isinstance(context, dict) else None
    return traits.get(PHONE) if isinstance(traits, dict) else None


class Told(msgspec.Struct, frozen=True):
    """What an event tells of its person, read once: by whom and when, which user id, traits and numbers.

    `traits` are those of an identify; of any other call the phone alone, where it is one. `phones` are the numbers that it says are
    theirs, its phone first, each by key as it is dialled. `doubts` are about what it gives as a number and is none: nobody is reached
    at it, and nothing is kept under it. `country` is the one whose national numbers were read.
    """

    user_id: str | None
    at: datetime
    by_server: bool
    country: str | None
    traits: Mapping[str, Any]
    phones: Mapping[str, str]
    doubts: tuple[Doubt, ...]


def told_by(event: Event, source: Source, country: str | None) -> Told:
    """What an event of that source tells; at most MOST_NUMBERS numbers are read."""
    is_identify = event.type == EventType.IDENTIFY
    traits: Mapping[str, Any] = traits_of(event) if is_identify else {}
    phone = traits.get(PHONE) if is_identify else phone_given(event)
    read: dict[str, str | None] = {}  # by how it is written
    phones: dict[str, str] = {}
    unread: list[tuple[str, object]] = []
    for place, (where, one) in enumerate(_given_numbers(event, phone)):
        text = as_written(one)
        if text is not None and text not in read and len(read) < MOST_NUMBERS:
            number = read[text] = e164(text, country)
            if number is not None:
                phones.setdefault(canonical(number), number)
        if place < MOST_NUMBERS and _is_something(one) and (text is None or read[text] is None):
            unread.append((where, one))
    if not is_identify and phone is not None and e164(phone, country) is not None:
        traits = {PHONE: phone}
    return Told(
        user_id=event.user_id,
        at=event.occurred_at,
        by_server=source.trust is SourceTrust.SERVER,
        country=country,
        traits=traits,
        phones=phones,
        doubts=tuple([_unread(where, one, country) for where, one in unread[:MOST_DOUBTS]]),
    )


def _unread(where: str, came: object, country: str | None) -> Doubt:
    hint = "" if country else " Without a + none is read, since its destinations have no one default country."
    return Doubt(
        PHONE_NOT_READ,
        f"{where} came as {shown(came)}, which is no phone number: nobody is reached at it.{hint} Write it in E.164, with a +.",
    )


def _is_something(value: object) -> bool:
    return value is not None and not (isinstance(value, str) and not value.strip())


def _given_numbers(event: Event, phone: object) -> list[tuple[str, object]]:
    """What an event gives as numbers of its person, each with its place; its phone first."""
    given = [("traits.phone" if event.type == EventType.IDENTIFY else "context.traits.phone", phone)]
    context = event.payload.get("context")
    for place, ids in (
        ("external_ids", event.payload.get("external_ids")),
        ("context.externalIds", context.get("externalIds") if isinstance(context, dict) else None),
    ):
        if ids is None:
            continue
        items = ids if isinstance(ids, list) else [ids]
        for index, item in enumerate(items):
            if isinstance(item, dict) and item.get("type") == "phone":
                where = f"{place}[{index}].id" if isinstance(ids, list) else f"{place}.id"
                given.append((where, item.get("id")))
    return given


def learned(known: Known, told: Told) -> Known:
    """The person after an event: of each trait and number the latest by timestamp stands. What is no identify gives
    numbers, and no trait but a phone that is one.

    A BROWSER source replaces nothing that a SERVER source said, and never supplies a recipient: the trait `phone` and the
    numbers are a SERVER source's alone. Else whoever asks for all that is held of their number, or to have it erased, would be
    taken for everybody whom they gave it to with a public key.
    """
    traits = {
        name: Trait(value, told.at, told.by_server)
        for name, value in told.traits.items()
        if told.by_server or name != PHONE
    }
    given = told.phones if told.by_server else {}
    phones = {
        key: Seen(told.at, told.by_server, None if number == key else number) for key, number in given.items()
    }
    user_ids = known.user_ids
    if told.user_id and told.user_id not in user_ids:
        user_ids = (*user_ids, told.user_id)
    after = Known(known.id, user_ids, _latest(known.traits, traits), _latest(known.phones, phones))
    return _bounded(_without_former(known, after, told.country), known.traits)


def _without_former(before: Known, after: Known, country: str | None) -> Known:
    """A number that its person took back, or changed, is theirs by a SERVER source's word no more."""
    if PHONE not in before.traits or PHONE not in after.traits:
        return after
    former = key_of(before.traits[PHONE].value, country)
    if former is None or former not in after.phones or former == key_of(after.traits[PHONE].value, country):
        return after
    return replace(after, phones={**after.phones, former: after.phones[former]._replace(by_server=False)})


def merged(winner: Known, loser: Known) -> Known:
    """Two people who turned out to be one."""
    user_ids = tuple(dict.fromkeys((*winner.user_ids, *loser.user_ids)))
    traits, phones = _latest(loser.traits, winner.traits), _latest(loser.phones, winner.phones)
    return _bounded(Known(winner.id, user_ids, traits, phones), winner.traits)


_Said = TypeVar("_Said", Trait, Seen)


def _latest(held: Mapping[str, _Said], given: Mapping[str, _Said]) -> dict[str, _Said]:
    """Of each the latest by timestamp, a SERVER source's before any other; of two as new the one that is given."""
    return {
        **held,
        **{
            name: said for name, said in given.items() if name not in held or _rank(held[name]) <= _rank(said)
        },
    }


def _rank(said: Trait | Seen) -> tuple[bool, datetime]:
    return said.by_server, said.at


def _bounded(known: Known, before: Mapping[str, Trait]) -> Known:
    """The person without what is beyond the limits: of the numbers the latest stay, a SERVER source's first."""
    phones, traits = known.phones, known.traits
    if len(phones) <= MOST_NUMBERS and not traits:
        return known
    if len(phones) > MOST_NUMBERS:
        phones = dict(sorted(phones.items(), key=lambda one: _rank(one[1]), reverse=True)[:MOST_NUMBERS])
    values = {name: trait.value for name, trait in traits.items()}
    # Exactly the sum of the sizes below: each would have braces of its own, and no comma behind it.
    whole = len(msgspec.json.encode(values)) - 1 + (_TRAIT_BYTES + 1) * len(values)
    if len(traits) > MOST_TRAITS or whole > MOST_TRAIT_BYTES:
        sizes = {
            name: len(msgspec.json.encode({name: value})) + _TRAIT_BYTES for name, value in values.items()
        }
        kept: dict[str, Trait] = {}
        room = MOST_TRAIT_BYTES
        order = sorted(
            traits, key=lambda name: (name != PHONE, not traits[name].by_server, name not in before)
        )
        for name in order:
            if len(kept) < MOST_TRAITS and sizes[name] <= room:
                kept[name] = traits[name]
                room -= sizes[name]
        traits = kept
    return Known(known.id, known.user_ids, traits, phones)


_TRAIT_BYTES = 24
"""What the time, the source's kind and the punctuation of one trait take."""


def phone_of(known: Known) -> str | None:
    """The number a person is reached at, as given: the trait `phone`, and where that was never given the latest number
    that a SERVER source gave. A `phone` of null or "" says that there is none.
    """
    if PHONE in known.traits:
        return as_written(known.traits[PHONE].value)
    latest = max(
        ((seen.at, seen.dialled or key) for key, seen in known.phones.items() if seen.by_server), default=None
    )
    return latest and latest[1]


def opt_in_number(told: Told, known: Known | None) -> str | None:
    """The key of the number that an opt-in trait of an event is about: one that the event names, else the person's own,
    unless the event itself says that they have none. `known` is the person as the event leaves them.
    """
    for key in told.phones:
        return key
    return None if known is None or PHONE in told.traits else key_of(phone_of(known), told.country)


def as_fact(known: Known, user_id: str | None) -> Person:
    """What a plan may read of a person."""
    return Person(
        user_id=user_id or (known.user_ids[0] if known.user_ids else None),
        traits={name: trait.value for name, trait in known.traits.items()},
        server_traits={name: trait.value for name, trait in known.traits.items() if trait.by_server},
        phone=phone_of(known),
        server_numbers=frozenset(key for key, seen in known.phones.items() if seen.by_server),
    )
