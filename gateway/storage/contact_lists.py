"""Lists of contacts: those with a number, and those who are known by a provider's own id alone."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, exists, func, literal, null, select, tuple_

from gateway.storage.pages import COUNTED, Cursor, Page
from gateway.storage.tables import contacts, external_contacts


class Listed(NamedTuple):
    """A contact as a list has it. `phone` is None for somebody without a number."""

    created_at: datetime
    id: str
    phone: str | None


def page(connection: Connection, space: str, first: int, after: Cursor | None) -> Page[Listed]:
    """The contacts of a space, the newest first."""
    rows = newest(connection, space, first + 1, after)
    counted = 0
    for table, those in ((contacts, contacts.c.space == space), (_held, _is_alone(space))):
        some = select(literal(1)).select_from(table).where(those).limit(COUNTED + 1).subquery()
        counted += connection.scalar(select(func.count()).select_from(some)) or 0
    return Page(rows[:first], has_next=len(rows) > first, total=counted if counted <= COUNTED else None)


def of_numbers(connection: Connection, space: str, phones: Sequence[str]) -> list[Listed]:
    """The contacts of a space that have one of those numbers."""
    query = select(contacts.c.created_at, contacts.c.id, contacts.c.phone)
    rows = connection.execute(query.where(contacts.c.space == space, contacts.c.phone.in_(phones)))
    return [Listed(*row) for row in rows]


def newest(connection: Connection, space: str, most: int, after: Cursor | None) -> Sequence[Listed]:
    """So many of the contacts of a space, the newest first; those behind a cursor."""
    found: list[Listed] = []
    for at, ident, phone, those in (
        (contacts.c.created_at, contacts.c.id, contacts.c.phone, contacts.c.space == space),
        (_held.c.created_at, _held.c.contact_id, null(), _is_alone(space)),
    ):
        query = select(at, ident, phone).where(those).order_by(at.desc(), ident.desc()).limit(most)
        if after is not None:
            last = tuple_(literal(after.at, at.type), literal(after.id, ident.type))
            query = query.where(tuple_(at, ident) < last)
        found += [Listed(*row) for row in connection.execute(query)]
    return sorted(found, reverse=True, key=lambda one: (one.created_at, one.id))[:most]


_held = external_contacts
_other = external_contacts.alias()


def _is_alone(space: str) -> ColumnElement[bool]:
    """The first id of somebody whose number is not known: they are listed once, however many ids they have."""
    earlier = exists().where(
        _other.c.contact_id == _held.c.contact_id,
        tuple_(_other.c.created_at, _other.c.external_user_id)
        < tuple_(_held.c.created_at, _held.c.external_user_id),
    )
    return and_(_held.c.space == space, _held.c.phone.is_(None), ~earlier)
