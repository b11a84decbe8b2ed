"""Reading what is installed."""

import strawberry

from gateway.graphql.catalogue.types import DestinationDefinition, shown
from gateway.graphql.context import Info
from gateway.graphql.terms.fields import resolved


@strawberry.type
class Query:
    """Joined into the schema's Query."""

    @resolved(
        "The destination types that are installed, with all that they can do: a list that is bounded by what is installed."
    )
    def definitions(self, info: Info) -> list[DestinationDefinition]:
        return [shown(definition) for definition in info.context.services.workspace.definitions.values()]
