"""People by the provider's own ids of them, scoped to a destination; and their number, once both were seen together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway import ids
from gateway.storage.rows import to_values
from gateway.storage.tables import external_contacts

_held = external_contacts.c


@dataclass(frozen=True, slots=True)
class ExternalContact:
    """One id of a person. `contact_id` is the same for all of theirs at that destination."""

    destination_id: str
    external_user_id: str
    space: str
    contact_id: str
    phone: str | None
    created_at: datetime


def remember(
    connection: Connection,
    space: str,
    destination_id: str,
    external_user_ids: Sequence[str],
    phone: str | None,
    now: datetime,
) -> str | None:
    """These ids are one person's, and that is their number where one came with them. The number that is known."""
    known = _of(connection, destination_id, external_user_ids)
    number = phone or next((one.phone for one in known if one.phone is not None), None)
    contact_id = known[0].contact_id if known else ids.new("con")
    for one in known:
        if (one.phone, one.contact_id) != (number, contact_id):
            connection.execute(
                update(external_contacts)
                .where(_held.destination_id == destination_id, _held.contact_id == one.contact_id)
                .values(phone=number, contact_id=contact_id)
            )
    there = {one.external_user_id for one in known}
    new = [one for one in external_user_ids if one not in there]
    if new:
        row = {
            "destination_id": destination_id,
            "space": space,
            "contact_id": contact_id,
            "phone": number,
            "created_at": now,
        }
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        connection.execute(
            dialect.insert(external_contacts).on_conflict_do_nothing(),
            [{**row, "external_user_id": one} for one in new],
        )
    return number


def _of(
    connection: Connection, destination_id: str, external_user_ids: Sequence[str]
) -> list[ExternalContact]:
    query = (
        select(external_contacts)
        .where(_held.destination_id == destination_id, _held.external_user_id.in_(external_user_ids))
        .order_by(_held.created_at, _held.external_user_id)
    )
    return to_values(ExternalContact, connection.execute(query).all())


def number_of(connection: Connection, destination_id: str, external_user_ids: Sequence[str]) -> str | None:
    """The number of whoever has these ids, where it is known."""
    known = _of(connection, destination_id, external_user_ids) if external_user_ids else []
    return next((one.phone for one in known if one.phone is not None), None)


def of_numbers(connection: Connection, space: str, phones: Sequence[str]) -> dict[str, list[str]]:
    """For each of these numbers the ids of whoever has it."""
    query = select(_held.phone, _held.external_user_id).where(_held.space == space, _held.phone.in_(phones))
    found: dict[str, list[str]] = {phone: [] for phone in phones}
    for row in connection.execute(query.order_by(_held.external_user_id)) if phones else ():
        found[row.phone].append(row.external_user_id)
    return found


def by_contact(connection: Connection, contact_id: str) -> list[ExternalContact]:
    """All ids of one person."""
    query = select(external_contacts).where(_held.contact_id == contact_id).order_by(_held.external_user_id)
    return to_values(ExternalContact, connection.execute(query).all())


def contact_of(connection: Connection, space: str, external_user_id: str) -> str | None:
    """The contact that has an id, of whichever destination of the space."""
    query = select(_held.contact_id).where(_held.space == space, _held.external_user_id == external_user_id)
    return connection.scalar(query.order_by(_held.created_at).limit(1))
