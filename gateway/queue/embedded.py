"""The queue in the ledger's own database, for one process."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import chain, islice
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    Row,
    and_,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from gateway.queue.base import SUSPICIOUS_DEATHS, Job, JobKind, NewJob, Waiting
from gateway.storage.tables import IS_DELIVER, buried_jobs, jobs as _jobs
from gateway.storage.types import to_number

MOST_ROWS = 100
"""How many jobs one statement enqueues. With a statement for each, the writer waits after each for its turn to run Python
again, which on a busy process is dearer than the row.
"""


LOOKED_THROUGH = 8
"""How many times as many jobs as are leased are looked at, to find whose turn it is. Who has more than that waiting is at work
already the next time, and passed over.
"""


class EmbeddedQueue:
    """See Queue. One process leases from it, so a lease outlives only that process: `recover` frees them at start."""

    def enqueue(self, within: Connection, jobs: Iterable[NewJob], now: datetime) -> None:
        at = to_number(now)
        rows = [(job.kind.value, job.subject or "", job.payload, at, 0, 0, at) for job in jobs]
        for start in range(0, len(rows), MOST_ROWS):
            some = rows[start : start + MOST_ROWS]
            within.exec_driver_sql(_insert_for(within.dialect, len(some)), tuple(chain.from_iterable(some)))

    def lease(
        self, within: Connection, kind: JobKind, limit: int, now: datetime, period: timedelta
    ) -> list[Job]:
        found = within.execute(
            select(_jobs)
            .where(_jobs.c.kind == kind.value, _is_due(now))
            .order_by(_jobs.c.available_at, _jobs.c.id)  # as the index has them: nothing is sorted
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        return self._taken(within, kind, found, now + period)

    def lease_by_turns(
        self,
        within: Connection,
        kind: JobKind,
        limit: int,
        now: datetime,
        period: timedelta,
        without: frozenset[str],
    ) -> list[Job]:
        due = (
            select(_jobs.c.id, _jobs.c.subject)
            .where(_jobs.c.kind == kind.value, _jobs.c.subject.not_in(without), _is_due(now))
            .order_by(
                _jobs.c.available_at, _jobs.c.id
            )  # as the index has them: nothing is sorted, and no row is read
            .limit(limit * LOOKED_THROUGH)
        )
        lanes: dict[str, list[int]] = {}
        for row in within.execute(due):
            lanes.setdefault(row.subject, []).append(row.id)
        share = max(1, limit // len(lanes)) if lanes else 0
        wanted = [job_id for lane in islice(lanes.values(), limit) for job_id in lane[:share]]
        rows = within.execute(select(_jobs).where(_jobs.c.id.in_(wanted)).with_for_update(skip_locked=True))
        by_id = {row.id: row for row in rows}
        found = [by_id[job_id] for job_id in wanted if job_id in by_id]
        return self._taken(within, kind, _without_suspects(found, alone=not without), now + period)

    def _taken(
        self, within: Connection, kind: JobKind, found: Sequence[Row[Any]], until: datetime
    ) -> list[Job]:
        if found:
            within.execute(
                update(_jobs)
                .where(_jobs.c.id.in_([row.id for row in found]))
                .values(leased_until=until, tries=_jobs.c.tries + 1)
            )
        return [
            Job(row.id, kind, row.payload, row.subject, row.tries + 1, row.failures, row.created_at)
            for row in found
        ]

    def extend(self, within: Connection, job: Job, until: datetime) -> bool:
        return within.execute(update(_jobs).where(_is_still(job)).values(leased_until=until)).rowcount == 1

    def ack(self, within: Connection, job: Job) -> None:
        within.execute(delete(_jobs).where(_is_still(job)))

    def retry_at(self, within: Connection, job: Job, when: datetime, *, failed: bool = False) -> None:
        within.execute(
            update(_jobs)
            .where(_is_still(job))
            .values(available_at=when, leased_until=None, failures=_jobs.c.failures + int(failed))
        )

    def bury(self, within: Connection, job: Job, why: str, now: datetime) -> bool:
        if within.execute(delete(_jobs).where(_is_still(job))).rowcount == 0:
            return False
        within.execute(
            insert(buried_jobs).values(
                id=job.id,
                kind=job.kind.value,
                subject=job.subject,
                payload=job.payload,
                why=why,
                tries=job.tries,
                buried_at=now,
            )
        )
        return True

    def wake(self, within: Connection, subjects: Iterable[str], now: datetime) -> None:
        for subject in subjects:
            within.execute(
                update(_jobs)
                .where(IS_DELIVER, _jobs.c.subject == subject, _jobs.c.leased_until.is_(None))
                .values(available_at=now)
            )

    def next_due(self, within: Connection, kind: JobKind) -> datetime | None:
        firsts = (
            select(column).where(_jobs.c.kind == kind.value, whose).order_by(column).limit(1)
            for column, whose in (
                (_jobs.c.available_at, _jobs.c.leased_until.is_(None)),
                (_jobs.c.leased_until, _jobs.c.leased_until.is_not(None)),
            )
        )
        moments: list[datetime] = [at for at in map(within.scalar, firsts) if at is not None]
        return min(moments, default=None)

    def depth(self, within: Connection, kind: JobKind, now: datetime) -> tuple[int, float]:
        waiting = within.scalar(select(func.count()).where(_jobs.c.kind == kind.value)) or 0
        oldest = within.scalar(
            select(func.min(_jobs.c.created_at)).where(
                _jobs.c.kind == kind.value, _jobs.c.available_at <= now
            )
        )
        return waiting, 0.0 if oldest is None else max(0.0, (now - oldest).total_seconds())

    def waiting(self, within: Connection, kind: JobKind, *, sizes: bool) -> dict[str, Waiting]:
        size = func.sum(func.length(_jobs.c.payload)) if sizes else literal(0)
        counted = (
            select(_jobs.c.subject, func.count(), size)
            .where(_jobs.c.kind == kind.value)
            .group_by(_jobs.c.subject)
        )
        return {subject: Waiting(count, int(size)) for subject, count, size in within.execute(counted)}

    def recover(self, within: Connection) -> int:
        """Free every lease of a process that is gone; how many there were."""
        return within.execute(
            update(_jobs).where(_jobs.c.leased_until.is_not(None)).values(leased_until=None)
        ).rowcount


def _without_suspects(rows: Sequence[Row[Any]], *, alone: bool) -> Sequence[Row[Any]]:
    """Those before the first that the process may die of, or that one alone."""
    for place, row in enumerate(rows):
        if row.tries - row.failures >= SUSPICIOUS_DEATHS:
            return rows[:1] if place == 0 and alone else rows[:place]
    return rows


@cache
def _insert_for(dialect: Dialect, size: int) -> str:
    """The statement that enqueues so many jobs, in the driver's own words: it runs for every request, and each row costs a
    fifth of what it does when the columns' types are asked.
    """
    columns = ("kind", "subject", "payload", "available_at", "tries", "failures", "created_at")
    rows = [dict.fromkeys(columns)] * size
    return str(insert(_jobs).values(rows).compile(dialect=dialect))


def _is_due(now: datetime) -> ColumnElement[bool]:
    """Due, and nobody works on it."""
    free = or_(_jobs.c.leased_until.is_(None), _jobs.c.leased_until <= now)
    return and_(_jobs.c.available_at <= now, free)


def _is_still(job: Job) -> ColumnElement[bool]:
    """The job's row, as long as nobody leased it again."""
    return and_(_jobs.c.id == job.id, _jobs.c.tries == job.tries)
