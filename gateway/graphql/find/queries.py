"""`find`: what a text is, whatever it names."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, NamedTuple

import strawberry
from sqlalchemy import Connection as Database

from gateway.deliveries import Delivery as StoredDelivery
from gateway.events import StoredEvent, shown as quoted
from gateway.graphql.contacts import queries as contacts
from gateway.graphql.contacts.known import Known, read, read_by_id
from gateway.graphql.contacts.types import shown
from gateway.graphql.context import Context, Info
from gateway.graphql.deliveries.types import Delivery
from gateway.graphql.destinations.types import Destination
from gateway.graphql.events.types import Event
from gateway.graphql.find.types import Found
from gateway.graphql.mappings.types import Mapping
from gateway.graphql.senders.types import Sender
from gateway.graphql.sources.types import Source
from gateway.graphql.terms.errors import bad_input
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.inputs import refuse_probing
from gateway.people import ANONYMOUS_ID
from gateway.phones import key_of, sought
from gateway.secrets import Secrets
from gateway.storage import deliveries, delivery_lists, event_lists, events, people
from gateway.storage.delivery_lists import DeliveryFilter
from gateway.storage.event_filters import EventFilter

LONGEST = 500
"""Characters; no id that anybody gave is longer, and nobody types more."""

MOST = 25
"""So many things at most are found."""

OF_A_KIND = 5
"""Of what may be many, such as the events of a user, so many: the newest."""


class _Stored(NamedTuple):
    """What the store has by that text, the most specific first within each kind."""

    deliveries: Sequence[StoredDelivery]
    contacts: Sequence[Known]
    events: Sequence[StoredEvent]


@strawberry.type
class Query:
    """Joined into the schema's Query."""

    @resolved(
        f"What a text is: at most {MOST} things, the most specific first, and an empty list where it is nothing. An id finds what has it; "
        "a number, in any notation, its contact, or what would have gone to it, and the senders that have it; a userId or anonymousId its contact, or its "
        f"newest deliveries and events ({OF_A_KIND} of each) where no number is known; a messageId its events; a message SID its "
        "delivery; a name what has it, in any case of its letters; what a sender goes by, its address or its name, that sender; the name of an "
        "event, as it was sent, the newest events of it. Numbers are refused to viewers."
    )
    async def find(
        self,
        info: Info,
        text: Annotated[
            str,
            strawberry.argument(description=f"What there is to go by: 1 to {LONGEST} characters."),
        ],
        space: Annotated[str | None, strawberry.argument(description="The space to look in.")] = "default",
    ) -> list[Found]:
        context, where, wanted = info.context, space or "default", text.strip()
        context.require_space(where)
        if not wanted:
            raise bad_input(
                "`text` is blank: give a number, a userId, a messageId, or the id or name of anything."
            )
        if len(wanted) > LONGEST:
            raise bad_input(f"`text` has {len(wanted)} characters; at most {LONGEST} are looked for.")
        if "\x00" in wanted:
            raise bad_input(f"`text` came as {quoted(wanted)}, with the character U+0000: leave it out.")
        country, secrets = context.snapshot.country_of_space(where), context.services.secrets
        refuse_probing(context.viewer, "nothing can be", [wanted], country)
        number = sought(wanted, country)
        stored = await context.services.store.read(lambda c: _stored(c, secrets, where, wanted, number))
        found: dict[str, Any] = {}
        for one in _in_order(context, where, wanted, number, stored):
            found.setdefault(one.id, one)
        return list(found.values())[:MOST]


def _in_order(context: Context, space: str, text: str, number: str | None, stored: _Stored) -> Iterator[Any]:
    """What was found as this viewer sees it."""
    viewer = context.viewer
    yield from _configured(context, space, [text], by_id=True)
    yield from (Delivery.of(viewer, one) for one in stored.deliveries if viewer.sees(one.space))
    yield from (shown(context, one) for one in stored.contacts if viewer.sees(one.space))
    yield from _senders(context, space, text, number)
    yield from (Event.of(context, one) for one in stored.events if viewer.sees(one.space))
    yield from _configured(context, space, [text])
    yield from _configured(context, space, [text.casefold()], folded=True)


def _configured(
    context: Context, space: str, names: Sequence[str], *, by_id: bool = False, folded: bool = False
) -> Iterator[Any]:
    """Sources, destinations and mappings of a space with that id, or that name; deleted ones are there no more."""
    snapshot = context.snapshot
    sources = [one for one in snapshot.sources.values() if one.deleted_at is None and one.space == space]
    destinations = {
        key: one
        for key, one in snapshot.destinations.items()
        if one.space == space and one.deleted_at is None
    }
    mappings = [one for one in snapshot.mappings.values() if one.destination_id in destinations]

    def is_it(one: Any) -> bool:
        if by_id:
            return one.id in names
        return (one.name.casefold() if folded else one.name) in names

    yield from (Source.of(one) for one in sources if is_it(one))
    yield from (Destination.of(context, one) for one in destinations.values() if is_it(one))
    yield from (Mapping.of(context, one) for one in mappings if is_it(one))


def _senders(context: Context, space: str, text: str, number: str | None) -> Iterator[Sender]:
    """What is sent from that goes by that text: its id, its address in any case, its provider's id, its name, or its number."""
    snapshot, folded = context.snapshot, text.casefold()
    for key, known in snapshot.senders.items():
        destination = snapshot.destinations.get(key)
        if destination is None or destination.space != space or destination.deleted_at is not None:
            continue
        for one in known.by_address.values():
            names = (one.address.casefold(), one.label.casefold(), one.sid and one.sid.casefold())
            has_number = number is not None and key_of(one.address, None) == number
            if one.id == text or folded in names or has_number:
                yield Sender.of(context, one)


def _stored(database: Database, secrets: Secrets, space: str, text: str, number: str | None) -> _Stored:
    found_deliveries = list(deliveries.by_ids(database, [text]).values())
    sids = deliveries.of_messages(database, [text]).get(text, [])[:OF_A_KIND]
    found_deliveries += [one for one in deliveries.by_ids(database, sids).values() if one.space == space]
    found_events = list(events.by_ids(database, [text]).values())
    ids = event_lists.of_message(database, space, text)[:MOST]
    found_events += sorted(
        events.by_ids(database, ids).values(), key=lambda one: (one.received_at, one.id), reverse=True
    )
    found_contacts = _contacts(database, secrets, space, text, number)
    if not found_contacts:
        if number is not None:
            found_deliveries += _newest(database, space, DeliveryFilter(recipient=number))
        found_deliveries += _newest(database, space, DeliveryFilter(user_id=text))
        for asked in (EventFilter(user_id=text), EventFilter(anonymous_id=text)):
            found_events += event_lists.page(database, space, OF_A_KIND, None, asked, counted=False).items
    if not (found_contacts or found_deliveries or found_events):
        found_events += event_lists.page(
            database, space, OF_A_KIND, None, EventFilter(name=text), counted=False
        ).items
    return _Stored(found_deliveries, found_contacts, found_events)


def _newest(database: Database, space: str, asked: DeliveryFilter) -> Sequence[StoredDelivery]:
    return delivery_lists.page(database, space, OF_A_KIND, None, asked, counted=False).items


def _contacts(database: Database, secrets: Secrets, space: str, text: str, number: str | None) -> list[Known]:
    """By id, by number, by a user's number, and by the number of whoever was on a device."""
    by_id = read_by_id(database, secrets, text)
    by_number = None if number is None else read(database, secrets, space, number)
    by_user = contacts.of_user(database, secrets, space, text)
    found = [one for one in (by_id, by_number, by_user) if one is not None]
    for person_id in people.whose(database, space, ANONYMOUS_ID, text):
        for user_id in people.by_ids(database, [person_id])[person_id].user_ids[:1]:
            known = contacts.of_user(database, secrets, space, user_id)
            found += [] if known is None else [known]
    return found
