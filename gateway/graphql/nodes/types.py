"""Who asks."""

import strawberry

from gateway.workspace import Role


@strawberry.type(description="Whose token a request carries.")
class Viewer:
    """See auth.Viewer."""

    name: str = strawberry.field(description="The token's name.")
    role: Role = strawberry.field(description="What it may do.")
    space: str = strawberry.field(description="The space whose lists it sees.")
