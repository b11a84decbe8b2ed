"""People as a plan reads them."""

from destinations.kit import Person
from gateway.crowd import Crowd
from gateway.events import Event
from gateway.people import Known, as_fact, identities_of


class PeopleFacts:
    """The person of one event, as far as anybody knows them."""

    def __init__(self, known: Known | None, event: Event) -> None:
        self._person = None if known is None else as_fact(known, event.user_id)

    async def person(self) -> Person | None:
        return self._person


def person_of(crowd: Crowd, space: str, event: Event, person_id: str | None) -> Known | None:
    """The person of an event. `person_id` is whom it was matched to: a device that changed hands since is still that person's
    here.
    """
    if person_id is not None and not event.user_id:
        return crowd.get(person_id)
    return crowd.find(space, identities_of(event))
