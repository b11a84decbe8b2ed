"""What an event teaches of a person and of consent, kept in the event's own match transaction, before its sends."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from gateway.events import Doubt, Event
from gateway.facts.people import Taught, taught
from gateway.people import Known
from gateway.storage import consent, deliveries, people
from gateway.workspace import Source


def learn(
    connection: Connection,
    source: Source,
    event: Event,
    country: str | None,
    now: datetime,
    countries: Collection[str] = (),
) -> tuple[Known | None, tuple[Doubt, ...]]:
    """The person the event is about, with what it taught, None where nobody is known; and what of it could not be read."""
    new = taught(connection, source, event, country, countries)
    known = _keep(connection, source.space, new, now) if new.ties else new.known
    people.add_contacts(connection, source.space, {word.phone for word in new.words}, now)
    consent.add_all(connection, new.words)
    return known, new.doubts


def _keep(connection: Connection, space: str, new: Taught, now: datetime) -> Known | None:
    """The person, stored as the event leaves them, with the ids that are theirs from now on."""
    if new.known is None:
        return None
    before = new.before or people.create(connection, space, now)
    known = replace(new.known, id=before.id)
    if new.absorbed is not None:
        people.absorb(connection, known.id, new.absorbed)
        deliveries.move(connection, new.absorbed, known.id)
    people.save(connection, space, before, known, now)
    for kind, value in new.ties:
        people.link(connection, space, kind, value, known.id)
    return known
