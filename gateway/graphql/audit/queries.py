"""Reading the audit log."""

from typing import Annotated

import strawberry

from gateway.graphql.audit.types import AuditEntry
from gateway.graphql.context import Context, Info
from gateway.graphql.nodes.queries import node_of
from gateway.graphql.terms.errors import bad_input
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.named import is_configured
from gateway.graphql.terms.pagination import After, Connection, First, connection, decode, page_size
from gateway.storage import audit as stored


async def _exists(context: Context, key: str) -> bool:
    return is_configured(context, key, context.viewer.space) or await node_of(context, key) is not None


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
        viewer, target = context.viewer, None if target_id is strawberry.UNSET else target_id
        page = await context.services.store.read(lambda c: stored.page(c, viewer.space, target, size, cursor))
        if target is not None and cursor is None and not page.items and not await _exists(context, target):
            raise bad_input(
                "`targetId` names nothing that this token sees, or that anything was done to. Nothing was done: give the id of "
                "something, as the API gave it, or leave it out for all."
            )
        return connection(page, cursor, lambda one: AuditEntry.of(viewer, one), lambda one: (one.at, one.id))
