"""The queue, in the ledger's own database. Every call is part of the transaction it is given: work appears when what it is
about does.

At least once, the longest due first, and of what is due alike the first enqueued; a lease that runs out is another's. `ack`,
`retry_at` and `bury` do nothing for whoever holds a job by a lease that another took over since: its `tries` tell them apart.
See `leases`.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    Connection,
    Integer,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    update,
)

from gateway.jobs import Job, JobKind, NewJob, Waiting
from gateway.storage import days
from gateway.storage.prepared import Ask, Each, Rows
from gateway.storage.tables import IS_PACED, OF_A_DELIVERY, buried_jobs, deliveries, jobs as _jobs
from gateway.storage.types import EPOCH

MOST_SUBJECTS: Final = 1_000
"""How many subjects one statement wakes: a statement takes a bounded number of values."""

# -- the statements: each is built once, and given its values ----------------------------------------------------------

OF_KIND = _jobs.c.kind == bindparam("of_kind")
IS_FREE = or_(_jobs.c.leased_until.is_(None), _jobs.c.leased_until <= bindparam("now"))
"""Nobody works on it."""

IS_DUE = and_(_jobs.c.available_at <= bindparam("now"), IS_FREE)
"""Due, and nobody works on it."""

IS_STILL = and_(_jobs.c.id == bindparam("job_id"), _jobs.c.tries == bindparam("lease"))
"""The job's row, as long as nobody leased it again."""

AS_THE_INDEX_HAS_THEM = (_jobs.c.available_at, _jobs.c.id)
"""So that nothing is sorted."""

MOST = bindparam("most", type_=Integer)

_ENQUEUE = Rows(
    _jobs,
    *("kind", "subject", "payload", "available_at", "tries", "failures", "created_at", "lanes", "person"),
)
_MOVE = Each(
    update(_jobs).where(OF_A_DELIVERY, _jobs.c.person == bindparam("absorbed")),
    *("absorbed", "person"),
    in_turn=True,
)
_ACK = Each(delete(_jobs).where(IS_STILL), "job_id", "lease")
_RETRY = Each(
    update(_jobs).where(IS_STILL).values(failures=_jobs.c.failures + bindparam("failed", type_=Integer)),
    *("job_id", "lease", "available_at", "leased_until", "lane", "failed"),
)
_END = delete(_jobs).where(IS_STILL)
_FOLLOWED = ("kind", "available_at", "leased_until", "failures", "created_at")
_FOLLOW = Each(update(_jobs).where(IS_STILL), "job_id", "lease", *_FOLLOWED)
_FOLLOW_SUBJECT = Each(
    update(_jobs)
    .where(OF_A_DELIVERY, _jobs.c.subject == bindparam("whose"))
    .values(tries=_jobs.c.tries + literal_column("1")),  # whoever holds it, holds it no more
    *("whose", *_FOLLOWED),
)
_DROP = delete(_jobs).where(OF_A_DELIVERY, _jobs.c.subject.in_(bindparam("subjects", expanding=True)))
_BURY = insert(buried_jobs)
_TO_WAKE = update(_jobs).where(
    OF_A_DELIVERY,
    _jobs.c.kind != JobKind.PACED.value,
    _jobs.c.subject.in_(bindparam("subjects", expanding=True)),
    _jobs.c.leased_until.is_(None),
)
_WAKE = _TO_WAKE.values(available_at=bindparam("due_at"))
_CALL_BACK = (
    update(_jobs)
    .where(
        OF_A_DELIVERY,
        _jobs.c.subject.in_(bindparam("subjects", expanding=True)),
        or_(_jobs.c.leased_until.is_(None), _jobs.c.kind == JobKind.PACED.value),
    )
    .values(kind=JobKind.DELIVER.value, lane=None, leased_until=None, available_at=_jobs.c.created_at)
)
_GO_ON = _TO_WAKE.values(available_at=_jobs.c.created_at)
_PACE = Each(update(_jobs).where(IS_STILL), "job_id", "lease", "kind", "lane", "available_at", "leased_until")
_FIRST_LANE = select(func.min(_jobs.c.lane).label("lane")).where(IS_PACED).cte("lanes", recursive=True)
_FOLLOWING = select(func.min(_jobs.c.lane)).where(IS_PACED, _jobs.c.lane > _FIRST_LANE.c.lane)
_EVERY_LANE = _FIRST_LANE.union_all(
    select(_FOLLOWING.scalar_subquery()).where(_FIRST_LANE.c.lane.is_not(None))
)
_LANES = select(_EVERY_LANE.c.lane).where(_EVERY_LANE.c.lane.is_not(None))
_IN_LANE = (
    select(_jobs.c.id, deliveries.c.segments)
    .join(deliveries, deliveries.c.id == _jobs.c.subject)
    .where(IS_PACED, _jobs.c.lane == bindparam("whose_lane"))
    .order_by(_jobs.c.id)
    .limit(MOST)
)
_LET_GO = (
    update(_jobs)
    .where(IS_PACED, _jobs.c.id.in_(bindparam("job_ids", expanding=True)))
    # Before all that came later and is due already, so that a person's texts stay in their order.
    .values(kind=JobKind.DELIVER.value, available_at=_jobs.c.created_at)
)
_LET_GO_AT = _LET_GO.values(leased_until=bindparam("let_go_at"))
_TOO_OLD = (
    update(_jobs)
    .where(
        _jobs.c.id.in_(
            select(_jobs.c.id)
            .where(_jobs.c.kind == JobKind.PACED.value, _jobs.c.available_at <= bindparam("now"))
            .order_by(*AS_THE_INDEX_HAS_THEM)
            .limit(MOST)
            .scalar_subquery()
        )
    )
    .values(kind=JobKind.DELIVER.value, lane=None)
)
_FIRSTS = Ask(
    select(
        *(
            select(column).where(OF_KIND, whose).order_by(column).limit(1).scalar_subquery()
            for column, whose in (
                (_jobs.c.available_at, _jobs.c.leased_until.is_(None)),
                (_jobs.c.leased_until, _jobs.c.leased_until.is_not(None)),
            )
        )
    ),
    "of_kind",
)
_COUNT = select(func.count()).select_from(_jobs).where(OF_KIND)
_OLDEST_DUE = select(func.min(_jobs.c.created_at)).where(OF_KIND, _jobs.c.available_at <= bindparam("now"))
_SOME_DUE = select(func.count()).select_from(
    select(_jobs.c.id).where(OF_KIND, _jobs.c.available_at <= bindparam("now")).limit(MOST).subquery()
)
_WAITING, _WAITING_WITH_SIZES = (
    select(_jobs.c.subject, func.count(), size).where(OF_KIND).group_by(_jobs.c.subject)
    for size in (literal(0), func.sum(func.length(_jobs.c.payload)))
)


# -- what is done with jobs --------------------------------------------------------------------------------------------


def enqueue(
    connection: Connection, new: Iterable[NewJob], now: datetime, due: datetime | None = None
) -> None:
    """Put these behind what is due already, in their order; they are `due` then, or now. What is to be matched is due from the
    beginning, so that its order is that of its ids, whatever the clocks of several gateways say.
    """
    at = due or now
    keeps = (
        connection.dialect.name == "postgresql"
    )  # elsewhere there is one process, which keeps a person's order by itself
    rows = [
        (
            job.kind.value,
            job.subject or "",
            job.payload,
            EPOCH if job.kind is JobKind.MATCH and due is None else at,
            0,
            0,
            now,
            job.lanes,
            job.person if keeps else None,
        )
        for job in new
    ]
    _ENQUEUE.insert(connection, rows)


def enqueue_held(connection: Connection, new: NewJob, now: datetime, until: datetime) -> Job:
    """Put this into the queue as the caller's until then; whoever comes next has it where the caller has not settled it by then."""
    subject = new.subject or ""
    values = {
        "kind": new.kind.value,
        "subject": subject,
        "payload": new.payload,
        "available_at": now,
        "leased_until": until,
        "tries": 1,
        "failures": 0,
        "created_at": now,
        "lanes": new.lanes,
    }
    job_id = connection.execute(insert(_jobs).values(values).returning(_jobs.c.id)).scalar_one()
    return Job(
        *(job_id, subject, new.payload),
        tries=1,
        failures=0,
        created_at=now,
        lane=None,
        kind=new.kind,
        until=until,
    )


def move(connection: Connection, absorbed: Sequence[tuple[str, str]]) -> None:
    """People who are others from now on: what is delivered to them keeps its place in those others' order."""
    if connection.dialect.name == "postgresql":
        _MOVE.run(connection, absorbed)


def ack(connection: Connection, done: Sequence[Job]) -> None:
    """The work is done: these jobs go."""
    _ACK.run(connection, [(job.id, job.tries) for job in done])


def drop(connection: Connection, subjects: Sequence[str]) -> None:
    """What is to be delivered of these is settled: their jobs go, whoever holds them."""
    for start in range(0, len(subjects), MOST_SUBJECTS):
        connection.execute(_DROP, {"subjects": subjects[start : start + MOST_SUBJECTS]})


def follow(connection: Connection, sent: Sequence[tuple[Job, datetime]], now: datetime) -> None:
    """What was to be delivered is the provider's: from now on these jobs, as far as they are still the caller's, ask what became of
    it, first at that moment.
    """
    _FOLLOW.run(connection, [(job.id, job.tries, *_followed(when, now)) for job, when in sent])


def follow_subjects(connection: Connection, sent: Sequence[tuple[str, datetime]], now: datetime) -> None:
    """The same of the jobs that deliver these, whoever holds them."""
    _FOLLOW_SUBJECT.run(connection, [(subject, *_followed(when, now)) for subject, when in sent])


def retry_at(connection: Connection, again: Sequence[tuple[Job, datetime]], *, failed: bool = False) -> None:
    """Give these back: each is due again then, with its sender's leave where it has that. `failed`: by a bug of our own, which is
    counted.
    """
    _RETRY.run(connection, [(job.id, job.tries, when, None, job.lane, int(failed)) for job, when in again])


def pace(connection: Connection, waiting: Sequence[tuple[Job, str, datetime]]) -> None:
    """Let these wait in their lanes, until they are let go or too old, which is when."""
    _PACE.run(
        connection,
        [(job.id, job.tries, JobKind.PACED.value, lane, when, None) for job, lane, when in waiting],
    )


def lanes(connection: Connection) -> list[str]:
    """The lanes in which something waits. It costs a look at the index for each, however much waits."""
    return list(connection.scalars(_LANES))


class InLane(NamedTuple):
    """A job that waits in a lane, and the segments of its text."""

    id: int
    segments: int


def first_in(connection: Connection, lane: str, most: int) -> list[InLane]:
    """Those that wait in a lane, the first enqueued first."""
    rows = connection.execute(days.unfinished(connection, _IN_LANE), {"whose_lane": lane, "most": most})
    return [InLane(row.id, row.segments or 1) for row in rows]


def let_go(connection: Connection, job_ids: Sequence[int], now: datetime) -> None:
    """Make these due now, with their senders' leave, where they still wait in a lane. Where several workers send, that leave does not last:
    its moment is kept as that of a lease which is over (`leases.TURN_LASTS`).
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_LET_GO_AT, {"job_ids": job_ids, "let_go_at": now})
    else:
        connection.execute(_LET_GO, {"job_ids": job_ids})


def let_go_of_old(connection: Connection, most: int, now: datetime) -> None:
    """Make so many due that waited in a lane until they were too old."""
    connection.execute(_TOO_OLD, {"now": now, "most": most})


def bury(connection: Connection, job: Job, why: str, now: datetime) -> bool:
    """Keep the job, and work on it no more; whether it was still the caller's."""
    if connection.execute(_END, {"job_id": job.id, "lease": job.tries}).rowcount == 0:
        return False
    connection.execute(
        _BURY,
        {
            "id": job.id,
            "kind": job.kind.value,
            "subject": job.subject,
            "payload": job.payload,
            "why": why,
            "tries": job.tries,
            "buried_at": now,
        },
    )
    return True


def wake(connection: Connection, subjects: Iterable[str], now: datetime) -> None:
    """Make the waiting jobs about these subjects due now; those that are worked on stay as they are."""
    about = list(subjects)
    for start in range(0, len(about), MOST_SUBJECTS):
        some = about[start : start + MOST_SUBJECTS]
        connection.execute(_WAKE, {"subjects": some, "due_at": now})


def call_back(connection: Connection, subjects: Sequence[str]) -> None:
    """The waiting jobs about these subjects are due now, those that wait in a lane among them: each is to be decided anew. What then
    waits for its sender again has the place that it had.
    """
    for start in range(0, len(subjects), MOST_SUBJECTS):
        connection.execute(_CALL_BACK, {"subjects": subjects[start : start + MOST_SUBJECTS]})


def go_on(connection: Connection, subjects: Sequence[str]) -> None:
    """What kept these waiting is over: their waiting jobs are due now, in the order in which they were made, before what came since."""
    for start in range(0, len(subjects), MOST_SUBJECTS):
        connection.execute(_GO_ON, {"subjects": subjects[start : start + MOST_SUBJECTS]})


def next_due(connection: Connection, kind: JobKind) -> datetime | None:
    """When the first job can be leased: it is due, and nobody works on it or the lease ran out."""
    ((available_at, leased_until),) = _FIRSTS.rows(connection, kind.value)
    moments: list[datetime] = [at for at in (available_at, leased_until) if at is not None]
    return min(moments, default=None)


def waiting(connection: Connection, kind: JobKind, *, sizes: bool) -> dict[str, Waiting]:
    """How much waits, by what it is about. Without `sizes` the bytes are 0: the jobs are counted from the index alone."""
    counted = connection.execute(_WAITING_WITH_SIZES if sizes else _WAITING, {"of_kind": kind.value})
    return {subject: Waiting(count, int(size)) for subject, count, size in counted}


def depth(connection: Connection, kind: JobKind, now: datetime) -> tuple[int, float]:
    """(jobs that wait, age in seconds of the oldest that is due)."""
    count = connection.scalar(_COUNT, {"of_kind": kind.value}) or 0
    oldest = connection.scalar(_OLDEST_DUE, {"of_kind": kind.value, "now": now})
    return count, 0.0 if oldest is None else max(0.0, (now - oldest).total_seconds())


def due(connection: Connection, kind: JobKind, now: datetime, most: int) -> int:
    """How many jobs are due or worked on, counted up to that number."""
    return connection.scalar(_SOME_DUE, {"of_kind": kind.value, "now": now, "most": most}) or 0


def _followed(when: datetime, now: datetime) -> tuple[Any, ...]:
    return JobKind.FOLLOW.value, when, None, 0, now
