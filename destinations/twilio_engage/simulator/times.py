"""How the later APIs write a moment; that of 2010 writes it as a mail does."""

from datetime import UTC, datetime


def iso_8601(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
