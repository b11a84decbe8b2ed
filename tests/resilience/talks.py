"""Who is written to several times, and whether they read it in its order. Drawn from a seed, so that a run can be repeated. Pure."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, NamedTuple

from tests.resilience.books import Text
from tests.resilience.people import FAULTS, Fault, Profile

PARTS = 10
"""The texts of a talk."""
FAULTY_SHARE = 0.15
"""Of the talks: most go well, so that their order can be told."""
KINDS = (
    "500 before",
    "500 after it was accepted",
    "dropped after it was accepted",
    "accepted late",
    "half an answer",
)
"""What the first text of a talk may run into: whatever the provider tells of afterwards, since order and pace are those of its requests."""
SLOWING, SLOWING_SHARE = "429", 1 / 3
"""What the last of the talks may run into, too: it halves the pace of all for a minute, which is measured up to its bound before that."""

BODY = "Talk {{ profile.traits.talk }}, part {{ profile.traits.part }}, stage {{ profile.traits.stage }}."
_BODY = re.compile(r"Talk (\d+), part (\d+), stage (\d+)\.")


@dataclass(frozen=True, slots=True)
class Line:
    """One text of a talk, as an event that is to become one. `phone` is where it is looked for in the books."""

    phone: str
    message_id: str
    text: str
    said_no: bool = False
    refused: int | None = None


@dataclass(frozen=True, slots=True)
class Talk:
    """One person, at first without a name, and what is said to them: some parts after an identify, which says what stage they are at."""

    number: int
    identified: frozenset[int]
    together: frozenset[int]
    """The parts before which they are identified, and those that come in one request with the part before."""
    faults: Sequence[Fault]

    @property
    def phone(self) -> str:
        return f"+1202556{self.number:04}"

    @property
    def named_from(self) -> int:
        """The first part that names them; the identify before it ties their two ids."""
        return 2

    def stage(self, part: int) -> int:
        """What the text of that part has to know, at least."""
        return max(one for one in self.identified if one <= part)

    def lines(self) -> list[Line]:
        return [
            Line(_place(self.phone, part), self.message_id(part), _said(self.number, part))
            for part in range(PARTS)
        ]

    def message_id(self, part: int) -> str:
        return f"talk-{self.number}-{part}"

    def requests(self) -> list[list[dict[str, Any]]]:
        """What their events are, a batch each; a batch is sent once the one before it was acknowledged."""
        batches: list[list[dict[str, Any]]] = []
        for part in range(PARTS):
            events = [*([self._identify(part)] if part in self.identified else []), self._track(part)]
            if part in self.together:
                batches[-1] += events
            else:
                batches.append(events)
        return batches

    def _ids(self, part: int) -> dict[str, str]:
        if part < self.named_from:
            return {"anonymousId": f"anonymous-{self.number}"}
        return {"userId": f"talker-{self.number}"}

    def _identify(self, part: int) -> dict[str, Any]:
        tie = {"anonymousId": f"anonymous-{self.number}"} if part == self.named_from else {}
        traits = {"phone": self.phone, "sms_opt_in": True, "stage": part}
        identified = f"stage-{self.number}-{part}"
        return {
            "type": "identify",
            "messageId": identified,
            "traits": traits,
            **self._ids(part),
            **tie,
        }

    def _track(self, part: int) -> dict[str, Any]:
        return {
            "type": "track",
            "event": "Talk",
            "messageId": self.message_id(part),
            "properties": {"talk": self.number, "part": part},
            **self._ids(part),
        }


def draw_talks(count: int, seed: int, profile: Profile) -> list[Talk]:
    """The talks of a run."""
    slowing = count - int(count * SLOWING_SHARE)
    return [
        _talk(number, Random(f"{seed}/talk/{number}"), profile, [*KINDS, *[SLOWING] * (number >= slowing)])
        for number in range(count)
    ]


def _talk(number: int, random: Random, profile: Profile, kinds: Sequence[str]) -> Talk:
    later = range(3, PARTS)
    identified = frozenset({0, 2, *random.sample(later, 3)})
    together = frozenset(random.sample(later, 3))
    faulty = profile.faults and random.random() < FAULTY_SHARE
    return Talk(number, identified, together, [FAULTS[random.choice(kinds)][1]] if faulty else [])


class Heard(NamedTuple):
    """A text of a talk that the provider holds."""

    number: int
    part: int
    stage: int


def heard(body: str) -> Heard | None:
    """What a text says; None where it is of no talk."""
    found = _BODY.fullmatch(body)
    return None if found is None else Heard(*map(int, found.groups()))


def placed(text: Text) -> Text:
    """A text as the books look for it: one of a talk is told from the others by its part, and says what it says at any stage."""
    said = heard(text.body)
    return text if said is None else Text(text.sid, _place(text.to, said.part), _said(said.number, said.part))


def _place(phone: str, part: int) -> str:
    return f"{phone}/{part}"


def _said(number: int, part: int) -> str:
    return f"Talk {number}, part {part}"


class Came(NamedTuple):
    """A request for a text of a talk that the provider received, whatever it answered, and when."""

    said: Heard
    at: float


class Late(NamedTuple):
    """A text of whose requests the first was received after one of a later part: of which, and when that was."""

    message_id: str
    before: int
    at: float


def late(talks: Sequence[Talk], requests: Sequence[Came]) -> list[Late]:
    """The texts that are not in the order of their events. What is tried again, or in doubt, holds back nobody: so it is the first
    request of each that counts, and when it was received, not when a message came of it.
    """
    first: defaultdict[int, dict[int, float]] = defaultdict(dict)
    for said, at in sorted(requests, key=lambda one: one.at):
        first[said.number].setdefault(said.part, at)
    return [
        Late(talks[number].message_id(part), before, parts[before])
        for number, parts in first.items()
        for part, before in _overtaken(list(parts))
    ]


def disordered(
    found: Sequence[Late], begun: Mapping[str, Sequence[float]], came: Mapping[str, Sequence[float]]
) -> list[str]:
    """Those that nothing excuses, in a sentence each: an attempt that had begun before the later part came, and of which the provider
    received nothing, was its turn. `begun` are the times of its attempts, `came` those of its requests.
    """
    return [
        f"{one.message_id} came after part {one.before}, and no attempt of it was lost before that"
        for one in found
        if not any(at < one.at for at in _lost(begun.get(one.message_id, ()), came.get(one.message_id, ())))
    ]


def _lost(begun: Sequence[float], came: Sequence[float]) -> list[float]:
    """The attempts of which no request was received: each request is of the last one that had begun."""
    of = [max((start for start in begun if start <= at), default=None) for at in came]
    return [start for start in begun if start not in of]


def unknowing(talks: Sequence[Talk], texts: Sequence[Text]) -> list[str]:
    """Texts that do not know of the identify before them, in a sentence each."""
    said = [one for text in texts if (one := heard(text.body))]
    return [
        f"talk {one.number}, part {one.part} knows of stage {one.stage}, and comes after {talks[one.number].stage(one.part)}"
        for one in said
        if one.stage < talks[one.number].stage(one.part)
    ]


def _overtaken(parts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Each part that came after a later one, and the first of those."""
    for place, part in enumerate(parts):
        before = next((other for other in parts[:place] if other > part), None)
        if before is not None:
            yield part, before


def fastest(arrivals: Sequence[float], seconds: float) -> int:
    """The most that arrived in any so many seconds."""
    times = sorted(arrivals)
    most = first = 0
    for last, at in enumerate(times):
        while at - times[first] >= seconds:
            first += 1
        most = max(most, last - first + 1)
    return most
