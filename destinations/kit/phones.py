"""Phone numbers as the ledger keys them: E.164, or nothing."""

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat


@lru_cache(maxsize=4096)
def e164(text: str, country: str | None) -> str | None:
    """The number in E.164, or None where it can't be one: its length must be possible, it need not be in use.

    `country` is the one (ISO 3166, two letters) whose national numbers are read; None: only numbers with a + are.
    """
    try:
        number = phonenumbers.parse(text, country)
    except NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


# How WhatsApp names a person's mobile where that differs from how it is dialled: Brazil left the ninth digit out for older
# accounts, Mexico kept the 1 that was dialled until 2019, and Argentina's 9 is said or not.
_ONE_PERSON = (
    (re.compile(r"\+55([1-9][0-9])([6-9][0-9]{7})"), r"+55\g<1>9\g<2>"),
    (re.compile(r"\+521([0-9]{10})"), r"+52\g<1>"),
    (re.compile(r"\+54([1-8][0-9]{9})"), r"+549\g<1>"),
)


def canonical(number: str) -> str:
    """The one form (E.164) under which a person on WhatsApp is known, whether the number was dialled or came with a
    message: the same for every other number.
    """
    for form, one in _ONE_PERSON:
        if form.fullmatch(number):
            return form.sub(one, number)
    return number


@lru_cache(maxsize=4096)
def canonical_e164(text: str, country: str | None) -> str | None:
    """As `e164`, for a person on WhatsApp: their number as `canonical` has it.

    A form that people write from, and that nobody can dial any more, is read all the same.
    """
    try:
        number = phonenumbers.parse(text, country)
    except NumberParseException:
        return None
    return e164(canonical(phonenumbers.format_number(number, PhoneNumberFormat.E164)), None)
