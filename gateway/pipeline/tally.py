"""What a backtest comes to: what would have become of each event, added up. Pure."""

from collections import Counter
from collections.abc import Iterable
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


class Tally:
    """What is counted so far."""

    def __init__(self) -> None:
        self.events = 0
        self._without_payload = 0
        self._matched = 0
        self._people: set[int] = set()
        self._waited = 0
        self._reasons: dict[str, Counter[str]] = {SUPPRESSED: Counter(), HELD: Counter(), REJECTED: Counter()}
        self._not_read = 0
        self._prices: Counter[str] = Counter()
        self._days: dict[date, dict[str, Any]] = {}
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
        day = self._days.setdefault(
            one.day, {"sent": 0, "suppressed": 0, "segments": 0, "price": Counter[str]()}
        )
        if one.decision == NOT_READ:
            self._not_read += 1
            return
        if one.decision != SENT:
            self._reasons[one.decision][one.reason or ""] += 1
            day["suppressed"] += one.decision == SUPPRESSED
            return
        day["sent"] += 1
        day["segments"] += one.segments or 0
        self._waited += one.waited
        if one.recipient is not None:
            self._people.add(hash(one.recipient))
        cost = None if one.price is None else cost_of(one.price)
        if cost is not None:
            currency, units = cost
            self._prices[currency] += units
            day["price"][currency] += units

    def result(self) -> dict[str, Any]:
        """All of it, as the job's `result` has it."""
        days = sorted(self._days.items())
        return {
            "events": self.events,
            "withoutPayload": self._without_payload,
            "matched": self._matched,
            "sent": sum(day["sent"] for _day, day in days),
            "people": len(self._people),
            "waited": self._waited,
            "suppressed": _sorted(self._reasons[SUPPRESSED]),
            "held": _sorted(self._reasons[HELD]),
            "rejected": _sorted(self._reasons[REJECTED]),
            "notRead": self._not_read,
            "segments": sum(day["segments"] for _day, day in days),
            "price": shown(self._prices),
            "days": [
                {"day": day.isoformat(), **counted, "price": shown(counted["price"])} for day, counted in days
            ],
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
