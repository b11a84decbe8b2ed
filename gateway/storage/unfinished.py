"""Deliveries of which something is still to come, by what they wait for: few, and on PostgreSQL in few days."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, or_, select

from destinations.kit import Reason, forms
from gateway.deliveries import UNSENT, DeliveryStatus
from gateway.storage import days
from gateway.storage.tables import IS_AWAITING_PROFILE, deliveries, events

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


def held_for(connection: Connection, destination_id: str, reason: Reason) -> list[str]:
    """The ids of a destination's deliveries that are held for that reason."""
    query = select(deliveries.c.id).where(
        deliveries.c.destination_id == destination_id,
        deliveries.c.status == DeliveryStatus.HELD.value,
        deliveries.c.reason == reason.value,
    )
    return list(connection.scalars(days.unfinished(connection, query)))


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
    query = days.unfinished(connection, query)
    found: str | None = connection.scalar(query.order_by(deliveries.c.created_at, deliveries.c.id).limit(1))
    return found


def held_in(connection: Connection, space: str, reason: Reason) -> list[str]:
    """The ids of a space's deliveries that are held for that reason."""
    query = select(deliveries.c.id).where(
        deliveries.c.space == space,
        deliveries.c.status == DeliveryStatus.HELD.value,
        deliveries.c.reason == reason.value,
    )
    return list(connection.scalars(days.unfinished(connection, query)))


def waiting_of(connection: Connection, mapping_id: str, person_ids: Sequence[str]) -> list[str]:
    """The ids of these people's deliveries of a mapping that were not sent yet."""
    query = select(deliveries.c.id).where(
        deliveries.c.mapping_id == mapping_id,
        deliveries.c.person_id.in_(person_ids),
        deliveries.c.status.in_([status.value for status in UNSENT]),
    )
    return list(connection.scalars(days.unfinished(connection, query)))


def unsent_to(connection: Connection, space: str, number: str) -> list[str]:
    """The ids of a space's deliveries that were to go to a number, in whatever form it is dialled, and were not sent yet."""
    query = select(deliveries.c.id).where(
        deliveries.c.recipient.in_(forms(number)),
        deliveries.c.space == space,
        deliveries.c.status.in_([status.value for status in UNSENT]),
    )
    return list(connection.scalars(days.unfinished(connection, query)))


def awaiting_profile(
    connection: Connection,
    space: str,
    person_ids: Sequence[str],
    user_ids: Sequence[str],
    anonymous_ids: Sequence[str],
) -> list[str]:
    """The ids of the deliveries that wait for these people to be identified, by what was known of whom they are about."""
    asked = {"space": space, "people": person_ids, "users": user_ids, "devices": anonymous_ids}
    if days.are_kept(connection):
        return _awaiting_in_days(connection, asked)
    return list(connection.scalars(_AWAITING_PROFILE, asked))


_AWAITING = select(deliveries.c.id, deliveries.c.event_id, deliveries.c.person_id).where(
    deliveries.c.space == bindparam("space"), IS_AWAITING_PROFILE
)
_NAMES = select(events.c.id).where(
    events.c.id.in_(bindparam("many", expanding=True)),
    or_(
        events.c.user_id.in_(bindparam("users", expanding=True)),
        events.c.anonymous_id.in_(bindparam("devices", expanding=True)),
    ),
)


def _awaiting_in_days(connection: Connection, asked: Mapping[str, Any]) -> list[str]:
    """The same in two steps, since the server can't tell from a join which days of events it takes."""
    waiting = connection.execute(days.unfinished(connection, _AWAITING), {"space": asked["space"]}).all()
    people = set(asked["people"])
    event_ids = sorted({row.event_id for row in waiting if row.person_id not in people})
    naming: set[str] = set()
    if event_ids:
        query = _NAMES.where(*days.near(connection, events.c.received_at, event_ids))
        values = {"many": event_ids, "users": asked["users"], "devices": asked["devices"]}
        naming.update(connection.scalars(query, values))
    return [row.id for row in waiting if row.person_id in people or row.event_id in naming]
