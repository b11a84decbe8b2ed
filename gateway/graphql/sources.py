"""Sources: where events come from."""

from datetime import datetime
from typing import Annotated, Self

import strawberry
from sqlalchemy import Connection as Database

from gateway import ids, workspace
from gateway.graphql.context import Context, Info
from gateway.graphql.enums import ErrorCode
from gateway.graphql.errors import InputError, UserError, input_error, not_found
from gateway.graphql.fields import resolved
from gateway.graphql.idempotency import once
from gateway.graphql.inputs import INPUT, check_name, check_space
from gateway.graphql.masking import MaskedSecret
from gateway.graphql.nodes import Id, Node
from gateway.graphql.pagination import After, Connection, First, connection, newest_first
from gateway.storage import sources
from gateway.workspace import Role, SourceTrust

SMS_TRAIT = "sms_opt_in"
WHATSAPP_TRAIT = "whatsapp_opt_in"


@strawberry.type(description="Where events come from: an application or a site, known by its write key.")
class Source(Node):
    """See workspace.Source."""

    space: str = strawberry.field(description="The space it belongs to; links never cross it.")
    name: str = strawberry.field(description="Its name, for people.")
    trust: SourceTrust = strawberry.field(description="How far its events are believed.")
    enabled: bool = strawberry.field(description="Whether its events are taken.")
    revision: int = strawberry.field(description="Goes up by one with every change.")
    write_key: MaskedSecret = strawberry.field(description="Its credential for sending events.")
    sms_opt_in_trait: str = strawberry.field(
        description="The trait of an identify that says yes (true) or no (false) to SMS."
    )
    whatsapp_opt_in_trait: str = strawberry.field(
        description="The trait of an identify that says yes (true) or no (false) to WhatsApp."
    )
    created_at: datetime = strawberry.field(description="When it was made.")

    @classmethod
    def of(cls, source: workspace.Source) -> Self:
        """The source as the API shows it."""
        return cls(
            id=strawberry.ID(source.id),
            space=source.space,
            name=source.name,
            trust=source.trust,
            enabled=source.enabled,
            revision=source.revision,
            write_key=MaskedSecret(
                configured=True, last_four=source.write_key_last_four, set_at=source.write_key_set_at
            ),
            sms_opt_in_trait=source.sms_opt_in_trait,
            whatsapp_opt_in_trait=source.whatsapp_opt_in_trait,
            created_at=source.created_at,
        )


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
    idempotency_key: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Any text of yours: the same key and input again make nothing new.",
    )


@strawberry.input(description="A source, and a destination that its events are to reach.")
class SourceConnectInput:
    """See sourceConnect."""

    source_id: strawberry.ID = strawberry.field(description="The source.")
    destination_id: strawberry.ID = strawberry.field(description="The destination, of the same space.")


@strawberry.type(description="A source that was made or changed, or what was wrong.")
class SourcePayload:
    """Of every mutation about a source."""

    source: Source | None = strawberry.field(
        description="The source as it is now; null where nothing was done."
    )
    write_key: str | None = strawberry.field(description="Shown this once.")
    errors: list[UserError] = strawberry.field(description="What was wrong; empty where it was done.")


def refused(*errors: InputError) -> SourcePayload:
    """Nothing was done."""
    return SourcePayload(source=None, write_key=None, errors=list(errors))


def page_of(sources: list[workspace.Source], first: int | None, after: str | None) -> Connection[Source]:
    """A page of sources, the newest first."""
    page, cursor = newest_first(sources, first, after, _place)
    return connection(page, cursor, Source.of, _place)


def _place(source: workspace.Source) -> tuple[datetime, str]:
    return source.created_at, source.id


@strawberry.type
class Query:
    """Joined into the schema's Query."""

    @resolved("The source of that id; null where this token sees none.")
    def source(self, info: Info, id: Id) -> Source | None:  # noqa: A002  the schema's word
        found = info.context.source(id)
        return None if found is None else Source.of(found)

    @resolved("The sources of the token's space, the newest first.")
    def sources(self, info: Info, first: First = 25, after: After = strawberry.UNSET) -> Connection[Source]:
        space = info.context.viewer.space
        return page_of(
            [one for one in info.context.snapshot.sources.values() if one.space == space], first, after
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
        problems = [
            *check_name(given.name, "name"),
            *check_space(space, "space"),
            *check_name(traits[0], "smsOptInTrait"),
            *check_name(traits[1], "whatsappOptInTrait"),
        ]
        if problems:
            return refused(*problems)
        return await _create(context, given, space, traits)

    @resolved("Let a source's events reach a destination. Twice is as good as once.")
    async def source_connect(self, info: Info, given: Annotated[SourceConnectInput, INPUT]) -> SourcePayload:
        context = info.context
        context.require(Role.ADMIN, "Connecting a source")
        source, destination = context.source(given.source_id), context.destination(given.destination_id)
        if source is None:
            return refused(not_found("source", "sourceId"))
        if destination is None or destination.space != source.space:
            return refused(not_found(f"destination of the space {source.space}", "destinationId"))
        await context.services.store.write(lambda c: sources.connect(c, source.id, destination.id))
        await context.changed()
        return SourcePayload(source=Source.of(source), write_key=None, errors=[])


async def _create(
    context: Context, given: SourceCreateInput, space: str, traits: tuple[str, str]
) -> SourcePayload:
    name, trust = given.name.strip(), given.trust or SourceTrust.SERVER
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
    )

    def create(database: Database) -> str | InputError:
        if any(one.space == space and one.name == name for one in sources.everything(database)):
            return input_error(
                ErrorCode.TAKEN, f'A source named "{name}" exists in this space. Take another name.', "name"
            )
        sources.add(database, source)
        return source.id

    same = {"name": name, "trust": trust.value, "traits": traits}
    made = await once(context.services, space, "sourceCreate", given.idempotency_key or None, same, create)
    if made.id is None:
        return refused(*made.errors)
    await context.changed()
    return SourcePayload(
        source=Source.of(context.snapshot.sources[made.id]),
        write_key=write_key if made.new else None,
        errors=[],
    )
