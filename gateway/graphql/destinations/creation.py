"""`destinationCreate`, made for the installed definitions, and the settings that a Destination shows."""

from dataclasses import replace
from typing import Annotated, Any

import strawberry
from sqlalchemy import Connection as Database

from destinations.kit import DestinationDefinition, DestinationStatus, Fields, Policy, new_policy
from gateway import ids, workspace
from gateway.graphql.catalogue.settings import revealed
from gateway.graphql.context import Context, Info
from gateway.graphql.destinations import log, outgoing, settings_input
from gateway.graphql.destinations.policy import DestinationPolicyInput
from gateway.graphql.destinations.policy_check import Around, decided
from gateway.graphql.destinations.settings import SettingTypes
from gateway.graphql.destinations.types import Destination, DestinationPayload, payload, refused, taken
from gateway.graphql.terms.errors import InputError, not_found
from gateway.graphql.terms.idempotency import key_of, once
from gateway.graphql.terms.inputs import INPUT, check_name, check_space
from gateway.storage import destinations
from gateway.workspace import Role


def destination_fields(types: SettingTypes) -> type:
    """What a destination shows of its settings."""

    def show(destination: strawberry.Parent[Destination], info: Info) -> Any:
        value = destination.value
        return types.show(info.context.viewer, value, info.context.definition(value.definition))

    class DestinationFields:
        settings: Any = strawberry.field(  # its type is set below
            resolver=show, description="What the account owner filled in; secrets are masked."
        )

    show.__annotations__["return"] = types.shown
    DestinationFields.__annotations__["settings"] = types.shown
    return strawberry.type(DestinationFields)


def mutation(types: SettingTypes) -> type:
    """`destinationCreate` for those settings."""

    class DestinationCreateInput:
        name: str = strawberry.field(description="Its name, for people; one of a kind within its space.")
        space: str | None = strawberry.field(default="default", description="The space it belongs to.")
        settings: Any = strawberry.field(description="The account, under the key of its type.")
        policy: DestinationPolicyInput | None = strawberry.field(
            default=strawberry.UNSET, description="What holds for all of its messages."
        )
        enabled: bool | None = strawberry.field(default=True, description="Whether it is switched on.")
        idempotency_key: str | None = strawberry.field(
            default=strawberry.UNSET,
            description="Any text of yours: the same key and input again make nothing new.",
        )

    DestinationCreateInput.__annotations__["settings"] = types.taken
    wanted = strawberry.input(DestinationCreateInput, description="A destination to make.")

    async def create(info: Info, given: Any) -> DestinationPayload:
        return await _create(info.context, given)

    create.__annotations__["given"] = Annotated[wanted, INPUT]

    @strawberry.type
    class Mutation:
        destination_create: DestinationPayload = strawberry.mutation(
            resolver=create,
            description="Make a destination. Its settings are checked for what can be seen without asking the "
            "provider; it is a DRAFT until destinationVerify.",
        )

    return Mutation


async def _create(context: Context, given: Any) -> DestinationPayload:
    context.require(Role.ADMIN, "Making a destination")
    space = given.space or "default"
    context.require_space(space)
    problems = [*check_name(given.name, "name"), *check_space(space, "space")]
    definition, settings = settings_input.chosen(context.services.workspace.definitions, given.settings)
    checked = settings_input.of_new(definition, settings, context.services.settings)
    country = None if isinstance(checked, list) else definition.default_country(checked)
    around = Around(country, context.sources_of(space), definition.stop_confirmation, context.snapshot)
    policy = decided(new_policy(country), given.policy, around)
    if isinstance(checked, list) or isinstance(policy, list) or problems:
        for found in (checked, policy):
            problems += found if isinstance(found, list) else []
        return refused(context, space, problems)
    return await _store(context, given, space, definition, checked, policy)


async def _store(
    context: Context,
    given: Any,
    space: str,
    definition: DestinationDefinition,
    settings: Fields,
    policy: Policy,
) -> DestinationPayload:
    services, now = context.services, context.services.clock.now()
    destination = workspace.Destination(
        id=ids.new("dst"),
        space=space,
        definition=definition.slug,
        name=given.name.strip(),
        enabled=given.enabled is not False,
        status=DestinationStatus.DRAFT,
        revision=1,
        settings=revealed(settings),
        secrets_set_at=now,
        verification=None,
        created_at=now,
        updated_at=now,
        policy=policy,
    )

    kept, secret = outgoing.prepared(definition, destination, now)

    def create(database: Database) -> workspace.Destination | InputError:
        if destinations.is_taken(database, space, kept.name):
            return taken(kept.name)
        destinations.add(database, kept, services.secrets)
        log.record(context, database, "destinationCreate", None, kept)
        return replace(kept, settings=settings_input.masked(definition, kept.settings))

    same = {
        "name": destination.name,
        "enabled": destination.enabled,
        "definition": definition.slug,
        "settings": destination.settings,
        "policy": policy,
    }
    key = key_of(given.idempotency_key)
    made = await once(services, space, "destinationCreate", key, same, create, workspace.Destination)
    if made.id is None:
        return refused(context, space, made.errors)
    await context.changed()
    there = context.destination(made.id)
    if there is None:  # deleted since
        return refused(context, space, [not_found("destination", "idempotencyKey")])
    if not made.new:
        return payload(context, made.value or there)
    return payload(context, there, webhook_secret=secret)
