"""Jobs: what somebody asked for and takes a while, with how far it is."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

import strawberry
from strawberry.scalars import JSON

from gateway import background_jobs
from gateway.auth import Viewer
from gateway.background_jobs import BackgroundKind, BackgroundStatus
from gateway.graphql.context import Context
from gateway.graphql.terms import masking
from gateway.graphql.terms.errors import UserError
from gateway.graphql.terms.nodes import Node
from gateway.storage import background_jobs as stored


@strawberry.type(
    description="Something that was asked for and takes a while: it is worked on in the background."
)
class Job(Node):
    """See background_jobs.BackgroundJob."""

    value: strawberry.Private[background_jobs.BackgroundJob]
    kind: BackgroundKind = strawberry.field(description="What it does.")
    status: BackgroundStatus = strawberry.field(description="Where it stands.")
    total: int | None = strawberry.field(
        description="How many items it is about; null while that is not known."
    )
    done: int = strawberry.field(description="How many of them are done.")
    failed: int = strawberry.field(
        description="How many of them could not be done: nothing was changed by these."
    )
    message: str | None = strawberry.field(
        description="The last thing to know of it: why the last item that failed did, or who paused, resumed or canceled it."
    )
    result: JSON | None = strawberry.field(
        description='What it came to so far, null before it began. Of a REPLAY `{"made": 3, "skipped": {"SENT": 1}}`: how many replays '
        "there are, and how many there are not, by why: GONE (it, its event's payload or its mapping), UNDER_WAY (it may still be sent), "
        "SENT (there is a message, or nobody knows), SHADOW (its mapping was in SHADOW for the event), COPY (its source might not send it), FAILURE (of the gateway's own). "
        'Of a sync `{"listed": 7, "new": 1, "removed": 0, "missing": 0}`: how many the account has, how many of them are new, how many '
        "are removed, and how many are missing for the first time, which the next sync removes. "
        'Of a SENDER_CONNECT `{"address": "+1...", "url": "https://...", "expected": null, "replaced": null}`: what is called from now on, '
        "what was expected there, and what it replaced. "
        'Of an ERASE `{"events": 12, "deliveries": 3, "people": 1}`: how many rows of each table were emptied or removed, and of `jobs` how '
        "many events were taken out of the queue. "
        'Of an INBOUND_IMPORT `{"read": 900, "new": 850, "stops": 3}`: how many messages were read, how many of them were not heard before, '
        "and how many of these are stops; its `total` is known once it is DONE. "
        'Of a CONSENT_IMPORT `{"dryRun": true, "rows": 9, "subscribed": 3, "unsubscribed": 1, "unchanged": 1, "older": 1, "stopped": 1, "silent": 0, '
        '"bad": 2, "export": "plain", "why": "it was said", "channel": null, "columns": [{"column": "Phone Number", "reads": "phone", "example": '
        '"+1••••67"}], "leftColumns": ["name"], "problems": [{"line": 4, "column": "at", "message": "..."}]}`: how many rows were read, and what '
        "they say is in one of the counts behind: what counts from now on, what an import said before, what a later word counts behind, "
        "yeses of people whose own stop stands, rows that say nothing (nobody was asked, or there is no number), and rows that can't be read, with "
        "the first 100 of these (`line`: of JSON, which object it is). `export` is what the file was taken for and `why`, `channel` what was said of "
        "rows that say none, `columns` as what each is read, with a value of it as far as it is no more than a number's last digits, a time, or a word "
        "that is known, and `leftColumns` those that nobody reads. Its `total` is known once it is DONE. "
        'Of an IMPORT `{"made": [{"kind": "mapping", "id": "map_...", "name": "Welcome"}], "unchanged": [], "left": []}`: what was made, what was '
        "here already as it should be, and what is here under that name but otherwise, and was left as it is; `why` says how. "
        'Of a BACKTEST `{"events": 5000, "withoutPayload": 0, "matched": 340, "sent": 312, "people": 290, "waited": 12, "suppressed": '
        '{"OPTED_OUT": 28}, "held": {}, "rejected": {}, "notRead": 0, "segments": 350, "price": "USD 2.77", "days": [{"day": "2026-11-24", '
        '"sent": 50, "people": 48, "suppressed": {"OPTED_OUT": 4}, "segments": 55, "price": "USD 0.43"}], "samples": [{"eventId": "evt_...", "decision": "SEND", '
        '"reason": null}]}`: how many events came, of how many of them the payload is gone, for how many the mapping is, how many texts would '
        "have been sent, to how many numbers, how many of them after quiet hours, and the others by why; what the texts would have cost, as far as texts like "
        "them have a price; and up to ten of the events, which mappingPreview shows one by one."
    )
    created_at: datetime = strawberry.field(description="When it was asked for.")
    finished_at: datetime | None = strawberry.field(description="When it ended; null while it may go on.")

    @classmethod
    def of(cls, viewer: Viewer, job: background_jobs.BackgroundJob) -> Self:
        """The job as this viewer sees it."""
        return cls(
            id=strawberry.ID(job.id),
            value=job,
            kind=job.kind,
            status=job.status,
            total=None if _is_endless(job) else job.total,
            done=job.done,
            failed=job.failed,
            message=masking.addresses(viewer, job.message),
            result=None if job.result is None else JSON(_result(viewer, job.result)),
            created_at=job.created_at,
            finished_at=job.finished_at,
        )


def _result(viewer: Viewer, result: Mapping[str, Any]) -> Any:
    shown = {
        name: masking.addresses(viewer, one) if isinstance(one, str) else one for name, one in result.items()
    }
    return masking.json(viewer, shown)


@strawberry.type(description="A job that was changed, or what was wrong.")
class JobPayload:
    """Of every mutation about a job."""

    job: Job | None = strawberry.field(description="The job as it is now; null where there is none.")
    errors: list[UserError] = strawberry.field(description="What was wrong; empty where it was done.")


def _is_endless(job: background_jobs.BackgroundJob) -> bool:
    """Whether nobody knows yet how many items it is about."""
    if job.kind is BackgroundKind.ERASE:
        return job.finished_at is None
    if job.kind in (BackgroundKind.INBOUND_IMPORT, BackgroundKind.CONSENT_IMPORT):
        return job.status is not BackgroundStatus.DONE
    return job.kind.is_sync and job.result is None


async def seen(context: Context, job_id: str) -> Job | None:
    """The job of that id, where this viewer may see it."""
    found = await context.services.store.read(lambda c: stored.get(c, job_id))
    return Job.of(context.viewer, found) if found is not None and context.viewer.sees(found.space) else None
