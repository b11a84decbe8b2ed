"""Replays: new Deliveries of an event and mapping that have one already, because a person asked for them.

A replay passes every gate but that of the event's age, with the mapping as it is then. What counts as sent or under way is asked of
all Deliveries that the event has for the mapping, so that nobody gets a second text by accident, whichever of them is replayed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection

from gateway import ids
from gateway.deliveries import UNSENT, Delivery, DeliveryStatus, NewDelivery
from gateway.events import StoredEvent
from gateway.facts.snapshot import Snapshot
from gateway.jobs import JobKind, NewJob
from gateway.pipeline import gates, repetitions, settle
from gateway.pipeline.settle import Reached
from gateway.pipeline.steps import replaying
from gateway.storage import deliveries, events, jobs
from gateway.workspace import Mapping as Configured


class Obstacle(StrEnum):
    """What kind of thing keeps a Delivery from being replayed."""

    GONE = "GONE"  # it, or something that it needs, is not there any more
    UNDER_WAY = "UNDER_WAY"  # it may still be sent without that
    SENT = "SENT"  # there is a message, or nobody knows
    TEST = "TEST"  # it was one, to a number that no replay of it would know
    DISABLED = "DISABLED"  # its mapping is, so that it would be canceled
    QUESTION = "QUESTION"  # it asks to confirm a yes, which nobody is asked twice
    SHADOW = "SHADOW"  # its mapping was in SHADOW: another system may have texted
    COPY = "COPY"  # its source might not send it
    FAILURE = "FAILURE"  # of the gateway's own


class Refusal(NamedTuple):
    """Why a Delivery is not replayed, and what to do, for a person."""

    obstacle: Obstacle
    message: str


class Replays(NamedTuple):
    """Of each Delivery that was asked for, in order, the id of its replay, or why there is none; and the replays that are new, to be
    told of.
    """

    results: list[str | Refusal]
    made: list[Reached]


@dataclass(frozen=True, slots=True)
class Asked:
    """How to replay. The same `key` makes one replay of an event for a mapping, however often it is asked for."""

    key: str
    include_accepted: bool = False


def replay(
    connection: Connection, snapshot: Snapshot, delivery_ids: Sequence[str], asked: Asked, now: datetime
) -> Replays:
    """Make a replay of each of these, unless it was made before."""
    found = deliveries.by_ids(connection, delivery_ids)
    # Whoever replays the same at the same time, under another key, waits here, and then sees what this one made.
    event_ids = sorted({one.event_id for one in found.values()})
    stored = events.by_ids(connection, event_ids, for_update=True)
    batch = _Batch(snapshot, asked, stored, _siblings(connection, event_ids))
    wanted = {
        one.id: replay_id(one, stored[one.event_id], asked.key)
        for one in found.values()
        if one.event_id in stored
    }
    made = deliveries.made(connection, sorted(set(wanted.values())))
    results: list[str | Refusal] = []
    for delivery_id in delivery_ids:
        one, key = found.get(delivery_id), wanted.get(delivery_id)
        if one is None or key is None:
            results.append(
                Refusal(Obstacle.GONE, f"The delivery {delivery_id} or its event is gone. {_NOTHING}")
            )
        elif key in made:
            results.append(key)
        else:
            results.append(batch.one(one, key))
    added = deliveries.add(connection, batch.new, now)
    new = [one for one in batch.new if one.id in added]
    jobs.enqueue(connection, [NewJob(JobKind.DELIVER, subject=one.id) for one in new], now)
    return Replays(results, settle.made(new))


def replay_id(one: Delivery, event: StoredEvent, key: str) -> str:
    """The id of a replay under that key: the same for the Delivery, and for whatever replay of it."""
    person = event.user_id or event.anonymous_id or ""
    unique = f"replay\x1f{event.id}\x1f{key}"
    return ids.delivery(one.space, one.mapping_id, event.message_id, person, unique)


class _Sibling(NamedTuple):
    """One of the Deliveries that an event has for a mapping."""

    id: str
    status: DeliveryStatus
    may_have_been_sent: bool


def _siblings(connection: Connection, event_ids: Sequence[str]) -> dict[tuple[str, str], list[_Sibling]]:
    found: dict[tuple[str, str], list[_Sibling]] = {}
    for of_event in deliveries.of_events(connection, event_ids).values():
        for one in of_event:
            sibling = _Sibling(one.id, one.status, one.may_have_been_sent)
            found.setdefault((one.event_id, one.mapping_id), []).append(sibling)
    return found


class _Batch:
    """Replays that are decided one after the other, each seeing the ones before it. `new` are to be added."""

    def __init__(
        self,
        snapshot: Snapshot,
        asked: Asked,
        stored: Mapping[str, StoredEvent],
        siblings: dict[tuple[str, str], list[_Sibling]],
    ) -> None:
        self._snapshot = snapshot
        self._asked = asked
        self._events = stored
        self._siblings = siblings
        self.new: list[NewDelivery] = []

    def one(self, one: Delivery, key: str) -> str | Refusal:
        siblings = self._siblings[one.event_id, one.mapping_id]
        if any(other.id == key for other in siblings):  # of two in this batch, one replays the other
            return key
        refusal = self._refusal(one, self._events[one.event_id], siblings)
        if refusal is not None:
            return refusal
        siblings.append(_Sibling(key, DeliveryStatus.PENDING, may_have_been_sent=False))
        self.new.append(
            NewDelivery(
                id=key,
                space=one.space,
                event_id=one.event_id,
                source_id=one.source_id,
                destination_id=one.destination_id,
                mapping_id=one.mapping_id,
                person_id=one.person_id,
                channel=one.channel,
                replay_of=one.id,
            )
        )
        return key

    def _refusal(self, one: Delivery, event: StoredEvent, siblings: Sequence[_Sibling]) -> Refusal | None:
        if event.payload_removed_at is not None:
            what = f"The payload of the event of {one.id} was removed for its age: no text can be made of it."
            return Refusal(Obstacle.GONE, f"{what} {_NOTHING} Send the event again, under a new messageId.")
        if one.is_test:
            what = f"{one.id} is a test send. {_NOTHING} To test once more, run testSend under a new idempotencyKey."
            return Refusal(Obstacle.TEST, what)
        if any(other.status is DeliveryStatus.SHADOWED for other in siblings):
            what = f"The mapping of {one.id} was in SHADOW for this event, which whatever it stands beside may have texted for."
            return Refusal(Obstacle.SHADOW, f"{what} {_NOTHING} Send the event again, under a new messageId.")
        refusal = _of_mapping(self._snapshot, one) or _of_shadow(
            self._snapshot.mappings[one.mapping_id], one, event
        )
        if refusal is not None:
            return refusal
        source = self._snapshot.sources[one.source_id]
        copies = [
            other.id for other in siblings if repetitions.is_copy(event, source, one.mapping_id, other.id)
        ]
        if copies and one.id not in copies:
            what = f"{one.id} replays {copies[0]}, whose event the mapping did not take from its source."
            return Refusal(Obstacle.COPY, f"{what} {_NOTHING} Send the event again, under a new messageId.")
        found = [
            *(_under_way(other) for other in siblings),
            *(_sent(one, other, self._asked) for other in siblings),
        ]
        return next((refusal for refusal in found if refusal is not None), None)


_NOTHING = "Nothing was replayed."


def _of_mapping(snapshot: Snapshot, one: Delivery) -> Refusal | None:
    mapping = snapshot.mappings.get(one.mapping_id)
    if mapping is None:
        return Refusal(Obstacle.GONE, f"The mapping {one.mapping_id} of {one.id} was removed. {_NOTHING}")
    if one.asks_yes or snapshot.is_confirming(mapping):
        what = f"{one.id} asks somebody to confirm a yes, which nobody is asked twice in 7 days."
        again = "Where it never left, send the yes again, in an identify under a new messageId: then they are asked."
        return Refusal(Obstacle.QUESTION, f"{what} {_NOTHING} {again}")
    if not mapping.enabled:
        what = f"The mapping {mapping.name} of {one.id} is disabled: a replay would be canceled."
        return Refusal(Obstacle.DISABLED, f"{what} {_NOTHING} Enable it first: {enabling(mapping)}")
    return None


def _of_shadow(mapping: Configured, one: Delivery, event: StoredEvent) -> Refusal | None:
    """What a mapping in SHADOW made, such as one that was suppressed, is no text to be sent once it is LIVE."""
    if not gates.is_shadow(one, event, mapping):
        return None
    what = (
        f"The mapping {mapping.name} is in SHADOW, or was since {one.id} was made: nothing of before is sent."
    )
    return Refusal(
        Obstacle.SHADOW, f"{what} {_NOTHING} Send the event again, under a new messageId, once it is LIVE."
    )


def enabling(mapping: Configured) -> str:
    """The mutation that enables a mapping, to be pasted."""
    given = f'id: "{mapping.id}", expectedRevision: {mapping.revision}, enabled: true'
    return (
        f"mutation {{ mappingUpdate(input: {{{given}}}) {{ mapping {{ enabled }} errors {{ message }} }} }}"
    )


def _under_way(other: _Sibling) -> Refusal | None:
    if other.status.final:
        return None
    what = f"The delivery {other.id} of the same event and mapping is {other.status.value}"
    if other.status not in UNSENT:
        return Refusal(
            Obstacle.UNDER_WAY, f"{what}: whether it is sent will be known soon. {_NOTHING} Wait for that."
        )
    cancel = f'mutation {{ deliveryCancel(input: {{id: "{other.id}"}}) {{ errors {{ message }} }} }}'
    message = f"{what}: it goes on by itself. {_NOTHING} Wait for it, or cancel it first: {cancel}"
    return Refusal(Obstacle.UNDER_WAY, message)


def _sent(one: Delivery, other: _Sibling, asked: Asked) -> Refusal | None:
    if not other.may_have_been_sent or asked.include_accepted:
        return None
    if other.status is DeliveryStatus.ACCEPTED:
        what = f"The provider accepted the message of {other.id}: a replay would be a second text."
    else:
        what = f"Nobody knows whether {other.id} was sent: a replay may be a second text."
    again = replaying(one.id, "includeAccepted: true")
    return Refusal(Obstacle.SENT, f"{what} {_NOTHING} To send it all the same, an ADMIN runs {again}")
