"""Whose turn it is: a sender sends so many segments a second and no more. What is beyond that waits in a lane of its mapping.

A text goes at once where its sender's pace and its destination have room and nothing of that sender waits. Else it is HELD PACED. The
lanes of a sender take turns, so that a campaign never keeps another mapping's text waiting for more than its own turn; within a lane, and so
to one person, the texts keep their order. Nothing that waits is looked at before its turn, and nothing of a destination is let go while it
is paused or its account does not work.
"""

import json
import math
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol, Self

from sqlalchemy import Connection

from destinations.kit import Policy, Send, SenderKind, pace
from gateway import ids
from gateway.facts.snapshot import Snapshot
from gateway.jobs import JobKind
from gateway.pipeline import accounts
from gateway.services import Services
from gateway.shared.base import SenderKey, Wanted, burst
from gateway.storage import jobs, turns
from gateway.storage.jobs import InLane

TURN = "pacer"
TURN_KEPT = timedelta(seconds=15)
TURN_RENEWED = timedelta(seconds=5)
"""Of several workers one at a time lets go of what waits: so long after its last word, and it has one so often."""

LOOK_AFTER = timedelta(minutes=1)
"""How often the lanes are read anew: what another process let wait, and did not live to let go."""

OLD_AT_ONCE = 1_000
"""How many texts that became too old while they waited end their wait in one change."""


class Lane(NamedTuple):
    """Where the texts of one mapping wait for one sender."""

    destination_id: str
    kind: SenderKind
    sender: str
    mapping_id: str

    @property
    def whose(self) -> SenderKey:
        """Whose pace it is."""
        return self.destination_id, self.sender

    def rate(self, policy: Policy) -> float:
        """How many segments a second the sender may send."""
        return pace(policy, self.sender, self.kind)

    @property
    def key(self) -> str:
        """As its jobs name it."""
        return json.dumps(self)

    @classmethod
    def of(cls, key: str) -> Self:
        """The lane that jobs name so."""
        destination_id, kind, sender, mapping_id = json.loads(key)
        return cls(destination_id, SenderKind(kind), sender, mapping_id)


class Text(NamedTuple):
    """A text that may be sent, and the policy of its destination."""

    delivery_id: str
    mapping_id: str
    destination_id: str
    send: Send
    policy: Policy

    @property
    def lane(self) -> Lane:
        """Where it waits."""
        return Lane(self.destination_id, self.send.sender_kind, self.send.sender, self.mapping_id)


@dataclass(slots=True)
class _Queue:
    """The lanes of one sender in which something may wait: the next to have its turn first. `told`: of these something was just
    said to wait.
    """

    lanes: deque[Lane] = field(default_factory=deque)
    told: set[Lane] = field(default_factory=set)
    turn_at: datetime | None = None


class Room(Protocol):
    """Knows how much more of a destination may be under way. See Outbox."""

    def room(self, destination_id: str) -> int:
        """So much more may be."""
        ...

    def is_full(self, destination_id: str) -> bool:
        """Whether it is better to wait until more of it is done."""
        ...


class Pacer:
    """Knows what waits for whom. One for each process, on its event loop."""

    def __init__(self, services: Services, room: Room) -> None:
        self._services = services
        self._room = room
        self._queues: dict[SenderKey, _Queue] = {}
        self._snapshot: Snapshot | None = None
        self._read_at: datetime | None = None
        self._old_at: datetime | None = None
        self._alone = services.settings.alone
        self._name = ids.new("wkr")
        self._asked_at: datetime | None = None
        self._is_mine = False

    # -- may it go at once? ------------------------------------------------------------------------------------------

    async def waiting(self, texts: Sequence[Text]) -> dict[str, Lane]:
        """By id of its Delivery the lane of each of these texts that has to wait. The others have taken their turn."""
        if not self._alone:  # another worker may have let something wait: nothing overtakes it
            await self._look(self._services.clock.now())
        found: dict[str, Lane] = {}
        of_sender: dict[SenderKey, list[Text]] = {}
        places: dict[str, int] = {}
        for text in texts:
            destination_id = text.destination_id
            whose = (destination_id, text.send.sender)
            if destination_id not in places:
                places[destination_id] = self._room.room(destination_id)
            if whose in self._queues or places[destination_id] == 0:
                found[text.delivery_id] = text.lane
            else:
                places[destination_id] -= 1
                of_sender.setdefault(whose, []).append(text)
        wanted = [
            Wanted(
                whose, several[0].lane.rate(several[0].policy), [one.send.segments or 1 for one in several]
            )
            for whose, several in of_sender.items()
        ]
        granted = await self._services.shared.pace.grant(wanted, self._services.clock.now()) if wanted else []
        for several, grant in zip(of_sender.values(), granted, strict=True):
            found |= {text.delivery_id: text.lane for text in several[grant.texts :]}
        for lane in found.values():  # at once: nobody overtakes what is about to wait
            self._add(lane)
        return found

    def waits(self, lane: Lane, until: datetime) -> None:
        """Something waits in that lane by now, until it is too old at that time."""
        self._add(lane)
        self._old_at = until if self._old_at is None else min(self._old_at, until)

    def _add(self, lane: Lane) -> None:
        queue = self._queues.get(lane.whose)
        if queue is None:
            queue = self._queues[lane.whose] = _Queue()
            self._services.shared.wakeups.ring(JobKind.DELIVER)
        queue.told.add(lane)
        if lane not in queue.lanes:
            queue.lanes.append(lane)

    # -- letting go --------------------------------------------------------------------------------------------------

    async def let_go(self, most: int) -> None:
        """Make those due whose turn it is and whose destination has room, so many at most."""
        now = self._services.clock.now()
        if self._read_at is None or now - self._read_at >= (LOOK_AFTER if self._alone else TURN_RENEWED):
            await self._look(now)
        if not self._alone and not await self._has_turn(now):
            return
        if self._old_at is not None and self._old_at <= now:
            await self._end_old(now)
        if not self._queues:
            return
        snapshot = await self._services.workspace.current()
        if snapshot is not self._snapshot:  # another pace, perhaps
            self._snapshot = snapshot
            for queue in self._queues.values():
                queue.turn_at = None
        due = [
            (queue.turn_at or now, whose, queue)
            for whose, queue in self._queues.items()
            if (queue.turn_at is None or queue.turn_at <= now) and self._goes_on(whose)
        ]
        due.sort(key=lambda one: one[0])
        if due and most > 0:
            share = max(1, most // len(due))
            await self._turn({whose: queue for _, whose, queue in due[:most]}, share, now)

    async def _turn(self, due: dict[SenderKey, _Queue], share: int, now: datetime) -> None:
        """Let each of these senders have its turn: so many texts at most."""
        rates = {whose: self._rate(queue.lanes[0]) for whose, queue in due.items()}
        most: dict[SenderKey, int] = {}
        places: dict[str, int] = {}
        for whose, rate in rates.items():
            free = places.get(whose[0], self._room.room(whose[0]))
            most[whose] = min(share, math.ceil(burst(rate, 1)), free)
            places[whose[0]] = free - most[whose]
        due = {whose: queue for whose, queue in due.items() if most[whose]}
        for queue in due.values():
            queue.told.clear()
        found = await self._services.store.read(
            lambda c: {whose: _first_in(c, queue.lanes, most[whose]) for whose, queue in due.items()}
        )
        turns = {whose: _by_turns(lanes, most[whose]) for whose, lanes in found.items()}
        wanted = [
            Wanted(whose, rates[whose], [job.segments for _, job in turn]) for whose, turn in turns.items()
        ]
        granted = await self._services.shared.pace.grant(wanted, now)
        going: list[int] = []
        for (whose, turn), grant in zip(turns.items(), granted, strict=True):
            queue, gone = due[whose], turn[: grant.texts]
            going += [job.id for _, job in gone]
            queue.turn_at = now + timedelta(seconds=grant.wait)
            if gone:
                _next_is_after(queue.lanes, gone[-1][0])
            for lane, there in found[whose].items():
                left = len(there) - sum(one == lane for one, _ in gone)
                if left == 0 and len(there) < most[whose] and lane not in queue.told:
                    queue.lanes.remove(lane)
            if not queue.lanes:
                del self._queues[whose]
        if not self._queues:
            self._old_at = None
        if going:
            await self._services.store.write(lambda c: jobs.let_go(c, going, now))

    async def _has_turn(self, now: datetime) -> bool:
        """Whether this worker is the one that lets go of what waits, where anything does."""
        if not self._queues:
            return False
        if self._asked_at is None or now - self._asked_at >= TURN_RENEWED:
            self._asked_at = now
            until = now + TURN_KEPT
            self._is_mine = await self._services.store.write(
                lambda c: turns.take(c, TURN, self._name, now, until)
            )
        return self._is_mine

    async def end(self) -> None:
        """Another may let go of what waits, without waiting for this one."""
        if self._is_mine:
            self._is_mine = False
            await self._services.store.write(lambda c: turns.give_back(c, TURN, self._name))

    def wait(self) -> float | None:
        """In how many seconds there is something to let go of; None: not before something more waits, or is configured."""
        if not self._alone and not self._is_mine:
            return None
        moments = [
            queue.turn_at for whose, queue in self._queues.items() if queue.turn_at and self._goes_on(whose)
        ]
        if self._old_at is not None:
            moments.append(self._old_at)
        if any(queue.turn_at is None and self._goes_on(whose) for whose, queue in self._queues.items()):
            return 0.0
        if not moments:
            return None
        return max(0.0, (min(moments) - self._services.clock.now()).total_seconds())

    def _goes_on(self, whose: SenderKey) -> bool:
        """What is paused, can't be sent for its account, or has all that may be under way, keeps its place."""
        if self._room.is_full(whose[0]):
            return False
        destination = self._snapshot.destinations.get(whose[0]) if self._snapshot else None
        return destination is None or not destination.enabled or not accounts.keeps_in_line(destination)

    def _rate(self, lane: Lane) -> float:
        destination = self._snapshot.destinations.get(lane.destination_id) if self._snapshot else None
        return lane.rate(Policy() if destination is None else destination.policy)

    async def _look(self, now: datetime) -> None:
        """Find out what waits."""
        lanes, self._old_at = await self._services.store.read(
            lambda c: (jobs.lanes(c), jobs.next_due(c, JobKind.PACED))
        )
        self._read_at = now
        there = [Lane.of(key) for key in lanes]
        for lane in there:
            self._add(lane)
        if not self._alone:
            self._forget(there)

    def _forget(self, there: Collection[Lane]) -> None:
        """Nothing waits any more but in these lanes."""
        for whose, queue in list(self._queues.items()):
            queue.lanes = deque(lane for lane in queue.lanes if lane in there)
            if not queue.lanes:
                del self._queues[whose]

    async def _end_old(self, now: datetime) -> None:
        """What became too old while it waited is decided once more, which ends it."""

        def end(connection: Connection) -> datetime | None:
            jobs.let_go_of_old(connection, OLD_AT_ONCE, now)
            return jobs.next_due(connection, JobKind.PACED)

        self._old_at = await self._services.store.write(end)


def _first_in(connection: Connection, lanes: Iterable[Lane], most: int) -> dict[Lane, list[InLane]]:
    return {lane: jobs.first_in(connection, lane.key, most) for lane in lanes}


def _by_turns(lanes: dict[Lane, list[InLane]], most: int) -> list[tuple[Lane, InLane]]:
    """One of each lane, then the second of each, and so on."""
    found = [
        (place, number, lane, job)
        for number, (lane, there) in enumerate(lanes.items())
        for place, job in enumerate(there)
    ]
    found.sort(key=lambda one: one[:2])
    return [(lane, job) for _, _, lane, job in found[:most]]


def _next_is_after(lanes: deque[Lane], last: Lane) -> None:
    lanes.rotate(-(lanes.index(last) + 1))
