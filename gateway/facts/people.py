"""People as a plan reads them."""

from destinations.kit import Person
from gateway.crowd import Crowd
from gateway.events import Event
from gateway.people import Known, as_fact, identities_of
from gateway.workspace import Source, SourceTrust


class PeopleFacts:
    """The person of one event, as far as anybody knows them. By a device alone, beside a userId that is not theirs, an event of a
    BROWSER source is about nobody: with a public key anybody could say that they are that visitor.
    """

    def __init__(self, known: Known | None, event: Event, source: Source) -> None:
        if known is not None and source.trust is SourceTrust.BROWSER and _is_only_seen(known, event):
            known = None
        self._person = None if known is None else as_fact(known, event.user_id)

    async def person(self) -> Person | None:
        return self._person


def _is_only_seen(known: Known, event: Event) -> bool:
    return event.user_id is not None and event.user_id not in known.user_ids


def person_of(crowd: Crowd, space: str, event: Event, person_id: str | None) -> Known | None:
    """The person of an event. `person_id` is whom it was matched to: a device that changed hands since is still that person's
    here.
    """
    if person_id is not None and not event.user_id:
        return crowd.get(person_id)
    return crowd.find(space, identities_of(event))
