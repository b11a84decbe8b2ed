"""Lists of deliveries: what they can be filtered by, and from which index each is read."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    CompoundSelect,
    Connection,
    String,
    and_,
    any_,
    bindparam,
    exists,
    func,
    literal,
    or_,
    select,
    union,
)

from destinations.kit import Channel, MessageStatus, Reason, forms
from gateway.deliveries import Delivery, DeliveryStatus
from gateway.events import StoredEvent
from gateway.people import USER_ID
from gateway.storage import days, event_lists, pages, people
from gateway.storage.deliveries import of_rows
from gateway.storage.pages import Cursor, Legs, Page
from gateway.storage.tables import deliveries, destinations, events


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
    user_id: str | None = None
    sender: Sequence[str] = ()
    country: str | None = None
    error_code: str | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    event_id: str | None = field(default=None)


def page(
    connection: Connection,
    space: str,
    first: int,
    after: Cursor | None,
    wanted: DeliveryFilter,
    *,
    counted: bool = True,
    columns: Sequence[str] | None = None,
) -> Page[Delivery]:
    """The deliveries of a space that pass the filter, newest first; `counted`: with how many there are. With these `columns`, or all."""
    where, legs = matching(connection, space, wanted)
    return pages.newest_first(
        connection,
        deliveries,
        "created_at",
        where,
        first,
        after,
        of_rows,
        until=wanted.created_to,
        legs=legs,
        counted=counted,
        columns=columns,
    )


def matching(
    connection: Connection, space: str, wanted: DeliveryFilter
) -> tuple[list[ColumnElement[bool]], Legs | None]:
    """What the deliveries of a space fulfil that pass the filter, but for `created_to`, and are in one of the legs."""
    c = deliveries.c
    where: list[ColumnElement[bool]] = []
    lists: tuple[tuple[str, Iterable[Any]], ...] = (
        ("message_status", wanted.message_status),
        ("reason", wanted.reason),
        ("channel", wanted.channel),
    )
    for column, members in lists:
        if members:
            where.append(c[column].in_([member.value for member in members]))
    if wanted.sender:
        where.append(c.sender.in_(wanted.sender))
    for column in ("source_id", "mapping_id", "message_sid", "event_id", "country", "error_code"):
        value = getattr(wanted, column)
        if value is not None:
            where.append(c[column] == value)
    if wanted.message_id is not None and wanted.created_from is not None:
        where.append(
            _of_message(connection, space, wanted.message_id, wanted.created_from, wanted.created_to)
        )
    if wanted.event_id is not None:
        where += days.since_events(connection, [wanted.event_id])
    if wanted.created_from is not None:
        where.append(c.created_at >= wanted.created_from)
    found, legs = _found_by(connection, space, wanted)
    return where + found, legs


def passes(
    wanted: DeliveryFilter, delivery: Delivery, event: StoredEvent | None, user_people: Collection[str] = ()
) -> bool:
    """Whether `page` would show this delivery, of the space that it is of. `event` is the one that it is of, `user_people` are those
    who go by the user id that is asked for.
    """
    lists: tuple[tuple[Any, Iterable[Any]], ...] = (
        (delivery.status, wanted.status),
        (delivery.message_status, wanted.message_status),
        (delivery.reason, wanted.reason),
        (delivery.channel, wanted.channel),
        (delivery.sender, wanted.sender),
    )
    values = (
        (delivery.source_id, wanted.source_id),
        (delivery.destination_id, wanted.destination_id),
        (delivery.mapping_id, wanted.mapping_id),
        (delivery.message_sid, wanted.message_sid),
        (delivery.event_id, wanted.event_id),
        (None if event is None else event.message_id, wanted.message_id),
        (delivery.country, wanted.country),
        (delivery.error_code, wanted.error_code),
    )
    return (
        all(not members or value in members for value, members in lists)
        and all(asked is None or value == asked for value, asked in values)
        and (
            wanted.user_id is None
            or (event is not None and event.user_id == wanted.user_id)
            or delivery.person_id in user_people
        )
        and (wanted.recipient is None or delivery.recipient in forms(wanted.recipient))
        and (wanted.created_from is None or delivery.created_at >= wanted.created_from)
        and (wanted.created_to is None or delivery.created_at < wanted.created_to)
    )


def more_than(connection: Connection, space: str, number: int) -> bool:
    """Whether a space has more deliveries than that, without counting them all."""
    some = select(deliveries.c.id).where(deliveries.c.space == space).limit(number + 1)
    return (connection.scalar(select(func.count()).select_from(some.subquery())) or 0) > number


def _found_by(
    connection: Connection, space: str, wanted: DeliveryFilter
) -> tuple[list[ColumnElement[bool]], Legs | None]:
    """What is left of the filter, so that the index is taken that has the fewest rows, in their order."""
    c = deliveries.c
    where: list[ColumnElement[bool]] = []
    statuses = [status.value for status in wanted.status or DeliveryStatus]
    few = wanted.message_sid or wanted.event_id or wanted.recipient
    if wanted.user_id is not None:
        if days.are_kept(connection):
            where.append(_is_of_user(connection, space, wanted.user_id))
        else:
            theirs = _of_user(connection, space, wanted.user_id)
            where.append((c.id.concat("") if few else c.id).in_(theirs))
        few = few or wanted.user_id
    if wanted.message_id is not None and wanted.created_from is None:
        found = event_lists.of_message(connection, space, wanted.message_id)
        where.append((c.event_id.concat("") if few else c.event_id).in_(found))
        where += days.since_events(connection, found)
        few = few or wanted.message_id
    if not few and wanted.mapping_id is None and (wanted.destination_id or wanted.status):
        there = connection.scalars(select(destinations.c.id).where(destinations.c.space == space))
        mine = [one for one in there if wanted.destination_id in (None, one)]  # a destination is of one space
        whole: ColumnElement[bool] = c.destination_id.in_(mine)
        if wanted.status:
            whole = and_(whole, c.status.in_(statuses))
        parts = [and_(c.destination_id == one, c.status == status) for one in mine for status in statuses]
        return where, Legs(whole, parts)
    if wanted.destination_id is not None:
        where.append(c.destination_id.concat("") == wanted.destination_id)
    if wanted.status:
        where.append(c.status.concat("").in_(statuses))
    if not few:
        return [*where, c.space == space], None
    # As a value, which no index has: the index of the whole space must not seem as good.
    where.append(c.space.concat("") == space)
    if wanted.recipient is None:
        return where, None
    parts = [c.recipient == form for form in sorted(forms(wanted.recipient))]
    return where, Legs(_is_to(wanted.recipient), parts)


def _of_message(
    connection: Connection, space: str, message_id: str, since: datetime, until: datetime | None
) -> ColumnElement[bool]:
    """That a Delivery of this span is of an event that came under that messageId, however many have. On PostgreSQL the events are found
    before: of those that came in the span or up to an hour earlier each, of others the last of each source.
    """
    c, theirs = events.c, events.c.message_id == message_id
    if not days.are_kept(connection):
        return exists().where(c.id == deliveries.c.event_id, theirs)
    came = days.within(connection, c.received_at, since - days.MARGIN, until)
    found = connection.scalars(select(c.id).where(c.space == space, theirs, *came)).all()
    return deliveries.c.event_id.in_({*found, *event_lists.of_message(connection, space, message_id)})


def _of_user(connection: Connection, space: str, user_id: str) -> CompoundSelect[Any]:
    """The ids of what was made for whoever goes by that user id, and of the events that name it: nobody may be known by it yet."""
    c = deliveries.alias().c  # or it would be the row that is asked about
    named = select(c.id).where(
        c.event_id == events.c.id, events.c.space == space, events.c.user_id == user_id
    )
    known = people.whose(connection, space, USER_ID, user_id)
    return union(named, select(c.id).where(c.person_id.in_(known)))


def _is_of_user(connection: Connection, space: str, user_id: str) -> ColumnElement[bool]:
    """The same on PostgreSQL, where each day has an index of both, and a join would read all of them through."""
    known = people.whose(connection, space, USER_ID, user_id)
    query = select(events.c.id).where(events.c.space == space, events.c.user_id == user_id)
    naming = days.planned_once(connection, lambda: connection.scalars(query).all())
    named = deliveries.c.event_id == any_(literal(naming, ARRAY(String)))
    return or_(deliveries.c.person_id.in_(known), named)


def _is_to(recipient: str | None) -> ColumnElement[bool]:
    """To whoever has that number, in whatever form it was dialled."""
    if recipient is None:
        return deliveries.c.recipient.is_(None)
    return deliveries.c.recipient.in_(sorted(forms(recipient)))


PRICED_AMONG = 500
"""Of so many texts that a destination sent last one like another is looked for."""

_SENT_LAST = (
    select(deliveries)
    .where(
        deliveries.c.destination_id == bindparam("destination"),
        deliveries.c.status == DeliveryStatus.ACCEPTED.value,
    )
    .order_by(deliveries.c.created_at.desc(), deliveries.c.id.desc())
    .limit(PRICED_AMONG)
    .subquery()
)
_PRICE = (
    select(_SENT_LAST.c.price)
    .where(
        _SENT_LAST.c.price.is_not(None),
        _SENT_LAST.c.channel == bindparam("channel"),
        _SENT_LAST.c.sender == bindparam("sender"),
        _SENT_LAST.c.country == bindparam("country"),
        _SENT_LAST.c.segments == bindparam("segments"),
    )
    .order_by(_SENT_LAST.c.created_at.desc(), _SENT_LAST.c.id.desc())
    .limit(1)
)


def last_price(
    connection: Connection, destination_id: str, channel: Channel, sender: str, country: str, segments: int
) -> str | None:
    """What the last text cost that a destination sent by that channel from there, to that country and of so many segments."""
    like = {"channel": channel.value, "sender": sender, "country": country, "segments": segments}
    values = {"destination": destination_id, **like}
    return days.planned_once(connection, lambda: connection.scalar(_PRICE, values))
