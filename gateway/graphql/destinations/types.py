"""Destinations: a definition configured with settings. The settings themselves are added by creation.py."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self

import strawberry

from destinations.kit import DestinationStatus
from gateway import workspace
from gateway.facts.pasting import filled
from gateway.graphql.catalogue import types as catalogue
from gateway.graphql.catalogue.types import DestinationDefinition
from gateway.graphql.context import Context, Info
from gateway.graphql.destinations.policy import DestinationPolicy
from gateway.graphql.messages import phones
from gateway.graphql.sources.types import Source
from gateway.graphql.terms import masking
from gateway.graphql.terms.enums import ErrorCode
from gateway.graphql.terms.errors import InputError, UserError, input_error
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.nodes import Node
from gateway.graphql.terms.scalars import to_time
from gateway.sending_limits import of_destination


@strawberry.type(description="One thing that was checked.")
class VerificationCheck:
    """See kit.Check."""

    name: str = strawberry.field(description="What was looked at.")
    passed: bool = strawberry.field(description="Whether it was as it should be.")
    code: str | None = strawberry.field(description="What kind of failure it was, or what is worth knowing.")
    message: str | None = strawberry.field(description="What was seen.")
    remedy: str | None = strawberry.field(description="What to do about it.")
    provider_code: str | None = strawberry.field(
        default=None, description="The provider's own code, such as `20003`, where it gave one."
    )


@strawberry.type(description="One run of the checks of a destination.")
class Verification:
    """As it was stored."""

    status: DestinationStatus = strawberry.field(description="What it came to.")
    started_at: datetime = strawberry.field(description="When it began.")
    finished_at: datetime | None = strawberry.field(description="When it ended; null while it runs.")
    checks: list[VerificationCheck] = strawberry.field(description="What was looked at, in order.")

    @classmethod
    def of(cls, stored: Any) -> Self:
        """The run as the pipeline stored it."""
        return cls(
            status=DestinationStatus(stored["status"]),
            started_at=to_time(stored["startedAt"]),
            finished_at=to_time(stored["finishedAt"]) if stored.get("finishedAt") else None,
            checks=[VerificationCheck(**check) for check in stored["checks"]],
        )


@strawberry.type(
    description="The row of counts above the accounts: connected = verified + awaitingAction; disabled ones are counted "
    "apart, whatever their status."
)
class DestinationCounts:
    """Of one space."""

    connected: int = strawberry.field(description="Those that are enabled.")
    verified: int = strawberry.field(description="Those of them that send.")
    awaiting_action: int = strawberry.field(description="Those of them that still have to be verified.")
    disabled: int = strawberry.field(description="Those that are switched off.")

    @classmethod
    def of(cls, context: Context, space: str) -> Self:
        """The counts of that space."""
        every = context.snapshot.destinations.values()
        all_there = [one for one in every if one.space == space and one.deleted_at is None]
        connected = [one for one in all_there if one.enabled]
        verified = sum(one.status is DestinationStatus.VERIFIED for one in connected)
        return cls(
            connected=len(connected),
            verified=verified,
            awaiting_action=len(connected) - verified,
            disabled=len(all_there) - len(connected),
        )


@strawberry.type(
    description="How many texts of a destination count for its `dailyMessageLimit` today, in its time zone."
)
class MessagesToday:
    """See sending_limits."""

    claimed: int = strawberry.field(
        description="How many were about to leave, whatever became of them then: each once."
    )
    limit: int = strawberry.field(description="How many may be.")
    warned_at: datetime | None = strawberry.field(
        description="Since when it is known that 80 % of them, or more, were; null: not yet."
    )
    ends_at: datetime = strawberry.field(description="When the day is over, and counting begins anew.")


@strawberry.type(description="An account at a provider that messages go out through.")
class Destination(Node):
    """See workspace.Destination."""

    value: strawberry.Private[workspace.Destination]
    space: str = strawberry.field(description="The space it belongs to; links never cross it.")
    name: str = strawberry.field(description="Its name, for people.")
    status: DestinationStatus = strawberry.field(
        description="How far its checks have come; only VERIFIED sends."
    )
    enabled: bool = strawberry.field(description="Whether it is switched on.")
    revision: int = strawberry.field(description="Goes up by one with every change.")
    policy: DestinationPolicy = strawberry.field(description="What holds for all of its messages.")
    last_verification: Verification | None = strawberry.field(description="The last run of its checks.")
    paused: bool = strawberry.field(
        description="Whether it is paused, or its whole space: what comes is matched and held; nothing is lost."
    )
    paused_at: datetime | None = strawberry.field(description="Since when; null where it is not paused.")
    paused_by: str | None = strawberry.field(description="By whose token.")
    pause_note: str | None = strawberry.field(description="What was said with it.")
    created_at: datetime = strawberry.field(description="When it was made.")
    updated_at: datetime = strawberry.field(description="When it was last changed or verified.")
    deleted_at: datetime | None = strawberry.field(
        description="When it was deleted; it is shown with the deliveries and messages that it has, and nowhere else."
    )

    @resolved("What kind of destination it is.")
    def definition(self, info: Info) -> DestinationDefinition:
        return catalogue.shown(info.context.definition(self.value.definition))

    @resolved(
        "The address to set at the provider for what people write, as it is to be pasted there; null where HELIOGRAPH_PUBLIC_URL is "
        "not set, without which no provider can reach this gateway. A secret in its path is shown to an ADMIN alone."
    )
    def inbound_url(self, info: Info) -> str | None:
        return info.context.services.inbound_url(
            self.value, whole=info.context.viewer.may(workspace.Role.ADMIN)
        )

    @resolved(
        "Where a stand-in for its provider shows what phones got, to be opened in a browser on the machine that it runs on; null where its account "
        "is the provider's own."
    )
    def phone_page(self, info: Info) -> str | None:
        return phones.page(info.context, self.value)

    @resolved("The sources whose events reach it: a list that is bounded by the sources of its space.")
    def sources(self, info: Info) -> list[Source]:
        snapshot = info.context.snapshot
        connected = [source for source, destination in snapshot.links if destination == self.value.id]
        there = [snapshot.sources[source] for source in sorted(connected)]
        return [Source.of(source) for source in there if source.deleted_at is None]

    @resolved("How much of its `dailyMessageLimit` is used up; null where it has none.")
    async def messages_today(self, info: Info) -> MessagesToday | None:
        context, one = info.context, self.value
        limit = of_destination(one.policy, one.id, context.services.clock.now())
        if limit is None:
            return None
        count = await context.loaders.claim_counts.load(limit.counter)
        return MessagesToday(
            claimed=count.claimed, limit=limit.most, warned_at=count.warned_at, ends_at=limit.over_at
        )

    @classmethod
    def of(cls, context: Context, destination: workspace.Destination) -> Self:
        """The destination as this viewer sees it."""
        run = None if destination.verification is None else Verification.of(destination.verification)
        for check in () if run is None else run.checks:
            check.name = masking.text(context.viewer, check.name)
            check.code = masking.text(context.viewer, check.code)
            check.message = masking.text(context.viewer, check.message)
            if check.remedy is not None:
                check.remedy = masking.text(context.viewer, filled(check.remedy, destination))
            check.provider_code = masking.text(context.viewer, check.provider_code)
        pause = destination.pause or destination.space_pause
        return cls(
            id=strawberry.ID(destination.id),
            value=destination,
            space=destination.space,
            name=masking.text(context.viewer, destination.name),
            status=destination.status,
            enabled=destination.enabled,
            revision=destination.revision,
            policy=DestinationPolicy.of(context.viewer, destination.policy),
            last_verification=run,
            paused=destination.paused,
            paused_at=None if pause is None else pause.at,
            paused_by=None if pause is None else masking.text(context.viewer, pause.by),
            pause_note=None if pause is None else masking.text(context.viewer, pause.note),
            created_at=destination.created_at,
            updated_at=destination.updated_at,
            deleted_at=destination.deleted_at,
        )


@strawberry.type(description="Something of a mapping that was left as it is, and should be looked at.")
class MappingWarning:
    """Of DestinationPayload."""

    mapping_id: strawberry.ID = strawberry.field(description="The mapping.")
    path: str = strawberry.field(description="Where in it, such as `/fields/from/@path`.")
    message: str = strawberry.field(description="What was left and what to do, in words for a person.")


@strawberry.type(description="A destination that was made or changed, or what was wrong.")
class DestinationPayload:
    """Of every mutation about a destination."""

    destination: Destination | None = strawberry.field(
        description="The destination as it is now; null where nothing was done."
    )
    counts: DestinationCounts = strawberry.field(description="The counts of its space, as they are now.")
    errors: list[UserError] = strawberry.field(description="What was wrong; empty where all went well.")
    webhook_secret: str | None = strawberry.field(
        default=None,
        description="Where this call made the secret that events for webhookUrl are signed with: the secret, shown this once. "
        "webhookSecretRotate makes another.",
    )
    warnings: list[MappingWarning] = strawberry.field(
        default_factory=list,
        description="Of senderSwap: where a mapping may send from the old sender still. Of all else empty.",
    )


def payload(
    context: Context,
    destination: workspace.Destination,
    errors: list[UserError] | None = None,
    webhook_secret: str | None = None,
) -> DestinationPayload:
    """The destination as it is now."""
    counts = DestinationCounts.of(context, destination.space)
    return DestinationPayload(
        destination=Destination.of(context, destination),
        counts=counts,
        errors=errors or [],
        webhook_secret=webhook_secret,
    )


def refused(context: Context, space: str, errors: Sequence[UserError]) -> DestinationPayload:
    """Nothing was done."""
    return DestinationPayload(
        destination=None, counts=DestinationCounts.of(context, space), errors=list(errors)
    )


def taken(name: str) -> InputError:
    """Another destination of the space has that name."""
    message = f'A destination named "{name}" exists in this space. Take another name.'
    return input_error(ErrorCode.TAKEN, message, "name")
