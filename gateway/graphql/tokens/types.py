"""API tokens: who may ask, and what they may do."""

from datetime import datetime
from typing import Self

import strawberry

from gateway import workspace
from gateway.auth import Viewer
from gateway.graphql.context import Context
from gateway.graphql.terms import masking
from gateway.graphql.terms.errors import UserError
from gateway.graphql.terms.nodes import Node
from gateway.storage import tokens as stored
from gateway.workspace import Role


@strawberry.type(
    description="A token that lets somebody ask this API, in its own space alone. The token of HELIOGRAPH_ADMIN_TOKEN is a setting and "
    "none of these: it is not listed, acts in every space, and ends where the setting does."
)
class ApiToken(Node):
    """See workspace.ApiToken."""

    name: str = strawberry.field(description="What it is for; the audit log names it so.")
    role: Role = strawberry.field(description="What it may do.")
    space: str = strawberry.field(description="The one space that it acts in.")
    last_four: str = strawberry.field(description="Its last four characters.")
    created_at: datetime = strawberry.field(description="When it was made.")
    last_used_at: datetime | None = strawberry.field(
        description="When it was last used, to within a minute or so; null: never."
    )

    @classmethod
    def of(cls, viewer: Viewer, token: workspace.ApiToken) -> Self:
        """The token as this viewer sees it."""
        return cls(
            id=strawberry.ID(token.id),
            name=masking.text(viewer, token.name),
            role=token.role,
            space=token.space,
            last_four=token.last_four,
            created_at=token.created_at,
            last_used_at=token.last_used_at,
        )


@strawberry.type(description="A token that was made, or what was wrong.")
class ApiTokenPayload:
    """Of apiTokenCreate."""

    api_token: ApiToken | None = strawberry.field(description="What was made; null where nothing was.")
    token: str | None = strawberry.field(
        description="The token itself, shown this once: it is kept as a hash alone, and null where a call is repeated with its key. Send "
        "it as `Authorization: Bearer <token>`."
    )
    errors: list[UserError] = strawberry.field(description="What was wrong; empty where it was done.")


async def seen(context: Context, token_id: str) -> ApiToken | None:
    """The token of that id, where this viewer may see it: tokens are an ADMIN's, and one's own is everybody's."""
    if not context.viewer.may(Role.ADMIN) and token_id != context.viewer.token_id:
        return None
    found = await context.services.store.read(lambda c: stored.get(c, token_id))
    if found is None or not context.viewer.sees(found.space):
        return None
    return ApiToken.of(context.viewer, found)
