"""Reading jobs."""

from typing import Annotated

import strawberry

from gateway.background_jobs import BackgroundKind
from gateway.graphql.context import Info
from gateway.graphql.jobs.types import Job
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.pagination import After, Connection, First, connection, decode, page_size
from gateway.storage import background_jobs as stored


@strawberry.type
class Query:
    """Joined into the schema's Query."""

    @resolved("What was asked for in the token's space and takes a while, the newest first.")
    async def jobs(
        self,
        info: Info,
        first: First = 25,
        after: After = strawberry.UNSET,
        kind: Annotated[
            BackgroundKind | None, strawberry.argument(description="Only of that kind; null: of all.")
        ] = strawberry.UNSET,
    ) -> Connection[Job]:
        context, size, cursor = info.context, page_size(first), decode(after, "job")
        space = context.viewer.space
        page = await context.services.store.read(lambda c: stored.page(c, space, kind or None, size, cursor))
        return connection(
            page, cursor, lambda one: Job.of(context.viewer, one), lambda one: (one.created_at, one.id)
        )
