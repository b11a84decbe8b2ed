"""Reading the templates of a destination."""

from datetime import datetime
from typing import Annotated

import strawberry

from destinations.kit import TemplateApproval
from gateway import synced
from gateway.graphql.context import Info
from gateway.graphql.destinations.types import Destination
from gateway.graphql.templates.types import Template
from gateway.graphql.terms.pagination import After, Connection, First, connection, decode, page_size
from gateway.storage import templates as stored


def _place(template: synced.Template) -> tuple[datetime, str]:
    return template.created_at, template.id


async def _of_destination(
    destination: strawberry.Parent[Destination],
    info: Info,
    first: First = 25,
    after: After = strawberry.UNSET,
    approval: Annotated[
        TemplateApproval | None,
        strawberry.argument(description="Only those of which WhatsApp said that; null: all."),
    ] = strawberry.UNSET,
) -> Connection[Template]:
    context, size, cursor = info.context, page_size(first), decode(after, "tpl")
    key, said, counted = destination.value.id, approval or None, context.counts
    page = await context.read(lambda c: stored.page(c, key, said, size, cursor, counted=counted))
    return connection(page, cursor, lambda one: Template.of(context, one), _place)


@strawberry.type
class DestinationFields:
    """What a destination shows of templates."""

    templates: Connection[Template] = strawberry.field(
        resolver=_of_destination,
        description="The templates that its account has, as the last sync listed them, removed ones too, the last that was found first. "
        "Empty before the first sync, which begins once it is verified.",
    )
