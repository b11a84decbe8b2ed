"""`mappingCreate`: trigger and fields are compiled when a mapping is saved, so a bad one is refused there."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

import strawberry
from sqlalchemy import Connection as Database
from strawberry.scalars import JSON

from destinations.kit import ActionDefinition, Purpose
from gateway import ids, workspace
from gateway.graphql.context import Context, Info
from gateway.graphql.mappings import checks as mapping_checks
from gateway.graphql.mappings.audited import audited
from gateway.graphql.mappings.checks import MAX_AGE, Finding, check_age, errors_of, without_action
from gateway.graphql.mappings.types import (
    BROWSERS,
    CANCELS,
    MODE,
    Mapping,
    MappingPayload,
    action_of,
    findings,
    no_action,
    refused,
    reviewed,
)
from gateway.graphql.terms.enums import ErrorCode
from gateway.graphql.terms.errors import InputError, input_error, not_found
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.idempotency import key_of, once
from gateway.graphql.terms.inputs import INPUT, check_name
from gateway.storage import mappings
from gateway.workspace import MappingMode, Role


@strawberry.input(description="A mapping to make.")
class MappingCreateInput:
    """See mappingCreate."""

    destination_id: strawberry.ID = strawberry.field(description="Where it sends through.")
    action: str = strawberry.field(description="The slug of an action of that destination.")
    name: str = strawberry.field(description="Its name, for people.")
    trigger: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Which events it is for (FQL); if left out, the action's default trigger.",
    )
    cancel_trigger: str | None = strawberry.field(default=strawberry.UNSET, description=f"{CANCELS}.")
    purpose: Purpose | None = strawberry.field(
        default=Purpose.MARKETING, description="Why it sends: it decides how much consent is asked for."
    )
    max_age_seconds: int | None = strawberry.field(
        default=MAX_AGE, description="How old an event may be when it is sent."
    )
    allow_browser_events: bool | None = strawberry.field(default=False, description=BROWSERS)
    allow_import: bool | None = strawberry.field(
        default=False, description="Whether events of /v1/import start a send."
    )
    fields: JSON = strawberry.field(
        description="Segment mapping JSON. Omitted keys take the action's defaults; `send` is false there, as it was "
        "in the original: say true."
    )
    enabled: bool | None = strawberry.field(default=True, description="Whether it is switched on.")
    mode: MappingMode | None = strawberry.field(default=MappingMode.LIVE, description=f"{MODE}.")
    idempotency_key: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Any text of yours: the same key and input again make nothing new.",
    )


@strawberry.type
class Mutation:
    """Joined into the schema's Mutation."""

    @resolved("Make a mapping. Trigger and fields are compiled now, so a bad one is refused, and never runs.")
    async def mapping_create(self, info: Info, given: Annotated[MappingCreateInput, INPUT]) -> MappingPayload:
        context = info.context
        context.require(Role.OPERATOR, "Making a mapping")
        destination = context.destination(given.destination_id)
        if destination is None:
            return refused(not_found("destination", "destinationId"), *_without_action(given))
        definition = context.definition(destination.definition)
        action = action_of(definition, given.action)
        if action is None:
            unknown = input_error(ErrorCode.NOT_FOUND, no_action(given.action, definition), "action")
            return refused(unknown, *_without_action(given))
        if not isinstance(given.fields, dict):
            return refused(*_without_action(given))
        mapping = _candidate(context, given, action, given.fields)
        problems = [
            *check_name(given.name, "name"),
            *check_age(mapping.max_age_seconds),
            *errors_of(findings(context, destination, mapping)),
        ]
        if problems:
            return refused(*problems)
        found = await reviewed(context, destination, mapping)
        wrong = errors_of(found)
        return refused(*wrong) if wrong else await _store(context, given, action, destination, mapping, found)


def _without_action(given: MappingCreateInput) -> list[InputError]:
    """All that is wrong with what does not depend on the action."""
    trigger = None if given.trigger is strawberry.UNSET else given.trigger
    return [
        *check_name(given.name, "name"),
        *(() if given.max_age_seconds is None else check_age(given.max_age_seconds)),
        *without_action(trigger, given.cancel_trigger or None, given.fields),
    ]


def _candidate(
    context: Context, given: MappingCreateInput, action: ActionDefinition, fields: dict[str, Any]
) -> workspace.Mapping:
    now = context.services.clock.now()
    return workspace.Mapping(
        id=ids.new("map"),
        destination_id=given.destination_id,
        action=action.slug,
        name=given.name.strip(),
        trigger=action.default_trigger if given.trigger in (None, strawberry.UNSET) else str(given.trigger),
        cancel_trigger=given.cancel_trigger or None,
        purpose=given.purpose or Purpose.MARKETING,
        max_age_seconds=MAX_AGE if given.max_age_seconds is None else given.max_age_seconds,
        allow_browser_events=given.allow_browser_events is True,
        allow_import=given.allow_import is True,
        fields=mapping_checks.completed(action, fields),
        enabled=given.enabled is not False,
        mode=given.mode or MappingMode.LIVE,
        revision=1,
        created_at=now,
        updated_at=now,
    )


async def _store(
    context: Context,
    given: MappingCreateInput,
    action: ActionDefinition,
    destination: workspace.Destination,
    mapping: workspace.Mapping,
    found: Sequence[Finding],
) -> MappingPayload:
    def create(database: Database) -> workspace.Mapping:
        mappings.add(database, mapping)
        made = audited(action, None, mapping)
        context.record(database, "mappingCreate", mapping.id, made, space=destination.space)
        return mapping

    passing = ("id", "created_at", "updated_at", "revision")
    same = {name: value for name, value in asdict(mapping).items() if name not in passing}
    key = key_of(given.idempotency_key)
    made = await once(
        context.services, destination.space, "mappingCreate", key, same, create, workspace.Mapping
    )
    if made.id is None:
        return refused(*made.errors)
    await context.changed()
    there = context.mapping(made.id)
    if there is None:  # made by an earlier call with this key, and deleted since
        return refused(not_found("mapping", "idempotencyKey"))
    return MappingPayload(mapping=Mapping.of(context, made.value or there, found), errors=[])
