"""What events can be chosen by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.events import EventOutcome, StoredEvent


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events to show; what is None or empty is not asked."""

    outcome: Sequence[EventOutcome] = ()
    source_id: str | None = None
    user_id: str | None = None
    anonymous_id: str | None = None
    name: str | None = None
    type: str | None = None
    problem: str | None = None
    message_id: str | None = None
    received_from: datetime | None = None
    received_to: datetime | None = None


_EQUAL = ("source_id", "user_id", "anonymous_id", "name", "type", "problem", "message_id")


def passes(wanted: EventFilter, event: StoredEvent) -> bool:
    """Whether that event is one of these."""
    return (
        (not wanted.outcome or event.outcome in wanted.outcome)
        and all(
            asked is None or asked == getattr(event, name)
            for name, asked in ((one, getattr(wanted, one)) for one in _EQUAL)
        )
        and (wanted.received_from is None or event.received_at >= wanted.received_from)
        and (wanted.received_to is None or event.received_at < wanted.received_to)
    )
