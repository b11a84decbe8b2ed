"""Phone numbers as the ledger keys them, and as somebody sees them who must not read them."""

from destinations.kit import phones

MOST_NUMBERS = 50
"""The most numbers that are read of one event, and that are remembered of one person."""


def as_written(value: object) -> str | None:
    """A number as somebody would write it: clients send numbers as JSON numbers too. None for what is neither."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value else None


def e164(text: object, country: str | None) -> str | None:
    """The number in E.164, or None where it can't be one. Without a country only numbers that begin with + are read."""
    written = as_written(text)
    return phones.e164(written, country) if written else None


def masked(number: str) -> str:
    """The number without what would reach the person: `+1••••67`."""
    return f"{number[:2]}••••{number[-2:]}" if len(number) > 4 else "••••"  # noqa: PLR2004  shorter ones show nothing
