"""How the receivers of owners are, by what they answered last to any worker; and whose turn it is to be told something.

What one is to be told is found by an index of each receiver, so that a backlog of one costs the others nothing, however long it is.
Of several workers one looks at a time.

| a receiver | what is leased of it |
| --- | --- |
| is well: its last answer was good | what nothing before it blocks, see `leases` |
| has answered nothing yet | the first, where nobody holds anything of it |
| fails | the same, once its rest is over: the first of another lane each time, as one may be what it fails on. Before it, what is too old |
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, func, select, update

from gateway.jobs import Job, JobKind
from gateway.storage import jobs, leases
from gateway.storage.jobs import AS_THE_INDEX_HAS_THEM, IS_DUE, IS_FREE, MOST
from gateway.storage.leases import LEASE
from gateway.storage.prepared import Ask, Each, among
from gateway.storage.tables import OF_A_RECEIVER, destinations, jobs as _jobs, webhook_deliveries

AT_ONCE: Final = 16
"""How much is leased together of receivers that are well: of one, or one each of so many. And of how many others at a time."""

LOOKED_AT: Final = 128
"""How much of a receiver that fails is looked at: what is too old of it is leased together."""

_LEASING: Final = 4_170_015


class Receiver(NamedTuple):
    """The receiver of a destination's owner. `failures`: how many of its answers in a row were bad; None: none is known."""

    failures: int | None = None
    rests_until: datetime | None = None

    @property
    def is_well(self) -> bool:
        return self.failures == 0

    @property
    def fails(self) -> bool:
        return bool(self.failures)


class Room(NamedTuple):
    """How many receivers may be taken on: such as are well, and others."""

    well: int
    others: int


class Turn(NamedTuple):
    """What a receiver is told next. The jobs are the caller's; several of one that is not well are too old, but for the last."""

    destination_id: str
    receiver: Receiver
    jobs: list[Job]


class _Waiting(NamedTuple):
    destination_id: str
    receiver: Receiver
    due: datetime


_FIRST = (
    select(func.min(_jobs.c.subject).label("subject")).where(OF_A_RECEIVER).cte("waiting", recursive=True)
)
_FOLLOWING = select(func.min(_jobs.c.subject)).where(OF_A_RECEIVER, _jobs.c.subject > _FIRST.c.subject)
_EVERY = _FIRST.union_all(select(_FOLLOWING.scalar_subquery()).where(_FIRST.c.subject.is_not(None)))
_SOONEST = (
    select(_jobs.c.available_at)
    .where(OF_A_RECEIVER, _jobs.c.subject == _EVERY.c.subject, IS_FREE)
    .order_by(*AS_THE_INDEX_HAS_THEM)
    .limit(1)
    .scalar_subquery()
)
_WAITING = Ask(
    select(
        _EVERY.c.subject,
        destinations.c.webhook_failures,
        destinations.c.webhook_rests_until,
        destinations.c.deleted_at,
        _SOONEST.label("due"),
    )
    .outerjoin(destinations, destinations.c.id == _EVERY.c.subject)
    .where(_EVERY.c.subject.is_not(None)),
    "now",
)
_NEXT = Ask(
    select(_jobs.c.id, _jobs.c.lanes, _jobs.c.created_at)
    .where(OF_A_RECEIVER, _jobs.c.subject == bindparam("whose"), IS_DUE)
    .order_by(*AS_THE_INDEX_HAS_THEM)
    .limit(MOST),
    *("whose", "now", "most"),
)
_RECEIVERS = select(
    destinations.c.id, destinations.c.webhook_failures, destinations.c.webhook_rests_until
).where(among(destinations.c.id, "many"))
_THERE = Ask(_RECEIVERS, "many")
_LOCKED = Ask(_RECEIVERS.order_by(destinations.c.id).with_for_update(), "many")
_SAVE = Each(
    update(destinations).where(destinations.c.id == bindparam("whose")),
    *("whose", "webhook_failures", "webhook_rests_until"),
)
_PUT_OFF = Ask(
    select(_jobs.c.id, _jobs.c.payload, _jobs.c.created_at)
    .where(
        OF_A_RECEIVER,
        _jobs.c.subject == bindparam("whose"),
        _jobs.c.available_at > bindparam("now"),
        _jobs.c.leased_until.is_(None),
    )
    .limit(MOST)
    .with_for_update(),
    *("whose", "now", "most"),
)
_DUE_AGAIN = Each(update(_jobs).where(_jobs.c.id == bindparam("whose")), "whose", "available_at")
_NEXT_ATTEMPT = Each(
    update(webhook_deliveries).where(webhook_deliveries.c.id == bindparam("whose")),
    *("whose", "next_attempt_at"),
)


def of(
    connection: Connection, destination_ids: Collection[str], *, for_update: bool = False
) -> dict[str, Receiver]:
    """How the receivers of these destinations are. `for_update`: nobody else changes that before this transaction ends."""
    ask = _LOCKED if for_update else _THERE
    rows = ask.rows(connection, list(destination_ids)) if destination_ids else ()
    return {one: Receiver(failures, rests_until) for one, failures, rests_until in rows}


def save(connection: Connection, changed: Mapping[str, Receiver]) -> None:
    """Keep how these are. Read them `for_update` first."""
    _SAVE.run(connection, [(one, *receiver) for one, receiver in changed.items()])


def line_up(connection: Connection, destination_id: str, at: datetime, now: datetime) -> None:
    """What was tried in vain and put off has its place again, in the order in which all of it happened; it is tried next `at` that time."""
    while True:
        rows = _PUT_OFF.rows(connection, destination_id, now, jobs.MOST_SUBJECTS)
        _DUE_AGAIN.run(connection, [(job_id, min(made, now)) for job_id, _payload, made in rows])
        _NEXT_ATTEMPT.run(connection, [(payload.decode(), at) for _job_id, payload, _made in rows])
        if len(rows) < jobs.MOST_SUBJECTS:
            return


def lease(
    connection: Connection, now: datetime, busy: Collection[str], room: Room, old: datetime
) -> list[Turn]:
    """Whose turn it is, and what they are told: the caller's for a LEASE. None that is `busy`. What was made before `old` is too old to
    be sent to one that fails.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LEASING)))
    leased = leases.leased_lanes(connection, JobKind.WEBHOOK, now)
    waiting = [one for one in _waiting(connection, now) if one.destination_id not in busy]
    wanted = {
        **_of_well(connection, [one for one in waiting if one.receiver.is_well], now, leased, room.well),
        **_of_others(
            connection,
            [one for one in waiting if not one.receiver.is_well and one.destination_id not in leased],
            now,
            old,
            room.others,
        ),
    }
    whose: dict[str, list[Job]] = {}
    for job in leases.take(connection, JobKind.WEBHOOK, list(wanted.values()), now, LEASE):
        whose.setdefault(job.subject or "", []).append(job)
    return [
        Turn(one.destination_id, one.receiver, whose[one.destination_id])
        for one in wanted
        if one.destination_id in whose
    ]


def _waiting(connection: Connection, now: datetime) -> list[_Waiting]:
    """Of whom something is due and who does not rest, the longest due first. Nothing is sent for a deleted one, so that nothing is lost by
    taking it as well.
    """
    found = [
        _Waiting(subject, Receiver(failures if deleted_at is None else 0, rests_until), due)
        for subject, failures, rests_until, deleted_at, due in _WAITING.rows(connection, now)
        if due is not None and due <= now and (rests_until is None or rests_until <= now or deleted_at)
    ]
    return sorted(found, key=lambda one: (one.due, one.destination_id))


def _of_well(
    connection: Connection, waiting: Sequence[_Waiting], now: datetime, leased: Mapping[str, int], room: int
) -> dict[_Waiting, list[int]]:
    share = max(1, AT_ONCE // max(1, len(waiting)))
    found: dict[_Waiting, list[int]] = {}
    for one in waiting:
        if len(found) >= min(AT_ONCE, room):
            break
        free = _unblocked(connection, one.destination_id, now, leased.get(one.destination_id, 0))
        if free:
            found[one] = free[:share]
    return found


def _unblocked(connection: Connection, whose: str, now: datetime, leased: int) -> list[int]:
    """The ids of what is due to one receiver and blocked by nothing before it, in their order."""
    for times in leases.LOOKED_THROUGH:
        most = AT_ONCE * times
        rows = _NEXT.rows(connection, whose, now, most)
        waiting = [(job_id, whose, lanes) for job_id, lanes, _created_at in rows]
        free = leases.unblocked(waiting, {whose: leased}, None).get(whose, [])
        if free or len(rows) < most:
            return free
    return []


def _of_others(
    connection: Connection, waiting: Sequence[_Waiting], now: datetime, old: datetime, room: int
) -> dict[_Waiting, list[int]]:
    return {one: _old_and_one(connection, one, now, old) for one in waiting[: max(0, min(AT_ONCE, room))]}


def _old_and_one(connection: Connection, one: _Waiting, now: datetime, old: datetime) -> list[int]:
    failures = one.receiver.failures
    rows = _NEXT.rows(connection, one.destination_id, now, 1 if failures is None else LOOKED_AT)
    if failures is None:
        return [job_id for job_id, _lanes, _made in rows]
    too_old = [job_id for job_id, _lanes, made in rows if made < old]
    firsts: dict[int, int] = {}
    for job_id, lanes, made in rows:
        if made >= old:
            firsts.setdefault(lanes, job_id)
    candidates = list(firsts.values())
    return [*too_old, candidates[failures % len(candidates)]] if candidates else too_old
