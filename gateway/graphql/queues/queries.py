"""Reading what waits."""

import strawberry

from gateway.graphql.context import Info
from gateway.graphql.queues.types import QueueState
from gateway.graphql.terms.fields import resolved
from gateway.pipeline import queues


@strawberry.type
class Query:
    """Joined into the schema's Query."""

    @resolved(
        "What waits in the token's space, for each destination and sender of which something does, with the estimated wait."
    )
    async def queues(self, info: Info) -> list[QueueState]:
        context = info.context
        now = context.services.clock.now()
        found = await queues.of_space(context.services, context.snapshot, context.viewer.space)
        return [QueueState.of(context, one, now) for one in found]
