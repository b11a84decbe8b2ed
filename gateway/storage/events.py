"""Events, and the keys that find a duplicate."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, and_, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert

from gateway.events import MOST_DOUBTS, Doubt, Event, EventOutcome, StoredEvent
from gateway.storage import days, stats
from gateway.storage.prepared import Ask, Each, Rows, among
from gateway.storage.rows import to_values
from gateway.storage.tables import event_keys, event_repetitions, events, invalid_keys
from gateway.storage.types import to_number
from gateway.workspace import TESTS, Source

MOST_INVALID = 10
"""How many of the last events of a name are looked at for one that is not INVALID."""

REMEMBERED = timedelta(hours=24)
"""How long a messageId of a source counts as seen (Segment: at least 24 hours)."""


_CLAIMS = Ask(
    select(event_keys.c.message_id, event_keys.c.event_id, event_keys.c.received_at).where(
        event_keys.c.source_id == bindparam("source"), among(event_keys.c.message_id, "many")
    ),
    *("source", "many"),
)
_CLAIM = Rows(event_keys, "source_id", "message_id", "event_id", "received_at", unless_there=True)
_CLAIM_ANEW = Each(
    update(event_keys).where(
        event_keys.c.source_id == bindparam("of_source"),
        event_keys.c.message_id == bindparam("of_message_id"),
    ),
    "of_source",
    "of_message_id",
    "event_id",
    "received_at",
)


def claim(connection: Connection, taken: Sequence[tuple[str, Event]]) -> list[str | None]:
    """For each (source id, event), in order: the id of the event that came first under its messageId within 24 hours; None: it is
    this one, which may ask twice.
    """
    held = _holders(connection, [(source_id, event.message_id) for source_id, event in taken])
    stored = set(held)
    fresh: dict[tuple[str, str], Event] = {}
    first_ids: list[str | None] = []
    for source_id, event in taken:
        key = (source_id, event.message_id)
        holder = held.get(key)
        if holder is not None and holder[0] == event.id:
            first_ids.append(None)
        elif holder is not None and holder[1] > event.received_at - REMEMBERED:
            first_ids.append(holder[0])
        else:
            held[key], fresh[key] = (event.id, event.received_at), event
            first_ids.append(None)
    new = [key for key in fresh if key not in stored]
    _claim(connection, fresh, stored)
    if new and connection.dialect.name == "postgresql":  # somebody else may have been first, meanwhile
        others = _holders(connection, new)
        lost = {fresh[key].id: others[key][0] for key in new if others[key][0] != fresh[key].id}
        first_ids = [
            first or lost.get(event.id) for first, (_source, event) in zip(first_ids, taken, strict=True)
        ]
    return first_ids


def _claim(
    connection: Connection, fresh: Mapping[tuple[str, str], Event], stored: Collection[tuple[str, str]]
) -> None:
    rows = {key: (*key, event.id, event.received_at) for key, event in fresh.items()}
    _CLAIM.insert(connection, [row for key, row in rows.items() if key not in stored])
    _CLAIM_ANEW.run(connection, [row for key, row in rows.items() if key in stored])


def _holders(
    connection: Connection, keys: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], tuple[str, datetime]]:
    """Which event has each (source id, messageId), and since when. By one source at a time, which the key is led by."""
    by_source: dict[str, list[str]] = {}
    for source_id, message_id in keys:
        by_source.setdefault(source_id, []).append(message_id)
    return {
        (source_id, message_id): (event_id, received_at)
        for source_id, many in by_source.items()
        for message_id, event_id, received_at in _CLAIMS.rows(connection, source_id, many)
    }


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
        count_repetitions(connection, [(held.event_id, event.id)])
        return False
    connection.execute(
        update(invalid_keys).where(same).values(event_id=event.id, received_at=event.received_at)
    )
    return True


def count_repetitions(connection: Connection, repeated: Sequence[tuple[str, str]]) -> None:
    """Each (event id, id of its repetition) is one more time that the event came."""
    if repeated:
        rows = [{"event_id": event_id, "times": 1, "last_id": last_id} for event_id, last_id in repeated]
        connection.execute(_repeat(connection.dialect.name), rows)


@cache
def _repeat(dialect: str) -> Insert:
    new = (postgresql if dialect == "postgresql" else sqlite).insert(event_repetitions)
    repeat: Insert = new.on_conflict_do_update(
        index_elements=[event_repetitions.c.event_id],
        set_={"times": event_repetitions.c.times + 1, "last_id": new.excluded.last_id},
        where=event_repetitions.c.last_id != new.excluded.last_id,
    )
    return repeat


def repetitions(connection: Connection, event_ids: Sequence[str]) -> dict[str, int]:
    """How often each event came again; those that did not are left out."""
    query = select(event_repetitions).where(event_repetitions.c.event_id.in_(event_ids))
    return {row.event_id: row.times for row in connection.execute(query)}


_ADD = Rows(
    events,
    *("id", "space", "source_id", "message_id", "type", "name", "user_id", "anonymous_id"),
    *("timestamp", "occurred_at", "earliest", "latest", "received_at", "imported"),
    *("payload", "outcome", "problem", "repeats", "doubts"),
)


class Kept(NamedTuple):
    """An event of a source, and what became of it."""

    source: Source
    event: Event
    outcome: EventOutcome

    def stored(self) -> StoredEvent:
        """The event as it is read again."""
        source = self.source
        return StoredEvent(
            *_in_order(self.event), space=source.space, source_id=source.id, outcome=self.outcome
        )


_in_order = attrgetter(*Event.__struct_fields__)
"""What an event is made of."""


def add(connection: Connection, kept: Sequence[Kept]) -> None:
    """Keep these events."""
    rows = [
        (
            event.id,
            source.space,
            source.id,
            event.message_id,
            event.type,
            event.name,
            event.user_id,
            event.anonymous_id,
            event.timestamp,
            event.occurred_at,
            event.earliest,
            event.latest,
            event.received_at,
            event.imported,
            event.payload,
            outcome.value,
            event.problem,
            event.repeats,
            event.doubts[:MOST_DOUBTS] or None,
        )
        for source, event, outcome in kept
    ]
    _ADD.insert(connection, rows)
    stats.count_events(connection, ((source.space, event.received_at) for source, event, _outcome in kept))


def of_rows(rows: Sequence[Row[Any]]) -> list[StoredEvent]:
    """The event that each row has, as far as its columns were read; its times always are."""
    return to_values(
        StoredEvent,
        rows,
        {"doubts": _doubts},
        occurred_at=lambda row: _before(row) if row.occurred_at is None else row.occurred_at,
        earliest=lambda row: _before(row) if row.occurred_at is None else row.earliest,
        latest=lambda row: _before(row) if row.occurred_at is None else row.latest,
    )


def _doubts(kept: Sequence[Sequence[Any]] | None) -> tuple[Doubt, ...]:
    return tuple(Doubt(*doubt) for doubt in kept or ())


def _before(row: Row[Any]) -> datetime:
    """When an event happened at the latest, of what was kept without the three times."""
    before: datetime = min(row.timestamp, row.received_at)
    return before


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


_OUTCOME = select(events.c.id, events.c.outcome).where(among(events.c.id, "many"))
_OUTCOMES = Ask(_OUTCOME, "many")
_OUTCOMES_OF_DAYS = Ask(_OUTCOME.where(among(events.c.received_at, "days")), "many", "days")


def outcomes(connection: Connection, some: Sequence[Event]) -> dict[str, EventOutcome]:
    """What became of these events, by id; those that were not kept yet are left out."""
    if not some:
        return {}
    event_ids = [one.id for one in some]
    if days.are_kept(connection):
        received = {to_number(one.received_at) for one in some}
        found = _OUTCOMES_OF_DAYS.rows(connection, event_ids, sorted(received))
    else:
        found = _OUTCOMES.rows(connection, event_ids)
    return {event_id: EventOutcome(outcome) for event_id, outcome in found}


def get(connection: Connection, event_id: str) -> StoredEvent | None:
    """The event of that id."""
    return by_ids(connection, [event_id]).get(event_id)


_LAST_NAMED = (
    select(events)
    .where(events.c.space == bindparam("of_space"), events.c.name == bindparam("named"))
    .order_by(events.c.received_at.desc(), events.c.id.desc())
    .limit(MOST_INVALID)
)


def last_named(connection: Connection, space: str, name: str) -> StoredEvent | None:
    """The event of a space that came last under that name; one that is INVALID, or of a test send, only where all the last ones are."""
    rows = connection.execute(_LAST_NAMED, {"of_space": space, "named": name}).all()
    valid = (
        row
        for row in rows
        if row.outcome != EventOutcome.INVALID.value and not row.source_id.startswith(TESTS)
    )
    found = next(valid, next(iter(rows), None))
    return None if found is None else of_rows([found])[0]


_BY_IDS = select(events).where(events.c.id.in_(bindparam("many", expanding=True)))
_LOCKED_BY_IDS = _BY_IDS.order_by(events.c.id).with_for_update()


def by_ids(
    connection: Connection, event_ids: Sequence[str], *, for_update: bool = False
) -> dict[str, StoredEvent]:
    """The events of those ids that exist. `for_update`: nobody else who asks so has one before this transaction ends."""
    if not event_ids:
        return {}
    query = _LOCKED_BY_IDS if for_update else _BY_IDS
    near = days.near(connection, events.c.received_at, event_ids)
    found = {
        one.id: one
        for one in of_rows(connection.execute(days.bounded(query, near), {"many": event_ids}).all())
    }
    missing = sorted(set(event_ids) - found.keys()) if near else []
    if missing:  # gone, or of an id that says another time than its own
        found |= {one.id: one for one in of_rows(connection.execute(query, {"many": missing}).all())}
    return found


class Told(NamedTuple):
    """What an owner is told of an event beside what became of it."""

    message_id: str
    name: str | None
    user_id: str | None
    anonymous_id: str | None


_TOLD = select(*(events.c[name] for name in ("id", *Told._fields))).where(
    events.c.id.in_(bindparam("many", expanding=True))
)


def told(connection: Connection, event_ids: Sequence[str]) -> dict[str, Told]:
    """That of these events, without their payloads."""
    near = days.near(connection, events.c.received_at, event_ids)
    rows = connection.execute(days.bounded(_TOLD, near), {"many": event_ids}) if event_ids else ()
    return {row[0]: Told(*row[1:]) for row in rows}
