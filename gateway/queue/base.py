"""The queue port. Every call is part of the transaction it is given: work appears when what it is about does."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, Protocol

import msgspec
from sqlalchemy import Connection


class JobKind(StrEnum):
    """The two jobs, so that a retry never repeats a neighbour's work."""

    MATCH = "match"  # the events of one request become deliveries, in the order they were taken
    DELIVER = "deliver"  # one delivery: map, decide, send, record


class Waiting(NamedTuple):
    """So many jobs, and bytes of their payloads."""

    jobs: int = 0
    size: int = 0


class NewJob(msgspec.Struct, frozen=True):
    """Work to be done. `subject` is the id it is about, by which it can be woken."""

    kind: JobKind
    payload: bytes = b""
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """Work that was leased. `tries` counts the leases, this one included; `failures` those that ended in a bug."""

    id: int
    kind: JobKind
    payload: bytes
    subject: str | None
    tries: int
    failures: int
    created_at: datetime

    @property
    def deaths(self) -> int:
        """The leases before this one that ended in nothing: their process did. Of a job that is never given back unfailed."""
        return self.tries - 1 - self.failures


SUSPICIOUS_DEATHS = 3
"""After so many a job may be what the process dies of: from then on nothing is leased beside it, to die with it."""


class Queue(Protocol):
    """At least once, the longest due first, and of what is due alike the first enqueued; a lease that runs out is
    another's. `extend`, `ack`, `retry_at` and `bury` do nothing for whoever holds a job by a lease that another took
    over since: its `tries` tell them apart.
    """

    def enqueue(self, within: Connection, jobs: Iterable[NewJob], now: datetime) -> None: ...

    def lease(
        self, within: Connection, kind: JobKind, limit: int, now: datetime, period: timedelta
    ) -> list[Job]: ...

    def lease_by_turns(
        self,
        within: Connection,
        kind: JobKind,
        limit: int,
        now: datetime,
        period: timedelta,
        without: frozenset[str],
    ) -> list[Job]:
        """As `lease`, but the subjects take turns: of each as many, the one that is due longest first, none of `without`.

        A job with SUSPICIOUS_DEATHS comes alone, and only where `without` is empty: it ends what is leased before it.
        """
        ...

    def extend(self, within: Connection, job: Job, until: datetime) -> bool:
        """Hold the job until then; whether it is still the caller's."""
        ...

    def ack(self, within: Connection, job: Job) -> None: ...

    def retry_at(self, within: Connection, job: Job, when: datetime, *, failed: bool = False) -> None: ...

    def bury(self, within: Connection, job: Job, why: str, now: datetime) -> bool:
        """Keep the job, and work on it no more; whether it was still the caller's."""
        ...

    def wake(self, within: Connection, subjects: Iterable[str], now: datetime) -> None:
        """Make the waiting jobs about these subjects due now."""
        ...

    def next_due(self, within: Connection, kind: JobKind) -> datetime | None:
        """When the first job can be leased: it is due, and nobody works on it or the lease ran out."""
        ...

    def waiting(self, within: Connection, kind: JobKind, *, sizes: bool) -> dict[str, Waiting]:
        """How much waits, by what it is about. Without `sizes` the bytes are 0: the jobs are counted from the index alone."""
        ...

    def depth(self, within: Connection, kind: JobKind, now: datetime) -> tuple[int, float]:
        """(jobs that wait, age in seconds of the oldest that is due)."""
        ...
