"""`senderSwap`: what one sender was named for, another does from now on, and what waits for the first goes on once each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

import strawberry
from sqlalchemy import Connection as Database

from destinations.kit import DestinationDefinition
from gateway import audit, synced, workspace
from gateway.facts.compiled import Compiled
from gateway.graphql.context import Context, Info
from gateway.graphql.destinations.types import DestinationPayload, MappingWarning, payload, refused
from gateway.graphql.destinations.verification import unfit
from gateway.graphql.mappings import checks
from gateway.graphql.terms import masking
from gateway.graphql.terms.enums import ErrorCode, Severity
from gateway.graphql.terms.errors import UserError, conflict, input_error, not_found
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.inputs import INPUT
from gateway.jobs import JobKind
from gateway.storage import destinations, mappings
from gateway.workspace import Role
from mappings import Exchanged, exchanged


@strawberry.input(description="Which sender takes the place of which.")
class SenderSwapInput:
    """See senderSwap."""

    destination_id: strawberry.ID = strawberry.field(description="The destination whose senders they are.")
    from_: str = strawberry.field(
        name="from", description="The sender that is to be named no more: its address, or its id."
    )
    to: str = strawberry.field(
        description="The one that takes its place: the address, or the id, of a sender in use."
    )


@dataclass(frozen=True, slots=True)
class _Move:
    """What becomes of a mapping: `found` is its own field with the new sender in it, and what of it could not be moved. `stood_in`: the
    default sender of the destination, which is the old one, stands in for it.
    """

    one: Compiled
    found: Exchanged
    stood_in: bool

    @property
    def concerned(self) -> bool:
        """Whether it sends from the old one, as far as the mapping says."""
        return self.stood_in or bool(self.found.places)

    @property
    def fields(self) -> Mapping[str, Any]:
        """Its fields then."""
        if not self.found.places:
            return self.one.mapping.fields
        return {**self.one.mapping.fields, self.one.action.sender_field: self.found.value}


@dataclass(frozen=True, slots=True)
class _Swap:
    """What is to be changed: these mappings get these fields, and the destination these settings. `recalled` are all mappings that
    sent from the old one. `warnings`: what of any mapping may send from it still.
    """

    old: str
    new: str
    changed: Sequence[tuple[workspace.Mapping, Mapping[str, Any]]]
    recalled: Sequence[workspace.Mapping]
    settings: Mapping[str, Any] | None
    warnings: Sequence[MappingWarning]


@dataclass(frozen=True, slots=True)
class _Refused:
    """Nothing is to be changed."""

    errors: Sequence[UserError]
    warnings: Sequence[MappingWarning] = ()


@strawberry.type
class Mutation:
    """Joined into the schema's Mutation."""

    @resolved(
        "Let one sender take the place of another: every mapping that names it, and the default sender of the destination, name the new "
        "one from now on, all of them or none, in branches and templates of directives too. What waits for the old one goes on from the new "
        "one, once each, after it passed every gate anew. What a mapping takes from the event stays, and is among the `warnings`. To "
        "change the default sender takes an admin."
    )
    async def sender_swap(self, info: Info, given: Annotated[SenderSwapInput, INPUT]) -> DestinationPayload:
        context = info.context
        context.require(Role.OPERATOR, "Swapping senders")
        destination = context.destination(given.destination_id)
        if destination is None:
            return refused(context, context.viewer.space, [not_found("destination", "destinationId")])
        unread = unfit(context.definition(destination.definition), destination, "destinationId")
        if unread:
            return refused(context, destination.space, unread)
        wanted = _wanted(context, destination, given)
        if isinstance(wanted, _Refused):
            return replace(refused(context, destination.space, wanted.errors), warnings=list(wanted.warnings))
        if wanted.settings is not None:
            context.require(Role.ADMIN, "Changing the default sender of a destination")
        wrong = await context.services.store.write(lambda c: _swap(context, c, destination, wanted))
        await context.changed()
        context.services.shared.wakeups.ring(JobKind.DELIVER)
        if wrong is not None:
            return refused(context, destination.space, [wrong])
        done = payload(context, context.snapshot.destinations[destination.id])
        return replace(done, warnings=list(wanted.warnings))


def _wanted(context: Context, destination: workspace.Destination, given: SenderSwapInput) -> _Swap | _Refused:
    """What is to be changed, or all that is wrong with that."""
    known = context.snapshot.senders.get(destination.id, synced.NOTHING_KNOWN)
    by_name = {name: one for one in known.by_address.values() for name in (one.id, one.address)}
    there, new = by_name.get(given.from_), by_name.get(given.to)
    old = given.from_ if there is None else there.address
    problems = [*_unfit(context, old, new)]
    if new is None or problems:
        return _Refused(problems)
    definition = context.definition(destination.definition)
    moves = [
        _move(one, old, new.address)
        for one in context.snapshot.compiled.values()
        if one.destination.id == destination.id and one.mapping.deleted_at is None and one.action.sender
    ]
    named = [one for one in moves if one.concerned]
    warnings = [said for one in moves for said in _warnings(context, one, old, new.address)]
    settings = _settings(definition, destination, old, new.address)
    if not named and settings is None:
        shown = masking.text(context.viewer, old)
        message = f"No mapping of this destination names the sender {shown}, and neither does its default. Nothing was changed."
        return _Refused([input_error(ErrorCode.NOT_FOUND, message, "from")], warnings)
    problems += _unmoved(context, definition, destination, named, settings, new.address)
    if problems:
        return _Refused(problems, warnings)
    return _Swap(
        old,
        new.address,
        [(one.one.mapping, one.fields) for one in named if one.found.places],
        [one.one.mapping for one in named],
        settings,
        warnings,
    )


def _move(one: Compiled, old: str, new: str) -> _Move:
    """What becomes of that mapping where one takes the other's place."""
    field = one.action.sender_field

    def is_old(text: str) -> bool:
        named = one.action.sender({field: text}, one.settings) if text and one.action.sender else None
        return named is not None and named.address == old

    found = exchanged(one.mapping.fields.get(field), f"/fields/{field}", is_old, old, new)
    stood_in = one.sender is not None and one.sender.address == old and not _names_it(one)
    return _Move(one, found, stood_in)


def _warnings(context: Context, move: _Move, old: str, new: str) -> Iterator[MappingWarning]:
    """What of a mapping may name the old one still."""
    shown, other = masking.text(context.viewer, old), masking.text(context.viewer, new)
    said = dict.fromkeys(
        move.found.left, f"names {shown} as part of something else, which nobody can move for you"
    )
    said |= {
        place: f"takes its sender from the event, which may name {shown}"
        for place in move.found.computed
        if place not in said
    }
    for place, why in said.items():
        message = (
            f"The mapping {masking.text(context.viewer, move.one.mapping.name)} {why}. It was left as it is: where it gives the old one, its "
            f"texts wait. Have the events say {other}, or put that here."
        )
        yield MappingWarning(mapping_id=strawberry.ID(move.one.mapping.id), path=place, message=message)


def _unfit(context: Context, old: str, new: synced.Sender | None) -> Iterator[UserError]:
    """What is wrong with the one that is to take the place."""
    if new is None:
        message = (
            "`to` names no sender that the last sync of this destination listed. Nothing was changed: give the address or the id of one, "
            "as `destination { senders }` shows it, or run senderSync first."
        )
        yield input_error(ErrorCode.NOT_FOUND, message, "to")
    elif new.address == old:
        yield input_error(ErrorCode.INVALID, "`from` and `to` are one sender. Nothing was changed.", "to")
    elif not new.active:
        label = masking.text(context.viewer, new.label)
        or_else = ", or senderResume it first" if new.removed_at is None else ""
        message = f"{label} is no sender in use. Nothing was changed: take another one{or_else}."
        yield input_error(ErrorCode.INVALID, message, "to")


def _names_it(one: Compiled) -> bool:
    """Whether the mapping's own field names the sender, and not the setting in its place."""
    return one.mapping.fields.get(one.action.sender_field) not in (None, "")


def _settings(
    definition: DestinationDefinition, destination: workspace.Destination, old: str, new: str
) -> Mapping[str, Any] | None:
    """The settings of the destination with the new one as the default sender; None where the old one is not that."""
    settings = definition.settings.model_validate(dict(destination.settings))
    for action in definition.actions:
        named = None if action.sender is None else action.sender({}, settings)
        key = checks.default_sender_key(definition, action)
        if named is not None and named.address == old and key is not None:
            return {**destination.settings, key: new}
    return None


def _unmoved(
    context: Context,
    definition: DestinationDefinition,
    destination: workspace.Destination,
    named: Sequence[_Move],
    settings: Mapping[str, Any] | None,
    address: str,
) -> Iterator[UserError]:
    """Why a mapping can't send from the new one."""
    wanted = definition.settings.model_validate(dict(settings or destination.settings))
    for move in named:
        one = move.one
        fields = {one.action.sender_field: address} if move.found.places else one.mapping.fields
        named_then = None if one.action.sender is None else one.action.sender(fields, wanted)
        found = checks.of_check(one.action, wanted, move.fields)
        before = checks.of_check(one.action, one.settings, one.mapping.fields)
        wrong = [each for each in found if each.severity is Severity.ERROR and each not in before]
        if named_then is None or named_then.address != address or wrong:
            said = " ".join(each.message for each in wrong) or "its action sends from no such sender."
            message = f"The mapping {masking.text(context.viewer, one.mapping.name)} can't send from it: {said} Nothing was changed."
            yield input_error(ErrorCode.INVALID, message, "to")
    moved = {move.one.mapping.id for move in named}
    for one in context.snapshot.compiled.values() if settings is not None else ():
        if (
            one.destination.id == destination.id
            and one.mapping.deleted_at is None
            and one.mapping.id not in moved
            and one.sender is not None
            and not _names_it(one)
        ):
            message = (
                f"The default sender of the destination is that of the mapping {masking.text(context.viewer, one.mapping.name)} too, by "
                f"another channel. Nothing was changed: give that mapping a `{one.action.sender_field}` of its own first."
            )
            yield input_error(ErrorCode.INVALID, message, "from")


def _swap(
    context: Context, database: Database, destination: workspace.Destination, wanted: _Swap
) -> UserError | None:
    """Change all of it, where nothing of it was changed meanwhile."""
    services, now = context.services, context.services.clock.now()
    there = destinations.get(database, destination.id, services.secrets, for_update=True)
    if there is None or there.deleted_at is not None:
        return not_found("destination", "destinationId")
    if there.settings != destination.settings:
        return conflict("destination", destination.revision, there.revision)
    for mapping in wanted.recalled:
        held = mappings.get(database, mapping.id, for_update=True)
        if held != mapping:
            return conflict("mapping", mapping.revision, mapping.revision if held is None else held.revision)
    for mapping, fields in wanted.changed:
        changed = replace(mapping, fields=fields, revision=mapping.revision + 1, updated_at=now)
        mappings.save(database, changed)
    if wanted.settings is not None:
        destinations.save(
            database,
            replace(there, settings=wanted.settings, revision=there.revision + 1, updated_at=now),
            services.secrets,
        )
    for mapping in wanted.recalled:
        mappings.recall(database, mapping, now)
    names = ", ".join(sorted(mapping.name for mapping in wanted.recalled))
    told = audit.changes({"sender": wanted.old}, {"sender": wanted.new, "mappings": names or None})
    context.record(database, "senderSwap", destination.id, told, space=destination.space)
    return None
