"""What happened to a delivery: its tries, and the provider's words on it, by time."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from operator import itemgetter
from typing import Annotated, Self

import strawberry

from destinations.kit import MessageStatus
from gateway import deliveries
from gateway.auth import Viewer
from gateway.graphql.terms import masking
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.nodes import Node
from gateway.graphql.terms.pagination import PageInfo, decode, encode, info_of, page_size


@strawberry.type(description="One try of a delivery: one request that may have left.")
class Attempt(Node):
    """See deliveries.Attempt."""

    number: int = strawberry.field(description="Counts from 1.")
    started_at: datetime = strawberry.field(description="When it began.")
    duration_ms: int = strawberry.field(description="How long it took; 0 while it is under way.")
    outcome: str = strawberry.field(
        description="`STARTED` (under way, or its process died), `ACCEPTED`, `REJECTED`, `THROTTLED` or `UNCERTAIN`."
    )
    http_status: int | None = strawberry.field(description="The status of the answer, where one came.")
    provider_code: str | None = strawberry.field(description="The provider's own code, where it gave one.")
    message: str | None = strawberry.field(description="What the provider said, or what went wrong.")
    request_id: str | None = strawberry.field(
        description="The provider's id of the request, for its support."
    )

    @classmethod
    def of(cls, viewer: Viewer, attempt: deliveries.Attempt) -> Self:
        """The try as this viewer sees it."""
        return cls(
            id=strawberry.ID(attempt.id),
            number=attempt.number,
            started_at=attempt.started_at,
            duration_ms=attempt.duration_ms or 0,
            outcome=attempt.outcome.value,
            http_status=attempt.http_status,
            provider_code=masking.text(viewer, attempt.provider_code),
            message=masking.text(viewer, attempt.message),
            request_id=masking.text(viewer, attempt.request_id),
        )


@strawberry.type(description="The provider's word on a message, as it came.")
class StatusCallback(Node):
    """See deliveries.StatusCallback."""

    received_at: datetime = strawberry.field(description="When it came.")
    status: MessageStatus = strawberry.field(description="What it said.")
    provider_code: str | None = strawberry.field(description="The provider's own code, where it gave one.")

    @classmethod
    def of(cls, viewer: Viewer, callback: deliveries.StatusCallback) -> Self:
        """The callback as this viewer sees it."""
        return cls(
            id=strawberry.ID(callback.id),
            received_at=callback.received_at,
            status=callback.status,
            provider_code=masking.text(viewer, callback.provider_code),
        )


TimelineEntry = Annotated[
    Attempt | StatusCallback,
    strawberry.union("TimelineEntry", description="Something that happened to a delivery."),
]


@strawberry.type(description="An entry, with its place in the timeline.")
class TimelineEdge:
    """One entry."""

    node: TimelineEntry = strawberry.field(description="The entry at this place.")
    spell: strawberry.Private[Callable[[], str]]

    @resolved("Its place; opaque. Give it as `after` to go on behind it.")
    def cursor(self) -> str:
        return self.spell()


@strawberry.type(description="A page of a timeline, the first entry first.")
class TimelineConnection:
    """One page."""

    edges: list[TimelineEdge] = strawberry.field(description="The entries of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page lies in the timeline.")
    total_count: int | None = strawberry.field(description="How many there are in all.")


def page_of(
    entries: list[Attempt | StatusCallback], first: int | None, after: str | None
) -> TimelineConnection:
    """A page of the entries in the order of time."""
    size, cursor = page_size(first), decode(after, "att", "cbk")
    placed = sorted(((_place(entry), entry) for entry in entries), key=itemgetter(0))
    rest = [one for one in placed if cursor is None or one[0] > (cursor.at, cursor.id)]
    edges = [TimelineEdge(node=entry, spell=partial(encode, *place)) for place, entry in rest[:size]]
    return TimelineConnection(
        edges=edges,
        page_info=info_of(edges, behind=cursor is not None, has_next=len(rest) > size),
        total_count=len(entries),
    )


def _place(entry: Attempt | StatusCallback) -> tuple[datetime, str]:
    at = entry.started_at if isinstance(entry, Attempt) else entry.received_at
    return at, entry.id
