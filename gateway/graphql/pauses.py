"""Pausing a destination or a whole space, and letting it go on: nothing that comes meanwhile is lost."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self

import strawberry
from sqlalchemy import Connection as Database

from gateway.graphql.context import Context, Info
from gateway.graphql.destinations import DestinationPayload, IdInput, payload, refused
from gateway.graphql.enums import ErrorCode
from gateway.graphql.errors import InputError, UserError, bad_input, input_error, not_found
from gateway.graphql.fields import resolved
from gateway.graphql.inputs import INPUT, check_note, check_space
from gateway.graphql.scalars import from_time
from gateway.jobs import JobKind
from gateway.pipeline import resuming
from gateway.storage import pauses
from gateway.storage.pauses import InLine, OnHold
from gateway.workspace import Pause, Role

_SPACE = "The space: the token's own."


@strawberry.input(description="What to pause.")
class PauseInput:
    """See destinationPause."""

    id: strawberry.ID = strawberry.field(description="Its id.")
    note: str | None = strawberry.field(
        default=strawberry.UNSET, description="Why, for those who wonder: each delivery that waits shows it."
    )


@strawberry.input(description="The space to pause, or to let go on.")
class SendingPauseInput:
    """See sendingPause and sendingResume."""

    space: str | None = strawberry.field(default="default", description=_SPACE)
    note: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Why, for those who wonder: each delivery that waits shows it. Of no use in a sendingResume.",
    )


@strawberry.type(description="A space that was paused or goes on, or what was wrong.")
class PausePayload:
    """Of sendingPause and sendingResume."""

    paused: bool = strawberry.field(description="Whether the whole space is paused now.")
    waiting: int = strawberry.field(
        description="How many deliveries waited for the end of its pause at that moment."
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


@strawberry.type
class Query:
    """Joined into the schema's Query."""

    @resolved(
        "What waits for the end of a pause: of one destination, or of a whole space but for destinations that are paused themselves."
    )
    async def resume_preview(
        self,
        info: Info,
        destination_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="The destination; null: the whole space.")
        ] = strawberry.UNSET,
        space: Annotated[str | None, strawberry.argument(description=_SPACE)] = "default",
    ) -> ResumePreview:
        context, now = info.context, info.context.services.clock.now()
        if destination_id:
            there = context.destination(destination_id)
            if there is None:
                raise bad_input("There is no destination with this id. Nothing waits for it.")
            asked_of = [there.id] if there.paused else []
            line = await context.services.store.read(lambda c: pauses.line(c, asked_of))
        else:
            asked = space or "default"
            context.require_space(asked)
            line = await context.services.store.read(
                lambda c: [] if pauses.of_space(c, asked) is None else _of_space(c, asked)
            )
        held = await resuming.outlook(context.services, context.snapshot, line, now)
        return ResumePreview.of(held, now)

    @resolved("Whether a whole space is paused.")
    async def sending_paused(
        self, info: Info, space: Annotated[str | None, strawberry.argument(description=_SPACE)] = "default"
    ) -> bool:
        asked = space or "default"
        info.context.require_space(asked)
        return await info.context.services.store.read(lambda c: pauses.of_space(c, asked)) is not None


@strawberry.type
class Mutation:
    """Joined into the schema's Mutation."""

    @resolved(
        "Pause a destination: what is not under way yet waits (HELD PAUSED), and so does what comes. Events are taken and matched, and "
        "nothing is lost but what becomes too old for its mapping."
    )
    async def destination_pause(self, info: Info, given: Annotated[PauseInput, INPUT]) -> DestinationPayload:
        context = info.context
        context.require(Role.OPERATOR, "Pausing a destination")
        problems = check_note(given.note or None, "note")
        return await _change_destination(context, given.id, problems, _begun(context, given.note))

    @resolved(
        "Let a destination go on: what waits is sent, the oldest first, after it passed every gate anew; what is too old is EXPIRED. "
        "Where its whole space is paused, it waits for that."
    )
    async def destination_resume(self, info: Info, given: Annotated[IdInput, INPUT]) -> DestinationPayload:
        info.context.require(Role.OPERATOR, "Letting a destination go on")
        return await _change_destination(info.context, given.id, [], None)

    @resolved("Pause everything of a space, the destinations to come too. See destinationPause.")
    async def sending_pause(self, info: Info, given: Annotated[SendingPauseInput, INPUT]) -> PausePayload:
        context = info.context
        context.require(Role.OPERATOR, "Pausing a space")
        problems = check_note(given.note or None, "note")
        return await _change_space(context, given.space or "default", problems, _begun(context, given.note))

    @resolved("Let a space go on, but for destinations that are paused themselves. See destinationResume.")
    async def sending_resume(self, info: Info, given: Annotated[SendingPauseInput, INPUT]) -> PausePayload:
        info.context.require(Role.OPERATOR, "Letting a space go on")
        return await _change_space(info.context, given.space or "default", [], None)


def _begun(context: Context, note: str | None) -> Pause:
    return Pause(context.services.clock.now(), context.viewer.name, note or None)


async def _change_destination(
    context: Context, destination_id: str, problems: Sequence[InputError], begun: Pause | None
) -> DestinationPayload:
    """Pause it, or where nothing begins, let it go on."""
    destination = context.destination(destination_id)
    if destination is None:
        return refused(context, context.viewer.space, [not_found("destination", "id")])
    if problems:
        return refused(context, destination.space, problems)

    def change(database: Database) -> bool:
        if begun is not None:
            return pauses.pause(database, destination.id, begun)
        return pauses.resume(database, destination.id)

    done = await context.services.store.write(change)
    await _changed(context)
    now = context.snapshot.destinations[destination.id]
    if done:
        return payload(context, now)
    what = f"The destination {now.name}"
    if begun is None and now.space_pause is not None:
        what = f"The whole space {now.space} is paused, and sendingResume lets it go on. {what}"
    return refused(context, now.space, [_as_it_is(what, now.pause, "id")])


async def _change_space(
    context: Context, space: str, problems: Sequence[InputError], begun: Pause | None
) -> PausePayload:
    """The same of a whole space."""
    context.require_space(space)
    problems = [*check_space(space, "space"), *problems]
    now = context.services.clock.now()

    def change(database: Database) -> tuple[list[InLine], Pause | None, bool]:
        line = _of_space(database, space)
        if problems:
            return line, pauses.of_space(database, space), False
        if begun is not None:
            done = pauses.pause_space(database, space, begun)
        else:
            done = pauses.resume_space(database, space)
        return line, pauses.of_space(database, space), done

    line, pause, done = await context.services.store.write(change)
    held = await resuming.outlook(context.services, context.snapshot, line, now)
    await _changed(context)
    errors: list[UserError] = [*problems]
    if not done and not problems:
        errors.append(_as_it_is(f"The whole space {space}", pause, "space"))
    return PausePayload(
        paused=pause is not None, waiting=held.deliveries, expiring=held.expired, errors=errors
    )


def _of_space(database: Database, space: str) -> list[InLine]:
    return pauses.line(database, pauses.going_on(database, space))


async def _changed(context: Context) -> None:
    await context.changed()
    context.services.shared.wakeups.ring(JobKind.DELIVER)


def _as_it_is(what: str, pause: Pause | None, *path: str) -> InputError:
    """It was paused already, or was not paused."""
    said = (
        "is not paused" if pause is None else f"is paused already, since {from_time(pause.at)}, by {pause.by}"
    )
    return input_error(ErrorCode.INVALID, f"{what} {said}. Nothing was changed.", *path)
