"""What is paused, and what would happen if it went on."""

from typing import Annotated

import strawberry

from gateway.graphql.context import Info
from gateway.graphql.pauses.changes import in_line
from gateway.graphql.pauses.types import SPACE, ResumePreview
from gateway.graphql.terms.errors import bad_input
from gateway.graphql.terms.fields import resolved
from gateway.pipeline import resuming
from gateway.storage import pauses


@strawberry.type
class Query:
    """Joined into the schema's Query."""

    @resolved(
        "What waits for the end of a pause: of one destination, or of a whole space but for destinations that are paused themselves."
    )
    async def resume_preview(
        self,
        info: Info,
        destination_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="The destination; null: the whole space.")
        ] = strawberry.UNSET,
        space: Annotated[str | None, strawberry.argument(description=SPACE)] = "default",
    ) -> ResumePreview:
        context, now = info.context, info.context.services.clock.now()
        if destination_id:
            there = context.destination(destination_id)
            if there is None:
                raise bad_input("There is no destination with this id. Nothing waits for it.")
            asked_of = [there.id] if there.paused else []
            line = await context.services.store.read(lambda c: pauses.line(c, asked_of))
        else:
            asked = space or "default"
            context.require_space(asked)
            line = await context.services.store.read(
                lambda c: [] if pauses.of_space(c, asked) is None else in_line(c, asked)
            )
        held = await resuming.outlook(context.services, context.snapshot, line, now)
        return ResumePreview.of(held, now)

    @resolved("Whether a whole space is paused.")
    async def sending_paused(
        self, info: Info, space: Annotated[str | None, strawberry.argument(description=SPACE)] = "default"
    ) -> bool:
        asked = space or "default"
        info.context.require_space(asked)
        return await info.context.services.store.read(lambda c: pauses.of_space(c, asked)) is not None
