"""What events can be filtered by."""

from dataclasses import replace
from typing import Annotated

import strawberry

from gateway.events import UNKNOWN_TYPE, EventOutcome, EventType, shown
from gateway.graphql.context import Context
from gateway.graphql.deliveries.filters import TimeRangeInput
from gateway.graphql.terms.errors import bad_input
from gateway.graphql.terms.inputs import refuse_empty, refuse_probing
from gateway.graphql.terms.named import named
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
        default=strawberry.UNSET,
        description="Of that type: track, identify, page, screen, group or alias, in capitals or not; or `unknown`, of an INVALID one that is none of them.",
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


def wanted(
    context: Context, given: EventFilterInput | None, source_id: str | None = None
) -> tuple[str, EventFilter]:
    """Which space, and what of it is asked for: that of the source, which may be named in the filter, beside it or in both; the token's
    own where none is. Raises Refused where it makes no sense, or this viewer may not ask.
    """
    if given:
        refuse_empty(given)
    source = named(context, "source", source_id, "sourceId")
    also = named(context, "source", given.source_id, "filter.sourceId") if given else None
    if source is not None and also is not None and source != also:
        raise bad_input(
            "`sourceId` and `filter.sourceId` name two sources, and no event has both: leave one out."
        )
    source = source or also
    space = context.viewer.space if source is None else source.space
    asked = _passing(context, given) if given else EventFilter()
    return space, replace(asked, source_id=None if source is None else source.id)


def _passing(context: Context, given: EventFilterInput) -> EventFilter:
    """What is asked for but for the source."""
    texts = (given.user_id, given.anonymous_id, given.name, given.problem, given.message_id)
    refuse_probing(context.viewer, "events can't be", texts)
    span = given.received_at or None
    if span is not None and span.from_ >= span.to:
        raise bad_input("`receivedAt` is empty: `from` must lie before `to`.")
    return EventFilter(
        outcome=given.outcome or (),
        user_id=given.user_id or None,
        anonymous_id=given.anonymous_id or None,
        name=given.name or None,
        type=_type(given.type) if given.type else None,
        problem=given.problem or None,
        message_id=given.message_id or None,
        received_from=span.from_ if span else None,
        received_to=span.to if span else None,
    )


_TYPES = (*(one.value for one in EventType), UNKNOWN_TYPE)


def _type(text: str) -> str:
    """The type as the ledger has it. Raises Refused for what no event can have."""
    wanted = text.strip().lower()
    if wanted not in _TYPES:
        raise bad_input(
            f"`type` came as {shown(text)}, which no event has. It is one of {', '.join(_TYPES)}."
        )
    return wanted
