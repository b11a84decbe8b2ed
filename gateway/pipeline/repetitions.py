"""One event, one mapping, one text, however it came: which Delivery is an event's own, and which it only repeats.

The same messageId of the same person is the same event, through whatever source of a destination it comes. A copy that its
source may not send never takes the place of one that may, and of what is no copy nothing is void.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from gateway import ids
from gateway.deliveries import DeliveryStatus
from gateway.events import Event
from gateway.facts.workspace import Compiled, Snapshot
from gateway.pipeline.gates import may_send
from gateway.storage import deliveries, events
from gateway.storage.deliveries import Made
from gateway.workspace import Source

_NEVER_SENT = frozenset(
    {DeliveryStatus.SUPPRESSED, DeliveryStatus.REJECTED, DeliveryStatus.CANCELED, DeliveryStatus.EXPIRED}
)


@dataclass(frozen=True, slots=True)
class Place:
    """The id that the Delivery of one mapping has; `taken`: what was made for the same event before."""

    one: Compiled
    delivery_id: str
    taken: Made | None


def places(
    connection: Connection, snapshot: Snapshot, source: Source, event: Event, matching: Sequence[Compiled]
) -> list[Place]:
    """Where the Deliveries of an event belong, one per mapping that it is for."""
    if not matching:
        return []
    others = [one.id for one in snapshot.sources.values() if one.space == source.space]
    former = {
        one.mapping.id: [ids.former_delivery(other, event.message_id, one.mapping.id) for other in others]
        for one in matching
    }
    wanted = [of_event(event, source, one) for one in matching]
    made = deliveries.made(connection, [*wanted, *(key for keys in former.values() for key in keys)])
    return [
        _place(connection, snapshot, source, event, one, made, former[one.mapping.id])
        if made
        else _free(source, event, one)
        for one in matching
    ]


def of_event(event: Event, source: Source, one: Compiled, *, named: bool = False, copy: bool = False) -> str:
    """The id of the Delivery of an event. `named`: where another event has the messageId; `copy`: where the source may not
    send it.
    """
    key = f"copy\x1f{source.id}" if copy else f"event\x1f{event.type}\x1f{event.name}" if named else ""
    person = event.user_id or event.anonymous_id or ""
    return ids.delivery(source.space, one.mapping.id, event.message_id, person, key)


def is_copy(event: Event, source: Source, one: Compiled, delivery_id: str) -> bool:
    """Whether a Delivery was made while its source might not send it."""
    return delivery_id == of_event(event, source, one, copy=True)


def _free(source: Source, event: Event, one: Compiled) -> Place:
    return Place(one, of_event(event, source, one, copy=not may_send(source, one.mapping, event)), None)


def _place(
    connection: Connection,
    snapshot: Snapshot,
    source: Source,
    event: Event,
    one: Compiled,
    made: Mapping[str, Made],
    former: Sequence[str],
) -> Place:
    first = made.get(of_event(event, source, one))
    for key in former:
        held = made.get(key)
        if held is not None and _counts(connection, snapshot, source, event, one, held):
            return Place(one, key, held)
    if first is None:
        return _free(source, event, one)
    earlier = events.get(connection, first.event_id)
    if first.source_id == source.id or earlier is None or _is_same(earlier, event):
        return Place(one, first.id, first)
    copy = not may_send(source, one.mapping, event)
    own = of_event(event, source, one, named=not copy, copy=copy)
    return Place(one, own, deliveries.made(connection, [own]).get(own))


def _counts(
    connection: Connection, snapshot: Snapshot, source: Source, event: Event, one: Compiled, held: Made
) -> bool:
    """Whether a Delivery under the key of old, (source, messageId, mapping), is this event's."""
    earlier = events.get(connection, held.event_id)
    if held.source_id == source.id:
        return earlier is None or events.is_of_same_person(earlier, event)
    if held.status in _NEVER_SENT:
        return False
    if earlier is None:  # removed for its age: rather no text than a second one
        return True
    if not _is_same(earlier, event):
        return False
    other = snapshot.sources[held.source_id]
    return may_send(other, one.mapping, earlier) and events.is_of_same_person(earlier, event)


def _is_same(earlier: Event, event: Event) -> bool:
    return (earlier.type, earlier.name) == (event.type, event.name)
