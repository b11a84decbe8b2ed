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
KINDS = ("500 before", "500 after it was accepted", "dropped after it was accepted", "half an answer")
"""What a talk may run into: nothing that is accepted late, since the pace is measured by when texts are accepted, and no 429, after
which it would be far below its bound.
"""

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
    return [_talk(number, Random(f"{seed}/talk/{number}"), profile) for number in range(count)]


def _talk(number: int, random: Random, profile: Profile) -> Talk:
    later = range(3, PARTS)
    identified = frozenset({0, 2, *random.sample(later, 3)})
    together = frozenset(random.sample(later, 3))
    faulty = profile.faults and random.random() < FAULTY_SHARE
    return Talk(number, identified, together, [FAULTS[random.choice(KINDS)][1]] if faulty else [])


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


class Late(NamedTuple):
    """A text that came after a later part of its talk, and which part that was."""

    message_id: str
    before: int


def late(talks: Sequence[Talk], texts: Sequence[Text]) -> list[Late]:
    """Of texts in the order in which the provider took them, those that are not in that of their events."""
    parts: defaultdict[int, list[int]] = defaultdict(list)
    for said in filter(None, (heard(text.body) for text in texts)):
        parts[said.number].append(said.part)
    return [
        Late(talks[number].message_id(part), before)
        for number, came in parts.items()
        for part, before in _overtaken(came)
    ]


def disordered(found: Sequence[Late], outcomes: Mapping[str, Sequence[str]]) -> list[str]:
    """Those that nothing excuses, in a sentence each: a text may be late where the ledger shows that it was tried again, or in doubt.
    `outcomes` are those of its attempts.
    """
    return [
        f"{one.message_id} came after part {one.before}, and its attempts are {outcomes.get(one.message_id)}"
        for one in found
        if outcomes.get(one.message_id) in (None, ["ACCEPTED"])
    ]


def unknowing(talks: Sequence[Talk], texts: Sequence[Text]) -> list[str]:
    """Texts that do not know of the identify before them, in a sentence each."""
    said = [one for text in texts if (one := heard(text.body))]
    return [
        f"talk {one.number}, part {one.part} knows of stage {one.stage}, and comes after {talks[one.number].stage(one.part)}"
        for one in said
        if one.stage < talks[one.number].stage(one.part)
    ]


def _overtaken(parts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Each part that came after a later one, and the latest of those."""
    latest = -1
    for part in parts:
        if part < latest:
            yield part, latest
        latest = max(latest, part)


def fastest(arrivals: Sequence[float], seconds: float) -> int:
    """The most that arrived in any so many seconds."""
    times = sorted(arrivals)
    most = first = 0
    for last, at in enumerate(times):
        while at - times[first] >= seconds:
            first += 1
        most = max(most, last - first + 1)
    return most
