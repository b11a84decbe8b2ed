"""`webhookSecretRotate`: another secret for what an owner is told, beside the one before for a while."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Annotated

import strawberry
from sqlalchemy import Connection as Database

from destinations.kit import DestinationDefinition
from gateway import workspace
from gateway.graphql.context import Info
from gateway.graphql.destinations import log, outgoing, settings_input
from gateway.graphql.destinations.held import held
from gateway.graphql.destinations.types import Destination
from gateway.graphql.destinations.verification import unfit
from gateway.graphql.terms.enums import ErrorCode
from gateway.graphql.terms.errors import UserError, input_error, not_found
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.idempotency import KEY, key_of, once
from gateway.graphql.terms.inputs import INPUT
from gateway.storage import destinations
from gateway.workspace import Role

LONGEST_OVERLAP = 30 * 86_400


@strawberry.input(description="Whose webhook secret to rotate.")
class WebhookSecretRotateInput:
    """See webhookSecretRotate."""

    id: strawberry.ID = strawberry.field(description="The destination.")
    expected_revision: int = strawberry.field(description="The revision it was read at.")
    overlap_seconds: int | None = strawberry.field(
        default=86_400,
        description="How long the secret before signs beside the new one, so that a receiver may learn the new one in its own time; "
        "0 where it became known to somebody.",
    )
    idempotency_key: str | None = strawberry.field(default=strawberry.UNSET, description=KEY)


@strawberry.type(description="A new webhook secret, or what was wrong.")
class WebhookSecretPayload:
    """Of webhookSecretRotate."""

    destination: Destination | None = strawberry.field(
        description="The destination as it is now; null where nothing was done."
    )
    webhook_secret: str | None = strawberry.field(
        description="The secret, shown this once: give it to whoever receives the events."
    )
    errors: list[UserError] = strawberry.field(description="What was wrong; empty where it was done.")


def _refused(*errors: UserError) -> WebhookSecretPayload:
    return WebhookSecretPayload(destination=None, webhook_secret=None, errors=list(errors))


def _wrong(
    definition: DestinationDefinition, destination: workspace.Destination, overlap: int
) -> Sequence[UserError]:
    """Why no secret can be made."""
    if not 0 <= overlap <= LONGEST_OVERLAP:
        message = f"The overlap is 0 to {LONGEST_OVERLAP} seconds (30 days). Nothing was changed."
        return [input_error(ErrorCode.INVALID, message, "overlapSeconds")]
    if outgoing.setting_of(definition) is None:
        message = f"A {definition.name} destination tells its owner no events, so it has no webhook secret. Nothing was changed."
        return [input_error(ErrorCode.INVALID, message, "id")]
    return unfit(definition, destination, "id")


@strawberry.type
class Mutation:
    """Joined into the schema's Mutation."""

    @resolved(
        "Make a new secret that the events for a destination's webhookUrl are signed with. While the one before still signs, each event "
        "has a signature by both, and a receiver takes the one that it knows (Standard Webhooks)."
    )
    async def webhook_secret_rotate(
        self, info: Info, given: Annotated[WebhookSecretRotateInput, INPUT]
    ) -> WebhookSecretPayload:
        context = info.context
        context.require(Role.ADMIN, "Rotating a webhook secret")
        destination = context.destination(given.id)
        if destination is None:
            return _refused(not_found("destination", "id"))
        overlap = 86_400 if given.overlap_seconds is None else given.overlap_seconds
        definition = context.definition(destination.definition)
        wrong = _wrong(definition, destination, overlap)
        if wrong:
            return _refused(*wrong)
        services, made_secret = context.services, list[str]()

        def change(database: Database) -> workspace.Destination | UserError:
            made_secret.clear()
            found = held(context, database, destination.id, given.expected_revision)
            if isinstance(found, UserError):
                return found
            now = services.clock.now()
            changed, secret = outgoing.rotated(definition, found, now, timedelta(seconds=overlap))
            changed = replace(changed, revision=found.revision + 1, updated_at=now)
            destinations.save(database, changed, services.secrets)
            log.record(context, database, "webhookSecretRotate", found, changed)
            if secret is not None:
                made_secret.append(secret)
            return replace(changed, settings=settings_input.masked(definition, changed.settings))

        same = {"id": destination.id, "expectedRevision": given.expected_revision, "overlapSeconds": overlap}
        key = key_of(given.idempotency_key)
        made = await once(
            services, destination.space, "webhookSecretRotate", key, same, change, workspace.Destination
        )
        await context.changed()
        if made.id is None:
            return _refused(*made.errors)
        there = context.destination(made.id)
        shown = there if made.new else made.value or there
        if shown is None:  # deleted since
            return _refused(not_found("destination", "id"))
        return WebhookSecretPayload(
            destination=Destination.of(context, shown),
            webhook_secret=made_secret[0] if made.new and made_secret else None,
            errors=[],
        )
