"""The first job: the events of one request become deliveries, in the order they came."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from destinations.kit import Reason
from gateway import ids
from gateway.deliveries import UNSENT, DeliveryStatus
from gateway.events import Doubt, Event, EventOutcome, EventType
from gateway.facts.workspace import Compiled, Snapshot
from gateway.jobs import JobKind, NewJob
from gateway.pipeline import accounts, repetitions
from gateway.pipeline.learn import learn
from gateway.storage import deliveries, events, jobs
from gateway.storage.deliveries import Made
from gateway.workspace import Source

MESSAGE_ID_REUSED = "message_id_reused"
_IDENTIFYING = frozenset({EventType.IDENTIFY, EventType.ALIAS})


def apply(
    connection: Connection, *, snapshot: Snapshot, source: Source, event: Event, now: datetime
) -> EventOutcome:
    """Keep one event, learn from it, and make a Delivery per mapping that it is for: all of it, or nothing.

    Called twice for the same event it changes nothing the second time.
    """
    if event.problem is not None:
        return _keep_invalid(connection, source, event, event.problem)
    claimed_by = events.claim(connection, source.id, event)
    if claimed_by is not None:
        return _came_again(connection, source, event, claimed_by)
    before = events.outcome_of(connection, event.id)
    if before is not None:
        return before
    known, doubts = learn(
        connection, source, event, snapshot.country(source), now, snapshot.countries(source)
    )
    person_id = known.id if known else None
    if person_id is not None:
        for one in snapshot.canceling(source, event):
            _cancel(connection, one, person_id, now)
        if event.type in _IDENTIFYING:
            _release(connection, source, event, person_id, now)
    matching = snapshot.matching(source, event)
    made, repeated = _deliver(connection, snapshot, source, event, matching, person_id, now)
    outcome = EventOutcome.MATCHED if matching else EventOutcome.UNMATCHED
    if any(one.source_id != source.id for one in repeated):
        outcome = outcome if made else EventOutcome.DUPLICATE
        for first_id in sorted({one.event_id for one in repeated}):
            events.count_repetition(connection, first_id, event.id)
    if doubts or repeated:
        repeats = repeated[0].event_id if repeated else None
        event = replace(event, doubts=(*event.doubts, *doubts), repeats=repeats)
    events.add(connection, source, event, outcome)
    jobs.enqueue(connection, [NewJob(JobKind.DELIVER, subject=one) for one in made], now)
    return outcome


def _release(connection: Connection, source: Source, event: Event, person_id: str, now: datetime) -> None:
    """What waits for somebody to be identified is looked at again; it waits on where nothing was missing but a number."""
    previous = event.payload.get("previousId") if event.type == EventType.ALIAS else None
    given = [one for one in (event.user_id, previous) if isinstance(one, str)]
    devices = [one for one in (event.anonymous_id, previous) if isinstance(one, str)]
    jobs.wake(
        connection, deliveries.awaiting_profile(connection, source.space, person_id, given, devices), now
    )


def _deliver(
    connection: Connection,
    snapshot: Snapshot,
    source: Source,
    event: Event,
    matching: Sequence[Compiled],
    person_id: str | None,
    now: datetime,
) -> tuple[list[str], list[Made]]:
    """The ids of the Deliveries that are new, and those that were made for the same event before."""
    made, repeated = [], []
    for place in repetitions.places(connection, snapshot, source, event, matching):
        one = place.one
        if place.taken is not None:
            repeated.append(place.taken)
        elif deliveries.add(
            connection,
            delivery_id=place.delivery_id,
            space=source.space,
            event_id=event.id,
            source_id=source.id,
            destination_id=one.destination.id,
            mapping_id=one.mapping.id,
            person_id=person_id,
            channel=one.action.channel,
            now=now,
        ):
            made.append(place.delivery_id)
        else:  # a copy of a copy; or another process matched one meanwhile
            repeated += deliveries.made(connection, [place.delivery_id]).values()
    return made, repeated


def _came_again(connection: Connection, source: Source, event: Event, first_id: str) -> EventOutcome:
    """A messageId that its source sent before: a repetition, or another event that must not have it."""
    first = events.get(connection, first_id)
    same = first is None or (
        (first.type, first.name) == (event.type, event.name) and events.is_of_same_person(first, event)
    )
    if same:
        events.count_repetition(connection, first_id, event.id)
        return EventOutcome.DUPLICATE
    told = Doubt(MESSAGE_ID_REUSED, f"The first is the event {first_id}.")
    kept = replace(event, problem=MESSAGE_ID_REUSED, doubts=(*event.doubts, told))
    head = "\x1f".join(str(part) for part in (event.type, event.name, event.user_id, event.anonymous_id))
    return _keep_invalid(connection, source, kept, f"{MESSAGE_ID_REUSED}:{ids.digest(head)[:32]}")


def _keep_invalid(connection: Connection, source: Source, event: Event, key: str) -> EventOutcome:
    if not events.claim_invalid(connection, source.id, event, key):
        return EventOutcome.DUPLICATE
    if events.outcome_of(connection, event.id) is None:
        events.add(connection, source, event, EventOutcome.INVALID)
    return EventOutcome.INVALID


def _cancel(connection: Connection, one: Compiled, person_id: str, now: datetime) -> None:
    waiting = deliveries.waiting_of(connection, one.mapping.id, person_id)
    for delivery_id in waiting:
        deliveries.change(
            connection,
            delivery_id,
            UNSENT,
            now,
            status=DeliveryStatus.CANCELED,
            reason=Reason.CANCELED_BY_TRIGGER,
            detail="An event that the mapping's cancel trigger names came before the text was sent.",
            next_attempt_at=None,
        )
        if accounts.is_prober(one.destination, delivery_id):
            accounts.pass_on(connection, one.destination.id, delivery_id, now)
    jobs.wake(connection, waiting, now)
