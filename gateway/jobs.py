"""Work that waits: what came in and is to be matched, and what is to be delivered. See `storage.jobs` for what is done with it."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

import msgspec
from msgspec.structs import replace


class JobKind(StrEnum):
    """The jobs, each of its own kind, so that a retry never repeats a neighbour's work."""

    MATCH = "match"  # the events of one request become deliveries, in the order they were taken
    DELIVER = "deliver"  # one delivery: map, decide, send, record
    PACED = "paced"  # the same, waiting in its lane: the pacer makes it DELIVER again
    FOLLOW = (
        "follow"  # one message that the provider has: what became of it is asked for; nothing waits for that
    )
    WEBHOOK = "webhook"  # one thing that the owner of a destination is told; nothing waits for that, either


class Waiting(NamedTuple):
    """So many jobs, and bytes of their payloads."""

    jobs: int = 0
    size: int = 0


class NewJob(msgspec.Struct, frozen=True):
    """Work to be done. `subject` is the id it is about, by which it can be woken. `lanes` are those of a request, see `ingest.split`, or
    of a webhook, see `storage.webhook_deliveries`; `person` is whom a Delivery is for.
    """

    kind: JobKind
    payload: bytes = b""
    subject: str | None = None
    lanes: int | None = None
    person: str | None = None


class Job(msgspec.Struct, frozen=True):
    """Work that was leased `until` then. `tries` counts the leases, this one included; `failures` those that ended in a bug.

    `lane`: the one from which it was let go; it has its sender's leave to go out.
    """

    id: int
    subject: str | None
    payload: bytes
    tries: int
    failures: int
    created_at: datetime
    lane: str | None
    kind: JobKind
    until: datetime

    @property
    def without_turn(self) -> "Job":
        """The same, but that it asks its sender again."""
        return self if self.lane is None else replace(self, lane=None)

    @property
    def deaths(self) -> int:
        """The leases before this one that ended in nothing: their process did. Of a job that is never given back unfailed."""
        return self.tries - 1 - self.failures


SUSPICIOUS_DEATHS = 3
"""After so many a job may be what the process dies of: from then on nothing is leased beside it, to die with it."""
