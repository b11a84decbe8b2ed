"""What one mapping makes of one event."""

from typing import Self

import strawberry

from gateway.graphql.context import Context
from gateway.graphql.mappings.types import Mapping
from gateway.graphql.terms import masking
from gateway.pipeline.why_not import Verdict


@strawberry.type(
    description="What one mapping makes of one event: which term failed, what the event has there, and where in the trigger."
)
class MappingVerdict:
    """See pipeline.why_not.Verdict."""

    mapping: Mapping = strawberry.field(description="The mapping, as it is now.")
    matched: bool = strawberry.field(
        description="Whether the event would be for it now. True for one that led to nothing: the mapping was made or changed since."
    )
    failed_term: str | None = strawberry.field(
        description="The term of the trigger that does not hold, as it was written; `integrations` where that object of the event "
        "does not let it through; null where it matched, or is disabled."
    )
    found: str | None = strawberry.field(
        description="What the event has there, or what else stands in the way. For viewers only of `type`, `event` and `name`."
    )
    line: int | None = strawberry.field(description="The line of the trigger, from 1.")
    column: int | None = strawberry.field(description="The column of the trigger, from 1.")

    @classmethod
    def of(cls, context: Context, verdict: Verdict) -> Self:
        """The verdict as this viewer sees it."""
        viewer = context.viewer
        hidden = viewer.masked and not verdict.type_and_name_alone
        return cls(
            mapping=Mapping.of(context, verdict.mapping),
            matched=verdict.matched,
            failed_term=masking.text(viewer, verdict.failed_term),
            found=None if hidden else masking.text(viewer, verdict.found),
            line=verdict.line,
            column=verdict.column,
        )
