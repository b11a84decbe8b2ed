"""`destinationCreate`, made for the installed definitions, and the settings that a Destination shows."""

from collections.abc import Mapping
from typing import Annotated, Any

import strawberry
from pydantic import SecretStr, ValidationError
from sqlalchemy import Connection as Database

from destinations.kit import DestinationDefinition, DestinationStatus, Fields, Policy
from gateway import ids, workspace
from gateway.graphql.catalogue.settings import key_name, revealed, settings_of
from gateway.graphql.context import Context, Info
from gateway.graphql.destinations.policy import DestinationPolicyInput, decided
from gateway.graphql.destinations.settings import SettingTypes
from gateway.graphql.destinations.types import Destination, DestinationPayload, payload, refused, taken
from gateway.graphql.terms.enums import ErrorCode
from gateway.graphql.terms.errors import InputError, input_error
from gateway.graphql.terms.idempotency import once
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
    definition, settings = _chosen(context.services.workspace.definitions, given.settings)
    checked = _checked(definition, settings, context.services.settings.allowed_hosts)
    country = None if isinstance(checked, list) else definition.default_country(checked)
    policy = decided(Policy(), given.policy, country)
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

    def create(database: Database) -> str | InputError:
        if destinations.is_taken(database, space, destination.name):
            return taken(destination.name)
        destinations.add(database, destination, services.secrets)
        return destination.id

    same = {
        "name": destination.name,
        "enabled": destination.enabled,
        "definition": definition.slug,
        "settings": destination.settings,
        "policy": policy,
    }
    made = await once(services, space, "destinationCreate", given.idempotency_key or None, same, create)
    if made.id is None:
        return refused(context, space, made.errors)
    await context.changed()
    return payload(context, context.snapshot.destinations[made.id])


def _chosen(
    definitions: Mapping[str, DestinationDefinition], given: Any
) -> tuple[DestinationDefinition, Any]:
    """The definition whose key of the oneOf input was given, and what was given for it."""
    for slug, definition in definitions.items():
        value = getattr(given, key_name(slug))
        if value is not strawberry.UNSET and value is not None:
            return definition, value
    raise AssertionError("GraphQL lets no oneOf input through that has no key")


def _checked(
    definition: DestinationDefinition, given: Any, allowed_hosts: frozenset[str]
) -> Fields | list[InputError]:
    """The settings as their model has them, or all that can be seen to be wrong with them."""
    at = ("settings", key_name(definition.slug))
    problems = _missing(definition.settings, given, at)
    if problems:
        return problems
    try:
        settings = definition.settings.model_validate(_values(definition.settings, given))
    except ValidationError as error:
        # The words only: what was given may be a secret.
        found = error.errors(include_url=False, include_input=False, include_context=False)
        return [
            input_error(
                ErrorCode.INVALID, one["msg"].removeprefix("Value error, "), *at, *map(str, one["loc"])
            )
            for one in found
        ]
    said = definition.validate_settings(settings, allowed_hosts)
    wrong = [input_error(ErrorCode.INVALID, message, *at, *key.split(".")) for key, message in said]
    return wrong or settings


def _missing(model: type[Fields], given: Any, at: tuple[str, str]) -> list[InputError]:
    found = []
    for setting in settings_of(model):
        if setting.kind == "KEYS":
            parts = {
                setting.sid_key: getattr(given, setting.sid_attribute),
                setting.secret_key: getattr(given, setting.secret_attribute),
            }
            if any(parts.values()):
                found += [
                    input_error(
                        ErrorCode.REQUIRED, "The SID of a key and its secret come together.", *at, key
                    )
                    for key, value in parts.items()
                    if not value
                ]
        elif setting.field.required and not getattr(given, setting.field.attribute):
            message = f"{setting.field.label} is blank. {setting.field.description}"
            found.append(input_error(ErrorCode.REQUIRED, message, *at, setting.field.key))
    return found


def _values(model: type[Fields], given: Any) -> dict[str, Any]:
    """What was given, by outside name; what was left out is left to the model."""
    values: dict[str, Any] = {}
    for setting in settings_of(model):
        if setting.kind == "KEYS":
            sid: str = getattr(given, setting.sid_attribute)
            secret: SecretStr = getattr(given, setting.secret_attribute)
            values[setting.field.key] = [{"sid": sid, "secret": secret}] if sid else []
            continue
        value = getattr(given, setting.field.attribute)
        if value is strawberry.UNSET or (value is None and not setting.nullable):
            continue
        values[setting.field.key] = value
    return values
