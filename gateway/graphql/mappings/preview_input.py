"""What is previewed: a mapping that is stored or not, and an event that came or might."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import strawberry
from strawberry.scalars import JSON

from destinations.kit import Purpose
from gateway import workspace
from gateway.events import StoredEvent
from gateway.graphql.context import Context
from gateway.graphql.mappings import checks as mapping_checks
from gateway.graphql.mappings.checks import check_age, no_object, without_action
from gateway.graphql.mappings.types import action_of, no_action
from gateway.graphql.terms.enums import ErrorCode
from gateway.graphql.terms.errors import InputError, input_error, not_found
from gateway.storage import events
from gateway.workspace import UNSAVED, MappingMode


@strawberry.input(
    description="A stored mapping, as it is or as it might be changed, or one that is not saved yet; and an event."
)
class MappingPreviewInput:
    """See mappingPreview."""

    mapping_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="A stored mapping. What else is given of one takes the place of its own, as mappingUpdate would save it; its destination "
        "and action stay.",
    )
    mapping_name: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="A stored mapping by its name, where one alone has it, in place of mappingId.",
    )
    destination_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Where an unsaved one would send through."
    )
    action: str | None = strawberry.field(
        default=strawberry.UNSET, description="The slug of its action at that destination."
    )
    trigger: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Its trigger (FQL); if left out, that of the stored one, else the action's default trigger.",
    )
    fields: JSON | None = strawberry.field(
        default=strawberry.UNSET,
        description="Its fields, all of them; keys left out take the action's defaults, as in mappingCreate.",
    )
    purpose: Purpose | None = strawberry.field(
        default=strawberry.UNSET,
        description="Why it would send; if left out, as the stored one does, else MARKETING.",
    )
    max_age_seconds: int | None = strawberry.field(
        default=strawberry.UNSET, description="How old an event may be when it is sent."
    )
    allow_browser_events: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether events of BROWSER sources start a send."
    )
    mode: MappingMode | None = strawberry.field(
        default=strawberry.UNSET,
        description="Whether it sends; if left out, as the stored one does, else LIVE.",
    )
    enabled: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="Whether it would be switched on; if left out, as the stored one is, else true.",
    )
    event: JSON | None = strawberry.field(
        default=strawberry.UNSET,
        description="A Segment event, as it would come: from `sourceId`, else from the SERVER source that was connected first.",
    )
    event_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="A stored event, with its source, in place of `event`."
    )
    last_event_named: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The last stored event of that name in the mapping's space, with its source, in place of `event`.",
    )
    source_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Which source `event` would come from."
    )
    at: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="As if it were then; null: now."
    )


@dataclass(frozen=True, slots=True)
class Subject:
    """The mapping, and where it sends through. `paths` are those of the input that it came by."""

    destination: workspace.Destination
    mapping: workspace.Mapping


@dataclass(frozen=True, slots=True)
class Occasion:
    """The event, as it would come or as it is stored, and the source that it would come from where that is named."""

    event: Any
    source: workspace.Source | None
    path: str

    @property
    def stored(self) -> StoredEvent | None:
        """The stored event, where it is one."""
        return self.event if isinstance(self.event, StoredEvent) else None


def subject(context: Context, given: MappingPreviewInput) -> Subject | list[InputError]:
    """The mapping that is previewed; or what is wrong with the input."""
    return _stored(context, given) if given.mapping_id or given.mapping_name else _unsaved(context, given)


async def occasion(context: Context, given: MappingPreviewInput, space: str) -> Occasion | list[InputError]:
    """The event that a mapping of that space is tried with; or what is wrong with the input."""
    parts = {"event": given.event, "eventId": given.event_id, "lastEventNamed": given.last_event_named}
    named = [key for key, value in parts.items() if value is not None and value is not strawberry.UNSET]
    if not named:
        message = "Give `event`, or `eventId` of one that came, or `lastEventNamed`."
        return [input_error(ErrorCode.REQUIRED, message, "event")]
    if len(named) > 1:
        message = f"Only one event is tried: give one of {', '.join(f'`{key}`' for key in named)}."
        return [input_error(ErrorCode.INVALID, message, key) for key in named]
    if given.source_id and named != ["event"]:
        message = "A stored event has its own source: leave this out."
        return [input_error(ErrorCode.INVALID, message, "sourceId")]
    if named == ["event"]:
        return _to_come(context, given, space)
    return await _that_came(context, given, named[0], space)


def _to_come(context: Context, given: MappingPreviewInput, space: str) -> Occasion | list[InputError]:
    source = None
    if given.source_id:
        source = context.source(given.source_id)
        if source is None or source.space != space:
            return [not_found(f"source of the space {space}", "sourceId")]
    return Occasion(given.event, source, "event")


async def _that_came(
    context: Context, given: MappingPreviewInput, path: str, space: str
) -> Occasion | list[InputError]:
    key, name = given.event_id, given.last_event_named

    found = await context.services.store.read(
        lambda c: events.get(c, str(key)) if path == "eventId" else events.last_named(c, space, str(name))
    )
    if found is None or found.space != space:
        if path == "eventId":
            return [not_found(f"event of the space {space}", path)]
        message = f"No event of this name came to the space {space}. Names are told apart by case and blanks."
        return [input_error(ErrorCode.NOT_FOUND, message, path)]
    if found.payload_removed_at is not None:
        message = f"The payload of {found.id} was removed for its age: no text can be made of it. Give another event."
        return [input_error(ErrorCode.INVALID, message, path)]
    return Occasion(found, None, path)


def _stored(context: Context, given: MappingPreviewInput) -> Subject | list[InputError]:
    parts = {
        "destinationId": given.destination_id,
        "action": given.action,
        "mappingName": given.mapping_name if given.mapping_id else None,
    }
    named = [key for key, value in parts.items() if value]
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
    return _changed(context, given, mapping)


def _changed(
    context: Context, given: MappingPreviewInput, mapping: workspace.Mapping
) -> Subject | list[InputError]:
    """A stored mapping with what is given in place of its own."""
    parts = _given(given)
    no_fields = "fields" in parts and not isinstance(parts["fields"], dict)
    wrong = [*([no_object("fields")] if no_fields else []), *_of_age(given)]
    if wrong:
        return wrong
    destination = context.snapshot.destinations[mapping.destination_id]
    action = action_of(context.definition(destination.definition), mapping.action)
    if action is not None and "fields" in parts:
        parts["fields"] = mapping_checks.completed(action, parts["fields"])
    return Subject(destination, replace(mapping, **parts))


def _given(given: MappingPreviewInput) -> dict[str, Any]:
    """What is said of a mapping's parts, by their names."""
    parts = {
        "trigger": given.trigger,
        "fields": given.fields,
        "purpose": given.purpose,
        "max_age_seconds": given.max_age_seconds,
        "allow_browser_events": given.allow_browser_events,
        "mode": given.mode,
        "enabled": given.enabled,
    }
    return {
        name: value for name, value in parts.items() if value is not None and value is not strawberry.UNSET
    }


def _of_age(given: MappingPreviewInput) -> list[InputError]:
    return check_age(given.max_age_seconds) if isinstance(given.max_age_seconds, int) else []


def _named(context: Context, name: str) -> workspace.Mapping | list[InputError]:
    """The one mapping of that name."""
    found = [
        one for one in context.snapshot.mappings.values() if one.name == name and context.mapping(one.id)
    ]
    if len(found) == 1:
        return found[0]
    if not found:
        message = "There is no mapping of this name. Names are told apart by case and blanks."
        return [input_error(ErrorCode.NOT_FOUND, message, "mappingName")]
    message = (
        f"{len(found)} mappings have this name: give mappingId, one of {', '.join(one.id for one in found)}."
    )
    return [input_error(ErrorCode.INVALID, message, "mappingName")]


def _unsaved(context: Context, given: MappingPreviewInput) -> Subject | list[InputError]:
    parts = _given(given)
    trigger, fields = parts.get("trigger"), parts.get("fields", {})
    others = without_action(trigger, None, fields)
    asked = {"destinationId": given.destination_id, "action": given.action}
    missing = [key for key, value in asked.items() if not value]
    if missing:
        message = "Give mappingId, or destinationId and action of one that is not saved yet."
        return [*(input_error(ErrorCode.REQUIRED, message, key) for key in missing), *others]
    destination = context.destination(str(given.destination_id))
    if destination is None:
        return [not_found("destination", "destinationId"), *others]
    definition = context.definition(destination.definition)
    action = action_of(definition, str(given.action))
    if action is None:
        unknown = input_error(ErrorCode.NOT_FOUND, no_action(str(given.action), definition), "action")
        return [unknown, *others]
    wrong = [*([] if isinstance(fields, dict) else others), *_of_age(given)]
    if wrong:
        return wrong
    now = context.services.clock.now()
    mapping = workspace.Mapping(
        id=UNSAVED,
        destination_id=destination.id,
        action=action.slug,
        name="preview",
        trigger=action.default_trigger,
        cancel_trigger=None,
        purpose=Purpose.MARKETING,
        max_age_seconds=mapping_checks.MAX_AGE,
        allow_browser_events=False,
        allow_import=False,
        fields={},
        enabled=True,
        revision=1,
        created_at=now,
        updated_at=now,
    )
    return Subject(
        destination, replace(mapping, **{**parts, "fields": mapping_checks.completed(action, fields)})
    )
