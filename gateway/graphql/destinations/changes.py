"""`destinationUpdate`: the name of a destination, whether it is switched on, and its policy."""

from typing import Annotated

import strawberry
from pydantic import ValidationError
from sqlalchemy import Connection as Database

from gateway import workspace
from gateway.graphql.context import Context, Info
from gateway.graphql.destinations.policy import DestinationPolicyInput, decided
from gateway.graphql.destinations.types import DestinationPayload, payload, refused, taken
from gateway.graphql.terms.errors import UserError, conflict, not_found
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.inputs import INPUT, check_name
from gateway.storage import destinations
from gateway.workspace import Role


@strawberry.input(description="What to change of a destination: what is left out, or null, stays.")
class DestinationUpdateInput:
    """See destinationUpdate."""

    id: strawberry.ID = strawberry.field(description="The destination.")
    expected_revision: int = strawberry.field(description="The revision it was read at.")
    name: str | None = strawberry.field(
        default=strawberry.UNSET, description="Its name, for people; one of a kind within its space."
    )
    enabled: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="Whether it is switched on; if not, what comes is SUPPRESSED. To let it wait, pause it.",
    )
    policy: DestinationPolicyInput | None = strawberry.field(
        default=strawberry.UNSET, description="What holds for all of its messages."
    )


@strawberry.type
class Mutation:
    """Joined into the schema's Mutation."""

    @resolved(
        "Change a destination. What it is then holds for the next event, and for each delivery at its next turn; a new name or policy "
        "needs no new verification."
    )
    async def destination_update(
        self, info: Info, given: Annotated[DestinationUpdateInput, INPUT]
    ) -> DestinationPayload:
        context = info.context
        context.require(Role.ADMIN, "Changing a destination")
        destination = context.destination(given.id)
        if destination is None:
            return refused(context, context.viewer.space, [not_found("destination", "id")])
        problems: list[UserError] = [*check_name(given.name, "name")] if isinstance(given.name, str) else []
        country = _country(context, destination)
        policy = decided(destination.policy, given.policy or None, country)
        if isinstance(policy, list):
            problems += policy
        if problems:
            return refused(context, destination.space, problems)
        return await _update(context, destination, given, country)


async def _update(
    context: Context,
    destination: workspace.Destination,
    given: DestinationUpdateInput,
    country: str | None,
) -> DestinationPayload:
    services, now = context.services, context.services.clock.now()

    def change(database: Database) -> UserError | None:
        found = destinations.get(database, destination.id, services.secrets, for_update=True)
        if found is None:
            return not_found("destination", "id")
        if found.revision != given.expected_revision:
            return conflict("destination", given.expected_revision, found.revision)
        name = given.name.strip() if given.name else found.name
        enabled = given.enabled if isinstance(given.enabled, bool) else found.enabled
        policy = decided(found.policy, given.policy or None, country)
        if isinstance(policy, list):
            raise TypeError("The same input was right before")
        if destinations.is_taken(database, found.space, name, but=found.id):
            return taken(name)
        if (name, enabled, policy) != (found.name, found.enabled, found.policy):
            destinations.change(database, found, name=name, enabled=enabled, policy=policy, now=now)
        return None

    wrong = await services.store.write(change)
    await context.changed()
    if wrong is not None:
        return refused(context, destination.space, [wrong])
    return payload(context, context.snapshot.destinations[destination.id])


def _country(context: Context, destination: workspace.Destination) -> str | None:
    """The country in which the destination reads numbers without +, as far as that can be told."""
    definition = context.services.workspace.definitions.get(destination.definition)
    try:
        return (
            None
            if definition is None
            else definition.default_country(definition.settings.model_validate(dict(destination.settings)))
        )
    except ValidationError:
        return None
