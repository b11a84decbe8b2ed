"""`sourceCreate`."""

from typing import Annotated, Any

import strawberry
from pydantic import SecretStr
from sqlalchemy import Connection as Database

from gateway import ids, workspace
from gateway.graphql.context import Context, Info
from gateway.graphql.sources.forwarding import (
    PATH_KEY,
    SIGNED_WITH,
    check_secret,
    check_trust,
    given_secret,
    with_secret,
)
from gateway.graphql.sources.types import SourcePayload, changes, payload, refused, taken
from gateway.graphql.terms.errors import UserError, not_found
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.idempotency import KEY, key_of, once
from gateway.graphql.terms.inputs import INPUT, check_name, check_space
from gateway.storage import sources
from gateway.workspace import Role, SourceTrust

SMS_TRAIT = "sms_opt_in"
WHATSAPP_TRAIT = "whatsapp_opt_in"


@strawberry.input(description="A source to make.")
class SourceCreateInput:
    """See sourceCreate."""

    name: str = strawberry.field(description="Its name, for people; one of a kind within its space.")
    space: str | None = strawberry.field(default="default", description="The space it belongs to.")
    trust: SourceTrust | None = strawberry.field(
        default=SourceTrust.SERVER, description="BROWSER where its key will be in a page's source."
    )
    sms_opt_in_trait: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The trait of an identify that says yes or no to SMS; `sms_opt_in` if left out.",
    )
    whatsapp_opt_in_trait: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The trait of an identify that says yes or no to WhatsApp; `whatsapp_opt_in` if left out.",
    )
    shared_secret: SecretStr | None = strawberry.field(
        default=strawberry.UNSET, description=f"{SIGNED_WITH} None if left out."
    )
    path_key_allowed: bool | None = strawberry.field(default=False, description=PATH_KEY)
    idempotency_key: str | None = strawberry.field(
        default=strawberry.UNSET,
        description=KEY,
    )


@strawberry.type
class Mutation:
    """Joined into the schema's Mutation."""

    @resolved("Make a source. Its write key is in this answer and never shown again.")
    async def source_create(self, info: Info, given: Annotated[SourceCreateInput, INPUT]) -> SourcePayload:
        context = info.context
        context.require(Role.ADMIN, "Making a source")
        space = given.space or "default"
        context.require_space(space)
        traits = (given.sms_opt_in_trait or SMS_TRAIT, given.whatsapp_opt_in_trait or WHATSAPP_TRAIT)
        secret, trust = given_secret(given.shared_secret), given.trust or SourceTrust.SERVER
        problems = [
            *check_name(given.name, "name"),
            *check_space(space, "space"),
            *check_name(traits[0], "smsOptInTrait"),
            *check_name(traits[1], "whatsappOptInTrait"),
            *check_secret(secret),
            *check_trust(trust, has_secret=secret is not None, path_key_allowed=bool(given.path_key_allowed)),
        ]
        if problems:
            return refused(*problems)
        return await _create(context, given, space, traits)


async def _create(
    context: Context, given: SourceCreateInput, space: str, traits: tuple[str, str]
) -> SourcePayload:
    name, trust, secret = (
        given.name.strip(),
        given.trust or SourceTrust.SERVER,
        given_secret(given.shared_secret),
    )
    write_key = ids.secret("hwk")
    now = context.services.clock.now()
    source = workspace.Source(
        id=ids.new("src"),
        space=space,
        name=name,
        trust=trust,
        enabled=True,
        revision=1,
        write_key_hash=ids.digest(write_key),
        write_key_last_four=write_key[-4:],
        write_key_set_at=now,
        sms_opt_in_trait=traits[0],
        whatsapp_opt_in_trait=traits[1],
        created_at=now,
        path_key_allowed=bool(given.path_key_allowed),
        **with_secret(secret, now),
    )

    def create(database: Database) -> workspace.Source | UserError:
        if not sources.add(database, source):
            return taken(name)
        sources.share(database, context.services.secrets, source.id, secret)
        context.record(database, "sourceCreate", source.id, changes(None, source), space=space)
        return source

    same: dict[str, Any] = {"name": name, "trust": trust.value, "traits": traits}
    if (
        secret is not None or source.path_key_allowed
    ):  # so that a key which was used before these were there stays good
        same |= {"sharedSecret": secret, "pathKeyAllowed": source.path_key_allowed}
    key = key_of(given.idempotency_key)
    made = await once(context.services, space, "sourceCreate", key, same, create, workspace.Source)
    if made.id is None:
        return refused(*made.errors)
    await context.changed()
    there = context.source(made.id)
    if there is None:  # made by an earlier call with this key, and deleted since
        return refused(not_found("source", "idempotencyKey"))
    return payload(made.value or there, write_key if made.new else None)
