"""People: their identities, traits and numbers; and the contacts that the numbers are."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, delete, insert, select, update

from gateway import ids
from gateway.crowd import Crowd, Tie
from gateway.nobody import is_nobody
from gateway.people import USER_ID, Identity, Known, Seen, Trait
from gateway.storage.inserts import unless_there
from gateway.storage.tables import contacts, identities, people, person_phones
from gateway.storage.types import to_number, to_time

_MANY: BindParameter[Any] = bindparam("many", expanding=True)
_BY_VALUE = select(identities.c.value, identities.c.person_id).where(
    identities.c.space == bindparam("space"),
    identities.c.kind == bindparam("kind"),
    identities.c.value.in_(_MANY),
)
_IDS = select(identities).where(identities.c.person_id.in_(_MANY))
_TRAITS = select(people.c.id, people.c.space, people.c.traits).where(people.c.id.in_(_MANY))
_PHONES = select(person_phones).where(person_phones.c.person_id.in_(_MANY))

_CREATE = insert(people)
_SET = update(people).where(people.c.id == bindparam("whose"))
_FORGET = delete(people).where(people.c.id == bindparam("whose"))
_ADD_PHONE = insert(person_phones)
_DROP_PHONE = delete(person_phones).where(
    person_phones.c.person_id == bindparam("whose"), person_phones.c.phone == bindparam("which")
)
_SET_PHONE = update(person_phones).where(
    person_phones.c.person_id == bindparam("whose"), person_phones.c.phone == bindparam("which")
)
_DROP_PHONES = delete(person_phones).where(person_phones.c.person_id == bindparam("whose"))
_TIE = insert(identities)
_TIE_ANEW = update(identities).where(
    identities.c.space == bindparam("of_space"),
    identities.c.kind == bindparam("of_kind"),
    identities.c.value == bindparam("of_value"),
)


def load(
    connection: Connection, wanted: Mapping[str, Collection[Identity]], person_ids: Iterable[str] = ()
) -> Crowd:
    """Everybody whom these ids name, by space, and these people: each wholly."""
    ties: dict[Tie, str] = {}
    for space, pairs in wanted.items():
        for kind in sorted({kind for kind, _value in pairs}):
            values = sorted({value for one, value in pairs if one == kind})
            query = {"space": space, "kind": kind, "many": values}
            ties |= {(space, kind, value): whose for value, whose in connection.execute(_BY_VALUE, query)}
    found = sorted({*ties.values(), *person_ids})
    if not found:
        return Crowd({}, {}, {}, {})
    held: dict[str, set[Tie]] = {}
    traits: dict[str, dict[str, Trait]] = {}
    spaces: dict[str, str] = {}
    for row in connection.execute(_TRAITS, {"many": found}):
        spaces[row.id] = row.space
        traits[row.id] = {
            name: Trait(value, to_time(at), by_server) for name, (value, at, by_server) in row.traits.items()
        }
        held[row.id] = set()
    for row in connection.execute(_IDS, {"many": found}):
        tie = (row.space, row.kind, row.value)
        ties[tie] = row.person_id
        held[row.person_id].add(tie)
    phones: dict[str, dict[str, Seen]] = {}
    for row in connection.execute(_PHONES, {"many": found}):
        seen = Seen(row.seen_at, row.by_server, row.dialled)
        phones.setdefault(row.person_id, {})[row.phone] = seen
    known = {
        one: Known(
            id=one,
            user_ids=tuple(sorted(value for _space, kind, value in held[one] if kind == USER_ID)),
            traits=said,
            phones=phones.get(one, {}),
        )
        for one, said in traits.items()
    }
    return Crowd(ties, known, held, spaces)


def save(
    connection: Connection, crowd: Crowd, now: datetime, spoken_of: Mapping[str, set[str]] | None = None
) -> None:
    """Keep what was learned of these people. Each number that is new to somebody becomes a contact, and so do those that are
    `spoken_of`, by space.
    """
    changes, changed = crowd.changes, crowd.changed()
    _many(
        connection,
        _CREATE,
        [
            {"id": after.id, "space": crowd.spaces[after.id], "traits": _kept(after), "updated_at": now}
            for before, after in changed
            if before is None
        ],
    )
    _many(
        connection,
        _SET,
        [
            {"whose": after.id, "traits": _kept(after), "updated_at": now}
            for before, after in changed
            if before is not None and before.traits != after.traits
        ],
    )
    linked = [(tie, whose) for tie in sorted(changes.linked) if (whose := crowd.whose(tie)) is not None]
    _many(
        connection,
        _TIE,
        [
            {"space": space, "kind": kind, "value": value, "person_id": whose}
            for (space, kind, value), whose in linked
            if (space, kind, value) not in crowd.stored
        ],
    )
    _many(
        connection,
        _TIE_ANEW,
        [
            {"of_space": space, "of_kind": kind, "of_value": value, "person_id": whose}
            for (space, kind, value), whose in linked
            if crowd.stored.get((space, kind, value), whose) != whose
        ],
    )
    gone = [{"whose": loser} for loser, _winner in changes.absorbed]
    _many(connection, _DROP_PHONES, gone)
    _many(connection, _FORGET, gone)
    numbers = _save_phones(connection, crowd, changed)
    for space in sorted({*numbers, *(spoken_of or {})}):
        add_contacts(connection, space, numbers.get(space, set()) | (spoken_of or {}).get(space, set()), now)


def _save_phones(
    connection: Connection, crowd: Crowd, changed: Sequence[tuple[Known | None, Known]]
) -> dict[str, set[str]]:
    """Keep who has which number; those that are new to somebody, by space."""
    gone: list[dict[str, Any]] = []
    seen_again: list[dict[str, Any]] = []
    fresh: list[dict[str, Any]] = []
    numbers: dict[str, set[str]] = {}
    for before, after in changed:
        held = {} if before is None else before.phones
        gone += [{"whose": after.id, "which": phone} for phone in held if phone not in after.phones]
        for phone, seen in after.phones.items():
            said = {"dialled": seen.dialled, "by_server": seen.by_server, "seen_at": seen.at}
            if phone not in held:
                space = crowd.spaces[after.id]
                numbers.setdefault(space, set()).add(phone)
                fresh.append({"person_id": after.id, "phone": phone, "space": space, **said})
            elif held[phone] != seen:
                seen_again.append({"whose": after.id, "which": phone, **said})
    _many(connection, _DROP_PHONE, gone)
    _many(connection, _SET_PHONE, seen_again)
    _many(connection, _ADD_PHONE, fresh)
    return numbers


def _kept(known: Known) -> dict[str, Any]:
    return {name: (value, to_number(at), by_server) for name, (value, at, by_server) in known.traits.items()}


def _many(connection: Connection, statement: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(statement, rows)


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
        connection.execute(unless_there(connection, contacts), rows)


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
