"""Events: what came in. Their deliveries are added by deliveries/queries.py."""

from datetime import datetime
from typing import Annotated, Self

import strawberry
from strawberry.scalars import JSON

from gateway import events, spec
from gateway.events import EventOutcome
from gateway.graphql.context import Context, Info
from gateway.graphql.sources.types import Source
from gateway.graphql.terms import masking
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.nodes import Node
from gateway.pipeline.why_not import leads_nowhere


@strawberry.type(description="One call of an SDK, as it was kept.")
class Event(Node):
    """See events.StoredEvent."""

    value: strawberry.Private[events.StoredEvent]
    message_id: str = strawberry.field(
        description="The client's own id of the call: a repetition has the same."
    )
    type: str = strawberry.field(
        description="`track`, `identify`, `page`, `screen`, `group` or `alias`; `unknown` where it is none of them."
    )
    name: str | None = strawberry.field(description="What happened, of a track; the page's or screen's name.")
    user_id: str | None = strawberry.field(description="Whom it is about, as the client said.")
    anonymous_id: str | None = strawberry.field(
        description="On which device it happened, as the client said."
    )
    received_at: datetime = strawberry.field(description="When it was taken.")
    payload: JSON = strawberry.field(
        description="The whole event; `{}` for viewers. Once it was removed for its age: its type, messageId and times."
    )
    payload_removed_at: datetime | None = strawberry.field(
        description="When the payload was removed for its age (`HELIOGRAPH_RETENTION_PAYLOADS_DAYS`); null while it is whole."
    )
    outcome: EventOutcome = strawberry.field(
        description="What became of it as a whole. An event is shown once it is matched, so none is ACCEPTED any more."
    )
    problem: str | None = strawberry.field(
        description="Why it is INVALID, by the name that Segment has for it, such as `no_user_anon_id`. Of an event that is not "
        "INVALID, the first thing that could not be read of it, such as `timestamp_not_read`: it went on without that."
    )
    problem_message: str | None = strawberry.field(
        description="The same in words, with what came and what would be right; of several things, all of them. Of an UNMATCHED event "
        "also that nothing is connected to its source now, or that there is no mapping it reaches, with what to do."
    )

    @resolved(
        "How often the same messageId came again: from its own source within 24 hours, which is not shown, or for the same "
        "person from another, which is shown as DUPLICATE."
    )
    async def repetitions(self, info: Info) -> int:
        return await info.context.loaders.repetitions.load(self.value.id)

    @resolved(
        "The event that was first with the same messageId and person: its `deliveries` are what came of both. Null where this was "
        "the first."
    )
    async def repeats(
        self, info: Info
    ) -> Annotated["Event", strawberry.lazy("gateway.graphql.events.types")] | None:
        return None if self.value.repeats is None else await seen(info.context, self.value.repeats)

    @resolved("Where it came from, even where that was deleted since.")
    def source(self, info: Info) -> Source:
        return Source.of(info.context.snapshot.sources[self.value.source_id])

    @classmethod
    def of(cls, context: Context, event: events.StoredEvent) -> Self:
        """The event as this viewer sees it."""
        viewer = context.viewer
        return cls(
            id=strawberry.ID(event.id),
            value=event,
            message_id=masking.text(viewer, event.message_id),
            type=event.type,
            name=masking.text(viewer, event.name),
            user_id=masking.text(viewer, event.user_id),
            anonymous_id=masking.text(viewer, event.anonymous_id),
            received_at=event.received_at,
            payload=JSON({} if viewer.masked else event.payload),
            payload_removed_at=event.payload_removed_at,
            outcome=event.outcome,
            problem=masking.text(viewer, event.first_problem),
            problem_message=masking.text(viewer, _in_words(context, event)),
        )


def _in_words(context: Context, event: events.StoredEvent) -> str | None:
    """Why it is INVALID or leads nowhere, then what could not be read of it."""
    nowhere = leads_nowhere(context.snapshot, event)
    fatal = nowhere if event.problem is None else spec.REASONS.get(event.problem, event.problem)
    return " ".join([*filter(None, [fatal]), *(doubt.message for doubt in event.doubts)]) or None


async def seen(context: Context, event_id: str) -> Event | None:
    """The event of that id, where this viewer may see it."""
    found = await context.loaders.events.load(event_id)
    return None if found is None or not context.viewer.sees(found.space) else Event.of(context, found)
