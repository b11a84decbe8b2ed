"""Whom an erasure or an export is about: everything that a person goes by in one space."""

import re
from collections.abc import Iterable
from functools import cached_property

import msgspec
from sqlalchemy import Connection, and_, or_, select

from destinations.kit import country_of, e164, forms
from gateway.events import Event
from gateway.people import ANONYMOUS_ID, USER_ID
from gateway.storage.people import MOST_PEOPLE
from gateway.storage.tables import contacts, external_contacts, identities, people, person_phones


class TooManyPeopleError(Exception):
    """A number that more people gave than are looked at together: it is nobody's own."""


class Whom(msgspec.Struct, frozen=True, dict=True):
    """Somebody. `phones` are the keys of the numbers that are theirs alone, or that were asked for; `external_ids` are a provider's own
    ids, each with its destination.
    """

    space: str
    contact_ids: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    person_ids: tuple[str, ...] = ()
    user_ids: tuple[str, ...] = ()
    anonymous_ids: tuple[str, ...] = ()
    external_ids: tuple[tuple[str, str], ...] = ()

    @property
    def is_nobody(self) -> bool:
        """Whether nothing is held of them."""
        return not (self.contact_ids or self.person_ids)

    @cached_property
    def subject(self) -> str:
        """The id that stands for them, which is neither a number nor a userId."""
        return min(self.contact_ids or self.person_ids)

    @cached_property
    def recipients(self) -> tuple[str, ...]:
        """Each form in which a Delivery may name them as its recipient."""
        numbers = {form for phone in self.phones for form in forms(phone)}
        return tuple(sorted(numbers | {one for _destination, one in self.external_ids}))

    @cached_property
    def numbers(self) -> tuple[str, ...]:
        """The digits of each form of their numbers."""
        return tuple(one[1:] for one in self.recipients if one.startswith("+"))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Their ids as members of an object in JSON, such as `"userId":"ann"`. An id alone might be any word, and
        find everything; a device may be another's, too.
        """
        ids = (
            ("userId", self.user_ids),
            ("externalUserId", [one for _destination, one in self.external_ids]),
        )
        return tuple(f'"{name}":{msgspec.json.encode(one).decode()}' for name, many in ids for one in many)

    @cached_property
    def _number(self) -> re.Pattern[str]:
        return re.compile("|".join(rf"\+?(?<![0-9]){one}(?![0-9])" for one in self.numbers) or "(?!)")

    def is_in(self, text: str) -> bool:
        """Whether a text tells of them: by a number, whatever stands around it, or by one of their `names`."""
        return self._number.search(text) is not None or any(name in text for name in self.names)

    def lines_in(self, text: str) -> list[str]:
        """The lines of a file that tell of them: by a number, however it is written, or by a userId between separators."""
        return (
            [line for line in text.split("\n") if self._in_a_file.search(line)]
            if self._is_in_a_file(text)
            else []
        )

    def _is_in_a_file(self, text: str) -> bool:
        return self._in_a_file.search(text) is not None

    @cached_property
    def _in_a_file(self) -> re.Pattern[str]:
        between = r"[ \t\u00a0().\-/\u2010-\u2015]{0,3}"
        digits = {*self.numbers, *(one for number in self.numbers for one in _national(number))}
        written = (rf"(?<![0-9])0{{0,3}}{between.join(one)}(?![0-9])" for one in sorted(digits))
        named = (rf"(?<![^,;\t\"\n]){re.escape(one)}(?![^,;\t\"\n])" for one in self.user_ids)
        return re.compile("|".join([*written, *named]) or "(?!)")

    def without(self, text: str | None) -> str | None:
        """A text without their numbers."""
        return None if text is None else self._number.sub(ERASED, text)

    def may_be_in(self, call: str) -> bool:
        """Whether an event, as its client wrote it, can be about them: else it need not be read. What is escaped in it may say anything."""
        return "\\" in call or any(one in call for one in self._words)

    @cached_property
    def _words(self) -> tuple[str, ...]:
        return (*self.numbers, *self.user_ids, *self.anonymous_ids)

    def is_of(self, event: Event) -> bool:
        """Whether an event is about them. One that names another user is that user's, whatever the device."""
        previous = event.payload.get("previousId")
        if event.user_id in self.user_ids or previous in (*self.user_ids, *self.anonymous_ids):
            return True
        return event.user_id is None and event.anonymous_id in self.anonymous_ids


def _national(digits: str) -> list[str]:
    """The digits of a number as they are written in its own country."""
    country = country_of(f"+{digits}")
    if country is None:
        return []
    shorter = (digits[cut:] for cut in range(1, _LONGEST_CODE + 1))
    return [one for one in shorter if e164(one, country) == f"+{digits}"]


_LONGEST_CODE = 3
"""How many digits the code of a country has at most."""

ERASED = "(erased)"
"""What stands in place of a number."""


def of_number(connection: Connection, space: str, phone: str) -> Whom:
    """Whoever has the number of that key. Raises TooManyPeopleError."""
    return _grown(connection, Whom(space, phones=(phone,)))


def of_user(connection: Connection, space: str, user_id: str) -> Whom:
    """Whoever goes by that userId, with the numbers that nobody else gave. Raises TooManyPeopleError."""
    return _grown(connection, Whom(space, user_ids=(user_id,)))


def of_id(connection: Connection, one: str) -> Whom | None:
    """The contact, or person, of that id; None where there is none. Raises TooManyPeopleError."""
    contact = connection.execute(select(contacts).where(contacts.c.id == one)).one_or_none()
    if contact is not None:
        return of_number(connection, contact.space, contact.phone)
    person = connection.execute(select(people.c.space).where(people.c.id == one)).one_or_none()
    if person is not None:
        return _grown(connection, Whom(person.space, person_ids=(one,)))
    held = external_contacts.c
    known = connection.execute(select(held.space).where(held.contact_id == one).limit(1)).one_or_none()
    return None if known is None else _grown(connection, Whom(known.space, contact_ids=(one,)))


def again(connection: Connection, whom: Whom) -> Whom:
    """The same, with what came to be known of them since."""
    return _grown(connection, whom)


def _grown(connection: Connection, whom: Whom) -> Whom:
    held, phone, there, external = identities.c, person_phones.c, contacts.c, external_contacts.c
    ids = [
        and_(held.space == whom.space, held.kind == kind, held.value.in_(values))
        for kind, values in ((USER_ID, whom.user_ids), (ANONYMOUS_ID, whom.anonymous_ids))
    ]
    persons = {
        *connection.scalars(select(held.person_id).where(or_(*ids))),
        *connection.scalars(
            select(phone.person_id).where(phone.space == whom.space, phone.phone.in_(whom.phones))
        ),
        *connection.scalars(select(people.c.id).where(people.c.id.in_(whom.person_ids))),
    }
    if len(persons) > MOST_PEOPLE:
        raise TooManyPeopleError(
            f"{len(persons)} people gave this number, so that it is nobody's own, and what is held of it is about all of them. Name one "
            "of them by the id of the Person or the userId."
        )
    named = connection.execute(select(held.kind, held.value).where(held.person_id.in_(persons))).all()
    given = set(connection.scalars(select(phone.phone).where(phone.person_id.in_(persons))))
    others = set(
        connection.scalars(
            select(phone.phone).where(
                phone.space == whom.space, phone.phone.in_(given), phone.person_id.not_in(persons)
            )
        )
    )
    phones = {*whom.phones, *(given - others)}
    outside = connection.execute(
        select(external_contacts).where(
            external.space == whom.space,
            or_(external.phone.in_(phones), external.contact_id.in_(whom.contact_ids)),
        )
    ).all()
    phones |= {one.phone for one in outside if one.phone is not None}
    known = connection.scalars(
        select(there.id).where(there.space == whom.space, there.phone.in_(phones))
    ).all()
    return Whom(
        whom.space,
        _all([*whom.contact_ids, *known, *(one.contact_id for one in outside if one.phone is None)]),
        _all(phones),
        _all([*whom.person_ids, *persons]),
        _all([*whom.user_ids, *(value for kind, value in named if kind == USER_ID)]),
        _all([*whom.anonymous_ids, *(value for kind, value in named if kind == ANONYMOUS_ID)]),
        tuple(sorted({*whom.external_ids, *((one.destination_id, one.external_user_id) for one in outside)})),
    )


def _all(some: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(some)))
