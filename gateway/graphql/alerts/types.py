"""What is wrong now and wants a person."""

from datetime import datetime
from typing import Self

import strawberry

from gateway import alerts
from gateway.facts.pasting import filled
from gateway.graphql.context import Context
from gateway.graphql.terms import masking
from gateway.graphql.terms.enums import Severity
from gateway.graphql.terms.nodes import Node
from gateway.pipeline import alerts as drawn


@strawberry.type(
    description="Something that is wrong now and wants a person. It is drawn from what is stored, so that it is gone once that is mended. Its "
    "id is the same for as long as it is wrong."
)
class Alert(Node):
    """See alerts.Alert."""

    value: strawberry.Private[alerts.Alert]
    severity: Severity = strawberry.field(
        description="ERROR: something does not go out, or was lost. WARNING: it works, but not as it should, or not yet."
    )
    code: str = strawberry.field(description="What is wrong, such as `SENDER_REMOVED`.")
    message: str = strawberry.field(description="The same in words. Numbers are masked for viewers.")
    remedy: str | None = strawberry.field(
        description="What to do; the operations in it can be pasted as they stand. Numbers are masked for viewers."
    )
    since: datetime = strawberry.field(description="When it began, as far as that is known.")

    @classmethod
    def of(cls, context: Context, alert: alerts.Alert) -> Self:
        """The alert as the viewer sees it, its remedy with the revisions of now."""
        viewer, destination = context.viewer, context.snapshot.destinations.get(alert.target_id)
        return cls(
            id=strawberry.ID(alert.id),
            value=alert,
            severity=Severity.ERROR if alert.code.grave else Severity.WARNING,
            code=alert.code.value,
            message=masking.text(viewer, alert.message),
            remedy=masking.text(viewer, filled(alert.remedy, destination)),
            since=alert.since,
        )


async def seen(context: Context, alert_id: str) -> Alert | None:
    """The alert of that id, where it still is wrong and this viewer may see it."""
    snapshot, viewer = context.snapshot, context.viewer
    spaces = {one.space for one in snapshot.destinations.values()}
    spaces |= {one.space for one in snapshot.sources.values()}
    for space in sorted(filter(viewer.sees, spaces)):
        for one in await drawn.of_space(context.services, snapshot, space):
            if one.id == alert_id:
                return Alert.of(context, one)
    return None
