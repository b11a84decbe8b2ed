"""The attempts of deliveries, and the provider's callbacks about them."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select, update

from destinations.kit import MessageStatus
from gateway import ids
from gateway.deliveries import Attempt, AttemptOutcome, StatusCallback
from gateway.storage import days
from gateway.storage.prepared import Each, EachOfDay, Rows
from gateway.storage.rows import to_value, to_values
from gateway.storage.tables import attempts, status_callbacks
from gateway.storage.tables.by_day import MADE_AT, by_day
from gateway.storage.types import to_time

_STARTS = ("id", "delivery_id", "number", "started_at", "outcome")
_START = Rows(attempts, *_STARTS)
_START_IN_DAYS = Rows(by_day["attempts"], *_STARTS, MADE_AT)
_ENDS = ("outcome", "duration_ms", "http_status", "provider_code", "message", "request_id")
_END = Each(update(attempts).where(attempts.c.id == bindparam("whose")), "whose", *_ENDS)
_END_IN_DAYS = EachOfDay(by_day["attempts"], MADE_AT, *_ENDS)
_OF_MANY = (
    select(attempts)
    .where(attempts.c.delivery_id.in_(bindparam("many", expanding=True)))
    .order_by(attempts.c.number)
)
_CALLS = ("id", "delivery_id", "received_at", "status", "provider_code")
_CALL_BACK = Rows(status_callbacks, *_CALLS)
_CALL_BACK_IN_DAYS = Rows(by_day["status_callbacks"], *_CALLS, MADE_AT)


class Start(NamedTuple):
    """A try that begins."""

    id: str
    delivery_id: str
    number: int
    at: datetime


class End(NamedTuple):
    """How a try ended."""

    id: str
    delivery_id: str
    outcome: AttemptOutcome
    duration_ms: int | None = None
    http_status: int | None = None
    provider_code: str | None = None
    message: str | None = None
    request_id: str | None = None


def start(connection: Connection, starts: Sequence[Start]) -> None:
    """Store that these begin, before any byte leaves."""
    rows = [(*one, AttemptOutcome.STARTED.value) for one in starts]
    if not days.are_kept(connection):
        _START.insert(connection, rows)
        return
    made = days.made_at(connection, (one.delivery_id for one in starts))
    _START_IN_DAYS.insert(connection, [(*row, to_time(made[row[1]])) for row in rows])


def end(connection: Connection, ends: Sequence[End]) -> None:
    """Store how these ended."""
    if not days.are_kept(connection):
        _END.run(connection, [(one.id, one.outcome.value, *one[3:]) for one in ends])
        return
    made = days.made_at(connection, (one.delivery_id for one in ends))
    there = [one for one in ends if one.delivery_id in made]
    _END_IN_DAYS.run(
        connection, [(one.id, made[one.delivery_id], one.outcome.value, *one[3:]) for one in there]
    )


def of_many(connection: Connection, delivery_ids: Sequence[str]) -> dict[str, list[Attempt]]:
    """The tries of each delivery, the first first."""
    found: dict[str, list[Attempt]] = {}
    if not delivery_ids:
        return found
    query = days.bounded(_OF_MANY, days.of_what_hangs_on(connection, delivery_ids))
    for one in to_values(Attempt, connection.execute(query, {"many": delivery_ids}).all()):
        found.setdefault(one.delivery_id, []).append(one)
    return found


def get(connection: Connection, attempt_id: str) -> Attempt | None:
    """The try of that id."""
    row = connection.execute(select(attempts).where(attempts.c.id == attempt_id)).one_or_none()
    return None if row is None else to_value(Attempt, row)


class CallBack(NamedTuple):
    """What a provider said of a delivery's message."""

    delivery_id: str
    status: MessageStatus
    provider_code: str | None


def call_back(connection: Connection, said: Sequence[CallBack], now: datetime) -> None:
    """Keep these callbacks, whatever they change."""
    rows = [(ids.new("cbk"), one.delivery_id, now, one.status.value, one.provider_code) for one in said]
    if not days.are_kept(connection):
        _CALL_BACK.insert(connection, rows)
        return
    made = days.made_at(connection, (one.delivery_id for one in said))
    _CALL_BACK_IN_DAYS.insert(connection, [(*row, to_time(made[row[1]])) for row in rows])


def callbacks_of_many(connection: Connection, delivery_ids: Sequence[str]) -> dict[str, list[StatusCallback]]:
    """The callbacks of each delivery in the order they came."""
    query = select(status_callbacks).where(
        status_callbacks.c.delivery_id.in_(delivery_ids), *days.of_what_hangs_on(connection, delivery_ids)
    )
    found: dict[str, list[StatusCallback]] = {}
    rows = connection.execute(query.order_by(status_callbacks.c.received_at, status_callbacks.c.id)).all()
    for one in to_values(StatusCallback, rows):
        found.setdefault(one.delivery_id, []).append(one)
    return found


def callback(connection: Connection, callback_id: str) -> StatusCallback | None:
    """The callback of that id."""
    row = connection.execute(
        select(status_callbacks).where(status_callbacks.c.id == callback_id)
    ).one_or_none()
    return None if row is None else to_value(StatusCallback, row)
