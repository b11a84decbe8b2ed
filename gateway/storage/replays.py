"""What can be replayed together, and what a job has yet to replay."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    tuple_,
)

from gateway.deliveries import NOT_CREATED, DeliveryStatus
from gateway.storage import delivery_lists
from gateway.storage.delivery_lists import DeliveryFilter
from gateway.storage.tables import deliveries, replay_items
from gateway.workspace import TESTS

UNDER_WAY = tuple(status for status in DeliveryStatus if not status.final)


def matching(
    connection: Connection, space: str, wanted: DeliveryFilter, *, include_accepted: bool
) -> Select[Any]:
    """A query for the deliveries that pass the filter and that a replay would send: of several replays of one event and mapping, or
    of one that was sent once more, the last, none while another is under way, no test sends, and, unless `include_accepted`, none of which there may
    be a message.
    """
    where, legs = delivery_lists.matching(connection, space, wanted)
    # The space as a value, which no index has.
    query = select(deliveries).where(*where, deliveries.c.space.concat("") == space)
    if legs is not None:
        query = query.where(legs.whole)
    if wanted.created_to is not None:
        query = query.where(deliveries.c.created_at < wanted.created_to)
    query = query.where(deliveries.c.source_id.not_like(f"{TESTS}%"))
    other = deliveries.alias()
    blocks: ColumnElement[bool] = other.c.status.in_([status.value for status in UNDER_WAY])
    if not include_accepted:
        query = query.where(~may_have_been_sent(deliveries))
        blocks = or_(blocks, may_have_been_sent(other))
    return query.where(
        ~exists().where(
            other.c.event_id == deliveries.c.event_id,
            other.c.mapping_id == deliveries.c.mapping_id,
            other.c.id != deliveries.c.id,
            or_(other.c.replay_of == deliveries.c.id, other.c.fallback_of == deliveries.c.id, blocks),
        )
    )


def may_have_been_sent(table: FromClause) -> ColumnElement[bool]:
    """The same as `Delivery.may_have_been_sent`."""
    c = table.c
    return or_(
        c.status == DeliveryStatus.ACCEPTED.value,
        and_(
            c.status == DeliveryStatus.EXPIRED.value,
            c.attempt_count > 0,
            c.reason.is_(None),
            func.coalesce(c.error_code, "") != NOT_CREATED,
        ),
    )


def count(connection: Connection, space: str, wanted: DeliveryFilter, *, include_accepted: bool) -> int:
    """How many `matching` finds."""
    query = matching(connection, space, wanted, include_accepted=include_accepted)
    found = query.with_only_columns(deliveries.c.id).subquery()
    return connection.scalar(select(func.count()).select_from(found)) or 0


def add(
    connection: Connection,
    job_id: str,
    space: str,
    wanted: DeliveryFilter,
    *,
    include_accepted: bool,
    most: int,
) -> int:
    """Note for a job what `matching` finds now, but no more than that; how many it is."""
    query = matching(connection, space, wanted, include_accepted=include_accepted).with_only_columns(
        literal(job_id), deliveries.c.created_at, deliveries.c.id
    )
    return connection.execute(
        insert(replay_items).from_select(["job_id", "created_at", "delivery_id"], query.limit(most))
    ).rowcount


_NEXT = (
    select(replay_items.c.created_at, replay_items.c.delivery_id)
    .where(replay_items.c.job_id == bindparam("job"))
    .order_by(replay_items.c.created_at, replay_items.c.delivery_id)
    .limit(bindparam("most"))
)
_DONE = delete(replay_items).where(
    replay_items.c.job_id == bindparam("job"),
    tuple_(replay_items.c.created_at, replay_items.c.delivery_id)
    <= tuple_(
        bindparam("at", type_=replay_items.c.created_at.type),
        bindparam("delivery", type_=replay_items.c.delivery_id.type),
    ),
)
_DROP = delete(replay_items).where(replay_items.c.job_id == bindparam("job"))


class Next(NamedTuple):
    """A delivery that a job has yet to replay, by its place."""

    created_at: datetime
    delivery_id: str


def following(connection: Connection, job_id: str, most: int) -> list[Next]:
    """The next so many, the oldest first."""
    return [Next(*row) for row in connection.execute(_NEXT, {"job": job_id, "most": most})]


def done(connection: Connection, job_id: str, last: Next) -> None:
    """A job has dealt with everything up to that one."""
    connection.execute(_DONE, {"job": job_id, "at": last.created_at, "delivery": last.delivery_id})


def drop(connection: Connection, job_id: str) -> None:
    """A job has nothing more to replay."""
    connection.execute(_DROP, {"job": job_id})
