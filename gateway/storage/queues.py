"""What waits of each destination, counted by the senders it waits for."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import Connection, and_, bindparam, func, or_, select

from destinations.kit import Reason
from gateway.deliveries import DeliveryStatus
from gateway.jobs import JobKind
from gateway.storage import days
from gateway.storage.tables import buried_jobs, deliveries


class Backlog(NamedTuple):
    """Of one destination and sender, which is None while nobody planned what waits: how many deliveries go on by themselves, and how many
    are held for anything but the sender's pace. Of those that wait for that, `paced`, the `segments`, and when the last becomes too old.
    """

    destination_id: str
    sender: str | None
    waiting: int
    held: int
    oldest_at: datetime
    paced: int
    segments: int
    until: datetime | None


_c = deliveries.c
_IS_HELD = _c.status == DeliveryStatus.HELD.value
_IS_PACED = and_(_IS_HELD, func.coalesce(_c.reason, "") == Reason.PACED.value)
_UNSENT: Final = (DeliveryStatus.PENDING.value, DeliveryStatus.RETRYING.value, DeliveryStatus.HELD.value)

_BACKLOGS = (
    select(
        _c.destination_id,
        _c.sender,
        func.count().filter(or_(~_IS_HELD, _IS_PACED)),
        func.count().filter(and_(_IS_HELD, ~_IS_PACED)),
        func.min(_c.created_at),
        func.count().filter(_IS_PACED),
        func.coalesce(func.sum(func.coalesce(_c.segments, 1)).filter(_IS_PACED), 0),
        func.max(_c.next_attempt_at).filter(_IS_PACED),
    )
    .where(
        _c.destination_id.in_(bindparam("of", expanding=True)),
        _c.status.in_(bindparam("statuses", expanding=True)),
    )
    .group_by(_c.destination_id, _c.sender)
)
_BURIED_DELIVERIES = (
    select(_c.destination_id, func.count())
    .join(buried_jobs, buried_jobs.c.subject == _c.id)
    .where(
        buried_jobs.c.kind == JobKind.DELIVER.value, _c.destination_id.in_(bindparam("of", expanding=True))
    )
    .group_by(_c.destination_id)
)
_BURIED_REQUESTS = (
    select(buried_jobs.c.subject, func.count())
    .where(buried_jobs.c.kind == JobKind.MATCH.value)
    .group_by(buried_jobs.c.subject)
)


def backlogs(connection: Connection, destination_ids: Sequence[str]) -> list[Backlog]:
    """What waits of these destinations."""
    rows = connection.execute(
        days.unfinished(connection, _BACKLOGS), {"of": destination_ids, "statuses": _UNSENT}
    )
    return [Backlog(*row) for row in rows]


def buried_deliveries(connection: Connection, destination_ids: Sequence[str]) -> dict[str, int]:
    """How many deliveries of each of these destinations the gateway gave up for failures of its own."""
    rows = connection.execute(_BURIED_DELIVERIES, {"of": destination_ids})
    return {row[0]: row[1] for row in rows}


def buried_requests(connection: Connection) -> dict[str, int]:
    """How many requests of each source the gateway gave up for failures of its own."""
    return {row[0]: row[1] for row in connection.execute(_BURIED_REQUESTS)}
