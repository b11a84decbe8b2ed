"""Who is written to, and what each one's messages run into. Drawn from a seed, so that a run can be repeated. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

Fault = Mapping[str, Any]
"""What /_simulator/next takes."""

MOST_FAULTS = 2
"""For each person: after so many a create goes well."""
REFUSED_SHARE, SAID_NO_SHARE = 0.04, 0.03
REFUSALS: Mapping[int, frozenset[str]] = {
    21211: frozenset({"INVALID_PHONE"}),
    21610: frozenset({"OPTED_OUT"}),
    21614: frozenset({"INVALID_PHONE"}),
}
"""Codes of the provider, and the reasons that say the same."""
SAYS_NO = frozenset({"NOT_SUBSCRIBED", "OPTED_OUT"})

FAULTS: Mapping[str, tuple[int, Fault]] = {
    "normal": (30, {}),
    "dropped before it was accepted": (6, {"action": "drop", "created": False}),
    "dropped after it was accepted": (10, {"action": "drop"}),
    "accepted and hung": (8, {"action": "timeout", "seconds": 1.0}),
    "accepted late": (10, {"action": "delay", "seconds": 0.8}),
    "half an answer": (8, {"action": "truncate"}),
    "429": (10, {"action": "error", "code": 20429, "retry_after": 1}),
    "500 before": (6, {"action": "error", "code": 20500}),
    "503 before": (4, {"action": "error", "code": 20503}),
    "500 after it was accepted": (8, {"action": "error", "code": 20500, "created": True}),
}
"""What a create may run into, with its weight."""


@dataclass(frozen=True, slots=True)
class Profile:
    """How rough the provider is. `list_lag` is in seconds, `ways` are weights of what becomes of callbacks."""

    faults: bool
    list_lag: float
    ways: Mapping[str, int]
    patience: float
    """HELIOGRAPH_RECONCILE_PATIENCE_SECONDS: longer than a create can be late and the list behind."""
    reads_fail_every: int = 0
    """Every so many looks at the provider's list one fails; 0: none does."""
    full_disk: bool = False
    """Whether the disk is full for a while before each kill."""


_ROUGH = Profile(
    faults=True,
    list_lag=0.5,
    ways={"normal": 35, "doubled": 20, "reordered": 15, "late": 10, "never": 20},
    patience=3.0,
)
PROFILES: Mapping[str, Profile] = {
    "calm": Profile(faults=False, list_lag=0.0, ways={"normal": 1}, patience=2.0),
    "rough": _ROUGH,
    "nasty": replace(_ROUGH, reads_fail_every=5),
    "nocallbacks": replace(_ROUGH, ways={"never": 1}, reads_fail_every=5),
    "listlag": replace(
        _ROUGH,
        list_lag=5.0,
        ways={"normal": 2, "doubled": 1, "reordered": 1, "late": 1, "never": 5},
        patience=15.0,
        reads_fail_every=5,
    ),
    "fulldisk": replace(_ROUGH, full_disk=True),
}


@dataclass(frozen=True, slots=True)
class Person:
    """One person with one event. `refused`: the code that the provider has for their number."""

    number: int
    said_no: bool
    refused: int | None
    faults: Sequence[Fault]

    @property
    def phone(self) -> str:
        return f"+1202{555 + self.number // 10_000}{self.number % 10_000:04}"

    @property
    def message_id(self) -> str:
        return f"order-{self.number}"

    @property
    def text(self) -> str:
        return f"Order {self.number} has left the house."

    def events(self) -> list[dict[str, Any]]:
        """An identify and the track that texts them."""
        user = {"userId": f"user-{self.number}"}
        traits = {"phone": self.phone, "sms_opt_in": not self.said_no}
        properties = {"text": self.text}
        return [
            {"type": "identify", "messageId": f"identify-{self.number}", "traits": traits, **user},
            {
                "type": "track",
                "event": "Order Shipped",
                "messageId": self.message_id,
                "properties": properties,
                **user,
            },
        ]


def draw(count: int, seed: int, profile: Profile) -> list[Person]:
    """The people of a run."""
    return [_person(number, Random(f"{seed}/{number}"), profile) for number in range(count)]


def _person(number: int, random: Random, profile: Profile) -> Person:
    said_no = random.random() < SAID_NO_SHARE
    refused = random.choice(sorted(REFUSALS)) if random.random() < REFUSED_SHARE and not said_no else None
    kinds = random.choices(sorted(FAULTS), [FAULTS[name][0] for name in sorted(FAULTS)], k=MOST_FAULTS)
    faults = [FAULTS[kind][1] for kind in kinds] if profile.faults and refused is None else []
    return Person(number, said_no, refused, [fault for fault in faults if fault])
