"""What events can be filtered by."""

from typing import Annotated

import strawberry

from gateway.events import EventOutcome
from gateway.graphql.context import Context
from gateway.graphql.deliveries.filters import TimeRangeInput
from gateway.graphql.terms.errors import bad_input
from gateway.graphql.terms.inputs import refuse_blanks, refuse_probing
from gateway.storage.event_filters import EventFilter


@strawberry.input(
    description="Which events: those that pass all that is given. In a space of more than 10,000, what no index serves (type, and "
    "any outcome but INVALID, with nothing else but a source) needs receivedAt beside it."
)
class EventFilterInput:
    """See EventFilter."""

    source_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="From that source."
    )
    user_id: str | None = strawberry.field(default=strawberry.UNSET, description="About that userId.")
    anonymous_id: str | None = strawberry.field(
        default=strawberry.UNSET, description="About that anonymousId."
    )
    name: str | None = strawberry.field(default=strawberry.UNSET, description="Of that name.")
    type: str | None = strawberry.field(
        default=strawberry.UNSET, description="Of that type, such as `track`."
    )
    outcome: list[EventOutcome] | None = strawberry.field(
        default=strawberry.UNSET, description="Of which became one of these."
    )
    problem: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="With that `problem`: INVALID for it, such as `no_user_anon_id`, or it went on without what could not be read.",
    )
    message_id: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="With that messageId: the last event that came under it from each source, and those that are INVALID; with receivedAt beside it, every one.",
    )
    received_at: TimeRangeInput | None = strawberry.field(
        default=strawberry.UNSET, description="Taken within that span."
    )


Filter = Annotated[
    EventFilterInput | None, strawberry.argument(name="filter", description="Which ones; null: all.")
]


def wanted(context: Context, given: EventFilterInput | None) -> EventFilter:
    """What is asked for. Raises Refused where it makes no sense, or this viewer may not ask."""
    if not given:
        return EventFilter()
    refuse_blanks(given)
    texts = (given.user_id, given.anonymous_id, given.name, given.problem, given.message_id)
    refuse_probing(context.viewer, "events can't be", texts)
    span = given.received_at or None
    if span is not None and span.from_ >= span.to:
        raise bad_input("`receivedAt` is empty: `from` must lie before `to`.")
    return EventFilter(
        outcome=given.outcome or (),
        source_id=given.source_id or None,
        user_id=given.user_id or None,
        anonymous_id=given.anonymous_id or None,
        name=given.name or None,
        type=given.type or None,
        problem=given.problem or None,
        message_id=given.message_id or None,
        received_from=span.from_ if span else None,
        received_to=span.to if span else None,
    )
