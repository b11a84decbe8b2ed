"""Reading the audit log."""

from typing import Annotated

import strawberry

from gateway.graphql.audit.types import AuditEntry
from gateway.graphql.context import Info
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.pagination import After, Connection, First, connection, decode, page_size
from gateway.storage import audit as stored


@strawberry.type
class Query:
    """Joined into the schema's Query."""

    @resolved(
        "Who changed what in the token's space, the newest first: every change that this API or the command line made."
    )
    async def audit_entries(
        self,
        info: Info,
        first: First = 25,
        after: After = strawberry.UNSET,
        target_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Only what was done to that; null: to anything."),
        ] = strawberry.UNSET,
    ) -> Connection[AuditEntry]:
        context, size, cursor = info.context, page_size(first), decode(after, "aud")
        viewer, target = context.viewer, target_id or None
        page = await context.services.store.read(lambda c: stored.page(c, viewer.space, target, size, cursor))
        return connection(page, cursor, lambda one: AuditEntry.of(viewer, one), lambda one: (one.at, one.id))
