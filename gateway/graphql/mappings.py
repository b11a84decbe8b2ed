"""Mappings: a trigger and an action's fields, for one destination."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Self

import strawberry
from strawberry.scalars import JSON

from destinations import kit
from destinations.kit import ActionDefinition, DestinationDefinition, Purpose
from gateway import workspace
from gateway.graphql import catalogue, mapping_checks, masking, seen_names
from gateway.graphql.catalogue import Action
from gateway.graphql.context import Context, Info
from gateway.graphql.destinations import Destination
from gateway.graphql.errors import Refused, bad_input
from gateway.graphql.fields import resolved
from gateway.graphql.mapping_checks import Finding, MappingProblem
from gateway.graphql.nodes import Id, Node
from gateway.graphql.pagination import After, Connection, First, connection, newest_first


@strawberry.type(
    description="Which events lead to which message: a trigger, and what fills an action's fields."
)
class Mapping(Node):
    """See workspace.Mapping."""

    value: strawberry.Private[workspace.Mapping]
    found: strawberry.Private[Sequence[Finding]]
    name: str = strawberry.field(description="Its name, for people.")
    enabled: bool = strawberry.field(description="Whether it is switched on.")
    revision: int = strawberry.field(description="Goes up by one with every change.")
    trigger: str = strawberry.field(description="Which events it is for (FQL).")
    cancel_trigger: str | None = strawberry.field(
        description="Which events cancel what waits for the same person (FQL)."
    )
    purpose: Purpose = strawberry.field(description="Why it sends: it decides how much consent is asked for.")
    max_age_seconds: int = strawberry.field(description="How old an event may be when it is sent.")
    allow_browser_events: bool = strawberry.field(
        description="Whether events of BROWSER sources start a send, to numbers that a SERVER source gave."
    )
    allow_import: bool = strawberry.field(description="Whether events of /v1/import start a send.")
    fields: JSON = strawberry.field(description="Segment mapping JSON: raw values and directives.")
    created_at: datetime = strawberry.field(description="When it was made.")
    updated_at: datetime = strawberry.field(description="When it was last changed.")

    @resolved("Where it sends through.")
    def destination(self, info: Info) -> Destination:
        return Destination.of(info.context, info.context.snapshot.destinations[self.value.destination_id])

    @resolved("What it does with an event.")
    def action(self, info: Info) -> Action:
        destination = info.context.snapshot.destinations[self.value.destination_id]
        definition = info.context.definition(destination.definition)
        action = action_of(definition, self.value.action)
        if action is None:
            raise Refused("ACTION_NOT_INSTALLED", no_action(self.value.action, definition))
        return catalogue.action(action)

    @resolved(
        "What is wrong with it, or doubtful; empty where all is well. What the provider says of it (a content template, its "
        "variables and approval) is asked when it is saved and previewed, and shown there."
    )
    def problems(self, info: Info) -> list[MappingProblem]:
        destination = info.context.snapshot.destinations[self.value.destination_id]
        found = [*findings(info.context, destination, self.value), *self.found]
        return [finding.as_problem() for finding in found]

    @classmethod
    def of(cls, context: Context, mapping: workspace.Mapping, found: Sequence[Finding] = ()) -> Self:
        """The mapping as this viewer sees it, with what its provider was found to say of it just now."""
        viewer, cancel = context.viewer, mapping.cancel_trigger
        return cls(
            id=strawberry.ID(mapping.id),
            value=mapping,
            found=found,
            name=mapping.name,
            enabled=mapping.enabled,
            revision=mapping.revision,
            trigger=masking.text(viewer, mapping.trigger),
            cancel_trigger=None if cancel is None else masking.text(viewer, cancel),
            purpose=mapping.purpose,
            max_age_seconds=mapping.max_age_seconds,
            allow_browser_events=mapping.allow_browser_events,
            allow_import=mapping.allow_import,
            fields=JSON(masking.json(viewer, mapping.fields)),
            created_at=mapping.created_at,
            updated_at=mapping.updated_at,
        )


def action_of(definition: DestinationDefinition, slug: str) -> ActionDefinition | None:
    """The action of that slug, if the definition has it."""
    return next((action for action in definition.actions if action.slug == slug), None)


def no_action(slug: str, definition: DestinationDefinition) -> str:
    """What to say where it has not."""
    known = ", ".join(action.slug for action in definition.actions)
    return f"{definition.name} has no action `{slug}`. It has: {known}."


def findings(
    context: Context, destination: workspace.Destination, mapping: workspace.Mapping
) -> list[Finding]:
    """Errors and doubts about a mapping, stored or not."""
    definition = context.definition(destination.definition)
    action = action_of(definition, mapping.action)
    if action is None:
        return [Finding(no_action(mapping.action, definition), ("action",))]
    settings = definition.settings.model_validate(dict(destination.settings))
    cancel = mapping.cancel_trigger
    return [
        *mapping_checks.of_trigger(mapping.trigger),
        *(mapping_checks.of_trigger(cancel, "cancelTrigger") if cancel else ()),
        *mapping_checks.of_fields(action, settings, mapping.fields),
        *mapping_checks.of_check(action, settings, mapping.fields),
        *mapping_checks.doubts(mapping.fields),
    ]


async def reviewed(
    context: Context, destination: workspace.Destination, mapping: workspace.Mapping
) -> list[Finding]:
    """What is known of the events that came, and what the destination's provider says of the fields."""
    found = await seen_names.of_triggers(context, destination, mapping)
    definition = context.definition(destination.definition)
    action = action_of(definition, mapping.action)
    if action is None or action.review is None:
        return found
    services = context.services
    asked: kit.Context[Any] = kit.Context(
        settings=definition.settings.model_validate(dict(destination.settings)),
        now=services.clock.now(),
        read=services.reader.cached,
        purpose=mapping.purpose,
        allowed_hosts=services.settings.allowed_hosts,
        lookups=True,
    )
    return [*found, *map(mapping_checks.of_review, await action.review(mapping.fields, asked))]


def _of_destination(
    destination: strawberry.Parent[Destination],
    info: Info,
    first: First = 25,
    after: After = strawberry.UNSET,
) -> Connection[Mapping]:
    return _page_of(info.context, destination.value.id, first, after)


def _page_of(
    context: Context, destination_id: str | None, first: int | None, after: str | None
) -> Connection[Mapping]:
    there = context.snapshot.destinations
    found = [
        one
        for one in context.snapshot.mappings.values()
        if destination_id == one.destination_id
        or (destination_id is None and there[one.destination_id].space == context.viewer.space)
    ]
    page, cursor = newest_first(found, first, after, _place)
    return connection(page, cursor, lambda one: Mapping.of(context, one), _place)


def _place(mapping: workspace.Mapping) -> tuple[datetime, str]:
    return mapping.created_at, mapping.id


@strawberry.type
class DestinationFields:
    """What a destination shows of mappings."""

    mappings: Connection[Mapping] = strawberry.field(
        resolver=_of_destination, description="The mappings that send through it, the newest first."
    )


@strawberry.type
class Query:
    """Joined into the schema's Query."""

    @resolved("The mapping of that id; null where this token sees none.")
    def mapping(self, info: Info, id: Id) -> Mapping | None:  # noqa: A002  the schema's word
        found = info.context.mapping(id)
        return None if found is None else Mapping.of(info.context, found)

    @resolved("The mappings of the token's space, or of one destination, the newest first.")
    def mappings(
        self,
        info: Info,
        first: First = 25,
        after: After = strawberry.UNSET,
        destination_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only those of that destination.")
        ] = strawberry.UNSET,
    ) -> Connection[Mapping]:
        if destination_id and info.context.destination(destination_id) is None:
            raise bad_input("`destinationId` names no destination that this token sees.")
        return _page_of(info.context, destination_id or None, first, after)

    @resolved("What is wrong with a trigger, with line and column; empty where it is good.")
    def trigger_check(
        self, trigger: Annotated[str, strawberry.argument(description="The trigger (FQL).")]
    ) -> list[MappingProblem]:
        return [finding.as_problem() for finding in mapping_checks.of_trigger(trigger)]
