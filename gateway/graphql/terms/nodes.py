"""What every object with an id has in common."""

from typing import Annotated

import strawberry

Id = Annotated[strawberry.ID, strawberry.argument(description="Its id, as the API gave it.")]


@strawberry.interface(description="An object that can be read again by its id.")
class Node:
    """As Relay has it."""

    id: strawberry.ID = strawberry.field(
        description="Its id: opaque, unique over all types, the same for as long as it exists."
    )
