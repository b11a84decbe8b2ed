"""What a backtest comes to: what would have become of each event, added up. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from gateway.stats import cost_of, shown

SENT = "SEND"
SUPPRESSED = "SUPPRESS"
HELD = "HOLD"
REJECTED = "REJECT"
NOT_READ = "NOT_READ"

MOST_SAMPLES = 10


class Outcome(NamedTuple):
    """What would have become of an event on a day: its `decision`, and why. `recipient` is the key of the number that a text would have
    gone to, `waited`: it would have gone out after quiet hours, `price` what the last text like it cost, with its currency.
    """

    event_id: str
    day: date
    decision: str
    reason: str | None = None
    recipient: str | None = None
    waited: bool = False
    segments: int | None = None
    price: str | None = None


@dataclass(slots=True)
class _Counted:
    """What is counted of a day, or of all of them. Who would get a text is kept as a hash of their number."""

    sent: int = 0
    people: set[int] = field(default_factory=set)
    suppressed: Counter[str] = field(default_factory=Counter)
    segments: int = 0
    prices: Counter[str] = field(default_factory=Counter)

    def add(self, one: Outcome) -> None:
        """Of one that would have been sent, or suppressed."""
        if one.decision == SUPPRESSED:
            self.suppressed[one.reason or ""] += 1
        if one.decision != SENT:
            return
        self.sent += 1
        self.segments += one.segments or 0
        if one.recipient is not None:
            self.people.add(hash(one.recipient))
        cost = None if one.price is None else cost_of(one.price)
        if cost is not None:
            currency, units = cost
            self.prices[currency] += units

    def shown(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "sent": self.sent,
            "people": len(self.people),
            "suppressed": _sorted(self.suppressed),
            "segments": self.segments,
            "price": shown(self.prices),
        }


class Tally:
    """What is counted so far."""

    def __init__(self) -> None:
        self.events = 0
        self._without_payload = 0
        self._matched = 0
        self._whole = _Counted()
        self._days: dict[date, _Counted] = {}
        self._waited = 0
        self._others: dict[str, Counter[str]] = {HELD: Counter(), REJECTED: Counter()}
        self._not_read = 0
        self._samples: dict[tuple[str, str | None], list[dict[str, Any]]] = {}

    def saw(self, events: int, without_payload: int) -> None:
        """So many more events came in the span, and of so many of them the payload is gone."""
        self.events += events
        self._without_payload += without_payload

    def add(self, outcomes: Iterable[Outcome]) -> None:
        """What became of these, which the trigger is for."""
        for one in outcomes:
            self._matched += 1
            self._add(one)
            kept = self._samples.setdefault((one.decision, one.reason), [])
            if len(kept) < MOST_SAMPLES:
                kept.append({"eventId": one.event_id, "decision": one.decision, "reason": one.reason})

    def _add(self, one: Outcome) -> None:
        if one.decision == NOT_READ:
            self._not_read += 1
        elif one.decision in self._others:
            self._others[one.decision][one.reason or ""] += 1
        self._waited += one.waited
        self._whole.add(one)
        self._days.setdefault(one.day, _Counted()).add(one)

    def result(self) -> dict[str, Any]:
        """All of it, as the job's `result` has it."""
        return {
            "events": self.events,
            "withoutPayload": self._without_payload,
            "matched": self._matched,
            **self._whole.shown(),
            "waited": self._waited,
            "held": _sorted(self._others[HELD]),
            "rejected": _sorted(self._others[REJECTED]),
            "notRead": self._not_read,
            "days": [{"day": day.isoformat(), **one.shown()} for day, one in sorted(self._days.items())],
            "samples": self._chosen(),
        }

    def _chosen(self) -> list[dict[str, Any]]:
        """Some of each outcome, of all in turn."""
        chosen: list[dict[str, Any]] = []
        for place in range(MOST_SAMPLES):
            for kept in self._samples.values():
                if place < len(kept) and len(chosen) < MOST_SAMPLES:
                    chosen.append(kept[place])
        return chosen


def _sorted(counts: Counter[str]) -> dict[str, int]:
    """The most frequent first."""
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
