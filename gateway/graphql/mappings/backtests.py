"""`backtest`: what a mapping would have made of the events of the last days, counted by a job."""

from datetime import timedelta
from typing import Annotated

import strawberry
from sqlalchemy import Connection as Database

from gateway import audit
from gateway.background_jobs import BackgroundJob
from gateway.graphql.context import Context, Info
from gateway.graphql.deliveries.filters import TimeRangeInput
from gateway.graphql.jobs import types as background_jobs
from gateway.graphql.jobs.types import Job, JobPayload
from gateway.graphql.mappings import preview_input
from gateway.graphql.mappings.checks import errors_of
from gateway.graphql.mappings.preview_input import MappingPreviewInput, Subject
from gateway.graphql.mappings.types import findings
from gateway.graphql.terms.enums import ErrorCode
from gateway.graphql.terms.errors import InputError, UserError, input_error
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.idempotency import KEY, key_of, once
from gateway.graphql.terms.inputs import INPUT
from gateway.graphql.terms.scalars import from_time
from gateway.pipeline.backtests import KIND, asked_of
from gateway.storage import background_jobs as stored, backtests
from gateway.storage.backtests import Backtest
from gateway.workspace import Role

LONGEST = timedelta(days=31)

MOST_WAITING = 10
"""Backtests of a space that are not at their end: one after the other is tried, and each takes its time."""


@strawberry.input(description="What is tried, and on the events of which span.")
class BacktestInput:
    """See backtest."""

    preview: MappingPreviewInput = strawberry.field(
        description="The mapping, stored or not, as mappingPreview takes it; it names no event, source or time."
    )
    range: TimeRangeInput = strawberry.field(
        description="When the events came: at most 31 days. Their payloads are kept for HELIOGRAPH_RETENTION_PAYLOADS_DAYS; of those that "
        "are gone only that is counted."
    )
    idempotency_key: str | None = strawberry.field(default=strawberry.UNSET, description=KEY)


@strawberry.type
class Mutation:
    """Joined into the schema's Mutation."""

    @resolved(
        "Try a mapping on the events that came in a span: a job of the kind BACKTEST counts, in its `result`, how many texts it would have "
        "sent, to how many people and on which days, and what it would have kept back and why. Nothing is sent, and nothing else is stored. "
        "Each event is decided at the time at which it came, by what is known of people and consent now; the account is supposed to be VERIFIED, and "
        "nothing to be paused; limits count the backtest's own texts alone. A job that is resumed begins anew."
    )
    async def backtest(self, info: Info, given: Annotated[BacktestInput, INPUT]) -> JobPayload:
        context = info.context
        context.require(Role.OPERATOR, "A backtest, which reads every event of a span,")
        subject = preview_input.subject(context, given.preview)
        wrong = [*_of_event(given.preview), *_of_range(given.range)]
        if isinstance(subject, list):
            return _refused(*map(_in_preview, subject), *wrong)
        wrong += _of_mapping(context, subject)
        return _refused(*wrong) if wrong else await _begin(context, given, subject)


async def _begin(context: Context, given: BacktestInput, subject: Subject) -> JobPayload:
    services, space = context.services, subject.destination.space
    asked, span = asked_of(subject.mapping), given.range

    def create(database: Database) -> BackgroundJob | UserError:
        waiting = [one for one in stored.all_running(database, KIND) if one.space == space]
        if len(waiting) >= MOST_WAITING:
            message = (
                f"{len(waiting)} backtests of this space are not at their end yet. Nothing was begun: wait for one, or end one with "
                f'mutation {{ jobCancel(input: {{id: "{waiting[0].id}"}}) {{ errors {{ message }} }} }}'
            )
            return input_error(ErrorCode.RATE_LIMITED, message)
        job = BackgroundJob.begun(stored.new_id(), space, KIND, services.clock.now())
        stored.add(database, job)
        backtests.begin(database, Backtest(job.id, asked, span.from_, span.to))
        told = audit.changes(
            {},
            {
                "mapping": subject.mapping.saved_id,
                "destination": subject.destination.id,
                "from": from_time(span.from_),
                "to": from_time(span.to),
            },
        )
        context.record(database, "backtest", job.id, told, space=space)
        return job

    same = {name: value for name, value in asked.items() if name not in ("created_at", "updated_at")}
    input_ = {"mapping": same, "from": from_time(span.from_), "to": from_time(span.to)}
    key = key_of(given.idempotency_key)
    made = await once(services, space, "backtest", key, input_, create, BackgroundJob)
    if made.id is None:
        return _refused(*made.errors)
    job = Job.of(context.viewer, made.value) if made.value else await background_jobs.seen(context, made.id)
    return JobPayload(job=job, errors=[])


def _refused(*errors: UserError) -> JobPayload:
    return JobPayload(job=None, errors=[*errors])


def _of_event(given: MappingPreviewInput) -> list[InputError]:
    parts = {
        "event": given.event,
        "eventId": given.event_id,
        "lastEventNamed": given.last_event_named,
        "sourceId": given.source_id,
        "at": given.at,
    }
    named = [key for key, value in parts.items() if value is not None and value is not strawberry.UNSET]
    message = "A backtest tries every event of its `range`, each at its own time. Nothing was begun: leave this out."
    return [input_error(ErrorCode.INVALID, message, "preview", key) for key in named]


def _of_range(span: TimeRangeInput) -> list[InputError]:
    if span.from_ >= span.to:
        message = "The span is empty: `from` must lie before `to`. Nothing was begun."
        return [input_error(ErrorCode.INVALID, message, "range", "from")]
    if span.to - span.from_ > LONGEST:
        message = f"A backtest tries the events of at most {LONGEST.days} days. Nothing was begun: say `from` later."
        return [input_error(ErrorCode.INVALID, message, "range", "from")]
    return []


def _of_mapping(context: Context, subject: Subject) -> list[InputError]:
    if subject.destination.policy.confirmation_mapping_id == subject.mapping.id:
        message = "This mapping asks people to confirm a yes, and its trigger is asked of no event. Nothing was begun."
        return [input_error(ErrorCode.INVALID, message, "preview", "mappingId")]
    found = errors_of(findings(context, subject.destination, subject.mapping))
    return [_in_preview(one) for one in found]


def _in_preview(error: InputError) -> InputError:
    return InputError(message=error.message, code=error.code, path=["preview", *error.path])
