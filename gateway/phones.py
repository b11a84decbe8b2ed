"""Phone numbers as the ledger keys them, and as somebody sees them who must not read them."""

from destinations.kit import phones


def e164(text: object, country: str | None) -> str | None:
    """The number in E.164, or None where it can't be one. Without a country only numbers that begin with + are read."""
    return phones.e164(text, country) if isinstance(text, str) and text else None


def masked(number: str) -> str:
    """The number without what would reach the person: `+1••••67`."""
    return f"{number[:2]}••••{number[-2:]}" if len(number) > 4 else "••••"  # noqa: PLR2004  shorter ones show nothing
