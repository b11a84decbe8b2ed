"""The attempts of deliveries, and the provider's callbacks about them."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select, update

from destinations.kit import MessageStatus
from gateway import ids
from gateway.deliveries import Attempt, AttemptOutcome, StatusCallback
from gateway.storage.prepared import Each, Rows
from gateway.storage.rows import to_value, to_values
from gateway.storage.tables import attempts, status_callbacks

_START = Rows(attempts, "id", "delivery_id", "number", "started_at", "outcome")
_END = Each(
    update(attempts).where(attempts.c.id == bindparam("whose")),
    *("whose", "outcome", "duration_ms", "http_status", "provider_code", "message", "request_id"),
)
_OF_MANY = (
    select(attempts)
    .where(attempts.c.delivery_id.in_(bindparam("many", expanding=True)))
    .order_by(attempts.c.number)
)
_CALL_BACK = Rows(status_callbacks, "id", "delivery_id", "received_at", "status", "provider_code")


class Start(NamedTuple):
    """A try that begins."""

    id: str
    delivery_id: str
    number: int
    at: datetime


class End(NamedTuple):
    """How a try ended."""

    id: str
    outcome: AttemptOutcome
    duration_ms: int | None = None
    http_status: int | None = None
    provider_code: str | None = None
    message: str | None = None
    request_id: str | None = None


def start(connection: Connection, starts: Sequence[Start]) -> None:
    """Store that these begin, before any byte leaves."""
    _START.insert(connection, [(*one, AttemptOutcome.STARTED.value) for one in starts])


def end(connection: Connection, ends: Sequence[End]) -> None:
    """Store how these ended."""
    _END.run(connection, [(one.id, one.outcome.value, *one[2:]) for one in ends])


def of_many(connection: Connection, delivery_ids: Sequence[str]) -> dict[str, list[Attempt]]:
    """The tries of each delivery, the first first."""
    found: dict[str, list[Attempt]] = {}
    rows = connection.execute(_OF_MANY, {"many": delivery_ids}).all() if delivery_ids else ()
    for one in to_values(Attempt, rows):
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
    _CALL_BACK.insert(connection, rows)


def callbacks_of_many(connection: Connection, delivery_ids: Sequence[str]) -> dict[str, list[StatusCallback]]:
    """The callbacks of each delivery in the order they came."""
    query = select(status_callbacks).where(status_callbacks.c.delivery_id.in_(delivery_ids))
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
