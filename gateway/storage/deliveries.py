"""Deliveries, their attempts and callbacks. Every change of state is one UPDATE that names the states it may leave."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    exists,
    func,
    insert,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from destinations.kit import Channel, MessageStatus, Reason, forms
from gateway import ids
from gateway.deliveries import UNSENT, Attempt, AttemptOutcome, Delivery, DeliveryStatus, StatusCallback
from gateway.storage import pages
from gateway.storage.pages import Cursor, Legs, Page
from gateway.storage.rows import to_value
from gateway.storage.tables import (
    IS_AWAITING_PROFILE,
    attempts,
    deliveries,
    delivery_tombstones,
    destinations,
    events,
    status_callbacks,
)


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Which deliveries to show; what is None or empty is not asked."""

    status: Sequence[DeliveryStatus] = ()
    message_status: Sequence[MessageStatus] = ()
    reason: Sequence[Reason] = ()
    channel: Sequence[Channel] = ()
    source_id: str | None = None
    destination_id: str | None = None
    mapping_id: str | None = None
    recipient: str | None = None
    message_sid: str | None = None
    message_id: str | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    event_id: str | None = field(default=None)


def _value(row: Row[Any]) -> Delivery:
    return to_value(Delivery, row, explanation=tuple(row.explanation or ()))


def add(
    connection: Connection,
    *,
    delivery_id: str,
    space: str,
    event_id: str,
    source_id: str,
    destination_id: str,
    mapping_id: str,
    person_id: str | None,
    channel: Channel,
    now: datetime,
) -> bool:
    """Store a PENDING delivery; whether it is new. The same id twice is the same delivery."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    added = connection.execute(
        dialect.insert(deliveries)
        .values(
            id=delivery_id,
            space=space,
            event_id=event_id,
            source_id=source_id,
            destination_id=destination_id,
            mapping_id=mapping_id,
            person_id=person_id,
            status=DeliveryStatus.PENDING.value,
            channel=channel.value,
            attempt_count=0,
            created_at=now,
            updated_at=now,
        )
        .on_conflict_do_nothing()
    )
    return added.rowcount == 1


class Made(NamedTuple):
    """What a second event of the same id has to know of the first's Delivery."""

    id: str
    event_id: str
    source_id: str
    status: DeliveryStatus


_MADE = union_all(
    *(
        select(*(table.c[name] for name in Made._fields)).where(
            table.c.id.in_(bindparam("ids", expanding=True))
        )
        for table in (deliveries, delivery_tombstones)
    )
)


def made(connection: Connection, delivery_ids: Sequence[str]) -> dict[str, Made]:
    """Those of these deliveries that were ever made, as far back as is known: removed ones, too."""
    rows = connection.execute(_MADE, {"ids": list(delivery_ids)})
    return {row.id: Made(row.id, row.event_id, row.source_id, DeliveryStatus(row.status)) for row in rows}


def get(connection: Connection, delivery_id: str, *, for_update: bool = False) -> Delivery | None:
    """The delivery of that id. `for_update`: nobody else changes it before this transaction ends."""
    query = select(deliveries).where(deliveries.c.id == delivery_id)
    row = connection.execute(query.with_for_update() if for_update else query).one_or_none()
    return None if row is None else _value(row)


def by_message_sid(
    connection: Connection, message_sid: str, *, but: str | None = None, for_update: bool = False
) -> Delivery | None:
    """The delivery whose message has that SID; another than `but`, where that is given."""
    query = select(deliveries).where(deliveries.c.message_sid == message_sid)
    if but is not None:
        query = query.where(deliveries.c.id != but)
    row = connection.execute(query.with_for_update() if for_update else query).first()
    return None if row is None else _value(row)


def another_is(
    connection: Connection,
    statuses: Iterable[DeliveryStatus],
    destination_id: str,
    recipient: str | None,
    *,
    but: str,
) -> bool:
    """Whether another delivery than `but`, to that number at that destination, is in one of those states."""
    query = select(deliveries.c.id).where(
        _is_to(recipient),
        deliveries.c.destination_id == destination_id,
        deliveries.c.status.in_([status.value for status in statuses]),
        deliveries.c.id != but,
    )
    return connection.scalars(query).first() is not None


def _is_to(recipient: str | None) -> ColumnElement[bool]:
    """To whoever has that number, in whatever form it was dialled."""
    if recipient is None:
        return deliveries.c.recipient.is_(None)
    return deliveries.c.recipient.in_(sorted(forms(recipient)))


def page(
    connection: Connection, space: str, first: int, after: Cursor | None, wanted: DeliveryFilter
) -> Page[Delivery]:
    """The deliveries of a space that pass the filter, newest first."""
    query = select(deliveries)
    lists: tuple[tuple[str, Iterable[Any]], ...] = (
        ("message_status", wanted.message_status),
        ("reason", wanted.reason),
        ("channel", wanted.channel),
    )
    for column, members in lists:
        if members:
            query = query.where(deliveries.c[column].in_([member.value for member in members]))
    for column in ("source_id", "mapping_id", "message_sid", "event_id"):
        value = getattr(wanted, column)
        if value is not None:
            query = query.where(deliveries.c[column] == value)
    if wanted.message_id is not None:
        query = query.where(
            exists().where(events.c.id == deliveries.c.event_id, events.c.message_id == wanted.message_id)
        )
    if wanted.created_from is not None:
        query = query.where(deliveries.c.created_at >= wanted.created_from)
    narrowed, legs = _found_by(connection, space, wanted, query)
    return pages.newest_first(
        connection,
        deliveries,
        "created_at",
        narrowed,
        first,
        after,
        _value,
        until=wanted.created_to,
        legs=legs,
    )


def _found_by(
    connection: Connection, space: str, wanted: DeliveryFilter, query: Select[Any]
) -> tuple[Select[Any], Legs | None]:
    """The query with what is left of the filter, so that the index is taken that has the fewest rows, in their order."""
    c = deliveries.c
    statuses = [status.value for status in wanted.status or DeliveryStatus]
    few = wanted.message_sid or wanted.event_id or wanted.recipient
    if not few and wanted.mapping_id is None and (wanted.destination_id or wanted.status):
        there = connection.scalars(select(destinations.c.id).where(destinations.c.space == space))
        mine = [one for one in there if wanted.destination_id in (None, one)]  # a destination is of one space
        whole: ColumnElement[bool] = c.destination_id.in_(mine)
        if wanted.status:
            whole = and_(whole, c.status.in_(statuses))
        parts = [and_(c.destination_id == one, c.status == status) for one in mine for status in statuses]
        return query, Legs(whole, parts)
    if wanted.destination_id is not None:
        query = query.where(c.destination_id.concat("") == wanted.destination_id)
    if wanted.status:
        query = query.where(c.status.concat("").in_(statuses))
    if not few:
        return query.where(c.space == space), None
    # As a value, which no index has: the index of the whole space must not seem as good.
    query = query.where(c.space.concat("") == space)
    if wanted.recipient is None:
        return query, None
    parts = [c.recipient == form for form in sorted(forms(wanted.recipient))]
    return query, Legs(_is_to(wanted.recipient), parts)


def change(
    connection: Connection,
    delivery_id: str,
    leaving: Iterable[DeliveryStatus],
    now: datetime,
    **values: Any,
) -> bool:
    """Set columns of a delivery that is in one of those states; whether it was. Enums may be given as they are.

    A `status` among them is a step: it is taken only from where the state machine has it, whatever else is named.
    """
    following = values.get("status")
    if following is not None:
        leaving = [status for status in leaving if status.may_become(following)]
    plain = {name: value.value if hasattr(value, "value") else value for name, value in values.items()}
    done = connection.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery_id, deliveries.c.status.in_([status.value for status in leaving]))
        .values(**plain, updated_at=now)
    )
    return done.rowcount == 1


def held_for(connection: Connection, destination_id: str, reason: Reason) -> list[str]:
    """The ids of a destination's deliveries that are held for that reason."""
    query = select(deliveries.c.id).where(
        deliveries.c.destination_id == destination_id,
        deliveries.c.status == DeliveryStatus.HELD.value,
        deliveries.c.reason == reason.value,
    )
    return list(connection.scalars(query))


def held_longest(
    connection: Connection, destination_id: str, reason: Reason, *, but: str | None = None
) -> str | None:
    """The id of the destination's delivery, another than `but`, that is held for that reason and was made first."""
    query = select(deliveries.c.id).where(
        deliveries.c.destination_id == destination_id,
        deliveries.c.status == DeliveryStatus.HELD.value,
        deliveries.c.reason == reason.value,
    )
    if but is not None:
        query = query.where(deliveries.c.id != but)
    found: str | None = connection.scalar(query.order_by(deliveries.c.created_at, deliveries.c.id).limit(1))
    return found


def held_in(connection: Connection, space: str, reason: Reason) -> list[str]:
    """The ids of a space's deliveries that are held for that reason."""
    query = select(deliveries.c.id).where(
        deliveries.c.space == space,
        deliveries.c.status == DeliveryStatus.HELD.value,
        deliveries.c.reason == reason.value,
    )
    return list(connection.scalars(query))


def waiting_of(connection: Connection, mapping_id: str, person_id: str) -> list[str]:
    """The ids of one person's deliveries of a mapping that were not sent yet."""
    query = select(deliveries.c.id).where(
        deliveries.c.mapping_id == mapping_id,
        deliveries.c.person_id == person_id,
        deliveries.c.status.in_([status.value for status in UNSENT]),
    )
    return list(connection.scalars(query))


def awaiting_profile(
    connection: Connection, space: str, person_id: str, user_ids: Sequence[str], anonymous_ids: Sequence[str]
) -> list[str]:
    """The ids of the deliveries that wait for that person to be identified, by what was known of whom they are about."""
    query = (
        select(deliveries.c.id)
        .join(events, events.c.id == deliveries.c.event_id)
        .where(
            deliveries.c.space == space,
            IS_AWAITING_PROFILE,
            or_(
                deliveries.c.person_id == person_id,
                events.c.user_id.in_(user_ids),
                events.c.anonymous_id.in_(anonymous_ids),
            ),
        )
    )
    return list(connection.scalars(query))


def move(connection: Connection, from_person: str, to_person: str) -> None:
    """Two people turned out to be one: the deliveries of the first are the second's."""
    connection.execute(
        update(deliveries).where(deliveries.c.person_id == from_person).values(person_id=to_person)
    )


def start_attempt(connection: Connection, delivery_id: str, number: int, now: datetime) -> str:
    """Store that a try begins, before any byte leaves; its id."""
    attempt_id = ids.new("att")
    connection.execute(
        insert(attempts).values(
            id=attempt_id,
            delivery_id=delivery_id,
            number=number,
            started_at=now,
            outcome=AttemptOutcome.STARTED.value,
        )
    )
    return attempt_id


def end_attempt(connection: Connection, attempt_id: str, outcome: AttemptOutcome, **values: Any) -> None:
    """Store how a try ended."""
    connection.execute(
        update(attempts).where(attempts.c.id == attempt_id).values(outcome=outcome.value, **values)
    )


def attempts_of(connection: Connection, delivery_id: str) -> list[Attempt]:
    """The tries of a delivery, the first first."""
    query = select(attempts).where(attempts.c.delivery_id == delivery_id).order_by(attempts.c.number)
    return [to_value(Attempt, row) for row in connection.execute(query)]


def add_callback(
    connection: Connection, delivery_id: str, status: MessageStatus, provider_code: str | None, now: datetime
) -> None:
    """Keep a callback, whatever it changes."""
    connection.execute(
        insert(status_callbacks).values(
            id=ids.new("cbk"),
            delivery_id=delivery_id,
            received_at=now,
            status=status.value,
            provider_code=provider_code,
        )
    )


def more_than(connection: Connection, space: str, number: int) -> bool:
    """Whether a space has more deliveries than that, without counting them all."""
    some = select(deliveries.c.id).where(deliveries.c.space == space).limit(number + 1)
    return (connection.scalar(select(func.count()).select_from(some.subquery())) or 0) > number


def of_events(connection: Connection, event_ids: Sequence[str]) -> dict[str, list[Delivery]]:
    """The deliveries of each event, the first made first."""
    query = select(deliveries).where(deliveries.c.event_id.in_(event_ids))
    found: dict[str, list[Delivery]] = {}
    for row in connection.execute(query.order_by(deliveries.c.created_at, deliveries.c.id)):
        found.setdefault(row.event_id, []).append(_value(row))
    return found


def attempts_of_many(connection: Connection, delivery_ids: Sequence[str]) -> dict[str, list[Attempt]]:
    """The tries of each delivery, the first first."""
    query = select(attempts).where(attempts.c.delivery_id.in_(delivery_ids)).order_by(attempts.c.number)
    found: dict[str, list[Attempt]] = {}
    for row in connection.execute(query):
        found.setdefault(row.delivery_id, []).append(to_value(Attempt, row))
    return found


def callbacks_of_many(connection: Connection, delivery_ids: Sequence[str]) -> dict[str, list[StatusCallback]]:
    """The callbacks of each delivery in the order they came."""
    query = select(status_callbacks).where(status_callbacks.c.delivery_id.in_(delivery_ids))
    found: dict[str, list[StatusCallback]] = {}
    for row in connection.execute(query.order_by(status_callbacks.c.received_at, status_callbacks.c.id)):
        found.setdefault(row.delivery_id, []).append(to_value(StatusCallback, row))
    return found


def attempt(connection: Connection, attempt_id: str) -> Attempt | None:
    """The try of that id."""
    row = connection.execute(select(attempts).where(attempts.c.id == attempt_id)).one_or_none()
    return None if row is None else to_value(Attempt, row)


def callback(connection: Connection, callback_id: str) -> StatusCallback | None:
    """The callback of that id."""
    row = connection.execute(
        select(status_callbacks).where(status_callbacks.c.id == callback_id)
    ).one_or_none()
    return None if row is None else to_value(StatusCallback, row)
