"""Reading what is wrong now."""

from datetime import datetime

import strawberry

from gateway import alerts
from gateway.graphql.alerts.types import Alert
from gateway.graphql.context import Info
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.pagination import After, Connection, First, connection, decode, page_size
from gateway.pipeline import alerts as drawn
from gateway.storage.pages import Page


def _place(alert: alerts.Alert) -> tuple[datetime, str]:
    return alert.since, alert.id


@strawberry.type
class Query:
    """Joined into the schema's Query."""

    @resolved(
        "What is wrong now in the token's space and wants a person: the ERRORs first, and of those the newest. Senders and templates that "
        "are gone while mappings name them, destinations that can't send, owners and callbacks that are not reached, requests of sources "
        "that are refused. Each is gone once that is mended."
    )
    async def alerts(
        self, info: Info, first: First = 25, after: After = strawberry.UNSET
    ) -> Connection[Alert]:
        context, size, cursor = info.context, page_size(first), decode(after, alerts.PREFIX)
        found = await drawn.of_space(context.services, context.snapshot, context.viewer.space)
        behind = None if cursor is None else alerts.place_of(cursor.at, cursor.id)
        rest = [one for one in found if behind is None or one.place < behind]
        page = Page(rest[:size], len(rest) > size, len(found))
        return connection(page, cursor, lambda one: Alert.of(context, one), _place)
