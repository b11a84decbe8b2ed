"""Pausing a sender, taking one out of use, and letting it go on."""

from collections.abc import Callable
from typing import Annotated

import strawberry
from sqlalchemy import Connection as Database

from destinations.kit import Reason, mutation_call
from gateway import audit, synced
from gateway.audit import FieldChange
from gateway.graphql.context import Context, Info
from gateway.graphql.destinations.types import DestinationPayload, payload, refused
from gateway.graphql.pauses.types import PauseInput
from gateway.graphql.terms import masking
from gateway.graphql.terms.enums import ErrorCode
from gateway.graphql.terms.errors import InputError, input_error, not_found
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.inputs import INPUT, IdInput, check_note
from gateway.graphql.terms.scalars import from_time
from gateway.jobs import JobKind
from gateway.storage import destinations, pauses, senders
from gateway.workspace import Pause, Role


@strawberry.type
class Mutation:
    """Joined into the schema's Mutation."""

    @resolved(
        "Pause one sender: what is to be sent from it and is not under way yet waits (HELD PAUSED); all else goes on. Nothing is lost but "
        "what becomes too old for its mapping."
    )
    async def sender_pause(self, info: Info, given: Annotated[PauseInput, INPUT]) -> DestinationPayload:
        context = info.context
        begun = Pause(context.services.clock.now(), context.viewer.name, given.note or None)
        return await _change(
            context,
            "senderPause",
            "Pausing a sender",
            given.id,
            lambda database, there: senders.pause(database, there.id, begun),
            pauses.told(begun),
            check_note(given.note or None, "note"),
        )

    @resolved(
        "Let a sender go on that was paused, and take one into use again that senderDetach took out of it: what waits is sent, the oldest "
        "first, after it passed every gate anew."
    )
    async def sender_resume(self, info: Info, given: Annotated[IdInput, INPUT]) -> DestinationPayload:
        def resume(database: Database, there: synced.Sender) -> bool:
            done = senders.resume(database, there.id)
            if done:
                senders.go_on(database, there.destination_id, Reason.PAUSED, Reason.SENDER_REMOVED)
            return done

        told = audit.changes({"inUse": False}, {"inUse": True})
        return await _change(info.context, "senderResume", "Letting a sender go on", given.id, resume, told)

    @resolved(
        "Take a sender out of use, though the account has it: what is to be sent from it waits as HELD SENDER_REMOVED, until senderSwap "
        "lets another take its place or senderResume takes it into use again."
    )
    async def sender_detach(self, info: Info, given: Annotated[IdInput, INPUT]) -> DestinationPayload:
        context = info.context
        now = context.services.clock.now()
        return await _change(
            context,
            "senderDetach",
            "Taking a sender out of use",
            given.id,
            lambda database, there: senders.detach(database, there.id, now),
            audit.changes({"inUse": True}, {"inUse": False}),
        )


async def _change(
    context: Context,
    action: str,
    what: str,
    sender_id: str,
    change: Callable[[Database, synced.Sender], bool],
    told: tuple[FieldChange, ...],
    problems: list[InputError] | None = None,
) -> DestinationPayload:
    """Do that with a sender, which nobody is about to hold a delivery for meanwhile."""
    context.require(Role.OPERATOR, what)
    store = context.services.store
    sender = await store.read(lambda c: senders.get(c, sender_id))
    destination = None if sender is None else context.destination(sender.destination_id)
    if sender is None or destination is None:
        return refused(context, context.viewer.space, [not_found("sender", "id")])
    if problems:
        return refused(context, destination.space, problems)

    def write(database: Database) -> synced.Sender | None:
        destinations.lock(database, [destination.id])
        if change(database, sender):
            context.record(database, action, sender.id, told, space=destination.space)
            return None
        return senders.get(database, sender.id)

    as_it_is = await store.write(write)
    await context.changed()
    context.services.shared.wakeups.ring(JobKind.DELIVER)
    if as_it_is is None:
        return payload(context, context.snapshot.destinations[destination.id])
    return refused(context, destination.space, [_nothing_changed(context, as_it_is)])


def _nothing_changed(context: Context, sender: synced.Sender) -> InputError:
    way = ""
    if sender.detached_at is not None:
        said = f"was taken out of use at {from_time(sender.detached_at)}"
    elif sender.pause is not None:
        said = f"is paused already, since {from_time(sender.pause.at)}, by {sender.pause.by}"
    elif sender.removed_at is not None:
        said = f"is none of the account any more, since {from_time(sender.removed_at)}"
        sync = mutation_call("senderSync", "job { status }", id=sender.destination_id)
        way = f" Give the account this one back, then run {sync}."
    else:
        said = "is in use"
    label = masking.text(context.viewer, sender.label)
    return input_error(ErrorCode.INVALID, f"The sender {label} {said}. Nothing was changed.{way}", "id")
