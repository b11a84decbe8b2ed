"""What alerts are told by that is in no snapshot: what waits for a sender, and what owners were not told. See gateway.alerts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, TextClause, and_, bindparam, func, select, union

from destinations.kit import Reason
from gateway.deliveries import DeliveryStatus
from gateway.storage import attempts, days
from gateway.storage.tables import IS_FAILING, deliveries, destinations, webhook_deliveries

_c = deliveries.c
_w = webhook_deliveries.c

MOST = 1000
"""Of what an owner was not told no more are looked at."""

LOOKED_AT = 20
"""At so many messages is looked whether callbacks come."""

_WAITING = (
    select(_c.destination_id, _c.sender, func.count())
    .where(
        _c.destination_id.in_(bindparam("of", expanding=True)),
        _c.status == DeliveryStatus.HELD.value,
        _c.reason == Reason.SENDER_REMOVED.value,
        _c.sender.is_not(None),
    )
    .group_by(_c.destination_id, _c.sender)
)


def _untold(*which: ColumnElement[bool] | TextClause) -> Select[Any]:
    return (
        select(_w.id, _w.destination_id, _w.last_answer, _w.created_at)
        .where(_w.space == bindparam("whose"), *which)
        .order_by(_w.created_at.desc(), _w.id.desc())
        .limit(MOST + 1)
    )


_DEAD = _untold(_w.dead.is_(True), _w.created_at > bindparam("since_then"), _w.event != bindparam("but"))
_RESTING = select(destinations.c.id).where(
    destinations.c.space == bindparam("whose"), destinations.c.webhook_rests_until.is_not(None)
)
_FAILING = _untold(
    _w.id.in_(
        union(
            select(_w.id).where(_w.space == bindparam("whose"), IS_FAILING),
            select(_w.id).where(
                _w.destination_id.in_(_RESTING),
                _w.created_at > bindparam("since_then"),
                _w.attempts > 0,
                _w.next_attempt_at.is_not(None),
            ),
        )
    )
)
_SENT = (
    select(_c.id, _c.created_at)
    .where(
        _c.destination_id == bindparam("whose"),
        _c.status == DeliveryStatus.ACCEPTED.value,
        and_(_c.created_at > bindparam("since_then"), _c.created_at < bindparam("until_then")),
        _c.first_attempt_at < bindparam("until_then"),
        _c.message_sid.is_not(None),
    )
    .order_by(_c.created_at.desc(), _c.id.desc())
    .limit(LOOKED_AT)
)


class Untold(NamedTuple):
    """Something that an owner was not told."""

    id: str
    destination_id: str
    last_answer: str | None
    created_at: datetime


def waiting(connection: Connection, destination_ids: Sequence[str]) -> dict[tuple[str, str], int]:
    """How many Deliveries of these destinations wait for each sender that is out of use, by destination and address."""
    rows = connection.execute(days.unfinished(connection, _WAITING), {"of": destination_ids})
    return {(row[0], row[1]): row[2] for row in rows}


def dead(connection: Connection, space: str, since: datetime, but: str) -> list[Untold]:
    """What was given up of what owners were to be told since then, of all events but that one: the newest first, of more than MOST one
    more than that.
    """
    given = {"whose": space, "since_then": since, "but": but}
    return [Untold(*row) for row in connection.execute(_DEAD, given)]


def failing(connection: Connection, space: str, since: datetime) -> list[Untold]:
    """The same of what several attempts did not tell them, and is still tried; and of what is younger than that and was tried once, where the
    receiver takes nothing: it rests between attempts, so that those of one thing come late.
    """
    return [Untold(*row) for row in connection.execute(_FAILING, {"whose": space, "since_then": since})]


def unanswered(
    connection: Connection, destination_id: str, since: datetime, until: datetime
) -> tuple[int, datetime] | None:
    """How many of the last messages of a destination that left between these times were looked at, and when the first of those was
    made; None where there are none, or one of them had a callback.
    """
    query = days.bounded(_SENT, days.within(connection, _c.created_at, since, until))
    values = {"whose": destination_id, "since_then": since, "until_then": until}
    found = connection.execute(query, values).all()
    if not found or attempts.callbacks_of_many(connection, [row[0] for row in found]):
        return None
    return len(found), min(row[1] for row in found)
