"""Events, and the keys that find a duplicate."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.events import MOST_DOUBTS, Doubt, Event, EventOutcome, EventType, StoredEvent
from gateway.storage import pages
from gateway.storage.pages import Cursor, Page
from gateway.storage.rows import to_value
from gateway.storage.tables import event_keys, event_repetitions, events, invalid_keys
from gateway.workspace import Source

RECENT = 500
"""How many of the last events of a source are looked at for their names."""

MOST_SOURCES = 20
"""How many sources of a destination are asked for them."""

REMEMBERED = timedelta(hours=24)
"""How long a messageId of a source counts as seen (Segment: at least 24 hours)."""


def claim(connection: Connection, source_id: str, event: Event) -> str | None:
    """The id of the event that came first under this messageId within 24 hours; None: it is this one, which may ask twice."""
    held = connection.execute(
        select(event_keys).where(
            event_keys.c.source_id == source_id, event_keys.c.message_id == event.message_id
        )
    ).one_or_none()
    if held is not None:
        if held.event_id == event.id:
            return None
        if held.received_at > event.received_at - REMEMBERED:
            first: str = held.event_id
            return first
        connection.execute(
            update(event_keys)
            .where(event_keys.c.source_id == source_id, event_keys.c.message_id == event.message_id)
            .values(event_id=event.id, received_at=event.received_at)
        )
        return None
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    added = connection.execute(
        dialect.insert(event_keys)
        .values(
            source_id=source_id, message_id=event.message_id, event_id=event.id, received_at=event.received_at
        )
        .on_conflict_do_nothing()
    )
    return None if added.rowcount == 1 else _holder(connection, source_id, event.message_id)


def _holder(connection: Connection, source_id: str, message_id: str) -> str | None:
    query = select(event_keys.c.event_id).where(
        event_keys.c.source_id == source_id, event_keys.c.message_id == message_id
    )
    found: str | None = connection.scalar(query)
    return found


def is_of_same_person(first: Event, event: Event) -> bool:
    """Whether two events name the same person, as far as both say."""
    if first.user_id and event.user_id:
        return first.user_id == event.user_id
    return first.anonymous_id == event.anonymous_id


def claim_invalid(connection: Connection, source_id: str, event: Event, problem: str | None = None) -> bool:
    """The same of an event that is none: whether it is the first of its messageId with its problem, or with what `problem` tells
    apart instead.

    It does not take the messageId from the event that is sent once it is mended.
    """
    key = {"source_id": source_id, "message_id": event.message_id, "problem": problem or event.problem}
    same = and_(*(invalid_keys.c[name] == value for name, value in key.items()))
    held = connection.execute(select(invalid_keys).where(same)).one_or_none()
    if held is None:
        new = insert(invalid_keys).values(**key, event_id=event.id, received_at=event.received_at)
        connection.execute(new)
        return True
    if held.event_id != event.id and held.received_at > event.received_at - REMEMBERED:
        count_repetition(connection, held.event_id, event.id)
        return False
    connection.execute(
        update(invalid_keys).where(same).values(event_id=event.id, received_at=event.received_at)
    )
    return True


def count_repetition(connection: Connection, event_id: str, repetition_id: str) -> None:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    first = dialect.insert(event_repetitions).values(event_id=event_id, times=1, last_id=repetition_id)
    connection.execute(
        first.on_conflict_do_update(
            index_elements=[event_repetitions.c.event_id],
            set_={"times": event_repetitions.c.times + 1, "last_id": first.excluded.last_id},
            where=event_repetitions.c.last_id != first.excluded.last_id,
        )
    )


def repetitions(connection: Connection, event_ids: Sequence[str]) -> dict[str, int]:
    """How often each event came again; those that did not are left out."""
    query = select(event_repetitions).where(event_repetitions.c.event_id.in_(event_ids))
    return {row.event_id: row.times for row in connection.execute(query)}


def add(connection: Connection, source: Source, event: Event, outcome: EventOutcome) -> None:
    """Keep an event with what became of it."""
    connection.execute(
        insert(events).values(
            id=event.id,
            space=source.space,
            source_id=source.id,
            message_id=event.message_id,
            type=event.type,
            name=event.name,
            user_id=event.user_id,
            anonymous_id=event.anonymous_id,
            timestamp=event.timestamp,
            occurred_at=event.occurred_at,
            earliest=event.earliest,
            latest=event.latest,
            imported=event.imported,
            received_at=event.received_at,
            payload=event.payload,
            outcome=outcome.value,
            problem=event.problem,
            repeats=event.repeats,
            doubts=event.doubts[:MOST_DOUBTS] or None,
        )
    )


def _to_event(row: Row[Any]) -> StoredEvent:
    doubts = tuple(Doubt(*doubt) for doubt in row.doubts or ())
    if row.occurred_at is not None:
        return to_value(StoredEvent, row, doubts=doubts)
    before = min(row.timestamp, row.received_at)
    return to_value(StoredEvent, row, doubts=doubts, occurred_at=before, earliest=before, latest=before)


def is_duplicate(connection: Connection, source_id: str, event: Event) -> bool:
    """Whether another event of its messageId came within 24 hours before it; claims nothing."""
    held = connection.execute(
        select(event_keys).where(
            event_keys.c.source_id == source_id, event_keys.c.message_id == event.message_id
        )
    ).one_or_none()
    return (
        held is not None and held.event_id != event.id and held.received_at > event.received_at - REMEMBERED
    )


def outcome_of(connection: Connection, event_id: str) -> EventOutcome | None:
    """What became of the event; None where it was not kept yet."""
    outcome = connection.scalar(select(events.c.outcome).where(events.c.id == event_id))
    return None if outcome is None else EventOutcome(outcome)


def get(connection: Connection, event_id: str) -> StoredEvent | None:
    """The event of that id."""
    row = connection.execute(select(events).where(events.c.id == event_id)).one_or_none()
    return None if row is None else _to_event(row)


def page(
    connection: Connection, space: str, source_id: str | None, first: int, after: Cursor | None
) -> Page[StoredEvent]:
    """The events of a space, or of one source, newest first. Whether a source may be shown, its caller knows."""
    # One column, led by which there is an index: with both, SQLite reads the whole space for the events of a source.
    wanted = events.c.space == space if source_id is None else events.c.source_id == source_id
    query = select(events).where(wanted)
    return pages.newest_first(connection, events, "received_at", query, first, after, _to_event)


def recent_names(connection: Connection, source_ids: Sequence[str]) -> frozenset[str]:
    """The names of the track events among the last that came from each source, of so many sources."""
    found: set[str] = set()
    for source_id in source_ids[:MOST_SOURCES]:
        # By one source at a time, since the index is led by it; the events behind the limit are not read.
        last = (
            select(events.c.type, events.c.name, events.c.outcome)
            .where(events.c.source_id == source_id)
            .order_by(events.c.received_at.desc(), events.c.id.desc())
            .limit(RECENT)
            .subquery()
        )
        query = select(last.c.name).distinct()
        query = query.where(
            last.c.type == EventType.TRACK.value, last.c.outcome != EventOutcome.INVALID.value
        )
        found.update(name for name in connection.scalars(query) if name is not None)
    return frozenset(found)


def by_ids(connection: Connection, event_ids: Sequence[str]) -> dict[str, StoredEvent]:
    """The events of those ids that exist."""
    rows = connection.execute(select(events).where(events.c.id.in_(event_ids)))
    return {row.id: _to_event(row) for row in rows}
