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

    @property
    def needs_a_span(self) -> bool:
        """Whether every row of the space would be read to find what passes."""
        asks_for_many = self.type or (self.outcome and not self.is_about_trouble)
        served = self.user_id, self.anonymous_id, self.name, self.message_id, self.received_from
        return bool(asks_for_many) and not any(served) and not self.is_about_trouble

    @property
    def is_about_trouble(self) -> bool:
        """Whether only events pass of which something could not be read: they are few."""
        return self.problem is not None or set(self.outcome) == {EventOutcome.INVALID}


_EQUAL = ("source_id", "user_id", "anonymous_id", "name", "type", "message_id")


def passes(wanted: EventFilter, event: StoredEvent) -> bool:
    """Whether that event is one of these."""
    return (
        (not wanted.outcome or event.outcome in wanted.outcome)
        and all(
            asked is None or asked == getattr(event, name)
            for name, asked in ((one, getattr(wanted, one)) for one in _EQUAL)
        )
        and wanted.problem in (None, event.first_problem)
        and (wanted.received_from is None or event.received_at >= wanted.received_from)
        and (wanted.received_to is None or event.received_at < wanted.received_to)
    )
