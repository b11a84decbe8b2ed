"""Phone numbers as the ledger keys them, and as somebody sees them who must not read them."""

import re
from functools import lru_cache

from destinations.kit import canonical, country_of as country_of_number, e164

MOST_NUMBERS = 50
"""The most numbers that are read of one event, and that are remembered of one person."""


def key_of(value: object, country: str | None) -> str | None:
    """The key of whoever has that number, however it is written, or None where it can't be one. Without a country only numbers
    that begin with + are read.
    """
    number = e164(value, country)
    return None if number is None else canonical(number)


def sought(text: str, country: str | None) -> str | None:
    """The key of whoever somebody looks for by that text: as `key_of`, and with 00 for the +, as most of the world dials, where the
    country reads no number in it.
    """
    return key_of(text, country) or (
        key_of(_ABROAD.sub("+", text, count=1), country) if _ABROAD.match(text) else None
    )


_ABROAD = re.compile(r"\s*(?:[a-z]+:)?\s*00(?=[1-9 .\-(])")


@lru_cache(maxsize=20_000)
def country_of(recipient: str | None) -> str | None:
    """The country (two letters) of a recipient's number; None for a number of no country, and for who is known by another id."""
    if recipient is None or not _WHOLE.fullmatch(recipient):
        return None
    return country_of_number(recipient)


_WHOLE = re.compile(r"\+[0-9]{8,15}")


def masked(number: str) -> str:
    """The number without what would reach the person: `+1••••67`."""
    return f"{number[:2]}••••{number[-2:]}" if len(number) > 4 else "••••"  # noqa: PLR2004  shorter ones show nothing
