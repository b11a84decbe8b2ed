"""Reading API tokens."""

import strawberry

from gateway.graphql.context import Info
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.pagination import After, Connection, First, connection, decode, page_size
from gateway.graphql.tokens.types import ApiToken
from gateway.storage import tokens as stored
from gateway.workspace import Role


@strawberry.type
class Query:
    """Joined into the schema's Query."""

    @resolved("The API tokens of the token's space, the newest first; takes the role ADMIN.")
    async def api_tokens(
        self, info: Info, first: First = 25, after: After = strawberry.UNSET
    ) -> Connection[ApiToken]:
        context = info.context
        context.require(Role.ADMIN, "Listing tokens")
        size, cursor = page_size(first), decode(after, "tok")
        page = await context.services.store.read(lambda c: stored.page(c, context.viewer.space, size, cursor))
        return connection(
            page, cursor, lambda one: ApiToken.of(context.viewer, one), lambda one: (one.created_at, one.id)
        )
