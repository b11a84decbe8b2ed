"""What changes a source that exists: its settings, its write key, its destinations."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any

import strawberry
from pydantic import SecretStr
from sqlalchemy import Connection as Database

from gateway import ids, workspace
from gateway.audit import FieldChange
from gateway.graphql.context import Context, Info
from gateway.graphql.sources.forwarding import (
    PATH_KEY,
    SIGNED_WITH,
    check_secret,
    check_trust,
    given_secret,
    renewed,
)
from gateway.graphql.sources.types import SourcePayload, changes, held, payload, refused, taken
from gateway.graphql.terms.enums import ErrorCode
from gateway.graphql.terms.errors import InputError, UserError, input_error, not_found
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.idempotency import KEY, key_of, once
from gateway.graphql.terms.inputs import INPUT, check_name
from gateway.storage import sources
from gateway.workspace import Role, SourceTrust

OVERLAP_SECONDS = 86_400
MOST_OVERLAP_SECONDS = 30 * 86_400
"""A key that was rotated out because it may have leaked must come to an end."""


@strawberry.input(
    description="What to change of a source: what is left out, or null, stays; but a sharedSecret of null is cleared."
)
class SourceUpdateInput:
    """See sourceUpdate."""

    id: strawberry.ID = strawberry.field(description="The id of the source.")
    expected_revision: int = strawberry.field(description="The revision it was read at.")
    name: str | None = strawberry.field(
        default=strawberry.UNSET, description="Its name, for people; one of a kind within its space."
    )
    enabled: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="Whether its events are taken; if not, they are refused with 403.",
    )
    trust: SourceTrust | None = strawberry.field(
        default=strawberry.UNSET,
        description="SERVER only where its key was never in a page: rotate it before, if it was.",
    )
    sms_opt_in_trait: str | None = strawberry.field(
        default=strawberry.UNSET, description="The trait of an identify that says yes or no to SMS."
    )
    whatsapp_opt_in_trait: str | None = strawberry.field(
        default=strawberry.UNSET, description="The trait of an identify that says yes or no to WhatsApp."
    )
    shared_secret: SecretStr | None = strawberry.field(
        default=strawberry.UNSET, description=f"{SIGNED_WITH} Null clears it; left out, it stays."
    )
    path_key_allowed: bool | None = strawberry.field(default=strawberry.UNSET, description=PATH_KEY)


@strawberry.input(description="A source that is to have a new write key.")
class SourceKeyRotateInput:
    """See sourceKeyRotate."""

    id: strawberry.ID = strawberry.field(description="The id of the source.")
    expected_revision: int = strawberry.field(description="The revision it was read at.")
    overlap_seconds: int | None = strawberry.field(
        default=OVERLAP_SECONDS,
        description="How long the key it has now, and any before that, go on working at most: 0 (they stop at once) "
        "to 2592000 (30 days).",
    )
    idempotency_key: str | None = strawberry.field(
        default=strawberry.UNSET,
        description=KEY,
    )


@strawberry.input(
    description="A source, and a destination that its events are to reach, or to reach no more."
)
class SourceConnectInput:
    """See sourceConnect and sourceDisconnect."""

    source_id: strawberry.ID = strawberry.field(description="The id of the source.")
    destination_id: strawberry.ID = strawberry.field(description="The destination, of the same space.")


@strawberry.type
class Mutation:
    """Joined into the schema's Mutation."""

    @resolved(
        "Change a source. The next request that it sends is answered by what it is then; events that were taken before "
        "are matched by it too."
    )
    async def source_update(self, info: Info, given: Annotated[SourceUpdateInput, INPUT]) -> SourcePayload:
        context = info.context
        context.require(Role.ADMIN, "Changing a source")
        source = context.source(given.id)
        if source is None:
            return refused(not_found("source", "id"))
        wanted = _wanted(given)
        problems = [*_check(wanted), *check_secret(given_secret(given.shared_secret))]
        return refused(*problems) if problems else await _update(context, source, given, wanted)

    @resolved(
        "Give a source a new write key: it is in this answer and never shown again. After a rotation no earlier key "
        "works for longer than overlapSeconds, however often the source was rotated before."
    )
    async def source_key_rotate(
        self, info: Info, given: Annotated[SourceKeyRotateInput, INPUT]
    ) -> SourcePayload:
        context = info.context
        context.require(Role.ADMIN, "Rotating a write key")
        source = context.snapshot.sources.get(given.id)
        if source is None or not context.viewer.sees(source.space):
            return refused(not_found("source", "id"))
        overlap = OVERLAP_SECONDS if given.overlap_seconds is None else given.overlap_seconds
        if not 0 <= overlap <= MOST_OVERLAP_SECONDS:
            message = f"An overlap has 0 to {MOST_OVERLAP_SECONDS} seconds (30 days). Nothing was changed."
            return refused(input_error(ErrorCode.INVALID, message, "overlapSeconds"))
        return await _rotate(context, source, given, overlap)

    @resolved("Let a source's events reach a destination. Twice is as good as once.")
    async def source_connect(self, info: Info, given: Annotated[SourceConnectInput, INPUT]) -> SourcePayload:
        info.context.require(Role.ADMIN, "Connecting a source")
        return await _link(info.context, given, connected=True)

    @resolved(
        "Let a source's events reach a destination no more. Deliveries that were made before go on. Twice is as good as "
        "once."
    )
    async def source_disconnect(
        self, info: Info, given: Annotated[SourceConnectInput, INPUT]
    ) -> SourcePayload:
        info.context.require(Role.ADMIN, "Disconnecting a source")
        return await _link(info.context, given, connected=False)


def _wanted(given: SourceUpdateInput) -> dict[str, Any]:
    """What is to be another than it is, by the names of workspace.Source."""
    named = {
        "name": given.name.strip() if given.name else given.name,
        "enabled": given.enabled,
        "trust": given.trust,
        "sms_opt_in_trait": given.sms_opt_in_trait,
        "whatsapp_opt_in_trait": given.whatsapp_opt_in_trait,
        "path_key_allowed": given.path_key_allowed,
    }
    return {name: value for name, value in named.items() if value not in (None, strawberry.UNSET)}


def _check(wanted: dict[str, Any]) -> list[InputError]:
    paths = {
        "name": "name",
        "sms_opt_in_trait": "smsOptInTrait",
        "whatsapp_opt_in_trait": "whatsappOptInTrait",
    }
    return [
        problem
        for name, path in paths.items()
        if name in wanted
        for problem in check_name(wanted[name], path)
    ]


async def _update(
    context: Context, source: workspace.Source, given: SourceUpdateInput, wanted: dict[str, Any]
) -> SourcePayload:
    services = context.services

    def change(database: Database) -> Sequence[UserError]:
        found = held(database, source.id, given.expected_revision)
        if isinstance(found, UserError):
            return [found]
        secret = renewed(database, services.secrets, found, given.shared_secret, services.clock.now())
        changed = replace(found, **wanted, **secret)
        if changed == found and not secret:
            return []
        wrong = check_trust(
            changed.trust,
            has_secret=changed.shared_secret_set_at is not None,
            path_key_allowed=changed.path_key_allowed,
        )
        if wrong:
            return wrong
        if not sources.save(database, replace(changed, revision=found.revision + 1)):
            return [taken(changed.name)]
        if secret:
            sources.share(database, services.secrets, found.id, given_secret(given.shared_secret))
        context.record(database, "sourceUpdate", found.id, changes(found, changed), space=found.space)
        return []

    return await _done(context, source.id, await services.store.write(change))


async def _done(context: Context, source_id: str, wrong: Sequence[UserError]) -> SourcePayload:
    await context.changed()
    return refused(*wrong) if wrong else payload(context.snapshot.sources[source_id])


async def _rotate(
    context: Context, source: workspace.Source, given: SourceKeyRotateInput, overlap: int
) -> SourcePayload:
    write_key, now = ids.secret("hwk"), context.services.clock.now()

    def rotate(database: Database) -> workspace.Source | UserError:
        found = held(database, source.id, given.expected_revision)
        if isinstance(found, UserError):
            return found
        sources.retire(database, found, now + timedelta(seconds=overlap), now)
        rotated = replace(
            found,
            revision=found.revision + 1,
            write_key_hash=ids.digest(write_key),
            write_key_last_four=write_key[-4:],
            write_key_set_at=now,
        )
        sources.save(database, rotated)
        told = (*changes(found, rotated), FieldChange("overlapSeconds", None, str(overlap)))
        context.record(database, "sourceKeyRotate", found.id, told, space=found.space)
        return rotated

    same = {"id": source.id, "expectedRevision": given.expected_revision, "overlapSeconds": overlap}
    key = key_of(given.idempotency_key)
    made = await once(context.services, source.space, "sourceKeyRotate", key, same, rotate, workspace.Source)
    await context.changed()
    if made.id is None:
        return refused(*made.errors)
    there = context.source(made.id)
    if there is None:  # deleted since
        return refused(not_found("source", "id"))
    return payload(made.value or there, write_key if made.new else None)


async def _link(context: Context, given: SourceConnectInput, *, connected: bool) -> SourcePayload:
    source, destination = context.source(given.source_id), context.destination(given.destination_id)
    if source is None:  # and which destinations it could have, depends on it
        return refused(not_found("source", "sourceId"))
    if destination is None or destination.space != source.space:
        return refused(not_found(f"destination of the space {source.space}", "destinationId"))
    there, reached = source, destination.id

    def change(database: Database) -> Sequence[UserError]:
        found = sources.get(database, there.id, for_update=True)
        if found is None or found.deleted_at is not None:
            return [not_found("source", "sourceId")]
        if connected and sources.connect(database, there.id, reached):
            told = FieldChange("destinations", None, reached)
            context.record(database, "sourceConnect", there.id, [told], space=there.space)
        elif not connected and sources.disconnect(database, there.id, reached):
            told = FieldChange("destinations", reached, None)
            context.record(database, "sourceDisconnect", there.id, [told], space=there.space)
        return []

    return await _done(context, there.id, await context.services.store.write(change))
