"""The dry run: what a mapping would make of an event, with no request made and nothing stored."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import strawberry
from strawberry.scalars import JSON

from destinations.kit import Purpose, Reason
from gateway import workspace
from gateway.graphql.context import Context, Info
from gateway.graphql.deliveries.types import GateResult
from gateway.graphql.mappings import checks as mapping_checks
from gateway.graphql.mappings.checks import MappingProblem
from gateway.graphql.mappings.forms import PreviewRequest
from gateway.graphql.mappings.types import action_of, findings, no_action, reviewed
from gateway.graphql.terms.enums import Decision, ErrorCode, Severity
from gateway.graphql.terms.errors import InputError, UserError, input_error, not_found
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.inputs import INPUT
from gateway.pipeline.preview import preview
from gateway.workspace import Role
from mappings import UNDEFINED

UNSAVED = "map_unsaved"


@strawberry.type(description="What a mapping would make of an event.")
class MappingPreview:
    """See pipeline.preview."""

    matched: bool = strawberry.field(description="Whether the event is for the mapping.")
    fields: JSON | None = strawberry.field(description="The values that the mapping's fields come to.")
    decision: Decision = strawberry.field(description="What would happen.")
    reason: Reason | None = strawberry.field(description="Why nothing would be sent, or not yet.")
    explanation: list[GateResult] = strawberry.field(
        description="Each gate in order, with what it saw; where nothing matched, what of the trigger does not hold."
    )
    request: PreviewRequest | None = strawberry.field(description="The request that would be made.")
    segments: int | None = strawberry.field(description="How many segments the text takes.")
    encoding: str | None = strawberry.field(
        description="How the text is encoded, which decides its segments."
    )
    remedy: str | None = strawberry.field(description="The cheapest way to change what was decided.")
    problems: list[MappingProblem] = strawberry.field(
        description="What is wrong with the mapping or the event, or doubtful."
    )
    errors: list[UserError] = strawberry.field(
        description="What was wrong with the input; then nothing was tried."
    )


@strawberry.input(description="Either a stored mapping, or one that is not saved yet; and an event.")
class MappingPreviewInput:
    """See mappingPreview."""

    mapping_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="A stored mapping; then no other part of one."
    )
    mapping_name: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="A stored mapping by its name, where one alone has it; then no other part of one.",
    )
    destination_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Where an unsaved one would send through."
    )
    action: str | None = strawberry.field(
        default=strawberry.UNSET, description="The slug of its action at that destination."
    )
    trigger: str | None = strawberry.field(
        default=strawberry.UNSET, description="Its trigger (FQL); if left out, the action's default trigger."
    )
    fields: JSON | None = strawberry.field(
        default=strawberry.UNSET,
        description="Its fields; keys left out take the action's defaults, as in mappingCreate.",
    )
    event: JSON = strawberry.field(description="A Segment event, as it would come from a server source.")
    at: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="As if it were then; null: now."
    )


@dataclass(frozen=True, slots=True)
class _Subject:
    destination: workspace.Destination
    mapping: workspace.Mapping


@strawberry.type
class Query:
    """Joined into the schema's Query."""

    @resolved("The dry run: the same path as the real one, no request made, nothing stored.")
    async def mapping_preview(
        self, info: Info, given: Annotated[MappingPreviewInput, INPUT]
    ) -> MappingPreview:
        context = info.context
        context.require(Role.READER, "A dry run, which shows numbers and what they agreed to,")
        subject = (
            _stored(context, given) if given.mapping_id or given.mapping_name else _unsaved(context, given)
        )
        if isinstance(subject, list):
            return _nothing(Decision.REJECT, errors=list(subject))
        found = findings(context, subject.destination, subject.mapping)
        problems = [finding.as_problem() for finding in found]
        if any(finding.severity is Severity.ERROR for finding in found):
            return _nothing(Decision.REJECT, problems=problems)
        reviews = await reviewed(context, subject.destination, subject.mapping)
        problems += [finding.as_problem() for finding in reviews]
        return await _run(context, subject, given.event, given.at or None, problems)


async def _run(
    context: Context, subject: _Subject, event: Any, at: datetime | None, problems: list[MappingProblem]
) -> MappingPreview:
    seen = await preview(context.services, subject.destination, subject.mapping, event, at)
    if seen.problem is not None:
        problems.append(mapping_checks.Finding(seen.problem, ("event",)).as_problem())
        return _nothing(Decision.REJECT, problems=problems)
    problems += [
        mapping_checks.Finding(
            f"{doubt.code}: {doubt.message}", ("event",), severity=Severity.WARNING
        ).as_problem()
        for doubt in seen.doubts
    ]
    request = seen.request
    return MappingPreview(
        matched=seen.matched,
        fields=None if seen.fields is None or seen.fields is UNDEFINED else JSON(seen.fields),
        decision=Decision(seen.decision),
        reason=seen.reason,
        explanation=[GateResult.of(context.viewer, gate) for gate in seen.explanation],
        request=None if request is None else PreviewRequest.of(request.method, request.url, request.form),
        segments=seen.segments,
        encoding=seen.encoding,
        remedy=seen.remedy,
        problems=problems,
        errors=[],
    )


def _nothing(
    decision: Decision, *, problems: list[MappingProblem] | None = None, errors: list[UserError] | None = None
) -> MappingPreview:
    return MappingPreview(
        matched=False,
        fields=None,
        decision=decision,
        reason=None,
        explanation=[],
        request=None,
        segments=None,
        encoding=None,
        remedy=None,
        problems=problems or [],
        errors=errors or [],
    )


def _stored(context: Context, given: MappingPreviewInput) -> _Subject | list[InputError]:
    parts = {"destinationId": given.destination_id, "action": given.action, "trigger": given.trigger}
    named = [key for key, value in {**parts, "fields": given.fields}.items() if value]
    if given.mapping_id and given.mapping_name:
        named.append("mappingName")
    if named:
        message = "A stored mapping has this already: leave it out, or leave out mappingId and mappingName."
        return [input_error(ErrorCode.INVALID, message, key) for key in named]
    mapping = (
        context.mapping(str(given.mapping_id))
        if given.mapping_id
        else _named(context, given.mapping_name or "")
    )
    if isinstance(mapping, list):
        return mapping
    if mapping is None:
        return [not_found("mapping", "mappingId")]
    return _Subject(context.snapshot.destinations[mapping.destination_id], mapping)


def _named(context: Context, name: str) -> workspace.Mapping | list[InputError]:
    """The one mapping of that name."""
    found = [
        one for one in context.snapshot.mappings.values() if one.name == name and context.mapping(one.id)
    ]
    if len(found) == 1:
        return found[0]
    if not found:
        return [not_found("mapping", "mappingName")]
    message = (
        f"{len(found)} mappings have this name: give mappingId, one of {', '.join(one.id for one in found)}."
    )
    return [input_error(ErrorCode.INVALID, message, "mappingName")]


def _unsaved(context: Context, given: MappingPreviewInput) -> _Subject | list[InputError]:
    asked = {"destinationId": given.destination_id, "action": given.action}
    missing = [key for key, value in asked.items() if not value]
    if missing:
        message = "Give mappingId, or destinationId and action of one that is not saved yet."
        return [input_error(ErrorCode.REQUIRED, message, key) for key in missing]
    destination = context.destination(str(given.destination_id))
    if destination is None:
        return [not_found("destination", "destinationId")]
    definition = context.definition(destination.definition)
    action = action_of(definition, str(given.action))
    if action is None:
        return [input_error(ErrorCode.NOT_FOUND, no_action(str(given.action), definition), "action")]
    fields: Any = given.fields or {}
    if not isinstance(fields, dict):
        message = "The fields are a JSON object: each key a field of the action."
        return [input_error(ErrorCode.INVALID, message, "fields")]
    now = context.services.clock.now()
    mapping = workspace.Mapping(
        id=UNSAVED,
        destination_id=destination.id,
        action=action.slug,
        name="preview",
        trigger=action.default_trigger if given.trigger in (None, strawberry.UNSET) else str(given.trigger),
        cancel_trigger=None,
        purpose=Purpose.MARKETING,
        max_age_seconds=mapping_checks.MAX_AGE,
        allow_browser_events=False,
        allow_import=False,
        fields=mapping_checks.completed(action, fields),
        enabled=True,
        revision=1,
        created_at=now,
        updated_at=now,
    )
    return _Subject(destination, mapping)
