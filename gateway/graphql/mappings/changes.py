"""`mappingUpdate` and `mappingDelete`: what is mended, switched or gone holds for the next event, and for what waits."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any

import strawberry
from sqlalchemy import Connection as Database
from strawberry.scalars import JSON

from destinations.kit import ActionDefinition, Purpose, destination_update
from gateway import workspace
from gateway.facts.pasting import filled
from gateway.graphql.context import Context, Info
from gateway.graphql.mappings import checks as mapping_checks
from gateway.graphql.mappings.audited import audited
from gateway.graphql.mappings.checks import Finding, check_age, errors_of, no_object
from gateway.graphql.mappings.types import (
    BROWSERS,
    CANCELS,
    MODE,
    Mapping,
    MappingPayload,
    action_of,
    findings,
    refused,
    reviewed,
)
from gateway.graphql.terms.deletion import DeleteInput, DeletePayload
from gateway.graphql.terms.enums import ErrorCode, Severity
from gateway.graphql.terms.errors import InputError, UserError, conflict, input_error, not_found
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.inputs import INPUT, check_name
from gateway.jobs import JobKind
from gateway.storage import mappings
from gateway.workspace import MappingMode, Role


@strawberry.input(
    description="What to change of a mapping: what is left out stays, and so does what is null, but for cancelTrigger."
)
class MappingUpdateInput:
    """See mappingUpdate."""

    id: strawberry.ID = strawberry.field(description="The id of the mapping.")
    expected_revision: int = strawberry.field(description="The revision it was read at.")
    name: str | None = strawberry.field(default=strawberry.UNSET, description="Its name, for people.")
    trigger: str | None = strawberry.field(
        default=strawberry.UNSET, description="Which events it is for (FQL)."
    )
    cancel_trigger: str | None = strawberry.field(
        default=strawberry.UNSET, description=f"{CANCELS}; null: none does any more."
    )
    purpose: Purpose | None = strawberry.field(
        default=strawberry.UNSET, description="Why it sends: it decides how much consent is asked for."
    )
    max_age_seconds: int | None = strawberry.field(
        default=strawberry.UNSET, description="How old an event may be when it is sent."
    )
    allow_browser_events: bool | None = strawberry.field(default=strawberry.UNSET, description=BROWSERS)
    allow_import: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether events of /v1/import start a send."
    )
    fields: JSON | None = strawberry.field(
        default=strawberry.UNSET,
        description="Segment mapping JSON, all of it: it takes the place of what was there. Omitted keys take the action's defaults, as "
        "in mappingCreate.",
    )
    enabled: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="Whether it is switched on. Switched off, no event reaches it, and what waits of it is CANCELED.",
    )
    mode: MappingMode | None = strawberry.field(default=strawberry.UNSET, description=f"{MODE}.")


@strawberry.type
class Mutation:
    """Joined into the schema's Mutation."""

    @resolved(
        "Change a mapping. The next event meets it as it is then, without a restart; so does what waits of it, at its next turn. What waits "
        "of one that is disabled is CANCELED at once, and can be replayed once it is enabled again; only a request that is under way goes "
        "on. One that does not compile can't be enabled: mend it in the same call. One that was broken already may be changed while it is "
        "disabled, as long as nothing else of it breaks."
    )
    async def mapping_update(self, info: Info, given: Annotated[MappingUpdateInput, INPUT]) -> MappingPayload:
        context = info.context
        context.require(Role.OPERATOR, "Changing a mapping")
        found = await _current(context, given.id)
        if found is None:
            return refused(not_found("mapping", "id"))
        problems: list[UserError] = []
        if found.revision != given.expected_revision:
            problems.append(conflict("mapping", given.expected_revision, found.revision))
        if isinstance(given.name, str):
            problems += check_name(given.name, "name")
        if isinstance(given.max_age_seconds, int):
            problems += check_age(given.max_age_seconds)
        fields: Any = None if given.fields is strawberry.UNSET else given.fields
        no_fields = fields is not None and not isinstance(fields, dict)
        if no_fields:
            problems.append(no_object("fields"))
        if no_fields or found.revision != given.expected_revision:
            return refused(*problems)
        destination = context.snapshot.destinations[found.destination_id]
        wanted = replace(found, **_wanted(given))
        if fields is not None:
            wanted = replace(wanted, fields=_completed(context, destination, found, fields))
        problems += _still_asks(destination, wanted)
        of_found = findings(context, destination, found)
        of_wanted = findings(context, destination, wanted)
        problems += _errors(of_found, of_wanted, wanted)
        if problems:
            return refused(*problems)
        said = await reviewed(context, destination, wanted) if _asks(found, wanted, of_wanted) else []
        wrong = errors_of(said)
        if wrong:
            return refused(*wrong)
        was_broken = any(one.severity is Severity.ERROR for one in of_found)
        return await _update(context, given, found, wanted, said, recall=was_broken or not wanted.enabled)

    @resolved(
        "Delete a mapping. No event reaches it any more, and what waits of it is CANCELED at once; only a request that is under way goes on. "
        "The deliveries that were made of it are kept, and shown with it; its name is free."
    )
    async def mapping_delete(self, info: Info, given: Annotated[DeleteInput, INPUT]) -> DeletePayload:
        context = info.context
        context.require(Role.OPERATOR, "Deleting a mapping")
        seen = context.mapping(given.id)
        if seen is None:
            return DeletePayload(deleted_id=None, errors=[not_found("mapping", "id")])
        destination = context.snapshot.destinations[seen.destination_id]
        asks = _asks_people(destination, seen, "deleted")
        if asks:
            return DeletePayload(deleted_id=None, errors=[*asks])
        now, space, action = (
            context.services.clock.now(),
            destination.space,
            _action(context, destination, seen),
        )

        def delete(database: Database) -> UserError | None:
            found = _held(database, seen.id, given.expected_revision)
            if isinstance(found, UserError):
                return found
            mappings.recall(database, found, now)
            context.record(database, "mappingDelete", found.id, audited(action, found, None), space=space)
            mappings.save(database, replace(found, revision=found.revision + 1, deleted_at=now))
            return None

        wrong = await context.services.store.write(delete)
        await _changed(context)
        if wrong is not None:
            return DeletePayload(deleted_id=None, errors=[wrong])
        return DeletePayload(deleted_id=strawberry.ID(seen.id), errors=[])


def _live_since(
    database: Database, held: workspace.Mapping, wanted: workspace.Mapping, now: datetime
) -> datetime | None:
    """What comes out of SHADOW is live since now, and later than all that waits of it, by whatever clock that was made."""
    if held.mode is not MappingMode.SHADOW or wanted.mode is not MappingMode.LIVE:
        return held.live_since
    last = mappings.last_waiting(database, held)
    return now if last is None else max(now, last + timedelta(microseconds=1))


def _still_asks(destination: workspace.Destination, wanted: workspace.Mapping) -> list[InputError]:
    if not wanted.enabled:
        return _asks_people(destination, wanted, "switched off")
    return _asks_people(destination, wanted, "in SHADOW") if wanted.mode is MappingMode.SHADOW else []


def _asks_people(destination: workspace.Destination, found: workspace.Mapping, what: str) -> list[InputError]:
    """Why a mapping stays by which its destination asks people to confirm a yes: nobody would be asked any more."""
    if not destination.policy.double_opt_in or destination.policy.confirmation_mapping_id != found.id:
        return []
    without = filled(destination_update(destination.id, "policy: {doubleOptIn: false}"), destination)
    message = (
        f"The destination {destination.name} asks people by it to confirm a yes, so that it can't be {what}. Nothing was changed. Give the "
        f"policy another confirmationMappingId first, or ask nobody any more: run {without}"
    )
    return [input_error(ErrorCode.IN_USE, message, "id")]


async def _current(context: Context, mapping_id: str) -> workspace.Mapping | None:
    """The mapping as it is stored, which another process may have changed since this one read it."""
    if context.mapping(mapping_id) is None:
        return None
    found = await context.services.store.read(lambda c: mappings.get(c, mapping_id))
    return None if found is None or found.deleted_at is not None else found


def _wanted(given: MappingUpdateInput) -> dict[str, Any]:
    """What is to be another than it is, by the names of workspace.Mapping; but for its fields."""
    named: dict[str, Any] = {
        "name": given.name.strip() if given.name else given.name,
        "trigger": given.trigger,
        "purpose": given.purpose,
        "max_age_seconds": given.max_age_seconds,
        "allow_browser_events": given.allow_browser_events,
        "allow_import": given.allow_import,
        "enabled": given.enabled,
        "mode": given.mode,
    }
    wanted = {name: value for name, value in named.items() if value is not None}
    if given.cancel_trigger is not strawberry.UNSET:
        wanted["cancel_trigger"] = given.cancel_trigger or None
    return {name: value for name, value in wanted.items() if value is not strawberry.UNSET}


def _completed(
    context: Context, destination: workspace.Destination, found: workspace.Mapping, fields: dict[str, Any]
) -> dict[str, Any]:
    action = _action(context, destination, found)
    return fields if action is None else mapping_checks.completed(action, fields)


def _action(
    context: Context, destination: workspace.Destination, found: workspace.Mapping
) -> ActionDefinition | None:
    definition = context.services.workspace.definitions.get(destination.definition)
    return None if definition is None else action_of(definition, found.action)


def _errors(
    of_found: Sequence[Finding], of_wanted: Sequence[Finding], wanted: workspace.Mapping
) -> list[InputError]:
    """What keeps the mapping from being stored so: all that is wrong with one that is to run, what is newly wrong with another."""
    if not wanted.enabled:
        return errors_of(one for one in of_wanted if one not in of_found)
    errors = errors_of(of_wanted)
    if errors and all(one in of_found for one in of_wanted if one.severity is Severity.ERROR):
        message = (
            "The mapping does not compile, so that it can't be enabled. Nothing was changed: mend it in the same call, or say "
            "enabled: false."
        )
        return [input_error(ErrorCode.INVALID, message, "enabled"), *errors]
    return errors


def _asks(found: workspace.Mapping, wanted: workspace.Mapping, known: Sequence[Finding]) -> bool:
    """Whether the provider is asked what it says of the mapping: not where it is only renamed, or switched off."""
    if any(one.severity is Severity.ERROR for one in known):
        return False
    read = ("trigger", "cancel_trigger", "purpose", "fields")
    said = any(getattr(found, name) != getattr(wanted, name) for name in read)
    return said or (wanted.enabled and not found.enabled)


async def _update(
    context: Context,
    given: MappingUpdateInput,
    found: workspace.Mapping,
    wanted: workspace.Mapping,
    said: Sequence[Finding],
    *,
    recall: bool,
) -> MappingPayload:
    destination = context.snapshot.destinations[found.destination_id]
    space, action = destination.space, _action(context, destination, found)

    def change(database: Database) -> UserError | None:
        held = _held(database, found.id, given.expected_revision)
        now = (
            context.services.clock.now()
        )  # of the change itself, before which the provider may have been asked for long
        if isinstance(held, UserError):
            return held
        changes = audited(action, held, wanted)
        if not changes:
            return None
        if recall:
            mappings.recall(database, held, now)
        context.record(database, "mappingUpdate", held.id, changes, space=space)
        since = _live_since(database, held, wanted, now)
        mappings.save(database, replace(wanted, revision=held.revision + 1, updated_at=now, live_since=since))
        return None

    wrong = await context.services.store.write(change)
    await _changed(context)
    there = context.mapping(found.id)
    if wrong is not None or there is None:
        return refused(wrong or not_found("mapping", "id"))
    return MappingPayload(mapping=Mapping.of(context, there, said), errors=[])


def _held(database: Database, mapping_id: str, expected: int) -> workspace.Mapping | UserError:
    """The mapping, which nobody else changes before this transaction ends; or why it is not the one that was read."""
    found = mappings.get(database, mapping_id, for_update=True)
    if found is None or found.deleted_at is not None:
        return not_found("mapping", "id")
    return found if found.revision == expected else conflict("mapping", expected, found.revision)


async def _changed(context: Context) -> None:
    await context.changed()
    context.services.shared.wakeups.ring(JobKind.DELIVER)
