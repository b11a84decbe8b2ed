"""Deliveries as they are kept. What may become of one is for `pipeline.settle` to say."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Connection,
    Row,
    bindparam,
    or_,
    select,
    type_coerce,
    update,
)

from destinations.kit import MessageStatus, Reason, forms
from gateway import phones
from gateway.deliveries import UNSENT, Delivery, DeliveryStatus, NewDelivery
from gateway.storage import stats
from gateway.storage.prepared import Ask, Each, Rows, among
from gateway.storage.rows import to_values
from gateway.storage.tables import (
    IS_AWAITING_PROFILE,
    deliveries,
    delivery_tombstones,
    events,
)


def of_rows(rows: Sequence[Row[Any]]) -> list[Delivery]:
    """The delivery that each row has, as far as its columns were read."""
    return to_values(Delivery, rows, {"explanation": _gates})


def _gates(kept: Sequence[Mapping[str, Any]] | None) -> tuple[Mapping[str, Any], ...]:
    return tuple(kept or ())


_BY_ID = select(deliveries).where(deliveries.c.id.in_(bindparam("many", expanding=True)))
_STANDINGS = Ask(
    select(
        deliveries.c.id,
        deliveries.c.attempt_count,
        deliveries.c.message_sid,
        deliveries.c.space,
        type_coerce(deliveries.c.created_at, BigInteger),
        deliveries.c.destination_id,
        deliveries.c.mapping_id,
        deliveries.c.channel,
        deliveries.c.sender,
        deliveries.c.country,
        deliveries.c.status,
        deliveries.c.reason,
        deliveries.c.error_code,
        deliveries.c.message_status,
        deliveries.c.segments,
        deliveries.c.price,
    )
    .where(among(deliveries.c.id, "many"))
    .order_by(deliveries.c.id)  # whoever locks several takes them in one order
    .with_for_update(),
    "many",
)
_AWAITING_PROFILE = (
    select(deliveries.c.id)
    .join(events, events.c.id == deliveries.c.event_id)
    .where(
        deliveries.c.space == bindparam("space"),
        IS_AWAITING_PROFILE,
        or_(
            deliveries.c.person_id.in_(bindparam("people", expanding=True)),
            events.c.user_id.in_(bindparam("users", expanding=True)),
            events.c.anonymous_id.in_(bindparam("devices", expanding=True)),
        ),
    )
)
_UNSETTLED = select(deliveries.c.id, deliveries.c.recipient).where(
    deliveries.c.recipient.in_(bindparam("many", expanding=True)),
    deliveries.c.destination_id == bindparam("destination"),
    deliveries.c.status.in_(bindparam("statuses", expanding=True)),
)
_ADD = Rows(
    deliveries,
    *("id", "space", "event_id", "source_id", "destination_id", "mapping_id", "person_id"),
    *("status", "channel", "attempt_count", "replay_of", "fallback_of"),
    *("recipient", "country", "intent", "next_attempt_at", "created_at", "updated_at"),
    unless_there=True,
)
_GET = select(deliveries).where(deliveries.c.id == bindparam("whose"))
_GET_TO_CHANGE = _GET.with_for_update()
_OF_MESSAGE = select(deliveries).where(deliveries.c.message_sid == bindparam("sid"))
_OF_MESSAGE_TO_CHANGE = _OF_MESSAGE.with_for_update()
_OF_MESSAGES = Ask(
    select(deliveries.c.message_sid, deliveries.c.id).where(among(deliveries.c.message_sid, "many")), "many"
)


def add(connection: Connection, new: Sequence[NewDelivery], now: datetime) -> set[str]:
    """Store these as PENDING; the ids of those that are new. The same id twice is the same delivery."""
    rows = [
        (
            one.id,
            one.space,
            one.event_id,
            one.source_id,
            one.destination_id,
            one.mapping_id,
            one.person_id,
            DeliveryStatus.PENDING.value,
            None if one.channel is None else one.channel.value,
            0,
            one.replay_of,
            one.fallback_of,
            one.recipient,
            phones.country_of(one.recipient),
            one.intent,
            one.due,
            now,
            now,
        )
        for one in new
    ]
    added = _ADD.added(connection, rows)
    made = {one.id: one for one in reversed(new) if one.id in added}
    stats.count_new(connection, made.values(), now)
    return added


class Made(NamedTuple):
    """What a second event of the same id has to know of the first's Delivery."""

    id: str
    event_id: str
    source_id: str
    status: DeliveryStatus

    @classmethod
    def of(cls, new: NewDelivery) -> "Made":
        return cls(new.id, new.event_id, new.source_id, DeliveryStatus.PENDING)


_MADE = tuple(
    Ask(select(*(table.c[name] for name in Made._fields)).where(among(table.c.id, "ids")), "ids")
    for table in (deliveries, delivery_tombstones)
)


def made(connection: Connection, delivery_ids: Sequence[str]) -> dict[str, Made]:
    """Those of these deliveries that were ever made, as far back as is known: removed ones, too."""
    if not delivery_ids:
        return {}
    return {
        one: Made(one, event_id, source_id, _STATUSES[status])
        for those in _MADE
        for one, event_id, source_id, status in those.rows(connection, delivery_ids)
    }


_STATUSES = {status.value: status for status in DeliveryStatus}
"""By its name as it is stored; the class itself takes ten times as long to say it."""

_MESSAGE_STATUSES: dict[str | None, MessageStatus | None] = {status.value: status for status in MessageStatus}
_MESSAGE_STATUSES[None] = None


class Standing(NamedTuple):
    """What has to be known of a Delivery before a step of it is taken, and of what is counted. `made_at` as it is stored."""

    id: str
    attempt_count: int
    message_sid: str | None
    # From here on as `Counted` has it.
    space: str
    made_at: int
    destination_id: str
    mapping_id: str
    channel: str | None
    sender: str | None
    country: str | None
    status: DeliveryStatus
    reason: str | None
    error_code: str | None
    message_status: MessageStatus | None
    segments: int | None
    price: str | None

    @property
    def counted(self) -> tuple[Any, ...]:
        """The values of its `Counted`, which is made of them once for all that are alike."""
        return self[3:]


def standings(connection: Connection, delivery_ids: Iterable[str]) -> dict[str, Standing]:
    """How these deliveries stand; nobody else changes one before this transaction ends."""
    many = list(set(delivery_ids))
    rows = _STANDINGS.rows(connection, many) if many else ()
    return {row[0]: _standing(*row) for row in rows}


def _standing(*row: Any) -> Standing:
    *before, status, reason, error_code, message_status, segments, price = row
    word = _MESSAGE_STATUSES[message_status]
    return Standing._make((*before, _STATUSES[status], reason, error_code, word, segments, price))


def by_ids(connection: Connection, delivery_ids: Sequence[str]) -> dict[str, Delivery]:
    """Those of these deliveries that exist, wholly."""
    rows = connection.execute(_BY_ID, {"many": delivery_ids}).all() if delivery_ids else ()
    return {one.id: one for one in of_rows(rows)}


def of_messages(connection: Connection, message_sids: Sequence[str]) -> dict[str, list[str]]:
    """The ids of the deliveries that have each of these messages."""
    found: dict[str, list[str]] = {}
    for message_sid, one in _OF_MESSAGES.rows(connection, message_sids) if message_sids else ():
        found.setdefault(message_sid, []).append(one)
    return found


def get(connection: Connection, delivery_id: str, *, for_update: bool = False) -> Delivery | None:
    """The delivery of that id. `for_update`: nobody else changes it before this transaction ends."""
    rows = connection.execute(_GET_TO_CHANGE if for_update else _GET, {"whose": delivery_id}).all()
    return next(iter(of_rows(rows)), None)


def by_message_sid(connection: Connection, message_sid: str, *, for_update: bool = False) -> Delivery | None:
    """The delivery whose message has that SID."""
    query = _OF_MESSAGE_TO_CHANGE if for_update else _OF_MESSAGE
    return next(iter(of_rows(connection.execute(query, {"sid": message_sid}).all())), None)


def unsettled_to(
    connection: Connection,
    destination_id: str,
    recipients: Sequence[str],
    statuses: Sequence[DeliveryStatus] = (DeliveryStatus.SENDING, DeliveryStatus.UNCERTAIN),
) -> dict[str, set[str]]:
    """For each of these numbers, in whatever form it was dialled, the ids of the destination's deliveries to it of which nobody
    knows yet whether there is a message.
    """
    asked: dict[str, list[str]] = {}
    for recipient in recipients:
        for form in forms(recipient):
            asked.setdefault(form, []).append(recipient)
    found: dict[str, set[str]] = {recipient: set() for recipient in recipients}
    values = {
        "destination": destination_id,
        "many": sorted(asked),
        "statuses": [status.value for status in statuses],
    }
    for row in connection.execute(_UNSETTLED, values) if asked else ():
        for recipient in asked[row.recipient]:
            found[recipient].add(row.id)
    return found


def change(connection: Connection, rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Set the columns of deliveries: each row names its `id` and what is set; rows with the same columns go together. Enums may be
    given as they are. Whether a delivery may be changed so, `pipeline.settle` knows.
    """
    alike: dict[tuple[str, ...], list[list[Any]]] = {}
    for row in rows:
        values = [value.value if isinstance(value, Enum) else value for value in row.values()]
        alike.setdefault(tuple(row), []).append([*values, now])
    for columns, some in alike.items():
        _set(columns).run(connection, some)


@cache
def _set(columns: tuple[str, ...]) -> Each:
    """Sets these of a Delivery, `id` among them, and when."""
    names = ("whose" if name == "id" else name for name in columns)
    return Each(update(deliveries).where(deliveries.c.id == bindparam("whose")), *names, "updated_at")


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


def last_event_of(connection: Connection, person_ids: Sequence[str], mapping_id: str) -> str | None:
    """The id of the last event of these people that was for a mapping."""
    query = (
        select(deliveries.c.event_id)
        .where(deliveries.c.person_id.in_(person_ids), deliveries.c.mapping_id == mapping_id)
        .order_by(deliveries.c.created_at.desc(), deliveries.c.id.desc())
        .limit(1)
    )
    found: str | None = connection.scalar(query)
    return found


def waiting_of(connection: Connection, mapping_id: str, person_ids: Sequence[str]) -> list[str]:
    """The ids of these people's deliveries of a mapping that were not sent yet."""
    query = select(deliveries.c.id).where(
        deliveries.c.mapping_id == mapping_id,
        deliveries.c.person_id.in_(person_ids),
        deliveries.c.status.in_([status.value for status in UNSENT]),
    )
    return list(connection.scalars(query))


def awaiting_profile(
    connection: Connection,
    space: str,
    person_ids: Sequence[str],
    user_ids: Sequence[str],
    anonymous_ids: Sequence[str],
) -> list[str]:
    """The ids of the deliveries that wait for these people to be identified, by what was known of whom they are about."""
    asked = {"space": space, "people": person_ids, "users": user_ids, "devices": anonymous_ids}
    return list(connection.scalars(_AWAITING_PROFILE, asked))


_LOCK_TO_MOVE = (
    select(deliveries.c.id)
    .where(
        or_(
            deliveries.c.person_id.in_(bindparam("people", expanding=True)),
            deliveries.c.id.in_(bindparam("beside", expanding=True)),
        )
    )
    .order_by(deliveries.c.id)
    .with_for_update()
)


def move(connection: Connection, absorbed: Sequence[tuple[str, str]], beside: Iterable[str] = ()) -> None:
    """Of each of these pairs, two people turned out to be one: the deliveries of the first are the second's. What is to be changed
    `beside` them is locked with them.
    """
    if not absorbed:
        return
    people = [loser for loser, _winner in absorbed]
    connection.execute(_LOCK_TO_MOVE, {"people": people, "beside": list(beside)})
    for loser, winner in absorbed:
        connection.execute(update(deliveries).where(deliveries.c.person_id == loser).values(person_id=winner))


def of_events(connection: Connection, event_ids: Sequence[str]) -> dict[str, list[Delivery]]:
    """The deliveries of each event, the first made first."""
    query = select(deliveries).where(deliveries.c.event_id.in_(event_ids))
    found: dict[str, list[Delivery]] = {}
    for one in of_rows(connection.execute(query.order_by(deliveries.c.created_at, deliveries.c.id)).all()):
        found.setdefault(one.event_id, []).append(one)
    return found
