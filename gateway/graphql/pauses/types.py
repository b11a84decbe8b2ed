"""What pausing takes and shows: nothing that comes meanwhile is lost."""

from datetime import datetime
from typing import Self

import strawberry

from gateway.graphql.terms.errors import UserError
from gateway.graphql.terms.idempotency import KEY
from gateway.storage.pauses import OnHold

SPACE = "The space: the token's own."


@strawberry.input(description="What to pause.")
class PauseInput:
    """See destinationPause."""

    id: strawberry.ID = strawberry.field(description="The id of what is to pause.")
    note: str | None = strawberry.field(
        default=strawberry.UNSET, description="Why, for those who wonder: each delivery that waits shows it."
    )


@strawberry.input(description="The space to pause, or to let go on.")
class SendingPauseInput:
    """See sendingPause and sendingResume."""

    space: str | None = strawberry.field(default="default", description=SPACE)
    note: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Why, for those who wonder: each delivery that waits shows it. Of no use in a sendingResume.",
    )
    idempotency_key: str | None = strawberry.field(
        default=strawberry.UNSET,
        description=f"{KEY} Where somebody did the contrary in between, the answer says so, and nothing is changed either.",
    )


@strawberry.type(description="A space that was paused or goes on, or what was wrong.")
class PausePayload:
    """Of sendingPause and sendingResume."""

    paused: bool = strawberry.field(description="Whether the whole space is paused now.")
    waiting: int = strawberry.field(
        description="How many deliveries waited for the end of its pause just before."
    )
    expiring: int = strawberry.field(
        description="How many of them are too old to be sent, or will be by their turns: they are EXPIRED."
    )
    errors: list[UserError] = strawberry.field(description="What was wrong; empty where it was done.")


@strawberry.type(description="What would become of what waits, if it were let go on now.")
class ResumePreview:
    """See resumePreview."""

    waiting: int = strawberry.field(
        description="How many deliveries wait for the end of the pause: PAUSED, or for their turns (PACED)."
    )
    expiring: int = strawberry.field(
        description="How many of them are too old for their mapping by now, or will be by their turns at their senders' pace: they "
        "will be EXPIRED, not sent."
    )
    oldest_seconds: int = strawberry.field(description="How long ago the first of them was made.")

    @classmethod
    def of(cls, held: OnHold, now: datetime) -> Self:
        """The same in seconds."""
        oldest = 0 if held.oldest_at is None else max(0, int((now - held.oldest_at).total_seconds()))
        return cls(waiting=held.deliveries, expiring=held.expired, oldest_seconds=oldest)
