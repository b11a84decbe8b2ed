"""Numbers as WhatsApp takes them."""

from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

from destinations import kit


@lru_cache(maxsize=4096)
def whatsapp_e164(text: str, country: str | None) -> str | None:
    """The number in E.164, or None where it can't be one.

    One that is valid in that country is read so, any other once more with a + before it: people write numbers abroad
    without it. Its length must be possible, as for an SMS, but for forms that WhatsApp alone still has.
    """
    number = _parsed(text, country)
    if number is None or not phonenumbers.is_valid_number(number):
        number = _parsed(f"+{text}", country)
    if number is None or not phonenumbers.is_possible_number(number):
        return kit.canonical_e164(text, country)
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _parsed(text: str, country: str | None) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(text, country)
    except NumberParseException:
        return None
