"""Which of what is configured was ever used, and what hinders it: an answer for each, found by index and not by counting."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from gateway.deliveries import DeliveryStatus
from gateway.storage import days
from gateway.storage.tables import deliveries

_c = deliveries.c

LOOKED_AT = 1000
"""Of each destination so many of its last texts are looked at for who sent them."""


class Hindered(NamedTuple):
    """Why the newest Delivery of a mapping that was suppressed, was."""

    id: str
    reason: str
    detail: str | None
    remedy: str | None
    at: datetime


def matched(connection: Connection, spaces: Mapping[str, str]) -> frozenset[str]:
    """Those mappings, by the space of each, that an event led to a Delivery of."""
    return frozenset(
        mapping_id
        for mapping_id, space in spaces.items()
        if connection.execute(
            select(_c.id).where(_c.space == space, _c.mapping_id == mapping_id).limit(1)
        ).first()
    )


def suppressed(
    connection: Connection, space: str, mapping_id: str, since: datetime, now: datetime
) -> Hindered | None:
    """The newest Delivery of a mapping that was suppressed since then; None where none was."""
    query = (
        select(_c.id, _c.reason, _c.detail, _c.remedy, _c.created_at)
        .where(
            _c.space == space,
            _c.mapping_id == mapping_id,
            _c.created_at > since,
            _c.status == DeliveryStatus.SUPPRESSED.value,
            _c.reason.is_not(None),
        )
        .order_by(_c.created_at.desc(), _c.id.desc())
        .limit(1)
    )
    row = connection.execute(days.bounded(query, days.within(connection, _c.created_at, since, now))).first()
    return None if row is None else Hindered(*row)


def senders(connection: Connection, destination_ids: Collection[str]) -> frozenset[tuple[str, str]]:
    """(destination, address) of each sender that one of the last texts went out from."""
    found: set[tuple[str, str]] = set()
    for key in destination_ids:
        last = (
            select(_c.sender)
            .where(_c.destination_id == key, _c.status == DeliveryStatus.ACCEPTED.value)
            .order_by(_c.created_at.desc(), _c.id.desc())
            .limit(LOOKED_AT)
            .subquery()
        )
        found |= {(key, sender) for sender in connection.scalars(select(last.c.sender).distinct()) if sender}
    return frozenset(found)
