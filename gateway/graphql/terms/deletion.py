"""What every deletion takes, and what it answers."""

from collections.abc import Sequence

import strawberry

from gateway.graphql.terms.errors import UserError
from gateway.storage.strandings import Named

MOST_NAMED = 20
"""Of each kind, in a refusal: enough to know what it is about."""


@strawberry.input(description="Which object to delete, as it was last read.")
class DeleteInput:
    """Of every mutation that deletes."""

    id: strawberry.ID = strawberry.field(description="The id of what is to go.")
    expected_revision: int = strawberry.field(description="The revision it was read at.")
    force: bool | None = strawberry.field(
        default=False,
        description="Delete it even where something depends on it. Without this such a deletion is refused, and says what that is.",
    )


@strawberry.type(description="What was deleted, or what was wrong.")
class DeletePayload:
    """Of every mutation that deletes."""

    deleted_id: strawberry.ID | None = strawberry.field(
        description="The id of what is no more; null where nothing was done."
    )
    errors: list[UserError] = strawberry.field(description="What was wrong; empty where it was done.")


def names(some: Sequence[Named]) -> str:
    """What would be stranded, by names and ids."""
    named = ", ".join(f"{one.name} ({one.id})" for one in some[:MOST_NAMED])
    return f"{named} and {len(some) - MOST_NAMED} more" if len(some) > MOST_NAMED else named
