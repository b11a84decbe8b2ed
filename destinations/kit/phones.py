"""Phone numbers as the ledger keys them: E.164, or nothing."""

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat


@lru_cache(maxsize=4096)
def e164(text: str, country: str | None) -> str | None:
    """The number in E.164, or None where it can't be one: its length must be possible, it need not be in use.

    `country` is the one (ISO 3166, two letters) whose national numbers are read; None: only numbers with a + are.
    """
    number = _parsed(text, country)
    if number is None or not phonenumbers.is_possible_number(number):
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
def whatsapp_e164(text: str, country: str | None) -> str | None:
    """As `e164`, for WhatsApp: where national numbers are read, one that begins with a digit and is not valid in that country
    is read once more with a + before it, since people, and WhatsApp itself, write numbers abroad without it. A form that only
    WhatsApp still has becomes the one that can be dialled.
    """
    number = _parsed(text, country)
    abroad = country is not None and text.strip()[:1].isdigit()
    if abroad and (number is None or not phonenumbers.is_valid_number(number)):
        number = _parsed(f"+{text.strip()}", None) or number
    if number is None:
        return None
    written = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return written if phonenumbers.is_possible_number(number) else e164(canonical(written), None)


def canonical_e164(text: str, country: str | None) -> str | None:
    """The number of a person on WhatsApp as `canonical` has it, however it is written."""
    number = whatsapp_e164(text, country)
    return None if number is None else canonical(number)


_CHANNEL_PREFIX = re.compile(r"[a-z]+:")
_DIALLED = re.compile(r"\+[0-9]{7,15}|[0-9]{11,15}")
_WRITTEN_BETWEEN = str.maketrans("", "", " ().-")


def sender_key(address: str, country: str | None = None) -> str:
    """The one form under which an address that is sent from is known, so that a word to it is found again: without a channel's
    prefix, a number in E.164 and as `canonical` has it; a short code, a name and a service as they are.
    """
    bare = address.strip()
    prefix = _CHANNEL_PREFIX.match(bare)
    bare = bare[prefix.end() :] if prefix else bare
    number = (
        e164(bare, country)
        if country is not None and bare[:1] in "(0123456789" and len(bare) > _LONGEST_SHORT_CODE
        else None
    )
    digits = number or bare.translate(_WRITTEN_BETWEEN)
    return canonical(f"+{digits.removeprefix('+')}") if _DIALLED.fullmatch(digits) else bare


_LONGEST_SHORT_CODE = 8


def _parsed(text: str, country: str | None) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(text, country)
    except NumberParseException:
        return None
