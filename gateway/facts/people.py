"""People as a plan reads them."""

from sqlalchemy import Connection

from destinations.kit import Person
from gateway.events import Event, EventType
from gateway.people import Known, as_fact, identities_of, learned, merged
from gateway.storage import people
from gateway.storage.engine import Store
from gateway.workspace import Source


class PeopleFacts:
    """Finds the person of one event, once."""

    def __init__(self, store: Store, space: str, event: Event) -> None:
        self._store = store
        self._space = space
        self._event = event

    async def person(self) -> Person | None:
        known = await self._store.read(self._find)
        return None if known is None else as_fact(known, self._event.user_id)

    def _find(self, connection: Connection) -> Known | None:
        return people.find(connection, self._space, identities_of(self._event))


class SupposedPeople(PeopleFacts):
    """As PeopleFacts, with what the event itself would teach: for a dry run, which stores nothing."""

    def __init__(self, store: Store, source: Source, event: Event, country: str | None) -> None:
        super().__init__(store, source.space, event)
        self._source = source
        self._country = country

    def _find(self, connection: Connection) -> Known | None:
        event = self._event
        if event.type != EventType.IDENTIFY:
            return super()._find(connection)
        person_id, same_id = people.identified(connection, self._space, event.user_id, event.anonymous_id)
        known = people.get(connection, person_id) if person_id else Known("supposed")
        if same_id is not None:
            known = merged(known, people.get(connection, same_id))
        return learned(known, event, self._source, self._country)
