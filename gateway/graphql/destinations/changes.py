"""`destinationUpdate`: the name of a destination, whether it is switched on, its settings and its policy."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

import strawberry
from pydantic import ValidationError
from sqlalchemy import Connection as Database

from destinations.kit import DestinationDefinition, DestinationStatus
from gateway import workspace
from gateway.graphql.catalogue.settings import key_name
from gateway.graphql.context import Context, Info
from gateway.graphql.destinations import log, outgoing, settings_input
from gateway.graphql.destinations.held import held
from gateway.graphql.destinations.policy import DestinationPolicyInput
from gateway.graphql.destinations.policy_check import Around, decided
from gateway.graphql.destinations.settings import SettingTypes
from gateway.graphql.destinations.types import DestinationPayload, payload, refused, taken
from gateway.graphql.terms.enums import ErrorCode
from gateway.graphql.terms.errors import UserError, input_error, not_found
from gateway.graphql.terms.inputs import INPUT, check_name
from gateway.pipeline import telling
from gateway.storage import destinations
from gateway.workspace import Role

DESCRIPTION = (
    "Change a destination. What it is then holds for the next event, and for each delivery at its next turn. Changed in place, a "
    "secret, SID, host or region sends it back to DRAFT: what waits is HELD ACCOUNT_NOT_VERIFIED, and goes on by itself once "
    "destinationVerify finds it well; a new name or policy does not. To rotate a key without a pause use destinationKeyAdd and "
    "destinationKeyPromote."
)


def mutation(types: SettingTypes) -> type:
    """`destinationUpdate` for those settings."""

    class DestinationUpdateInput:
        id: strawberry.ID = strawberry.field(description="The destination to change.")
        expected_revision: int = strawberry.field(description="The revision it was read at.")
        name: str | None = strawberry.field(
            default=strawberry.UNSET, description="Its name, for people; one of a kind within its space."
        )
        enabled: bool | None = strawberry.field(
            default=strawberry.UNSET,
            description="Whether it is switched on; if not, what comes is SUPPRESSED. To let it wait, pause it.",
        )
        settings: Any = strawberry.field(
            default=strawberry.UNSET,
            description="What to change of the account, under the key of its type; what is left out of that stays, null clears.",
        )
        policy: DestinationPolicyInput | None = strawberry.field(
            default=strawberry.UNSET, description="What holds for all of its messages."
        )

    DestinationUpdateInput.__annotations__["settings"] = types.changed | None
    wanted = strawberry.input(
        DestinationUpdateInput,
        description="What to change of a destination: what is left out, or null, stays.",
    )

    async def update(info: Info, given: Any) -> DestinationPayload:
        return await _update(info.context, given)

    update.__annotations__["given"] = Annotated[wanted, INPUT]

    @strawberry.type
    class Mutation:
        destination_update: DestinationPayload = strawberry.mutation(resolver=update, description=DESCRIPTION)

    return Mutation


async def _update(context: Context, given: Any) -> DestinationPayload:
    context.require(Role.ADMIN, "Changing a destination")
    destination = context.destination(given.id)
    if destination is None:
        return refused(context, context.viewer.space, [not_found("destination", "id")])
    wanted = _changed(context, destination, given)
    if isinstance(wanted, list):
        return refused(context, destination.space, wanted)
    services = context.services
    definition = services.workspace.definitions.get(destination.definition)
    made = list[str]()

    def change(database: Database) -> Sequence[UserError]:
        made.clear()
        found = held(context, database, destination.id, given.expected_revision)
        if isinstance(found, UserError):
            return [found]
        changed = _changed(context, found, given)
        if isinstance(changed, list):
            return changed
        if destinations.is_taken(database, found.space, changed.name, but=found.id):
            return [taken(changed.name)]
        if changed != found:
            now, secret = services.clock.now(), None
            if definition is not None:
                changed, secret = outgoing.prepared(definition, changed, now)
            destinations.save(database, replace(changed, revision=found.revision + 1), services.secrets)
            log.record(context, database, "destinationUpdate", found, changed)
            telling.of_status(database, found.id, found.status, changed.status, None, now)
            made.extend([secret] if secret is not None else ())
        return []

    wrong = await services.store.write(change)
    await context.changed()
    if wrong:
        return refused(context, destination.space, wrong)
    there = context.snapshot.destinations[destination.id]
    return payload(context, there, webhook_secret=next(iter(made), None))


def _changed(
    context: Context, destination: workspace.Destination, given: Any
) -> workspace.Destination | list[UserError]:
    """The destination as it is to be, or all that is wrong with that. What is the same in the end is the same value."""
    definition = context.services.workspace.definitions.get(destination.definition)
    problems: list[UserError] = [*check_name(given.name, "name")] if isinstance(given.name, str) else []
    settings = _settings(context, destination, definition, given)
    problems += settings if isinstance(settings, list) else []
    values = destination.settings if isinstance(settings, list) else settings
    around = Around(
        country=_country(definition, values),
        sources=context.sources_of(destination.space),
        confirmation=None if definition is None else definition.stop_confirmation,
        snapshot=context.snapshot,
        destination_id=destination.id,
    )
    policy = decided(destination.policy, given.policy or None, around)
    problems += policy if isinstance(policy, list) else []
    if problems or isinstance(policy, list):
        return problems
    changed = replace(
        destination,
        name=given.name.strip() if given.name else destination.name,
        enabled=given.enabled if isinstance(given.enabled, bool) else destination.enabled,
        policy=policy,
    )
    if definition is not None:
        changed = _with_settings(context, definition, changed, values)
    return changed if changed == destination else replace(changed, updated_at=context.services.clock.now())


def _settings(
    context: Context,
    destination: workspace.Destination,
    definition: DestinationDefinition | None,
    given: Any,
) -> Any:
    """The settings as they are to be, or all that is wrong with what was given."""
    if given.settings is strawberry.UNSET or given.settings is None:
        return destination.settings
    services = context.services
    meant, values = settings_input.chosen(services.workspace.definitions, given.settings)
    if definition is None or meant.slug != destination.definition:
        kind = destination.definition if definition is None else definition.name
        key = key_name(destination.definition)
        message = f"This destination is a {kind}: give its settings under `{key}`. Nothing was changed."
        return [input_error(ErrorCode.INVALID, message, *settings_input.at(meant))]
    now = services.clock.now()
    return settings_input.changed(definition, destination.settings, values, services.settings, now)


def _with_settings(
    context: Context, definition: DestinationDefinition, destination: workspace.Destination, values: Any
) -> workspace.Destination:
    """The destination with these settings; a DRAFT where what a verification looks at is another now."""
    before = settings_input.as_stored(definition, destination.settings)
    if values in (before, destination.settings):
        return destination
    changed = replace(destination, settings=values)
    if not settings_input.needs_verification(definition, before, values):
        return changed
    now = context.services.clock.now()
    # What the last checks said, and what trouble there was, is of another account.
    return replace(
        changed, status=DestinationStatus.DRAFT, verification=None, trouble=None, secrets_set_at=now
    )


def _country(definition: DestinationDefinition | None, settings: Any) -> str | None:
    """The country in which the destination reads numbers without +, as far as that can be told."""
    try:
        return (
            None
            if definition is None
            else definition.default_country(definition.settings.model_validate(dict(settings)))
        )
    except ValidationError:
        return None
