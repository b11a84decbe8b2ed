"""People: their identities, traits and numbers; and the contacts that the numbers are."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway import ids
from gateway.nobody import is_nobody
from gateway.people import ANONYMOUS_ID, USER_ID, Identity, Known, Seen, Trait
from gateway.storage.tables import contacts, identities, people, person_phones
from gateway.storage.types import to_number, to_time


def person_id(connection: Connection, space: str, kind: str, value: str) -> str | None:
    """Whose identity that is."""
    return connection.scalar(
        select(identities.c.person_id).where(
            identities.c.space == space, identities.c.kind == kind, identities.c.value == value
        )
    )


def get(connection: Connection, known_id: str) -> Known:
    """All that is remembered of a person."""
    traits = connection.scalars(select(people.c.traits).where(people.c.id == known_id)).one()
    user_ids = connection.scalars(
        select(identities.c.value).where(identities.c.person_id == known_id, identities.c.kind == USER_ID)
    )
    phones = connection.execute(select(person_phones).where(person_phones.c.person_id == known_id))
    return Known(
        id=known_id,
        user_ids=tuple(user_ids),
        traits={
            name: Trait(value, to_time(at), by_server) for name, (value, at, by_server) in traits.items()
        },
        phones={row.phone: Seen(row.seen_at, row.by_server, row.dialled) for row in phones},
    )


def find(connection: Connection, space: str, pairs: list[Identity]) -> Known | None:
    """The person of the first identity that is known.

    Beside a user id a device counts only while it is nobody's: a shared one is another user's.
    """
    has_user = any(kind == USER_ID for kind, _value in pairs)
    for kind, value in pairs:
        found = person_id(connection, space, kind, value)
        if found is not None and (kind == USER_ID or not has_user or is_anonymous(connection, found)):
            return get(connection, found)
    return None


def identified(
    connection: Connection, space: str, user_id: str | None, anonymous_id: str | None
) -> tuple[str | None, str | None]:
    """(whom an identify is about, who turns out to be the same): ids of people, None where there is nobody.

    A device that belongs to another user is shared: it is nobody's proof.
    """
    by_user = person_id(connection, space, USER_ID, user_id) if user_id else None
    by_device = person_id(connection, space, ANONYMOUS_ID, anonymous_id) if anonymous_id else None
    if by_device is None or (user_id and not is_anonymous(connection, by_device)):
        return by_user, None
    if by_user is None:
        return by_device, None
    return by_user, by_device if by_device != by_user else None


def aliased(
    connection: Connection, space: str, user_id: str, previous: str
) -> tuple[str | None, str | None, str]:
    """(whom an alias is about, who turns out to be the same, of what kind the earlier id is), as in `identified`.

    An earlier id that nobody has is taken for a device's.
    """
    present = person_id(connection, space, USER_ID, user_id)
    earlier = person_id(connection, space, USER_ID, previous)
    if earlier is not None:
        kind = USER_ID
    else:
        kind = ANONYMOUS_ID
        earlier = person_id(connection, space, ANONYMOUS_ID, previous)
        if earlier is not None and not is_anonymous(connection, earlier):
            earlier = None
    if present is None:
        return earlier, None, kind
    return present, earlier if earlier != present else None, kind


def create(connection: Connection, space: str, now: datetime) -> Known:
    """Somebody new."""
    known = Known(ids.new("per"))
    connection.execute(insert(people).values(id=known.id, space=space, traits={}, updated_at=now))
    return known


def save(connection: Connection, space: str, before: Known, after: Known, now: datetime) -> None:
    """Keep what was learned of a person; each new number becomes a contact."""
    if after.traits != before.traits:
        traits = {
            name: (value, to_number(at), by_server) for name, (value, at, by_server) in after.traits.items()
        }
        connection.execute(
            update(people).where(people.c.id == after.id).values(traits=traits, updated_at=now)
        )
    stale = [phone for phone, seen in before.phones.items() if after.phones.get(phone) != seen]
    if stale:
        connection.execute(
            delete(person_phones).where(
                person_phones.c.person_id == after.id, person_phones.c.phone.in_(stale)
            )
        )
    fresh = [
        {
            "person_id": after.id,
            "phone": phone,
            "dialled": seen.dialled,
            "space": space,
            "by_server": seen.by_server,
            "seen_at": seen.at,
        }
        for phone, seen in after.phones.items()
        if before.phones.get(phone) != seen
    ]
    if fresh:
        connection.execute(insert(person_phones), fresh)
    add_contacts(connection, space, after.phones.keys() - before.phones.keys(), now)


def link(connection: Connection, space: str, kind: str, value: str, known_id: str) -> None:
    """Tie an identity to a person, whoever had it before."""
    held_by = person_id(connection, space, kind, value)
    if held_by is None:
        connection.execute(insert(identities).values(space=space, kind=kind, value=value, person_id=known_id))
    elif held_by != known_id:
        connection.execute(
            update(identities)
            .where(identities.c.space == space, identities.c.kind == kind, identities.c.value == value)
            .values(person_id=known_id)
        )


def absorb(connection: Connection, winner_id: str, loser_id: str) -> None:
    """The loser's identities become the winner's, and the loser is gone; what was known of it is saved before."""
    connection.execute(
        update(identities).where(identities.c.person_id == loser_id).values(person_id=winner_id)
    )
    connection.execute(delete(person_phones).where(person_phones.c.person_id == loser_id))
    connection.execute(delete(people).where(people.c.id == loser_id))


def is_anonymous(connection: Connection, known_id: str) -> bool:
    """Whether no user id is tied to the person."""
    query = select(identities.c.kind).where(identities.c.person_id == known_id)
    return all(kind == ANONYMOUS_ID for kind in connection.scalars(query))


def add_contact(connection: Connection, space: str, phone: str, now: datetime) -> None:
    """Make a contact of a number, where it is new."""
    add_contacts(connection, space, [phone], now)


def add_contacts(connection: Connection, space: str, phones: Iterable[str], now: datetime) -> None:
    """Make a contact of each number that is new; whoever adds the same at the same time makes no second one."""
    # In one order for everybody, so that two who add the same numbers never wait for each other.
    rows = [
        {"id": ids.new("con"), "space": space, "phone": phone, "created_at": now}
        for phone in sorted(set(phones))
    ]
    if rows:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        connection.execute(dialect.insert(contacts).on_conflict_do_nothing(), rows)


def contact(connection: Connection, space: str, phone: str) -> tuple[str, datetime] | None:
    """(id, created at) of the contact with that number."""
    row = connection.execute(
        select(contacts).where(contacts.c.space == space, contacts.c.phone == phone)
    ).one_or_none()
    return None if row is None else (row.id, row.created_at)


def users_of(connection: Connection, space: str, phone: str) -> list[str]:
    """The user ids of everyone who gave that number."""
    query = (
        select(identities.c.value)
        .join(person_phones, person_phones.c.person_id == identities.c.person_id)
        .where(person_phones.c.space == space, person_phones.c.phone == phone, identities.c.kind == USER_ID)
        .order_by(identities.c.value)
    )
    return list(connection.scalars(query))


def phone_of_user(connection: Connection, space: str, user_id: str) -> str | None:
    """The number a user gave last; None for an id that is nobody's."""
    if is_nobody(user_id):
        return None
    query = (
        select(person_phones.c.phone)
        .join(identities, identities.c.person_id == person_phones.c.person_id)
        .where(identities.c.space == space, identities.c.kind == USER_ID, identities.c.value == user_id)
        .order_by(person_phones.c.seen_at.desc())
        .limit(1)
    )
    found: str | None = connection.scalar(query)
    return found


def contact_by_id(connection: Connection, contact_id: str) -> tuple[str, str, datetime] | None:
    """(space, number, created at) of the contact of that id."""
    row = connection.execute(select(contacts).where(contacts.c.id == contact_id)).one_or_none()
    return None if row is None else (row.space, row.phone, row.created_at)
