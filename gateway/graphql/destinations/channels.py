"""`channelUpdate`, and which channels of a destination are on."""

from typing import Annotated

import strawberry
from sqlalchemy import Connection as Database

from destinations.kit import Channel
from gateway import workspace
from gateway.audit import FieldChange
from gateway.graphql.context import Context, Info
from gateway.graphql.destinations.types import (
    Destination,
    DestinationCounts,
    DestinationPayload,
    payload,
    refused,
)
from gateway.graphql.terms.enums import ErrorCode
from gateway.graphql.terms.errors import InputError, UserError, input_error, not_found
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.inputs import INPUT, check_space
from gateway.storage import channels, destinations
from gateway.workspace import Role


@strawberry.type(description="Whether a destination sends by a channel.")
class ChannelState:
    """See storage.channels."""

    channel: Channel = strawberry.field(description="The channel that it is about.")
    enabled: bool = strawberry.field(
        description="Whether it sends by that: neither its own switch is off nor that of its whole space."
    )
    own_enabled: bool = strawberry.field(
        description="Whether its own switch is on, whatever that of its whole space is."
    )


@strawberry.input(description="A channel, and whether it is to be on.")
class ChannelUpdateInput:
    """See channelUpdate."""

    channel: Channel = strawberry.field(description="The channel to switch.")
    enabled: bool = strawberry.field(description="Whether it is to be on.")
    destination_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="The destination that it is switched for; null: every destination of the space, those to come too.",
    )
    space: str | None = strawberry.field(
        default="default", description="The space, where no destination is given."
    )


def _of(destination: strawberry.Parent[Destination]) -> list[ChannelState]:
    value = destination.value
    off = value.channels_off | value.space_channels_off
    return [
        ChannelState(
            channel=channel, enabled=channel not in off, own_enabled=channel not in value.channels_off
        )
        for channel in Channel
    ]


@strawberry.type
class DestinationFields:
    """What a destination shows of channels."""

    channels: list[ChannelState] = strawberry.field(
        resolver=_of, description="Each channel, and whether it is on: a fixed list of all there are."
    )


@strawberry.type
class Mutation:
    """Joined into the schema's Mutation."""

    @resolved(
        "Switch a channel off or on, for one destination or for a whole space. What comes by a channel that is off, and what waits "
        "for it at its next turn, is SUPPRESSED CHANNEL_OFF. Each has a switch of its own: a channel is on where neither the "
        "destination's is off nor the space's, so that off wins. An action that sends SMS sends media as MMS: with SMS off it sends "
        "neither, with MMS off nothing that has media. To let everything wait in place of that, pause it. It takes no expectedRevision: a "
        "switch is set whatever else was changed, so that stopping never fails on somebody's edit."
    )
    async def channel_update(
        self, info: Info, given: Annotated[ChannelUpdateInput, INPUT]
    ) -> DestinationPayload:
        context = info.context
        context.require(Role.ADMIN, "Switching a channel")
        if not given.destination_id:
            return await _switch_space(context, given)
        destination = context.destination(given.destination_id)
        if destination is None:
            return refused(context, context.viewer.space, [not_found("destination", "destinationId")])
        return await _switch_destination(context, given, destination)


async def _switch_space(context: Context, given: ChannelUpdateInput) -> DestinationPayload:
    space = given.space or "default"
    context.require_space(space)
    problems = check_space(space, "space")
    if problems:
        return refused(context, space, problems)

    def change(database: Database) -> None:
        if _switched(context, database, given, space, None):
            context.record(database, "channelUpdate", None, [_change(given, "space.channels")], space=space)

    await context.services.store.write(change)
    await context.changed()
    return DestinationPayload(destination=None, counts=DestinationCounts.of(context, space), errors=[])


async def _switch_destination(
    context: Context, given: ChannelUpdateInput, destination: workspace.Destination
) -> DestinationPayload:
    space = destination.space

    def change(database: Database) -> UserError | None:
        found = destinations.get(database, destination.id, context.services.secrets, for_update=True)
        if found is None or found.deleted_at is not None:
            return not_found("destination", "destinationId")
        if _switched(context, database, given, space, found.id):
            context.record(database, "channelUpdate", found.id, [_change(given, "channels")], space=space)
        return None

    wrong = await context.services.store.write(change)
    await context.changed()
    now = context.destination(destination.id)
    if wrong is not None or now is None:
        return refused(context, space, [wrong or not_found("destination", "destinationId")])
    still_off = given.enabled and given.channel in now.space_channels_off
    return payload(context, now, [_wins(given.channel, space)] if still_off else [])


def _switched(
    context: Context, database: Database, given: ChannelUpdateInput, space: str, destination_id: str | None
) -> bool:
    """Whether the switch was not there already."""
    if given.enabled:
        return channels.switch_on(database, space, destination_id, given.channel)
    now, name = context.services.clock.now(), context.viewer.name
    return channels.switch_off(database, space, destination_id, given.channel, now, name)


def _change(given: ChannelUpdateInput, where: str) -> FieldChange:
    before, after = ("off", "on") if given.enabled else ("on", "off")
    return FieldChange(f"{where}.{given.channel}", before, after)


def _wins(channel: Channel, space: str) -> InputError:
    message = (
        f"The destination's own switch is on, but {channel} is off for the whole space {space}, which wins. Run mutation {{ "
        f'channelUpdate(input: {{channel: {channel}, enabled: true, space: "{space}"}}) {{ errors {{ message }} }} }}'
    )
    return input_error(ErrorCode.SUPPRESSED, message, "enabled")
