"""Reading mappings, and those of a destination."""

from datetime import datetime
from typing import Annotated

import strawberry

from gateway import workspace
from gateway.graphql.context import Context, Info
from gateway.graphql.destinations.types import Destination
from gateway.graphql.mappings import checks as mapping_checks
from gateway.graphql.mappings.checks import MappingProblem
from gateway.graphql.mappings.types import Mapping
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.named import named
from gateway.graphql.terms.nodes import Id
from gateway.graphql.terms.pagination import After, Connection, First, connection, newest_first


def _of_destination(
    destination: strawberry.Parent[Destination],
    info: Info,
    first: First = 25,
    after: After = strawberry.UNSET,
) -> Connection[Mapping]:
    return _page_of(info.context, destination.value.id, first, after)


def _page_of(
    context: Context, destination_id: str | None, first: int | None, after: str | None
) -> Connection[Mapping]:
    there = context.snapshot.destinations
    found = [
        one
        for one in context.snapshot.mappings.values()
        if destination_id == one.destination_id
        or (destination_id is None and there[one.destination_id].space == context.viewer.space)
    ]
    page, cursor = newest_first(found, first, after, _place, "map")
    return connection(page, cursor, lambda one: Mapping.of(context, one), _place)


def _place(mapping: workspace.Mapping) -> tuple[datetime, str]:
    return mapping.created_at, mapping.id


@strawberry.type
class DestinationFields:
    """What a destination shows of mappings."""

    mappings: Connection[Mapping] = strawberry.field(
        resolver=_of_destination, description="The mappings that send through it, the newest first."
    )


@strawberry.type
class Query:
    """Joined into the schema's Query."""

    @resolved("The mapping of that id; null where this token sees none.")
    def mapping(self, info: Info, id: Id) -> Mapping | None:  # noqa: A002  the schema's word
        found = info.context.mapping(id)
        return None if found is None else Mapping.of(info.context, found)

    @resolved("The mappings of the token's space, or of one destination, the newest first.")
    def mappings(
        self,
        info: Info,
        first: First = 25,
        after: After = strawberry.UNSET,
        destination_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only those of that destination.")
        ] = strawberry.UNSET,
    ) -> Connection[Mapping]:
        destination = named(info.context, "destination", destination_id, "destinationId")
        return _page_of(info.context, None if destination is None else destination.id, first, after)

    @resolved("What is wrong with a trigger, with line and column; empty where it is good.")
    def trigger_check(
        self, trigger: Annotated[str, strawberry.argument(description="The trigger (FQL).")]
    ) -> list[MappingProblem]:
        return [finding.as_problem() for finding in mapping_checks.of_trigger(trigger)]
