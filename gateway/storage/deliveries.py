"""Deliveries as they are kept. What may become of one is for `pipeline.settle` to say."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    Connection,
    Row,
    String,
    bindparam,
    or_,
    select,
    type_coerce,
    update,
)

from destinations.kit import MessageStatus, forms
from gateway import phones
from gateway.deliveries import FORWARD_URL, Delivery, DeliveryStatus, NewDelivery
from gateway.storage import days, stats
from gateway.storage.prepared import Ask, Each, EachOfDay, Rows, among
from gateway.storage.rows import to_values
from gateway.storage.tables import (
    deliveries,
    delivery_tombstones,
)
from gateway.storage.types import to_number


def of_rows(rows: Sequence[Row[Any]]) -> list[Delivery]:
    """The delivery that each row has, as far as its columns were read."""
    return to_values(Delivery, rows, {"explanation": _gates})


def _gates(kept: Sequence[Mapping[str, Any]] | None) -> tuple[Mapping[str, Any], ...]:
    return tuple(kept or ())


_BY_ID = select(deliveries).where(deliveries.c.id.in_(bindparam("many", expanding=True)))
_STANDING = (
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
    .with_for_update()
)
_STANDINGS = Ask(_STANDING, "many")
_OF_DAYS = among(deliveries.c.created_at, "days")
_STANDINGS_OF_DAYS = Ask(_STANDING.where(_OF_DAYS), "many", "days")
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
_OF_ANY_MESSAGE = select(deliveries.c.message_sid, deliveries.c.id).where(
    among(deliveries.c.message_sid, "many")
)
_OF_MESSAGES = Ask(_OF_ANY_MESSAGE, "many")
_OF_LATE_MESSAGES = Ask(
    _OF_ANY_MESSAGE.where(deliveries.c.created_at >= bindparam("since", type_=BigInteger)), "many", "since"
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
    if days.are_kept(connection):
        days.note(connection, added, to_number(now))
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
_STATUS_OF_DAYS = Ask(
    select(deliveries.c.id, deliveries.c.status).where(among(deliveries.c.id, "many"), _OF_DAYS),
    *("many", "days"),
)


def made(connection: Connection, delivery_ids: Sequence[str]) -> dict[str, Made]:
    """Those of these deliveries that were ever made, as far back as is known: removed ones, too."""
    if not delivery_ids:
        return {}
    if days.are_kept(
        connection
    ):  # every Delivery has its tombstone from the beginning, which has no status yet
        kept = {row[0]: row for row in _MADE[1].rows(connection, delivery_ids)}
        now: dict[str, str] = {}
        if kept:
            now = {
                row[0]: row[1]
                for row in _STATUS_OF_DAYS.rows(connection, [*kept], days.times(connection, kept))
            }
        return {
            one: Made(one, event_id, source_id, _STATUSES[now.get(one, status)])
            for one, event_id, source_id, status in kept.values()
        }
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
    if many and days.are_kept(connection):
        rows = _STANDINGS_OF_DAYS.rows(connection, many, days.times(connection, many))
    else:
        rows = _STANDINGS.rows(connection, many) if many else ()
    return {row[0]: _standing(*row) for row in rows}


def _standing(*row: Any) -> Standing:
    *before, status, reason, error_code, message_status, segments, price = row
    word = _MESSAGE_STATUSES[message_status]
    return Standing._make((*before, _STATUSES[status], reason, error_code, word, segments, price))


def by_ids(connection: Connection, delivery_ids: Sequence[str]) -> dict[str, Delivery]:
    """Those of these deliveries that exist, wholly."""
    if not delivery_ids:
        return {}
    query = days.bounded(_BY_ID, days.of_deliveries(connection, delivery_ids))
    return {one.id: one for one in of_rows(connection.execute(query, {"many": delivery_ids}).all())}


_FORWARDED = select(deliveries.c.id).where(
    among(deliveries.c.id, "many"), type_coerce(deliveries.c.intent, String).contains(f'"{FORWARD_URL}"')
)
_FORWARDED_BY_ID = Ask(_FORWARDED, "many")
_FORWARDED_OF_DAYS = Ask(_FORWARDED.where(_OF_DAYS), "many", "days")


def forwarded(connection: Connection, delivery_ids: Sequence[str]) -> dict[str, Delivery]:
    """Those of these deliveries whose owner may have the provider's calls passed on, wholly: mostly none."""
    if not delivery_ids:
        return {}
    if days.are_kept(connection):
        rows = _FORWARDED_OF_DAYS.rows(connection, delivery_ids, days.times(connection, delivery_ids))
    else:
        rows = _FORWARDED_BY_ID.rows(connection, delivery_ids)
    return by_ids(connection, [row[0] for row in rows])


def of_messages(
    connection: Connection, message_sids: Sequence[str], *, late: bool = False
) -> dict[str, list[str]]:
    """The ids of the deliveries that have each of these messages. `late`: those messages were made within the last hours, so that
    whatever has one was not final a day ago.
    """
    found: dict[str, list[str]] = {}
    if not message_sids:
        return found
    if late and days.are_kept(connection):
        rows = _OF_LATE_MESSAGES.rows(connection, message_sids, to_number(days.open_since(connection)))
    else:
        rows = _OF_MESSAGES.rows(connection, message_sids)
    for message_sid, one in rows:
        found.setdefault(message_sid, []).append(one)
    return found


def get(connection: Connection, delivery_id: str, *, for_update: bool = False) -> Delivery | None:
    """The delivery of that id. `for_update`: nobody else changes it before this transaction ends."""
    query = _GET_TO_CHANGE if for_update else _GET
    query = days.bounded(query, days.of_deliveries(connection, [delivery_id]))
    return next(iter(of_rows(connection.execute(query, {"whose": delivery_id}).all())), None)


def by_message_sid(connection: Connection, message_sid: str, *, for_update: bool = False) -> Delivery | None:
    """The delivery whose message has that SID."""
    query = _OF_MESSAGE_TO_CHANGE if for_update else _OF_MESSAGE
    return next(iter(of_rows(connection.execute(query, {"sid": message_sid}).all())), None)


def change(connection: Connection, rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Set the columns of deliveries: each row names its `id` and what is set; rows with the same columns go together. Enums may be
    given as they are. Whether a delivery may be changed so, `pipeline.settle` knows.
    """
    alike: dict[tuple[str, ...], list[list[Any]]] = {}
    for row in rows:
        values = [value.value if isinstance(value, Enum) else value for value in row.values()]
        alike.setdefault(tuple(row), []).append([*values, now])
    if days.are_kept(connection):
        _change_in_days(connection, alike)
        return
    for columns, some in alike.items():
        _set(columns).run(connection, some)


def _change_in_days(connection: Connection, alike: Mapping[tuple[str, ...], list[list[Any]]]) -> None:
    reopened: set[int] = set()
    for columns, some in alike.items():
        place = columns.index("id")
        made_at = days.made_at(connection, (row[place] for row in some))
        there = [row for row in some if row[place] in made_at]
        names = [name for name in columns if name != "id"]
        rows = [(row[place], made_at[row[place]], *(row[:place] + row[place + 1 :])) for row in there]
        _set_in_days(tuple(names)).run(connection, rows)
        if "status" in columns:
            status = columns.index("status")
            reopened.update(made_at[row[place]] for row in there if not _STATUSES[row[status]].final)
    days.reopened(connection, reopened)


@cache
def _set(columns: tuple[str, ...]) -> Each:
    """Sets these of a Delivery, `id` among them, and when."""
    names = ("whose" if name == "id" else name for name in columns)
    return Each(update(deliveries).where(deliveries.c.id == bindparam("whose")), *names, "updated_at")


@cache
def _set_in_days(columns: tuple[str, ...]) -> EachOfDay:
    """The same of those other columns, on PostgreSQL."""
    return EachOfDay(deliveries, "created_at", *columns, "updated_at")


MOST_SENT: Final = 20


def last_sent(
    connection: Connection, destination_id: str, number: str, since: datetime
) -> Sequence[Delivery]:
    """The last deliveries of a destination whose messages went to a number, in whatever form it is dialled; the last first, so many at most."""
    query = select(deliveries).where(
        deliveries.c.recipient.in_(forms(number)),
        deliveries.c.destination_id == destination_id,
        deliveries.c.status == DeliveryStatus.ACCEPTED.value,
        deliveries.c.created_at >= since,
    )
    newest = query.order_by(deliveries.c.created_at.desc(), deliveries.c.id.desc()).limit(MOST_SENT)
    return of_rows(connection.execute(newest).all())


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


_LOCK_TO_MOVE = (
    select(deliveries.c.id, deliveries.c.created_at)
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
    locked = connection.execute(_LOCK_TO_MOVE, {"people": people, "beside": list(beside)}).all()
    if not locked:
        return
    made = [row.created_at for row in locked]
    theirs = days.within(connection, deliveries.c.created_at, min(made), max(made))
    for loser, winner in absorbed:
        moved = update(deliveries).where(deliveries.c.person_id == loser, *theirs)
        connection.execute(moved.values(person_id=winner))


def of_events(connection: Connection, event_ids: Sequence[str]) -> dict[str, list[Delivery]]:
    """The deliveries of each event, the first made first."""
    query = select(deliveries).where(deliveries.c.event_id.in_(event_ids))
    query = query.where(*days.since_events(connection, event_ids))
    found: dict[str, list[Delivery]] = {}
    for one in of_rows(connection.execute(query.order_by(deliveries.c.created_at, deliveries.c.id)).all()):
        found.setdefault(one.event_id, []).append(one)
    return found
