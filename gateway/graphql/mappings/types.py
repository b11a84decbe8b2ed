"""Mappings: a trigger and an action's fields, for one destination."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self

import strawberry
from pydantic import ValidationError
from strawberry.scalars import JSON

from destinations import kit
from destinations.kit import ActionDefinition, DestinationDefinition, Fields, Purpose
from gateway import workspace
from gateway.facts.pasting import filled
from gateway.graphql.catalogue import types as catalogue
from gateway.graphql.catalogue.types import Action
from gateway.graphql.context import Context, Info
from gateway.graphql.destinations import misfits
from gateway.graphql.destinations.types import Destination
from gateway.graphql.mappings import checks as mapping_checks, overlaps, seen_names
from gateway.graphql.mappings.checks import Finding, MappingProblem
from gateway.graphql.terms import masking
from gateway.graphql.terms.enums import Severity
from gateway.graphql.terms.errors import Refused, UserError
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.nodes import Node
from gateway.synced import NOTHING_KNOWN
from gateway.workspace import MappingMode

CANCELS = (
    "Which events cancel what waits for the same person (FQL). Those of BROWSER sources, whose key is public, cancel MARKETING alone "
    "unless allowBrowserEvents is true; what they may not cancel, such an event says as `cancel_not_trusted`"
)
BROWSERS = (
    "Whether events of BROWSER sources start a send, to numbers that a SERVER source gave, and cancel whatever waits. Anybody can send "
    "such events, for any user whose id they know, and what they say is in the text where the mapping prints it; a trait that a SERVER "
    "source gave prints as it was given."
)


MODE = (
    "LIVE sends. In SHADOW it decides on what comes, and what it would send is recorded as SHADOWED, with no request: nothing that was made "
    "in SHADOW is ever sent, also once it is LIVE. Test sends go out"
)


@strawberry.type(
    description="Which events lead to which message: a trigger, and what fills an action's fields."
)
class Mapping(Node):
    """See workspace.Mapping."""

    value: strawberry.Private[workspace.Mapping]
    found: strawberry.Private[Sequence[Finding]]
    name: str = strawberry.field(description="Its name, for people.")
    enabled: bool = strawberry.field(description="Whether it is switched on.")
    mode: MappingMode = strawberry.field(description=f"{MODE}.")
    revision: int = strawberry.field(description="Goes up by one with every change.")
    trigger: str = strawberry.field(description="Which events it is for (FQL).")
    cancel_trigger: str | None = strawberry.field(description=f"{CANCELS}.")
    purpose: Purpose = strawberry.field(description="Why it sends: it decides how much consent is asked for.")
    max_age_seconds: int = strawberry.field(description="How old an event may be when it is sent.")
    allow_browser_events: bool = strawberry.field(description=BROWSERS)
    allow_import: bool = strawberry.field(description="Whether events of /v1/import start a send.")
    fields: JSON = strawberry.field(description="Segment mapping JSON: raw values and directives.")
    created_at: datetime = strawberry.field(description="When it was made.")
    updated_at: datetime = strawberry.field(description="When it was last changed.")
    deleted_at: datetime | None = strawberry.field(
        description="When it was deleted; then it is shown with the deliveries that were made of it alone."
    )

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
        "What is wrong with it, or doubtful, such as another mapping that texts for the same events; empty where all is well. What the provider says of it (a content template, its "
        "variables and approval) is asked when it is saved and previewed, and shown there."
    )
    def problems(self, info: Info) -> list[MappingProblem]:
        destination = info.context.snapshot.destinations[self.value.destination_id]
        found = [*findings(info.context, destination, self.value), *self.found]
        found += overlaps.of_stored(info.context.snapshot, self.value.id)
        return [finding.as_problem() for finding in found]

    @resolved(
        "What it sends from, as it stands: its own sender, or where it names none the default one of its destination. Null where each "
        "event says. Numbers are masked for viewers."
    )
    def effective_sender(self, info: Info) -> str | None:
        context = info.context
        one = context.snapshot.compiled.get(self.value.id)
        return None if one is None or one.sender is None else masking.text(context.viewer, one.sender.address)

    @classmethod
    def of(cls, context: Context, mapping: workspace.Mapping, found: Sequence[Finding] = ()) -> Self:
        """The mapping as this viewer sees it, with what its provider was found to say of it just now."""
        viewer, cancel = context.viewer, mapping.cancel_trigger
        return cls(
            id=strawberry.ID(mapping.id),
            value=mapping,
            found=found,
            name=masking.text(viewer, mapping.name),
            enabled=mapping.enabled,
            mode=mapping.mode,
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
            deleted_at=mapping.deleted_at,
        )


@strawberry.type(description="A mapping that was made or changed, or what was wrong.")
class MappingPayload:
    """Of every mutation about a mapping."""

    mapping: Mapping | None = strawberry.field(
        description="The mapping as it is now; null where nothing was done."
    )
    errors: list[UserError] = strawberry.field(description="What was wrong; empty where it was done.")


def refused(*errors: UserError) -> MappingPayload:
    """Nothing was done."""
    return MappingPayload(mapping=None, errors=list(errors))


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
    definition = context.services.workspace.definitions.get(destination.definition)
    if definition is None:
        return [Finding(_not_installed(destination), ("destinationId",))]
    action = action_of(definition, mapping.action)
    if action is None:
        return [Finding(no_action(mapping.action, definition), ("action",))]
    try:
        settings = definition.settings.model_validate(dict(destination.settings))
    except ValidationError as error:
        check = misfits.check_of(definition, destination, error)
        return [Finding(f"{check.message} {filled(check.remedy or '', destination)}", ("destinationId",))]
    cancel = mapping.cancel_trigger
    return [
        *mapping_checks.of_trigger(mapping.trigger),
        *(mapping_checks.of_trigger(cancel, "cancelTrigger") if cancel else ()),
        *mapping_checks.of_fields(action, settings, mapping.fields),
        *mapping_checks.of_check(action, settings, mapping.fields),
        *mapping_checks.doubts(mapping.fields),
        *_of_sender(context, destination, definition, action, settings, mapping),
        *_of_template(context, destination, action, mapping),
    ]


def _of_template(
    context: Context, destination: workspace.Destination, action: ActionDefinition, mapping: workspace.Mapping
) -> list[Finding]:
    """What is known of the template that it names: it may begin no conversation, or not be there any more."""
    named = None if action.template is None else action.template(mapping.fields)
    there = context.snapshot.templates.get(destination.id, {}).get(named or "")
    said = None if named is None or there is None else mapping_checks.of_template(named, there)
    if said is None:
        return []
    told = masking.text(context.viewer, said)
    path = ("fields",) if action.template_field is None else ("fields", action.template_field)
    return [Finding(told, path, severity=Severity.WARNING)]


def _of_sender(
    context: Context,
    destination: workspace.Destination,
    definition: DestinationDefinition,
    action: ActionDefinition,
    settings: Fields,
    mapping: workspace.Mapping,
) -> list[Finding]:
    """What is known of the sender that it names: the account may not have it, nothing may leave from it now, or the destination has
    another one, of another kind.
    """
    if action.sender is None or (named := action.sender(mapping.fields, settings)) is None:
        return []
    known = context.snapshot.senders.get(destination.id, NOTHING_KNOWN)
    default, setting = action.sender({}, settings), mapping_checks.default_sender_key(definition, action)
    said = [mapping_checks.of_sender(known, named)]
    if default is not None and setting is not None:
        said.append(mapping_checks.of_two_senders(named, default, action.sender_field, setting))
    path = ("fields", action.sender_field)
    return [
        Finding(masking.text(context.viewer, one), path, severity=Severity.WARNING) for one in said if one
    ]


def _not_installed(destination: workspace.Destination) -> str:
    return (
        f"The destination type {destination.definition} is not installed on this server, so that nothing of this mapping can run. "
        "Install the package that brings it, then restart."
    )


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
