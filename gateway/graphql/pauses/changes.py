"""Pausing a destination or a whole space, and letting it go on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import strawberry
from sqlalchemy import Connection as Database

from gateway.facts.pasting import resuming_space
from gateway.graphql.context import Context, Info
from gateway.graphql.destinations.types import DestinationPayload, payload, refused
from gateway.graphql.pauses.types import PauseInput, PausePayload, SendingPauseInput
from gateway.graphql.terms.enums import ErrorCode
from gateway.graphql.terms.errors import InputError, UserError, input_error, not_found
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.idempotency import key_of, once
from gateway.graphql.terms.inputs import INPUT, IdInput, check_note, check_space
from gateway.graphql.terms.scalars import from_time
from gateway.jobs import JobKind
from gateway.pipeline import resuming
from gateway.storage import pauses
from gateway.storage.pauses import InLine
from gateway.workspace import Pause, Role


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
        return await _change_space(context, given, problems, _begun(context, given.note))

    @resolved("Let a space go on, but for destinations that are paused themselves. See destinationResume.")
    async def sending_resume(self, info: Info, given: Annotated[SendingPauseInput, INPUT]) -> PausePayload:
        info.context.require(Role.OPERATOR, "Letting a space go on")
        return await _change_space(info.context, given, [], None)


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
            done = pauses.pause(database, destination.id, begun)
        else:
            done = pauses.resume(database, destination.id)
        if done:
            action = "destinationResume" if begun is None else "destinationPause"
            context.record(database, action, destination.id, pauses.told(begun), space=destination.space)
        return done

    done = await context.services.store.write(change)
    await _changed(context)
    now = context.snapshot.destinations[destination.id]
    if done:
        return payload(context, now)
    what = f"The destination {now.name}"
    if begun is None and now.space_pause is not None:
        run = f"mutation {{ {resuming_space(now.space)} }}"
        what = f"The whole space {now.space} is paused: run {run} to let it go on. {what}"
    return refused(context, now.space, [_as_it_is(what, now.pause, "id")])


@dataclass(frozen=True, slots=True)
class _Done:
    """What a whole space was answered once it was paused or let go on. `id` is the space."""

    id: str
    waiting: int
    expiring: int


async def _change_space(
    context: Context, given: SendingPauseInput, problems: Sequence[InputError], begun: Pause | None
) -> PausePayload:
    """The same of a whole space."""
    services, space = context.services, given.space or "default"
    context.require_space(space)
    problems = [*check_space(space, "space"), *problems]
    line, before = await services.store.read(lambda c: (in_line(c, space), pauses.of_space(c, space)))
    held = await resuming.outlook(services, context.snapshot, line, services.clock.now())
    if problems:
        return PausePayload(
            paused=before is not None, waiting=held.deliveries, expiring=held.expired, errors=[*problems]
        )
    action = "sendingResume" if begun is None else "sendingPause"

    def change(database: Database) -> _Done | UserError:
        if begun is not None:
            done = pauses.pause_space(database, space, begun)
        else:
            done = pauses.resume_space(database, space)
        if not done:
            return _as_it_is(f"The whole space {space}", pauses.of_space(database, space), "space")
        context.record(database, action, None, pauses.told(begun), space=space)
        return _Done(space, held.deliveries, held.expired)

    same, key = {"note": given.note or None}, key_of(given.idempotency_key)
    made = await once(services, space, action, key, same, change, _Done)
    pause = await services.store.read(lambda c: pauses.of_space(c, space))
    await _changed(context)
    errors = [*made.errors]
    if made.id is not None and not made.new and (pause is None) is not (begun is None):
        errors.append(_undone(space, pause))
    kept = made.value or _Done(space, held.deliveries, held.expired)
    return PausePayload(paused=pause is not None, waiting=kept.waiting, expiring=kept.expiring, errors=errors)


def in_line(database: Database, space: str) -> list[InLine]:
    return pauses.line(database, pauses.going_on(database, space))


async def _changed(context: Context) -> None:
    await context.changed()
    context.services.shared.wakeups.ring(JobKind.DELIVER)


def _undone(space: str, pause: Pause | None) -> InputError:
    """A call is repeated with its key, and somebody did the contrary since: whoever asks must not take it for done."""
    if pause is None:
        said = f"The whole space {space} was paused under this key, and goes on again since. It was not paused anew"
    else:
        since = f"since {from_time(pause.at)}, by {pause.by}"
        said = f"The whole space {space} was let go on under this key, and is paused again {since}. It was not let go on anew"
    return input_error(ErrorCode.INVALID, f"{said}: take a new key for that.", "idempotencyKey")


def _as_it_is(what: str, pause: Pause | None, *path: str) -> InputError:
    """It was paused already, or was not paused."""
    said = (
        "is not paused" if pause is None else f"is paused already, since {from_time(pause.at)}, by {pause.by}"
    )
    return input_error(ErrorCode.INVALID, f"{what} {said}. Nothing was changed.", *path)
