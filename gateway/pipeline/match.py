"""The first job: the events of one request become deliveries, in the order they came."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from destinations.kit import Reason
from gateway import ids
from gateway.deliveries import UNSENT, DeliveryStatus
from gateway.events import Event, EventOutcome
from gateway.facts.workspace import Compiled, Snapshot
from gateway.pipeline import accounts
from gateway.pipeline.learn import learn
from gateway.queue.base import JobKind, NewJob, Queue
from gateway.storage import deliveries, events
from gateway.workspace import Source


def apply(
    connection: Connection, *, queue: Queue, snapshot: Snapshot, source: Source, event: Event, now: datetime
) -> EventOutcome:
    """Keep one event, learn from it, and make a Delivery per mapping that it is for: all of it, or nothing.

    Called twice for the same event it changes nothing the second time.
    """
    if event.problem is not None:
        if not events.claim_invalid(connection, source.id, event):
            return EventOutcome.DUPLICATE
        if events.outcome_of(connection, event.id) is None:
            events.add(connection, source, event, EventOutcome.INVALID)
        return EventOutcome.INVALID
    if not events.claim(connection, source.id, event):
        return EventOutcome.DUPLICATE
    before = events.outcome_of(connection, event.id)
    if before is not None:
        return before
    known, doubts = learn(connection, source, event, snapshot.country(source), now)
    person_id = known.id if known else None
    if person_id is not None:
        for one in snapshot.canceling(source, event):
            _cancel(connection, queue, one, person_id, now)
    matching = snapshot.matching(source, event)
    outcome = EventOutcome.MATCHED if matching else EventOutcome.UNMATCHED
    kept = replace(event, doubts=(*event.doubts, *doubts)) if doubts else event
    events.add(connection, source, kept, outcome)
    jobs = []
    for one in matching:
        delivery_id = ids.delivery(source.id, event.message_id, one.mapping.id)
        new = deliveries.add(
            connection,
            delivery_id=delivery_id,
            space=source.space,
            event_id=event.id,
            source_id=source.id,
            destination_id=one.destination.id,
            mapping_id=one.mapping.id,
            person_id=person_id,
            channel=one.action.channel,
            now=now,
        )
        if new:
            jobs.append(NewJob(JobKind.DELIVER, subject=delivery_id))
    queue.enqueue(connection, jobs, now)
    return outcome


def _cancel(connection: Connection, queue: Queue, one: Compiled, person_id: str, now: datetime) -> None:
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
            accounts.pass_on(connection, queue, one.destination.id, delivery_id, now)
    queue.wake(connection, waiting, now)
