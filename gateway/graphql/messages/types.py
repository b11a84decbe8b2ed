"""What a phone shows of a message beside its text: the buttons."""

from collections.abc import Iterable

import strawberry

from destinations.kit import Button, ButtonKind
from gateway.auth import Viewer
from gateway.graphql.terms import masking


@strawberry.type(description="A button below a text.")
class MessageButton:
    """See kit.Button."""

    title: str = strawberry.field(description="What stands on it. Numbers are masked for viewers.")
    kind: ButtonKind = strawberry.field(description="What it does.")
    value: str | None = strawberry.field(
        description="Where it leads, such as an address or a number, or the id that a reply comes with; null where that is not known. "
        "Numbers are masked for viewers."
    )


def buttons(viewer: Viewer, some: Iterable[Button]) -> list[MessageButton]:
    """The buttons as this viewer sees them."""
    return [
        MessageButton(
            title=masking.text(viewer, one.title), kind=one.kind, value=masking.text(viewer, one.value)
        )
        for one in some
    ]
