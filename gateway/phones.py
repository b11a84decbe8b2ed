"""Phone numbers as the ledger keys them, and as somebody sees them who must not read them."""

from destinations.kit import Channel, phones

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


def read(text: object, country: str | None, channel: Channel) -> str | None:
    """As `e164`, but `keyed` for a channel."""
    if channel is not Channel.WHATSAPP:
        return e164(text, country)
    written = as_written(text)
    return phones.canonical_e164(written, country) if written else None


def keyed(number: str, channel: Channel) -> str:
    """The number (E.164) under which a channel's consent and conversations are kept: on WhatsApp one person's mobile is
    dialled in one form and writes from another.
    """
    return phones.canonical(number) if channel is Channel.WHATSAPP else number


def masked(number: str) -> str:
    """The number without what would reach the person: `+1••••67`."""
    return f"{number[:2]}••••{number[-2:]}" if len(number) > 4 else "••••"  # noqa: PLR2004  shorter ones show nothing
