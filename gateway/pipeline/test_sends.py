"""A test send: a real text by a mapping, to one number, because a person asked for it."""

from collections.abc import Mapping as Object
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection

from gateway import ids, spec
from gateway.deliveries import NewDelivery
from gateway.events import Event, EventOutcome
from gateway.facts.compiled import Compiled
from gateway.jobs import JobKind, NewJob
from gateway.pipeline import settle
from gateway.pipeline.settle import Reached
from gateway.storage import deliveries, events, jobs, sources
from gateway.storage.events import Kept
from gateway.workspace import source_of_tests

HEARD_OF = timedelta(seconds=2)
"""After so long every process knows what was configured."""


def event_of(event: Object[str, Any], key: str, now: datetime) -> Event:
    """The event of a test; without a messageId, it has one that follows from the key."""
    return spec.event_of({"messageId": f"test-{ids.digest(key)[:32]}", **event}, received_at=now)


def delivery_id(one: Compiled, event: Event, key: str) -> str:
    """The id of the test under that key."""
    person = event.user_id or event.anonymous_id or ""
    space = one.destination.space
    return ids.delivery(space, one.mapping.id, event.message_id, person, f"test\x1f{key}")


def make(
    connection: Connection, one: Compiled, event: Event, number: str, key: str, now: datetime
) -> list[Reached]:
    """Make the test's Delivery, unless it was made before; what is new, to be told of. Its event is kept and teaches nothing, of people
    or of consent; no other mapping has it.
    """
    made = delivery_id(one, event, key)
    if deliveries.made(connection, [made]):
        return []
    source = source_of_tests(one.destination.space, now)
    # No worker takes it up before it has heard of a new source.
    due = now + HEARD_OF if sources.add_once(connection, source) else None
    kept = replace(event, id=ids.new("evt", event.received_at))
    events.add(connection, [Kept(source, kept, EventOutcome.MATCHED)])
    new = NewDelivery(
        id=made,
        space=source.space,
        event_id=kept.id,
        source_id=source.id,
        destination_id=one.destination.id,
        mapping_id=one.mapping.id,
        person_id=None,
        channel=one.action.channel,
        recipient=number,
        due=due,
    )
    if not deliveries.add(connection, [new], now):
        return []
    jobs.enqueue(connection, [NewJob(JobKind.DELIVER, subject=made)], now, due=due)
    return settle.made([new])
