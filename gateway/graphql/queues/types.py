"""What waits, and for how long."""

import math
from datetime import datetime
from typing import Self

import strawberry

from gateway.graphql.context import Context
from gateway.graphql.destinations.types import Destination
from gateway.graphql.terms import masking
from gateway.pipeline.queues import Queue


@strawberry.type(description="What waits of a destination for one of its senders.")
class QueueState:
    """See pipeline.queues.Queue."""

    destination: Destination = strawberry.field(description="Whose deliveries they are.")
    sender: str | None = strawberry.field(
        description="The sender they wait for; null for those that were not planned yet. Masked for viewers."
    )
    waiting: int = strawberry.field(
        description="How many go out by themselves: they are due, will be tried again, or wait for the sender's pace (PACED)."
    )
    held: int = strawberry.field(
        description="How many are HELD for another reason, such as PAUSED or ACCOUNT_NOT_VERIFIED."
    )
    oldest_seconds: int = strawberry.field(
        description="How long ago the first of all these was made; 0 where there is none."
    )
    estimated_wait_seconds: int | None = strawberry.field(
        description="In how many seconds the last that waits for the sender's pace leaves, if nothing changes; null where nothing does, or "
        "while the destination is paused."
    )
    paused: bool = strawberry.field(description="Whether the destination, or its whole space, is paused.")
    buried: int = strawberry.field(
        description="How many the gateway gave up after failures of its own: deliveries (REJECTED, with INTERNAL_ERROR) and requests of "
        "sources that are connected to the destination (their events INVALID, with `internal_error`). The log has the causes. They are "
        "told where `sender` is null."
    )

    @classmethod
    def of(cls, context: Context, one: Queue, now: datetime) -> Self:
        """The queue as this viewer sees it."""
        oldest = 0 if one.oldest_at is None else max(0, int((now - one.oldest_at).total_seconds()))
        return cls(
            destination=Destination.of(context, one.destination),
            sender=masking.text(context.viewer, one.sender),
            waiting=one.waiting,
            held=one.held,
            oldest_seconds=oldest,
            estimated_wait_seconds=None if one.wait is None else math.ceil(one.wait),
            paused=one.destination.paused,
            buried=one.buried,
        )
