"""People: their identities, traits and numbers; and the contacts that the numbers are."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, bindparam, delete, func, select, update

from gateway import ids
from gateway.crowd import Crowd, Tie
from gateway.nobody import is_nobody
from gateway.people import ANONYMOUS_ID, USER_ID, Identity, Known, Seen, Trait
from gateway.storage.locks import lock_numbers
from gateway.storage.prepared import Ask, Each, Rows, among
from gateway.storage.tables import contacts, identities, people, person_phones
from gateway.storage.types import to_number, to_time

_BY_VALUE = Ask(
    select(identities.c.value, identities.c.person_id).where(
        identities.c.space == bindparam("space"),
        identities.c.kind == bindparam("kind"),
        among(identities.c.value, "many"),
    ),
    *("space", "kind", "many"),
)
_IDS = Ask(
    select(identities.c.person_id, identities.c.space, identities.c.kind, identities.c.value).where(
        among(identities.c.person_id, "many")
    ),
    "many",
)
_TRAITS = Ask(select(people.c.id, people.c.space, people.c.traits).where(among(people.c.id, "many")), "many")
_PHONES = Ask(
    select(
        person_phones.c.person_id,
        person_phones.c.phone,
        person_phones.c.seen_at,
        person_phones.c.by_server,
        person_phones.c.dialled,
    ).where(among(person_phones.c.person_id, "many")),
    "many",
)

_IS_THEIRS = person_phones.c.person_id == bindparam("whose")
_IS_IT = and_(_IS_THEIRS, person_phones.c.phone == bindparam("which"))

_CREATE = Rows(people, "id", "space", "traits", "updated_at")
_SET = Each(update(people).where(people.c.id == bindparam("whose")), "whose", "traits", "updated_at")
_FORGET = Each(delete(people).where(people.c.id == bindparam("whose")), "whose")
_ADD_PHONE = Rows(person_phones, "person_id", "phone", "space", "dialled", "by_server", "seen_at")
_DROP_PHONE = Each(delete(person_phones).where(_IS_IT), "whose", "which")
_SET_PHONE = Each(update(person_phones).where(_IS_IT), "whose", "which", "dialled", "by_server", "seen_at")
_DROP_PHONES = Each(delete(person_phones).where(_IS_THEIRS), "whose")
_TIE = Rows(identities, "space", "kind", "value", "person_id")
_TIE_ANEW = Each(
    update(identities).where(
        identities.c.space == bindparam("of_space"),
        identities.c.kind == bindparam("of_kind"),
        identities.c.value == bindparam("of_value"),
    ),
    *("of_space", "of_kind", "of_value", "person_id"),
)
_ADD_CONTACT = Rows(contacts, "id", "space", "phone", "created_at", unless_there=True)


def load(
    connection: Connection, wanted: Mapping[str, Collection[Identity]], person_ids: Iterable[str] = ()
) -> Crowd:
    """Everybody whom these ids name, by space, and these people: each wholly."""
    ties: dict[Tie, str] = {}
    for space, pairs in wanted.items():
        for kind in sorted({kind for kind, _value in pairs}):
            values = sorted({value for one, value in pairs if one == kind})
            rows = _BY_VALUE.rows(connection, space, kind, values)
            ties |= {(space, kind, value): whose for value, whose in rows}
    found = sorted({*ties.values(), *person_ids})
    if not found:
        return Crowd({}, {}, {}, {})
    held: dict[str, set[Tie]] = {}
    traits: dict[str, dict[str, Trait]] = {}
    spaces: dict[str, str] = {}
    for one, space, said in _TRAITS.rows(connection, found):
        spaces[one] = space
        traits[one] = _traits(said)
        held[one] = set()
    for one, space, kind, value in _IDS.rows(connection, found):
        tie = (space, kind, value)
        ties[tie] = one
        held[one].add(tie)
    phones: dict[str, dict[str, Seen]] = {}
    for one, phone, at, by_server, dialled in _PHONES.rows(connection, found):
        phones.setdefault(one, {})[phone] = Seen(at, by_server, dialled)
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
    _CREATE.insert(
        connection,
        [(one.id, crowd.spaces[one.id], _kept(one), now) for before, one in changed if before is None],
    )
    _SET.run(
        connection,
        [
            (after.id, _kept(after), now)
            for before, after in changed
            if before is not None and before.traits != after.traits
        ],
    )
    linked = [(tie, whose) for tie in sorted(changes.linked) if (whose := crowd.whose(tie)) is not None]
    _TIE.insert(connection, [(*tie, whose) for tie, whose in linked if tie not in crowd.stored])
    _TIE_ANEW.run(
        connection, [(*tie, whose) for tie, whose in linked if crowd.stored.get(tie, whose) != whose]
    )
    gone = [(loser,) for loser, _winner in changes.absorbed]
    _DROP_PHONES.run(connection, gone)
    _FORGET.run(connection, gone)
    numbers = _save_phones(connection, crowd, changed)
    for space in sorted({*numbers, *(spoken_of or {})}):
        add_contacts(connection, space, numbers.get(space, set()) | (spoken_of or {}).get(space, set()), now)


def _save_phones(
    connection: Connection, crowd: Crowd, changed: Sequence[tuple[Known | None, Known]]
) -> dict[str, set[str]]:
    """Keep who has which number; those that are new to somebody, by space."""
    gone: list[tuple[str, str]] = []
    seen_again: list[tuple[Any, ...]] = []
    fresh: list[tuple[Any, ...]] = []
    numbers: dict[str, set[str]] = {}
    for before, after in changed:
        held = {} if before is None else before.phones
        gone += [(after.id, phone) for phone in held if phone not in after.phones]
        for phone, seen in after.phones.items():
            said = (seen.dialled, seen.by_server, seen.at)
            if phone not in held:
                space = crowd.spaces[after.id]
                numbers.setdefault(space, set()).add(phone)
                fresh.append((after.id, phone, space, *said))
            elif held[phone] != seen:
                seen_again.append((after.id, phone, *said))
    _DROP_PHONE.run(connection, gone)
    _SET_PHONE.run(connection, seen_again)
    _ADD_PHONE.insert(connection, fresh)
    return numbers


def _kept(known: Known) -> dict[str, Any]:
    return {name: (value, to_number(at), by_server) for name, (value, at, by_server) in known.traits.items()}


def add_contact(connection: Connection, space: str, phone: str, now: datetime) -> None:
    """Make a contact of a number, where it is new, and lock the number, of which something is about to be said."""
    lock_numbers(connection, [(space, phone)])
    add_contacts(connection, space, [phone], now)


def add_contacts(connection: Connection, space: str, phones: Iterable[str], now: datetime) -> None:
    """Make a contact of each number that is new; whoever adds the same at the same time makes no second one."""
    # In one order for everybody, so that two who add the same numbers never wait for each other.
    _ADD_CONTACT.insert(connection, [(ids.new("con"), space, phone, now) for phone in sorted(set(phones))])


def contact(connection: Connection, space: str, phone: str) -> tuple[str, datetime] | None:
    """(id, created at) of the contact with that number."""
    row = connection.execute(
        select(contacts).where(contacts.c.space == space, contacts.c.phone == phone)
    ).one_or_none()
    return None if row is None else (row.id, row.created_at)


def having(connection: Connection, space: str, phone: str) -> list[str]:
    """The ids of the people who gave that number."""
    query = select(person_phones.c.person_id).where(
        person_phones.c.space == space, person_phones.c.phone == phone
    )
    return sorted(connection.scalars(query))


class Someone(NamedTuple):
    """A person as somebody may look them up."""

    id: str
    user_ids: tuple[str, ...]
    anonymous_ids: tuple[str, ...]
    traits: Mapping[str, Trait]

    @property
    def identities(self) -> list[Identity]:
        """(kind, value) of each id, the surest first."""
        pairs = ((USER_ID, self.user_ids), (ANONYMOUS_ID, self.anonymous_ids))
        return [(kind, value) for kind, values in pairs for value in values]


MOST_PEOPLE = 50
"""Of so many people is shown that they have a number, those who gave it last; one that a shop gives for all its clients has more."""


def of_numbers(connection: Connection, space: str, phones: Sequence[str]) -> dict[str, list[Someone]]:
    """For each of these numbers, by key, who gave it, the last first."""
    held = person_phones.c
    place = func.row_number().over(partition_by=held.phone, order_by=(held.seen_at.desc(), held.person_id))
    ranked = select(held.phone, held.person_id, place.label("place")).where(
        held.space == space, held.phone.in_(phones)
    )
    some = ranked.subquery()
    query = select(some.c.phone, some.c.person_id).where(some.c.place <= MOST_PEOPLE).order_by(some.c.place)
    rows = connection.execute(query).all() if phones else []
    whole = by_ids(connection, sorted({row.person_id for row in rows}))
    found: dict[str, list[Someone]] = {phone: [] for phone in phones}
    for row in rows:
        found[row.phone].append(whole[row.person_id])
    return found


def by_ids(connection: Connection, person_ids: Sequence[str]) -> dict[str, Someone]:
    """Those of these people that exist."""
    if not person_ids:
        return {}
    ids_of: dict[str, dict[str, list[str]]] = {}
    for one, _space, kind, value in _IDS.rows(connection, person_ids):
        ids_of.setdefault(one, {}).setdefault(kind, []).append(value)
    found = {}
    for one, _space, said in _TRAITS.rows(connection, person_ids):
        held = ids_of.get(one, {})
        user_ids, devices = (tuple(sorted(held.get(kind, ()))) for kind in (USER_ID, ANONYMOUS_ID))
        found[one] = Someone(one, user_ids, devices, _traits(said))
    return found


def _traits(said: Mapping[str, Any]) -> dict[str, Trait]:
    return {name: Trait(value, to_time(at), by_server) for name, (value, at, by_server) in said.items()}


def whose(connection: Connection, space: str, kind: str, value: str) -> list[str]:
    """The id of whoever goes by that id of that kind, in a list; an empty one where nobody does."""
    is_it = and_(identities.c.space == space, identities.c.kind == kind, identities.c.value == value)
    return list(connection.scalars(select(identities.c.person_id).where(is_it)))


def phone_of_user(connection: Connection, space: str, user_id: str) -> str | None:
    """The number a user gave last, a SERVER source's before any other; None for an id that is nobody's."""
    if is_nobody(user_id):
        return None
    query = (
        select(person_phones.c.phone)
        .join(identities, identities.c.person_id == person_phones.c.person_id)
        .where(identities.c.space == space, identities.c.kind == USER_ID, identities.c.value == user_id)
        .order_by(person_phones.c.by_server.desc(), person_phones.c.seen_at.desc())
        .limit(1)
    )
    found: str | None = connection.scalar(query)
    return found


def contact_by_id(connection: Connection, contact_id: str) -> tuple[str, str, datetime] | None:
    """(space, number, created at) of the contact of that id."""
    row = connection.execute(select(contacts).where(contacts.c.id == contact_id)).one_or_none()
    return None if row is None else (row.space, row.phone, row.created_at)
