"""One event, one mapping, one text, however it came: which Delivery is an event's own, and which it only repeats.

The same messageId of the same person is the same event, through whatever source of a destination it comes. A copy that its
source may not send never takes the place of one that may, and of what is no copy nothing is void. Nor does what a BROWSER source
sends ever take a SERVER source's place: anybody who guesses a messageId could keep a text from going out.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gateway import ids
from gateway.deliveries import DeliveryStatus
from gateway.events import Event
from gateway.facts.compiled import Compiled
from gateway.facts.snapshot import Snapshot
from gateway.pipeline.gates import may_send
from gateway.storage import events
from gateway.storage.deliveries import Made
from gateway.workspace import Source, SourceTrust

_NEVER_SENT = frozenset(
    {DeliveryStatus.SUPPRESSED, DeliveryStatus.REJECTED, DeliveryStatus.CANCELED, DeliveryStatus.EXPIRED}
)


class Place(NamedTuple):
    """The id that the Delivery of one mapping has; `taken`: what was made for the same event before."""

    one: Compiled
    delivery_id: str
    taken: Made | None


class Wanted(NamedTuple):
    """An event with the mappings that it is for, and the ids under which their Deliveries may have been made before: by mapping
    its own first, then those of old.
    """

    source: Source
    event: Event
    matching: Sequence[Compiled]
    keys: Mapping[str, Sequence[str]]

    @property
    def all_keys(self) -> list[str]:
        return [key for keys in self.keys.values() for key in keys]


def wanted(snapshot: Snapshot, source: Source, event: Event, matching: Sequence[Compiled]) -> Wanted:
    """What has to be looked up to know where the Deliveries of an event belong."""
    if not matching:
        return Wanted(source, event, matching, {})
    others = snapshot.with_former_keys(source.space)
    keys = {
        one.mapping.id: [
            _of_event(event, source, one.mapping.id),
            *(ids.former_delivery(other, event.message_id, one.mapping.id) for other in others),
        ]
        for one in matching
    }
    return Wanted(source, event, matching, keys)


def elsewhere(made: Collection[str], batch: Sequence[Wanted]) -> list[str]:
    """The ids of Deliveries that may be another event's by now, or can't have their event's own: to be looked up as well."""
    found: list[str] = []
    seen = set(made)
    for asked in batch:
        for one in asked.matching:
            own = asked.keys[one.mapping.id][0]
            if own in seen or not _takes_its_own(asked.source, asked.event, one):
                found += [_named(asked.source, asked.event, one), _otherwise(asked.source, asked.event, one)]
            seen.add(own)
    return found


@dataclass(frozen=True, slots=True)
class Before:
    """What was made before: the Deliveries under the ids that are asked for, and the events that they are of."""

    snapshot: Snapshot
    made: dict[str, Made]
    events: dict[str, Event]


def places(before: Before, asked: Wanted) -> list[Place]:
    """Where the Deliveries of an event belong, one per mapping that it is for."""
    return [_place(before, asked, one) for one in asked.matching]


def is_copy(event: Event, source: Source, mapping_id: str, delivery_id: str) -> bool:
    """Whether a Delivery was made while its source might not send it."""
    return delivery_id == _of_copy(event, source, mapping_id)


def _of_copy(event: Event, source: Source, mapping_id: str) -> str:
    return _of_event(event, source, mapping_id, f"copy\x1f{source.id}")


def _of_event(event: Event, source: Source, mapping_id: str, key: str = "") -> str:
    person = event.user_id or event.anonymous_id or ""
    return ids.delivery(source.space, mapping_id, event.message_id, person, key)


def _named(source: Source, event: Event, one: Compiled) -> str:
    """The id of a Delivery of an event whose messageId another one has."""
    return _of_event(event, source, one.mapping.id, f"event\x1f{event.type}\x1f{event.name}")


def _otherwise(source: Source, event: Event, one: Compiled) -> str:
    """The id of a Delivery that can't have its event's own: its source may not send it, or is a BROWSER one, or another event has
    the messageId.
    """
    if not may_send(source, one.mapping, event):
        return _of_copy(event, source, one.mapping.id)
    if source.trust is SourceTrust.BROWSER:
        return _of_event(event, source, one.mapping.id, f"browser\x1f{event.type}\x1f{event.name}")
    return _named(source, event, one)


def _takes_its_own(source: Source, event: Event, one: Compiled) -> bool:
    return source.trust is not SourceTrust.BROWSER and may_send(source, one.mapping, event)


def _place(before: Before, asked: Wanted, one: Compiled) -> Place:
    source, event = asked.source, asked.event
    own, *former = asked.keys[one.mapping.id]
    for key in former:
        held = before.made.get(key)
        if held is not None and _counts(before, asked, one, held):
            return Place(one, key, held)
    first = before.made.get(own)
    if first is None and _takes_its_own(source, event, one):
        return Place(one, own, None)
    for held in (first, before.made.get(_named(source, event, one))):
        if held is not None and _is_its(before, asked, held):
            return Place(one, held.id, held)
    other = _otherwise(source, event, one)
    return Place(one, other, before.made.get(other))


def _is_its(before: Before, asked: Wanted, held: Made) -> bool:
    earlier = before.events.get(held.event_id)
    return held.source_id == asked.source.id or earlier is None or _is_same(earlier, asked.event)


def _counts(before: Before, asked: Wanted, one: Compiled, held: Made) -> bool:
    """Whether a Delivery under the key of old, (source, messageId, mapping), is this event's."""
    event, earlier = asked.event, before.events.get(held.event_id)
    if held.source_id == asked.source.id:
        return earlier is None or events.is_of_same_person(earlier, event)
    other = before.snapshot.sources[held.source_id]
    if held.status in _NEVER_SENT or (
        other.trust is SourceTrust.BROWSER and asked.source.trust is not SourceTrust.BROWSER
    ):
        return False
    if earlier is None:  # removed for its age: rather no text than a second one
        return True
    if not _is_same(earlier, event):
        return False
    return may_send(other, one.mapping, earlier) and events.is_of_same_person(earlier, event)


def _is_same(earlier: Event, event: Event) -> bool:
    return (earlier.type, earlier.name) == (event.type, event.name)
