"""People as a plan reads them, and what an event would teach of them: told here, stored by the pipeline."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from destinations.kit import Person
from gateway.consent import ConsentEntry
from gateway.events import Doubt, Event, EventType
from gateway.people import (
    ANONYMOUS_ID,
    USER_ID,
    Identity,
    Known,
    Told,
    as_fact,
    identities_of,
    learned,
    merged,
    opt_in_number,
    told_by,
)
from gateway.statements import Heard, heard
from gateway.storage import people
from gateway.storage.engine import Store
from gateway.workspace import Source, SourceTrust


class PeopleFacts:
    """Finds the person of one event, once.

    `person_id` is whom the event was matched to: a device that changed hands since is still that person's here.
    """

    def __init__(self, store: Store, space: str, event: Event, person_id: str | None = None) -> None:
        self._store = store
        self._space = space
        self._event = event
        self._person_id = person_id
        self._found: tuple[Person | None] | None = None

    async def person(self) -> Person | None:
        if self._found is None:
            known = await self._store.read(self._find)
            self._found = (None if known is None else as_fact(known, self._event.user_id),)
        return self._found[0]

    def has_changed(self, connection: Connection) -> bool:
        """Whether the person is another by now than a plan was told."""
        known = self._find(connection)
        person = None if known is None else as_fact(known, self._event.user_id)
        return self._found is not None and self._found[0] != person

    def _find(self, connection: Connection) -> Known | None:
        if self._person_id is not None and not self._event.user_id:
            return people.get(connection, self._person_id)
        return people.find(connection, self._space, identities_of(self._event))


class SupposedPeople:
    """The person as an event leaves them, which a dry run does not store."""

    def __init__(self, known: Known | None, event: Event) -> None:
        self._person = None if known is None else as_fact(known, event.user_id)

    async def person(self) -> Person | None:
        return self._person


@dataclass(frozen=True, slots=True)
class Taught:
    """What an event says of its person and of consent, before any of it is stored.

    `known` is the person as the event leaves them, None where nobody is known. `ties` are the ids that are theirs from
    now on: without any, nothing about the person changes. With them, `before` is the person as stored (None: somebody
    new, whose `known.id` is empty), and `absorbed` the id of somebody who turns out to be the same. `doubts` are what it
    seems to say of them that could not be read.
    """

    known: Known | None
    words: Sequence[ConsentEntry]
    ties: tuple[Identity, ...] = ()
    before: Known | None = None
    absorbed: str | None = None
    doubts: tuple[Doubt, ...] = ()


def taught(
    connection: Connection,
    source: Source,
    event: Event,
    country: str | None,
    countries: Collection[str] = (),
) -> Taught:
    """What an event teaches; `country` is the one in which numbers without + are read, None where `countries` do not agree."""
    by_event = told_by(event, source, country)
    who = _who(connection, source, event, by_event)
    if who is None:
        known = people.find(connection, source.space, identities_of(event))
        said = _heard(source, event, by_event, known, countries)
        return Taught(known, said.words, doubts=(*said.doubts, *by_event.doubts))
    before = people.get(connection, who.person_id) if who.person_id else None
    after = before or Known("")
    if who.same_id is not None:
        after = merged(after, people.get(connection, who.same_id))
    after = learned(after, by_event)
    said = _heard(source, event, by_event, after, countries)
    return Taught(after, said.words, who.ties, before, who.same_id, (*said.doubts, *by_event.doubts))


def _heard(
    source: Source, event: Event, by_event: Told, known: Known | None, countries: Collection[str]
) -> Heard:
    return heard(event, source, by_event.country, opt_in_number(by_event, known), countries)


@dataclass(frozen=True, slots=True)
class _Who:
    person_id: str | None
    same_id: str | None
    ties: tuple[Identity, ...]


def _who(connection: Connection, source: Source, event: Event, by_event: Told) -> _Who | None:
    """Whom an event makes known, or more of whom.

    A BROWSER source ties no two ids together: with its public key anybody could make somebody else's number a
    victim's. Its identify is about the surest id alone, and its other calls only find. A SERVER source's other calls
    are about the surest id too, where they give a number, and an alias about the two that it names.
    """
    given, trusted = identities_of(event), source.trust is SourceTrust.SERVER
    previous = event.payload.get("previousId")
    if event.type == EventType.ALIAS and trusted and event.user_id and isinstance(previous, str):
        person_id, same_id, kind = people.aliased(connection, source.space, event.user_id, previous)
        return _Who(person_id, same_id, ((USER_ID, event.user_id), (kind, previous)))
    if event.type == EventType.IDENTIFY:
        ties = tuple(given if trusted else given[:1])
    elif by_event.by_server and by_event.phones:
        ties = tuple(given[:1])
    else:
        return None
    ids = dict(ties)
    return _Who(*people.identified(connection, source.space, ids.get(USER_ID), ids.get(ANONYMOUS_ID)), ties)
