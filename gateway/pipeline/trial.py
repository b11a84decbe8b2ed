"""Whether a mapping would text somebody now: the dry run of an event as if that person caused it this moment."""

from collections.abc import Mapping as Object, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from destinations.kit import Channel, GateResult
from gateway.facts.compiled import Compiled
from gateway.pipeline.preview import preview
from gateway.services import Services
from gateway.storage import deliveries, events, people

_TRACK = "track"


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a text would be to: a number, and the users who gave it."""

    space: str
    phone: str
    user_ids: Sequence[str]


async def why_not(services: Services, one: Compiled, person: Person) -> list[GateResult]:
    """Each gate in order, with what it saw: for the last event of theirs that was for the mapping, as if it was replayed now; where
    there was none, for one that has the type and name which the trigger asks for and nothing else.
    """
    now = services.clock.now()
    mapping_id = one.mapping.id

    def last(connection: Connection) -> Object[str, Any] | None:
        found = deliveries.last_event_of(
            connection, people.having(connection, person.space, person.phone), mapping_id
        )
        event = None if found is None else events.get(connection, found)
        return None if event is None or event.payload_removed_at is not None else event.payload

    payload = await services.store.read(last)
    if payload is None:
        how = "Tried with an event of the type and name that the trigger asks for: there is none of this person."
        payload = made_up(one, person, now)
    else:
        how = (
            "Tried with the last event of this person that was for the mapping; how old it is, is not asked."
        )
    # As a replay: what the event says of consent was said when it came, and not now.
    seen = await preview(
        services, one.destination, one.mapping, payload, replayed_at=now, wholly=False, patient=False
    )
    enabled = one.mapping.enabled
    about = GateResult(
        "mapping", passed=enabled, detail=how if enabled else f"The mapping is disabled. {how}"
    )
    return [about, *seen.explanation]


def made_up(one: Compiled, person: Person, now: datetime) -> dict[str, Any]:
    """The least event of that person that has the type and name which the trigger asks for."""
    trigger = one.trigger
    kind = min(trigger.types) if trigger.types and _TRACK not in trigger.types else _TRACK
    event: dict[str, Any] = {"type": kind, "messageId": "trial", "timestamp": now.isoformat()}
    if trigger.names:
        event["event"] = min(trigger.names)
    elif kind == _TRACK:
        event["event"] = "Trial"
    if person.user_ids:
        return {**event, "userId": person.user_ids[-1]}
    spoken_to = "whatsapp" if one.action.channel is Channel.WHATSAPP else "sms"
    return {
        **event,
        "anonymousId": "trial",
        "external_ids": [{"type": "phone", "id": person.phone, "channelType": spoken_to, "encoding": "none"}],
    }
