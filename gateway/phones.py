"""Phone numbers as the ledger keys them, and as somebody sees them who must not read them."""

from destinations.kit import canonical, e164

MOST_NUMBERS = 50
"""The most numbers that are read of one event, and that are remembered of one person."""


def key_of(value: object, country: str | None) -> str | None:
    """The key of whoever has that number, however it is written, or None where it can't be one. Without a country only numbers
    that begin with + are read.
    """
    number = e164(value, country)
    return None if number is None else canonical(number)


def masked(number: str) -> str:
    """The number without what would reach the person: `+1••••67`."""
    return f"{number[:2]}••••{number[-2:]}" if len(number) > 4 else "••••"  # noqa: PLR2004  shorter ones show nothing
