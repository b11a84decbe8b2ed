"""Reading sources."""

from datetime import datetime

import strawberry

from gateway import workspace
from gateway.graphql.context import Info
from gateway.graphql.sources.types import Source
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.nodes import Id
from gateway.graphql.terms.pagination import After, Connection, First, connection, newest_first


def page_of(sources: list[workspace.Source], first: int | None, after: str | None) -> Connection[Source]:
    """A page of sources, the newest first."""
    page, cursor = newest_first(sources, first, after, _place, "src")
    return connection(page, cursor, Source.of, _place)


def _place(source: workspace.Source) -> tuple[datetime, str]:
    return source.created_at, source.id


@strawberry.type
class Query:
    """Joined into the schema's Query."""

    @resolved("The source of that id; null where this token sees none.")
    def source(self, info: Info, id: Id) -> Source | None:  # noqa: A002  the schema's word
        found = info.context.source(id)
        return None if found is None else Source.of(found)

    @resolved("The sources of the token's space, the newest first.")
    def sources(self, info: Info, first: First = 25, after: After = strawberry.UNSET) -> Connection[Source]:
        space = info.context.viewer.space
        return page_of(
            [
                one
                for one in info.context.snapshot.sources.values()
                if one.space == space and one.deleted_at is None
            ],
            first,
            after,
        )
