"""Events: what came in. Their deliveries are added by deliveries/queries.py."""

from collections.abc import Sequence
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
    context: strawberry.Private[Context]

    @resolved("The client's own id of the call: a repetition has the same.")
    def message_id(self) -> str:
        return masking.text(self.context.viewer, self.value.message_id)

    @resolved(
        "`track`, `identify`, `page`, `screen`, `group` or `alias`; `unknown` where it is none of them."
    )
    def type(self) -> str:
        return self.value.type

    @resolved("What happened, of a track; the page's or screen's name.")
    def name(self) -> str | None:
        return masking.text(self.context.viewer, self.value.name)

    @resolved("Whom it is about, as the client said.")
    def user_id(self) -> str | None:
        return masking.text(self.context.viewer, self.value.user_id)

    @resolved("On which device it happened, as the client said.")
    def anonymous_id(self) -> str | None:
        return masking.text(self.context.viewer, self.value.anonymous_id)

    @resolved("When it was taken.")
    def received_at(self) -> datetime:
        return self.value.received_at

    @resolved(
        "The whole event; `{}` for viewers. Once it was removed for its age: its type, messageId and times."
    )
    def payload(self) -> JSON:
        return JSON({} if self.context.viewer.masked else self.value.payload)

    @resolved(
        "When the payload was removed for its age (`HELIOGRAPH_RETENTION_PAYLOADS_DAYS`); null while it is whole."
    )
    def payload_removed_at(self) -> datetime | None:
        return self.value.payload_removed_at

    @resolved(
        "What became of it as a whole. An event is shown once it is matched, so none is ACCEPTED any more."
    )
    def outcome(self) -> EventOutcome:
        return self.value.outcome

    @resolved(
        "Why it is INVALID, by the name that Segment has for it, such as `no_user_anon_id`. Of an event that is not "
        "INVALID, the first thing that could not be read of it, such as `timestamp_not_read`, or was not done, such as `cancel_not_trusted`, or "
        "was about others, such as `integrations_not_read` of a forwarded one: it went on without that."
    )
    def problem(self) -> str | None:
        return masking.text(self.context.viewer, self.value.first_problem)

    @resolved(
        "The same in words, with what came and what would be right; of several things, all of them. Of an UNMATCHED event "
        "also that nothing is connected to its source now, or that there is no mapping it reaches, with what to do."
    )
    def problem_message(self) -> str | None:
        return masking.text(self.context.viewer, _in_words(self.context, self.value))

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
        return cls(id=strawberry.ID(event.id), value=event, context=context)


SHOWN_BY: Sequence[tuple[str, str]] = (
    *((name, "") for name in events.StoredEvent.__struct_fields__ if name != "payload"),
    *(("payload", "payload"), ("payload", "whyNot")),
)
"""Each column, with a field that shows something of it. All but the payload, which may be long, are always read."""


def _in_words(context: Context, event: events.StoredEvent) -> str | None:
    """Why it is INVALID or leads nowhere, then what could not be read of it."""
    nowhere = leads_nowhere(context.snapshot, event)
    fatal = nowhere if event.problem is None else spec.REASONS.get(event.problem, event.problem)
    return " ".join([*filter(None, [fatal]), *(doubt.message for doubt in event.doubts)]) or None


async def seen(context: Context, event_id: str) -> Event | None:
    """The event of that id, where this viewer may see it."""
    found = await context.loaders.events.load(event_id)
    return None if found is None or not context.viewer.sees(found.space) else Event.of(context, found)
