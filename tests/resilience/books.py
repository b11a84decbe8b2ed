"""Three books compared: what was acknowledged, what the ledger says, what the provider holds; and the ledger with what was counted of
it. Pure.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from tests.resilience.people import REFUSALS, SAYS_NO

ENDS = ("accepted", "suppressed", "rejected", "canceled", "expired")
TERMINAL = frozenset({"ACCEPTED", "SUPPRESSED", "REJECTED", "CANCELED", "EXPIRED"})


class Expected(Protocol):
    """One event, and the text that is to come of it: at that number, unless they said no or their number is refused with that code."""

    @property
    def phone(self) -> str: ...
    @property
    def message_id(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def said_no(self) -> bool: ...
    @property
    def refused(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Text:
    """A message that the provider holds."""

    sid: str
    to: str
    body: str


@dataclass
class Verdict:
    """What does not add up, in a sentence each, and how many people had which status and how many messages (2: or more)."""

    people: int
    acknowledged: int
    kills: list[str] = field(default_factory=list)
    """The moments that it was killed at."""
    doubled: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)
    further: dict[str, list[str]] = field(default_factory=dict)
    """What else was looked at, and what does not hold of it."""
    notes: list[str] = field(default_factory=list)
    table: dict[str, Counter[int]] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        """Whether every event is accounted for."""
        return not any(self._troubles().values())

    def _troubles(self) -> dict[str, list[str]]:
        own = {"doubled": self.doubled, "lost": self.lost, "unexplained": self.unexplained}
        return own | self.further

    def lines(self, most: int = 5) -> Iterator[str]:
        """The table, and the first of what does not add up."""
        yield f"{'delivery':<24}{'people':>8}{'0 texts':>9}{'1 text':>9}{'2+ texts':>9}"
        for status, counts in sorted(self.table.items()):
            yield f"{status:<24}{counts.total():>8}{counts[0]:>9}{counts[1]:>9}{counts[2]:>9}"
        yield from self.notes
        for word, troubles in self._troubles().items():
            for one in troubles[:most]:
                yield f"  {word}: {one}"

    def summary(self, seed: int) -> str:
        counts = ", ".join(f"{word} {len(troubles)}" for word, troubles in self._troubles().items())
        return f"chaos: {counts} of {self.people} (seed {seed}, kills {len(self.kills)})"


def compare(
    people: Sequence[Expected],
    acknowledged: frozenset[str],
    deliveries: Sequence[Mapping[str, Any]],
    texts: Sequence[Text],
) -> Verdict:
    """`acknowledged` are messageIds; a delivery is as GraphQL has it, with `event { messageId }`."""
    verdict = Verdict(len(people), len(acknowledged))
    by_event, by_number = defaultdict(list), defaultdict(list)
    for delivery in deliveries:
        by_event[(delivery["event"] or {}).get("messageId")].append(delivery)
    for text in texts:
        by_number[text.to].append(text)
    table: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for person in people:
        mine, held = by_event.pop(person.message_id, []), by_number.pop(person.phone, [])
        table["+".join(sorted(one["status"] for one in mine)) or "(none)"][min(2, len(held))] += 1
        _judge(verdict, person, person.message_id in acknowledged, mine, held)
    verdict.unexplained += [
        f"{len(found)} deliveries of {event}, which was never sent" for event, found in by_event.items()
    ]
    verdict.unexplained += [
        f"{len(found)} texts to {number}, who was never written to" for number, found in by_number.items()
    ]
    verdict.table = dict(table)
    return verdict


def _judge(
    verdict: Verdict,
    person: Expected,
    acknowledged: bool,
    mine: Sequence[Mapping[str, Any]],
    held: Sequence[Text],
) -> None:
    name = f"{person.message_id} to {person.phone}"
    if not acknowledged:
        verdict.unexplained.append(f"{name} was never acknowledged")
    if len(held) > 1 or len(mine) > 1:
        verdict.doubled.append(f"{name} has {len(mine)} deliveries and {len(held)} texts")
        return
    if not mine:
        if acknowledged:
            verdict.lost.append(f"{name} was acknowledged, and has no delivery and {len(held)} texts")
        return
    [delivery] = mine
    if delivery["status"] == "ACCEPTED" and not held:
        verdict.lost.append(f"{name} is ACCEPTED as {delivery['messageSid']}, and the provider holds no text")
        return
    problem = _unexplained(person, delivery, held)
    if problem is not None:
        verdict.unexplained.append(f"{name} {problem} ({said(delivery)})")


def _unexplained(person: Expected, delivery: Mapping[str, Any], held: Sequence[Text]) -> str | None:
    """What this delivery leaves unsaid; None where all is said."""
    if delivery["status"] not in TERMINAL:
        return "has not come to rest"
    if person.said_no or person.refused is not None or delivery["status"] != "ACCEPTED":
        return _unsent(person, delivery, held)
    [text] = held
    if delivery["messageSid"] not in {None, text.sid}:
        return f"is {text.sid} at the provider"
    return None if text.body == person.text else f"has the text of another: {text.body!r}"


def _unsent(person: Expected, delivery: Mapping[str, Any], held: Sequence[Text]) -> str | None:
    """The same of one that was not to be sent, or was not."""
    status, reason = delivery["status"], delivery["reason"]
    if held:
        return "was texted all the same"
    if person.said_no:
        return None if status == "SUPPRESSED" and reason in SAYS_NO else "said no, which is not on record"
    if person.refused is None:
        return "was not texted, though nothing was in the way"
    says_it = delivery["errorCode"] == str(person.refused) or reason in REFUSALS[person.refused]
    return None if status in {"REJECTED", "SUPPRESSED"} and says_it else f"was refused with {person.refused}"


def said(delivery: Mapping[str, Any]) -> str:
    """The words of a delivery in short."""
    names = ("status", "reason", "errorCode", "messageSid")
    words = [str(delivery[name]) for name in names if delivery[name]]
    return " ".join([*words, f"attempts {delivery['attemptCount']}"])


def miscounted(
    deliveries: Sequence[Mapping[str, Any]], events: int, points: Sequence[Mapping[str, Any]]
) -> list[str]:
    """What was counted otherwise than the ledger has it. A point is as GraphQL has it, with all that it counts."""
    statuses = Counter(delivery["status"].lower() for delivery in deliveries)
    sent = [delivery for delivery in deliveries if delivery["status"] == "ACCEPTED"]
    words = Counter(delivery["messageStatus"] for delivery in sent)
    in_ledger: dict[str, Any] = {
        "events": events,
        "matched": len(deliveries),
        **{name: statuses[name] for name in ENDS},
        "delivered": words["PARTIALLY_DELIVERED"] + words["DELIVERED"] + words["READ"],
        "failed": words["CANCELED"] + words["UNDELIVERED"] + words["FAILED"],
        "segments": sum(delivery["segments"] or 0 for delivery in sent),
        "cost": -sum(_amount(delivery["price"]) for delivery in deliveries),
    }
    counted = {name: sum(point[name] for point in points) for name in in_ledger if name != "cost"}
    counted["cost"] = sum(_amount(point["price"]) for point in points)
    return [
        f"{name}: {counted[name]} were counted, and the ledger has {number}"
        for name, number in in_ledger.items()
        if counted[name] != number
    ]


def _amount(price: str | None) -> Decimal:
    """Of a run, all of which is paid in one currency."""
    return Decimal(0) if price is None else Decimal(price.removeprefix("USD ").removesuffix(" USD"))
