"""The one place where a Delivery changes: it applies Steps, many at a time, with the jobs that they settle.

What the state machine has is checked here and nowhere else.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from destinations.kit import MessageStatus
from gateway import metrics, phones
from gateway.deliveries import DeliveryStatus, NewDelivery, Proof, Step
from gateway.jobs import Job, JobKind, NewJob
from gateway.pipeline import owner_events, telling
from gateway.services import Services
from gateway.shared.base import Topic
from gateway.storage import deliveries, jobs, notices, stats
from gateway.storage.deliveries import Standing
from gateway.storage.leases import still_held


class Reached(NamedTuple):
    """A step that was taken: where the Delivery stood before, and where it does now."""

    delivery_id: str
    before: DeliveryStatus
    status: DeliveryStatus
    space: str


async def settle(services: Services, change: Callable[[Connection], Iterable[Reached]]) -> list[Reached]:
    """Run a change that returns what `apply` did: once it is on disk, it is counted and told."""
    reached = list(await services.store.write(change))
    tell(services, reached)
    return reached


def tell(services: Services, reached: Sequence[Reached]) -> None:
    """Count these steps, which are on disk, and tell whoever listens of which Deliveries they are: each once."""
    for status, times in Counter(one.status for one in reached if one.status is not one.before).items():
        metrics.DELIVERIES.labels(status).inc(times)
    services.shared.tail.publish(Topic.DELIVERY, _told(reached), services.clock.now())


def made(new: Iterable[NewDelivery]) -> list[Reached]:
    """Of Deliveries that are new and stand where they began: whoever listens is told of them from then on."""
    return [Reached(one.id, DeliveryStatus.PENDING, DeliveryStatus.PENDING, one.space) for one in new]


def _told(reached: Sequence[Reached]) -> Iterator[tuple[str, str]]:
    for delivery_id, space in {one.delivery_id: one.space for one in reached}.items():
        yield space, delivery_id


def apply(
    connection: Connection, steps: Sequence[Step], now: datetime, leases: Mapping[str, Job] | None = None
) -> list[Reached]:
    """Take these steps, in their order; what was reached by them. What their owners are told of that is written down with it.

    `leases` are the jobs under which they are taken, by Delivery. A step that can't be taken changes nothing: somebody else went
    on with the Delivery, whose job has its next turn at once, and sees how.
    """
    if not steps:
        return []
    held = leases or {}
    stands = deliveries.standings(connection, (step.delivery_id for step in steps))
    ours = still_held(
        connection,
        [held[step.delivery_id] for step in steps if step.delivery_id in held and _needs_lease(step)],
    )
    before = dict(stands)
    rows: dict[str, dict[str, Any]] = {}  # one for each Delivery, however many steps it takes
    reached: list[Reached] = []
    happened: list[owner_events.Happening] = []
    moves = _Jobs(now)
    for step in steps:
        stand, lease = stands.get(step.delivery_id), held.get(step.delivery_id)
        if lease is not None and _needs_lease(step) and lease.id not in ours:
            continue  # it is another's by now
        if stand is None or not _is_possible(step, stand):
            moves.look_again(lease)
            continue
        row = {**step.shows, **_proven(stand, step.proof)}
        if "recipient" in row:
            row["country"] = phones.country_of(row["recipient"])
        status = step.status or stand.status
        if status not in (DeliveryStatus.SENDING, DeliveryStatus.ACCEPTED):
            row["next_attempt_at"] = step.due
        elif stand.status is not DeliveryStatus.ACCEPTED:
            row["next_attempt_at"] = None
        if status is not stand.status:
            row["status"] = status
        reached.append(Reached(step.delivery_id, stand.status, status, stand.space))
        if row:
            rows[step.delivery_id] = {**rows.get(step.delivery_id, {"id": step.delivery_id}), **row}
        after = stands[step.delivery_id] = _after(stand, row)
        happened += owner_events.happenings(stand, after)
        moves.take(step, stand, lease)
    deliveries.change(connection, list(rows.values()), now)
    stats.count_changed(connection, ((before[one].counted, stands[one].counted) for one in rows))
    telling.of_deliveries(connection, happened, now)
    notices.forget(connection, [one for one in rows if _never_arrives(before[one], stands[one])])
    moves.write(connection)
    return reached


def _never_arrives(before: Standing, after: Standing) -> bool:
    """Whether it just turned out that nobody reads what was tried: what it told them counts as untold."""
    if after.attempt_count == 0 or before == after:
        return False
    if after.status is DeliveryStatus.ACCEPTED:
        return after.message_status in _UNREAD and before.message_status not in _UNREAD
    return after.status.final and not before.status.final


_UNREAD = (MessageStatus.UNDELIVERED, MessageStatus.FAILED, MessageStatus.CANCELED)


def _needs_lease(step: Step) -> bool:
    """An answer is matched by its attempt, and a proof needs nothing else: both count however late they come."""
    return step.answers is None and step.proof is None


def _is_possible(step: Step, stand: Standing) -> bool:
    """Whether the machine has that step from where the Delivery stands, and it is about its last attempt."""
    if stand.status not in step.leaving or (step.answers is not None and step.answers != stand.attempt_count):
        return False
    return step.status is None or stand.status.may_become(step.status)


def _proven(stand: Standing, proof: Proof | None) -> dict[str, Any]:
    """The message is proven to exist: what is known of it is merged, and its status only moves up."""
    if proof is None:
        return {}
    rises = _is_above(stand, proof)
    row: dict[str, Any] = {
        "message_sid": stand.message_sid or proof.message_sid,
        "segments": proof.segments or stand.segments,
        "price": proof.price or stand.price,
    }
    if stand.status is DeliveryStatus.ACCEPTED and not rises:
        return row if any(value != getattr(stand, name) for name, value in row.items()) else {}
    if stand.status is not DeliveryStatus.ACCEPTED:
        row |= {"reason": None, "detail": None}
    code, message, remedy = proof.problem if rises else (None, None, None)
    row |= {"error_code": code, "error_message": message, "remedy": remedy}
    if rises:
        row["message_status"] = proof.message_status
    return row


def _is_above(stand: Standing, proof: Proof) -> bool:
    """Whether what is told counts before what was told. Of one status with several codes the greatest counts, so that the order in which
    they are told changes nothing.
    """
    if stand.message_status is None:
        return True
    code, _message, _remedy = proof.problem
    told, stands = proof.message_status.rank, stand.message_status.rank
    return told > stands or (told == stands and (code or "") > (stand.error_code or ""))


def _after(stand: Standing, row: Mapping[str, Any]) -> Standing:
    """How the Delivery stands for the next step of the same batch."""
    return stand._replace(**{name: row[name] for name in Standing._fields if name in row and name != "id"})


class _Jobs:
    """What becomes of the jobs of a batch of steps."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._done: list[Job] = []
        self._again: list[tuple[Job, datetime]] = []
        self._paced: list[tuple[Job, str, datetime]] = []
        self._dropped: list[str] = []
        self._new: list[str] = []
        self._followed: list[tuple[Job, datetime]] = []
        self._proven: list[tuple[str, datetime]] = []
        self._new_followed: dict[datetime, list[str]] = {}

    def look_again(self, lease: Job | None) -> None:
        if lease is not None:
            self._again.append((lease, self._now))

    def take(self, step: Step, stand: Standing, lease: Job | None) -> None:
        """A step under a lease settles that job; one without ends the job that waits, or makes one where there was none. The job
        of what the provider has goes on as the one that asks what became of it.
        """
        if step.status is DeliveryStatus.SENDING:
            return  # the lease lasts until there is an answer
        if lease is not None:
            if step.due is not None and step.lane is not None:
                self._paced.append((lease, step.lane, step.due))
            elif step.due is not None:
                turn = lease if step.keeps_turn else lease.without_turn
                self._again.append((turn, step.due + step.spread))
            elif step.follow_at is not None:
                self._followed.append((lease, step.follow_at))
            else:
                self._done.append(lease)
        elif step.due is not None:
            self._new.append(step.delivery_id)
        elif step.follow_at is not None:
            self._follow(step.delivery_id, stand, step.follow_at)
        elif not stand.status.final:
            self._dropped.append(step.delivery_id)

    def _follow(self, delivery_id: str, stand: Standing, at: datetime) -> None:
        """A message is proven to exist, by whoever holds no job."""
        if not stand.status.final or (stand.status is DeliveryStatus.ACCEPTED and stand.message_sid is None):
            self._proven.append((delivery_id, at))
        elif stand.status is not DeliveryStatus.ACCEPTED:
            self._new_followed.setdefault(at, []).append(delivery_id)

    def write(self, connection: Connection) -> None:
        jobs.ack(connection, self._done)
        jobs.retry_at(connection, self._again)
        jobs.pace(connection, self._paced)
        jobs.drop(connection, self._dropped)
        jobs.follow(connection, self._followed, self._now)
        jobs.follow_subjects(connection, self._proven, self._now)
        jobs.enqueue(connection, [NewJob(JobKind.DELIVER, subject=one) for one in self._new], self._now)
        for at, whose in self._new_followed.items():
            jobs.enqueue(
                connection, [NewJob(JobKind.FOLLOW, subject=one) for one in whose], self._now, due=at
            )
