"""Sends a text once more that failed after it was accepted, as a Delivery of its own that points at the first (`fallbackOf`).

| the provider says | it is sent again |
| --- | --- |
| NEVER_SENT | after some minutes |
| MAY_HAVE_ARRIVED | after some minutes, where the policy `retryUndelivered` says so |
| WITH_TEMPLATE: the conversation's window was closed | at once, by the mapping's template where it has one |

The new one has an id that follows from the first's, so that what is told twice is done once; passes every gate; and may fail
and be sent again like it, for four hours after the first try of all.
"""

import random
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from destinations.kit import Policy, Resend
from gateway import ids, logging
from gateway.deliveries import MESSAGE_FAILED, TEMPLATE_AT_HAND, Delivery, DeliveryStatus, NewDelivery
from gateway.events import StoredEvent
from gateway.jobs import JobKind, NewJob
from gateway.pipeline import retry, settle, unsent_steps
from gateway.pipeline.settle import Reached
from gateway.storage import deliveries, events, jobs

_log = logging.get("resend")


def resend(
    connection: Connection, policy: Policy, failed: Sequence[tuple[str, Resend]], now: datetime
) -> list[Reached]:
    """Make the Deliveries that send these once more, by their ids, as far as that is allowed and they still are what failed; the
    new ones, to be told of.
    """
    made: list[Reached] = []
    found = deliveries.by_ids(connection, [delivery_id for delivery_id, _how in failed]) if failed else {}
    for delivery_id, how in failed:
        one = found.get(delivery_id)
        if one is None or not _is_allowed(one, how, policy) or not _has_failed(one):
            continue
        event = events.by_ids(connection, [one.event_id]).get(one.event_id)
        first_try, generation = _first_try(connection, one)
        due = retry.next_resend(
            generation=generation,
            first_try=first_try,
            now=now,
            jitter=_at_once if how is Resend.WITH_TEMPLATE else random.uniform,
        )
        if event is None or event.payload_removed_at is not None or due is None:
            continue
        new = _new(one, event, how, due)
        if deliveries.add(connection, [new], now):
            jobs.enqueue(connection, [NewJob(JobKind.DELIVER, subject=new.id)], now, due=due)
            made += settle.made([new])
            _log.info("A text is sent once more", delivery=new.id, failed=one.id, due=due.isoformat())
    return made


def arrived(connection: Connection, delivery: Delivery, now: datetime) -> list[Reached]:
    """A message that had failed was delivered after all: whatever was to repeat it and was not sent yet is canceled."""
    ended = [
        unsent_steps.canceled_by_arrival(child, delivery.id) for child in children(connection, [delivery])
    ]
    return settle.apply(connection, ended, now)


def children(connection: Connection, failed: Sequence[Delivery]) -> list[str]:
    """The ids that the Deliveries would have which send these once more, whether there are any or not."""
    found = events.by_ids(connection, [one.event_id for one in failed]) if failed else {}
    return [resend_id(one, event) for one in failed if (event := found.get(one.event_id)) is not None]


def resend_id(one: Delivery, event: StoredEvent) -> str:
    """The id of what sends a Delivery once more."""
    person = event.user_id or event.anonymous_id or ""
    return ids.delivery(one.space, one.mapping_id, event.message_id, person, f"again\x1f{one.id}")


def _is_allowed(one: Delivery, how: Resend, policy: Policy) -> bool:
    if one.is_stop_confirmation:
        return False  # of one stop a person is told once
    if one.asks_yes:
        return how is Resend.NEVER_SENT  # nor is anybody asked twice to confirm a yes
    if how is Resend.WITH_TEMPLATE:
        return one.intent is not None and TEMPLATE_AT_HAND in one.intent
    return how is Resend.NEVER_SENT or policy.retry_undelivered


def _has_failed(one: Delivery) -> bool:
    """By the answer to its create, or as the last that was said of its message."""
    if one.status is DeliveryStatus.ACCEPTED:
        return one.message_status in MESSAGE_FAILED
    return one.status is DeliveryStatus.REJECTED


def _first_try(connection: Connection, one: Delivery) -> tuple[datetime, int]:
    """When the first of those was tried that this one goes back to, and how many there are before it."""
    generation = 0
    while one.fallback_of is not None:
        before = deliveries.by_ids(connection, [one.fallback_of]).get(one.fallback_of)
        if before is None:
            break
        one, generation = before, generation + 1
    return one.first_attempt_at or one.created_at, generation


def _at_once(_low: float, _high: float) -> float:
    return 0.0


def _new(one: Delivery, event: StoredEvent, how: Resend, due: datetime) -> NewDelivery:
    return NewDelivery(
        id=resend_id(one, event),
        space=one.space,
        event_id=one.event_id,
        source_id=one.source_id,
        destination_id=one.destination_id,
        mapping_id=one.mapping_id,
        person_id=one.person_id,
        channel=one.channel,
        fallback_of=one.id,
        recipient=one.recipient,
        window_closed=how is Resend.WITH_TEMPLATE or one.is_window_closed,
        due=due,
        asks_yes=one.asks_yes,
    )
