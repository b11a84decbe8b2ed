"""Reading destinations, and those of a source."""

from datetime import datetime
from typing import Annotated

import strawberry

from destinations.kit import DestinationStatus
from gateway import workspace
from gateway.graphql.context import Context, Info
from gateway.graphql.destinations.types import Destination, DestinationCounts
from gateway.graphql.sources.types import Source
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.nodes import Id
from gateway.graphql.terms.pagination import After, Connection, First, connection, newest_first


def _page_of(
    context: Context, found: list[workspace.Destination], first: int | None, after: str | None
) -> Connection[Destination]:
    page, cursor = newest_first(found, first, after, _place, "dst")
    return connection(page, cursor, lambda one: Destination.of(context, one), _place)


def _place(destination: workspace.Destination) -> tuple[datetime, str]:
    return destination.created_at, destination.id


def _of_source(
    source: strawberry.Parent[Source], info: Info, first: First = 25, after: After = strawberry.UNSET
) -> Connection[Destination]:
    snapshot = info.context.snapshot
    connected = [
        snapshot.destinations[destination] for origin, destination in snapshot.links if origin == source.id
    ]
    return _page_of(info.context, connected, first, after)


@strawberry.type
class SourceFields:
    """What a source shows of destinations."""

    destinations: Connection[Destination] = strawberry.field(
        resolver=_of_source, description="The destinations that its events reach, the newest first."
    )


@strawberry.type
class Query:
    """Joined into the schema's Query."""

    @resolved("The destination of that id; null where this token sees none.")
    def destination(self, info: Info, id: Id) -> Destination | None:  # noqa: A002  the schema's word
        found = info.context.destination(id)
        return None if found is None else Destination.of(info.context, found)

    @resolved("The destinations of the token's space, the newest first.")
    def destinations(
        self,
        info: Info,
        first: First = 25,
        after: After = strawberry.UNSET,
        status: Annotated[
            DestinationStatus | None, strawberry.argument(description="Only those of that status.")
        ] = strawberry.UNSET,
    ) -> Connection[Destination]:
        space = info.context.viewer.space
        found = [
            one
            for one in info.context.snapshot.destinations.values()
            if one.space == space
            and one.deleted_at is None
            and status in (None, strawberry.UNSET, one.status)
        ]
        return _page_of(info.context, found, first, after)

    @resolved("How many destinations the token's space has, by what they need.")
    def destination_counts(self, info: Info) -> DestinationCounts:
        return DestinationCounts.of(info.context, info.context.viewer.space)
