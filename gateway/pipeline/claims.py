"""What one event says of its person and of consent, read once and purely: all that is learned of it follows from that and from
the person as stored.
"""

from collections.abc import Collection

import msgspec

from gateway.events import Event, EventType
from gateway.people import USER_ID, Identity, Known, Told, identities_of, learned, opt_in_number, told_by
from gateway.statements import Heard, heard
from gateway.workspace import Source


class Claims(msgspec.Struct, frozen=True):
    """One event of a source, as far as people and consent go.

    `identities` are whom it is about, the surest first. `ties` are those of them that are its person's from now on; without any the
    event only finds somebody, and teaches nothing of them. `previous_id` is the other id that an alias ties to that person. `told` has the
    numbers, by key as they are dialled, the traits, and the doubts about numbers that could not be read.
    """

    event: Event
    source: Source
    countries: Collection[str]
    identities: tuple[Identity, ...]
    ties: tuple[Identity, ...]
    previous_id: str | None
    told: Told

    @property
    def teaches(self) -> bool:
        """Whether somebody is known, or known better, by this event."""
        return bool(self.ties)

    def learned(self, known: Known) -> Known:
        """That person as the event leaves them; the same one where it teaches nothing."""
        return learned(known, self.told) if self.teaches else known

    def heard(self, known: Known | None) -> Heard:
        """The words of consent and the doubts about them, of that person as the event leaves them; None: nobody is known."""
        number = opt_in_number(self.told, known)
        return heard(self.event, self.source, self.told.country, number, self.countries)


def claims_of(event: Event, source: Source, country: str | None, countries: Collection[str] = ()) -> Claims:
    """What an event claims; `country` is the one in which numbers without + are read, None where `countries` do not agree.

    A BROWSER source ties no two ids together: with its public key anybody could make somebody else's number a
    victim's. Its identify is about the surest id alone, and its other calls only find. A SERVER source's other calls
    are about the surest id too, where they give a number, and an alias about the two that it names.
    """
    identities, told = tuple(identities_of(event)), told_by(event, source, country)
    ties: tuple[Identity, ...] = ()
    given = event.payload.get("previousId") if event.type == EventType.ALIAS and told.by_server else None
    previous_id = given if isinstance(given, str) and event.user_id else None
    if previous_id is not None and event.user_id:
        ties = ((USER_ID, event.user_id),)
    elif event.type == EventType.IDENTIFY:
        ties = identities if told.by_server else identities[:1]
    elif told.by_server and told.phones:
        ties = identities[:1]
    return Claims(event, source, countries, identities, ties, previous_id, told)
