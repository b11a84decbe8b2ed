"""Who somebody is, as values: what an event tells of a person, and what a person then is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from destinations.kit import Person
from gateway.events import Event, EventType
from gateway.phones import e164
from gateway.workspace import Source, SourceTrust

USER_ID = "user_id"
ANONYMOUS_ID = "anonymous_id"
PHONE = "phone"

Traits = Mapping[str, tuple[Any, datetime]]
"""Each trait with the time of the event that said it, so that a late old event changes nothing."""


@dataclass(frozen=True, slots=True)
class Known:
    """A person as remembered. `phones` holds each number (E.164), when it was last given, and if by a SERVER source."""

    id: str
    user_ids: tuple[str, ...] = ()
    traits: Traits = field(default_factory=dict)
    phones: Mapping[str, tuple[datetime, bool]] = field(default_factory=dict)


def identities_of(event: Event) -> list[tuple[str, str]]:
    """(kind, value) of whom the event is about, the surest first."""
    pairs = ((USER_ID, event.user_id), (ANONYMOUS_ID, event.anonymous_id))
    return [(kind, value) for kind, value in pairs if value]


def traits_of(event: Event) -> Mapping[str, Any]:
    """The traits an identify gives; of its context's traits only what its own do not say."""
    if event.type != EventType.IDENTIFY:
        return {}
    context = event.payload.get("context")
    below = context.get("traits") if isinstance(context, dict) else None
    own = event.payload.get("traits")
    return {**(below if isinstance(below, dict) else {}), **(own if isinstance(own, dict) else {})}


def phones_of(event: Event, country: str | None) -> list[str]:
    """The numbers (E.164) that an event says belong to its person, the trait's first."""
    candidates: list[object] = [traits_of(event).get(PHONE)]
    context = event.payload.get("context")
    for ids in (
        event.payload.get("external_ids"),
        context.get("externalIds") if isinstance(context, dict) else None,
    ):
        items = ids if isinstance(ids, list) else [ids]
        candidates += [
            item.get("id") for item in items if isinstance(item, dict) and item.get("type") == "phone"
        ]
    numbers = [
        number for number in (e164(candidate, country) for candidate in candidates) if number is not None
    ]
    return list(dict.fromkeys(numbers))


def learned(known: Known, event: Event, source: Source, country: str | None) -> Known:
    """The person after an event: of each trait and number the latest by timestamp stands.

    A BROWSER source never supplies a recipient: the trait `phone` stays what a SERVER source said.
    """
    at = min(event.timestamp, event.received_at)
    trusted = source.trust is SourceTrust.SERVER
    traits = dict(known.traits)
    for name, value in traits_of(event).items():
        if name == PHONE and not trusted:
            continue
        if name not in traits or traits[name][1] <= at:
            traits[name] = (value, at)
    phones = dict(known.phones)
    for number in phones_of(event, country):
        seen, by_server = phones.get(number, (at, False))
        phones[number] = (max(seen, at), by_server or trusted)
    user_ids = known.user_ids
    if event.user_id and event.user_id not in user_ids:
        user_ids = (*user_ids, event.user_id)
    return Known(known.id, user_ids, traits, phones)


def merged(winner: Known, loser: Known) -> Known:
    """Two people who turned out to be one."""
    traits = dict(loser.traits)
    for name, (value, at) in winner.traits.items():
        if name not in traits or traits[name][1] <= at:
            traits[name] = (value, at)
    phones = dict(loser.phones)
    for number, (at, by_server) in winner.phones.items():
        seen, trusted = phones.get(number, (at, False))
        phones[number] = (max(seen, at), by_server or trusted)
    return Known(winner.id, tuple(dict.fromkeys((*winner.user_ids, *loser.user_ids))), traits, phones)


def phone_of(known: Known) -> str | None:
    """The number a person is reached at, as given: the trait `phone`, else the latest that a SERVER source gave."""
    phone = known.traits.get(PHONE, (None, None))[0]
    if isinstance(phone, str) and phone:
        return phone
    latest = sorted((at, number) for number, (at, by_server) in known.phones.items() if by_server)
    return latest[-1][1] if latest else None


def as_fact(known: Known, user_id: str | None) -> Person:
    """What a plan may read of a person."""
    return Person(
        user_id=user_id or (known.user_ids[0] if known.user_ids else None),
        traits={name: value for name, (value, _at) in known.traits.items()},
        phone=phone_of(known),
        server_numbers=frozenset(number for number, (_at, by_server) in known.phones.items() if by_server),
    )
