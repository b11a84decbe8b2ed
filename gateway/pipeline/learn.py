"""What an event teaches of a person and of consent, kept in the event's own match transaction, before its sends."""

from datetime import datetime

from sqlalchemy import Connection

from gateway.consent import words_of
from gateway.events import Event, EventType
from gateway.people import ANONYMOUS_ID, USER_ID, Known, identities_of, learned, merged, phone_of, phones_of
from gateway.phones import e164
from gateway.storage import consent, deliveries, people
from gateway.workspace import Source


def learn(
    connection: Connection, source: Source, event: Event, country: str | None, now: datetime
) -> Known | None:
    """The person the event is about, with what it taught; None where nobody is known."""
    if event.type == EventType.ALIAS:
        known: Known | None = _alias(connection, source.space, event, now)
    elif event.type == EventType.IDENTIFY:
        before = _identified(connection, source.space, event, now)
        known = learned(before, event, source, country)
        people.save(connection, source.space, before, known, now)
    else:
        known = people.find(connection, source.space, identities_of(event))
    given = phones_of(event, country)
    phone = given[0] if given else e164(phone_of(known), country) if known else None
    for word in words_of(event, source, country, phone):
        consent.add(connection, word)
        people.add_contact(connection, source.space, word.phone, now)
    return known


def _identified(connection: Connection, space: str, event: Event, now: datetime) -> Known:
    """The person of an identify, with its ids tied together. Somebody else's device is re-tied, not merged."""
    person_id, same_id = people.identified(connection, space, event.user_id, event.anonymous_id)
    if person_id is None:
        known = people.create(connection, space, now)
    elif same_id is None:
        known = people.get(connection, person_id)
    else:
        known = _merge(connection, space, person_id, same_id, now)
    for kind, value in identities_of(event):
        people.link(connection, space, kind, value, known.id)
    return known


def _alias(connection: Connection, space: str, event: Event, now: datetime) -> Known | None:
    """The earlier id and the new one become one person; consent stays with the numbers."""
    previous = event.payload.get("previousId")
    if not event.user_id or not isinstance(previous, str) or not previous:
        return people.find(connection, space, identities_of(event))
    earlier = people.person_id(connection, space, USER_ID, previous)
    earlier_kind = USER_ID if earlier is not None else ANONYMOUS_ID
    earlier = earlier or people.person_id(connection, space, ANONYMOUS_ID, previous)
    present = people.person_id(connection, space, USER_ID, event.user_id)
    if present is None and earlier is None:
        known = people.create(connection, space, now)
    elif present is None or earlier is None or present == earlier:
        known = people.get(connection, present or earlier or "")
    else:
        known = _merge(connection, space, present, earlier, now)
    people.link(connection, space, USER_ID, event.user_id, known.id)
    people.link(connection, space, earlier_kind, previous, known.id)
    return known


def _merge(connection: Connection, space: str, winner_id: str, loser_id: str, now: datetime) -> Known:
    winner, loser = people.get(connection, winner_id), people.get(connection, loser_id)
    both = merged(winner, loser)
    people.absorb(connection, winner_id, loser_id)
    deliveries.move(connection, loser_id, winner_id)
    people.save(connection, space, winner, both, now)
    return both
