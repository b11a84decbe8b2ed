"""Phone numbers as the ledger keys them: E.164, or nothing."""

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
