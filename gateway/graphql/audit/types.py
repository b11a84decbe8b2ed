"""The audit log: who changed what. What an entry is about is added by nodes/queries.py."""

from datetime import datetime
from typing import Self

import strawberry

from gateway import audit
from gateway.auth import Viewer
from gateway.graphql.context import Context
from gateway.graphql.terms import masking
from gateway.graphql.terms.nodes import Node
from gateway.storage import audit as stored


@strawberry.type(description="A field that was changed.")
class FieldChange:
    """See audit.FieldChange."""

    field: str = strawberry.field(description="Which one, such as `name` or `settings.region`.")
    before: str | None = strawberry.field(
        description="What it was, as text; null where it was nothing, or is a secret. Its numbers are masked for viewers."
    )
    after: str | None = strawberry.field(
        description="What it is since; null where it is nothing. Of a secret the word `changed` alone. Its numbers are masked for viewers."
    )


@strawberry.type(
    description="One change that somebody made, through this API or on the command line. Entries are written with the change itself, "
    "never altered, and kept for as long as the store is; numbers and texts of people are no part of them."
)
class AuditEntry(Node):
    """See audit.AuditEntry."""

    value: strawberry.Private[audit.AuditEntry]
    actor: str = strawberry.field(
        description="Who did it: the name of the token, `first admin` for that of HELIOGRAPH_ADMIN_TOKEN, or `the command line`."
    )
    action: str = strawberry.field(
        description="What they did, by the name of the mutation, such as `mappingUpdate`."
    )
    target_id: strawberry.ID | None = strawberry.field(
        description="The id of what it was done to, also where that is no more; null where it was done to a whole space."
    )
    at: datetime = strawberry.field(description="When it was done.")
    changes: list[FieldChange] = strawberry.field(description="What was changed, field by field.")

    @classmethod
    def of(cls, viewer: Viewer, entry: audit.AuditEntry) -> Self:
        """The entry as this viewer sees it."""
        return cls(
            id=strawberry.ID(entry.id),
            value=entry,
            actor=masking.text(viewer, entry.actor),
            action=entry.action,
            target_id=None if entry.target_id is None else strawberry.ID(entry.target_id),
            at=entry.at,
            changes=[
                FieldChange(
                    field=masking.text(viewer, one.field),
                    before=masking.addresses(viewer, one.before),
                    after=masking.addresses(viewer, one.after),
                )
                for one in entry.changes
            ],
        )


async def seen(context: Context, entry_id: str) -> AuditEntry | None:
    """The entry of that id, where this viewer may see it."""
    found = await context.services.store.read(lambda c: stored.get(c, entry_id))
    there = found is not None and context.viewer.sees(found.space)
    return AuditEntry.of(context.viewer, found) if found is not None and there else None
