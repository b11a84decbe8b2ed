"""Matching, by turns: a source has its lane, in which the order is kept; no lane waits for another.

The order matters within a source: an identify is applied before the track behind it is matched.
"""

from collections import Counter, deque
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from gateway import logging, metrics, spec
from gateway.errors import StoreBusy, StoreUnavailable
from gateway.events import Event
from gateway.facts.snapshot import Snapshot
from gateway.jobs import Job, JobKind
from gateway.pipeline import failures, settle
from gateway.pipeline.at_hand import AtHand
from gateway.pipeline.match import Matched, Taken, match
from gateway.services import Services
from gateway.shared.base import Topic
from gateway.spec import TakenRequest
from gateway.storage import jobs, leases
from gateway.storage.leases import LEASE

JOBS_AT_ONCE = 32
MOST_LANES = 32
"""How many requests are leased together, and of how many lanes at one time; of each there is one at least."""

EVENTS_AT_ONCE = 128
BYTES_AT_ONCE = 1_000_000
"""The most events, and of how much JSON, that are made and matched in one transaction: the writer is everybody's, and values
take many times the memory of the JSON that they were.
"""


_log = logging.get("lanes")


@dataclass(slots=True, eq=False)
class _Work:
    """A request that was leased, how far it is matched, and what failed of it."""

    job: Job
    request: TakenRequest | None = None
    at: int = 0
    failure: Exception | None = None


@dataclass(frozen=True, slots=True)
class _Piece:
    """The next events of a request, and whether they are its last ones."""

    work: _Work
    events: list[Event]
    last: bool


class Lanes:
    """What is being matched. `failed` is told of a request that is through, but for what failed."""

    def __init__(
        self, services: Services, at_hand: AtHand, failed: Callable[[Job, Exception], Awaitable[None]]
    ) -> None:
        self._services = services
        self._at_hand = at_hand
        self._failed = failed
        self._lanes: dict[str, deque[_Work]] = {}
        self._served: frozenset[str] = frozenset()

    @property
    def busy(self) -> bool:
        """Whether anything was leased and is not matched yet."""
        return bool(self._lanes)

    @property
    def held(self) -> list[Job]:
        """The requests that were leased and are not matched wholly yet."""
        return [work.job for lane in self._lanes.values() for work in lane]

    async def lease(self) -> list[Job]:
        """Requests of the lanes that are empty; they are the caller's until `add`. Whoever had a turn the last time comes
        behind the others.
        """
        if len(self._lanes) >= MOST_LANES:
            return []
        services, now = self._services, self._services.clock.now()
        busy, served = frozenset(self._lanes), self._served

        def lease(connection: Connection) -> list[Job]:
            others = leases.lease_by_turns(connection, JobKind.MATCH, JOBS_AT_ONCE, now, LEASE, busy | served)
            room = JOBS_AT_ONCE - len(others)
            if not room or not served - busy:
                return others
            known = busy.union(job.subject or "" for job in others)
            return [*others, *leases.lease_by_turns(connection, JobKind.MATCH, room, now, LEASE, known)]

        leased = await services.store.write(lease)
        self._served = frozenset(job.subject or "" for job in leased)
        return leased

    def add(self, job: Job) -> None:
        """Put a request that was leased behind the others of its lane."""
        self._lanes.setdefault(job.subject or "", deque()).append(_Work(job))

    async def turn(self) -> None:
        """Match the next events of every lane. Raises StoreBusy or StoreUnavailable; then they are the next ones still."""
        workspace = self._services.workspace
        if not self._services.settings.alone:
            await workspace.look()  # what was changed may not have been told
        snapshot = await workspace.current()
        pieces = self._pieces()
        try:
            await self._match_together(snapshot, pieces)
        except (StoreBusy, StoreUnavailable):
            raise
        except _LeaseLostError as lost:
            self._let_go(lost)
            return
        except Exception as error:  # noqa: BLE001  one of them fails: alone, it fails alone
            failures.log("Matching several requests together failed; each is tried alone", error)
            for piece in pieces:
                try:
                    await self._match_alone(snapshot, piece)
                except _LeaseLostError as lost:
                    self._let_go(lost)
        for piece in pieces:
            if piece.last and piece.work.failure is not None:
                await self._failed(piece.work.job, piece.work.failure)
                self._leave(piece.work)
        if not self._services.settings.alone and not self._lanes:
            self._services.shared.wakeups.ring(
                JobKind.MATCH
            )  # what waited for these may wait with another worker

    def _pieces(self) -> list[_Piece]:
        room = max(1, EVENTS_AT_ONCE // len(self._lanes))
        size = BYTES_AT_ONCE // len(self._lanes)
        return [piece for lane in self._lanes.values() for piece in _pieces_of(lane, room, size)]

    async def _match_together(self, snapshot: Snapshot, pieces: list[_Piece]) -> None:
        now = self._services.clock.now()
        taken = [one for piece in pieces for one in self._taken(snapshot, piece, piece.events)]
        done = [piece.work.job for piece in pieces if piece.last and piece.work.failure is None]

        def change(connection: Connection) -> Matched:
            _assure(connection, [piece.work.job for piece in pieces])
            matched = match(connection, self._services.secrets, snapshot, taken, now)
            jobs.ack(connection, done)
            return matched

        self._matched(await self._services.store.write(change))
        for piece in pieces:
            self._advance(piece)

    async def _match_alone(self, snapshot: Snapshot, piece: _Piece) -> None:
        """A piece by itself; of one that fails each event by itself."""
        if await self._match_part(snapshot, piece, piece.events) is not None:
            for event in piece.events:
                error = await self._match_part(snapshot, piece, [event])
                piece.work.failure = error or piece.work.failure
        if piece.last and piece.work.failure is None:
            await self._services.store.write(lambda c: jobs.ack(c, [piece.work.job]))
        self._advance(piece)

    async def _match_part(self, snapshot: Snapshot, piece: _Piece, part: list[Event]) -> Exception | None:
        """Match these events in one transaction; what made that fail, where it did and the store is not to blame."""
        taken, now = self._taken(snapshot, piece, part), self._services.clock.now()

        def change(connection: Connection) -> Matched:
            _assure(connection, [piece.work.job])
            return match(connection, self._services.secrets, snapshot, taken, now)

        try:
            self._matched(await self._services.store.write(change))
        except (StoreBusy, StoreUnavailable, _LeaseLostError):
            raise
        except Exception as error:  # noqa: BLE001  the caller says which event it was
            return error
        return None

    def _taken(self, snapshot: Snapshot, piece: _Piece, part: list[Event]) -> list[Taken]:
        if piece.work.request is None:
            return []
        source = snapshot.sources[piece.work.request.source_id]
        return [Taken(source, event) for event in part]

    def _matched(self, matched: Matched) -> None:
        for outcome, times in Counter(matched.outcomes).items():
            metrics.EVENTS.labels(outcome).inc(times)
        tail, now = self._services.shared.tail, self._services.clock.now()
        tail.publish(Topic.EVENT, ((one.source.space, one.event.id) for one in matched.kept), now)
        tail.publish(Topic.DELIVERY, ((one.delivery.space, one.delivery.id) for one in matched.made), now)
        settle.tell(self._services, matched.canceled)
        self._at_hand.put(matched.made)
        if matched.is_due:
            self._services.shared.wakeups.ring(JobKind.DELIVER)

    def _advance(self, piece: _Piece) -> None:
        piece.work.at += len(piece.events)
        if piece.last and piece.work.failure is None:
            self._leave(piece.work)

    def _let_go(self, lost: "_LeaseLostError") -> None:
        """Another worker has these by now, since this one was away for too long; and what is behind them waits for it."""
        _log.warning(
            "Requests are another worker's by now: this one did not work for a while",
            requests=len(lost.job_ids),
        )
        subjects = {
            work.job.subject for lane in self._lanes.values() for work in lane if work.job.id in lost.job_ids
        }
        for lane in [one for source, one in self._lanes.items() if source in subjects]:
            for work in list(lane):
                self._leave(work)

    def _leave(self, work: _Work) -> None:
        source = work.job.subject or ""
        lane = self._lanes.get(source)
        if lane is None or work not in lane:
            return
        lane.remove(work)
        if not lane:
            del self._lanes[source]


class _LeaseLostError(Exception):
    """These requests are another worker's: nothing of them is matched by this one."""

    def __init__(self, job_ids: Collection[int]) -> None:
        super().__init__(f"{len(job_ids)} requests are another worker's by now")
        self.job_ids = job_ids


def _assure(connection: Connection, held: Sequence[Job]) -> None:
    """Nobody else has these, nor takes them before the transaction ends. Raises _LeaseLostError."""
    if _is_alone(connection):
        return
    ours = leases.still_held(connection, held)
    if len(ours) < len(held):
        raise _LeaseLostError({job.id for job in held} - ours)


def _pieces_of(lane: deque[_Work], room: int, size: int) -> list[_Piece]:
    """The first so many events of a lane, of its first request or of several."""
    found: list[_Piece] = []
    for work in lane:
        some: list[Event] = []
        last = True
        try:
            if work.request is None:
                work.request = spec.taken(work.job.payload)
            some, size = work.request.part(work.at, room, size)
            last = work.at + len(some) == len(work.request)
        except Exception as error:  # noqa: BLE001  what nobody can read fails by itself
            work.failure = error
        found.append(_Piece(work, some, last))
        room -= len(some)
        if not last or room <= 0 or size <= 0:
            break
    return found


def _is_alone(connection: Connection) -> bool:
    """On SQLite there is but one process, and asking costs more than matching some events does."""
    return connection.dialect.name == "sqlite"
