"""Rotating the keys and tokens of an account without a pause: a second one is added, promoted, and the first removed.

Each is a list in the settings, of which the ACTIVE one is used. Which settings are such lists, a definition says by their types.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import Connection as Database

from destinations.kit import Check, DestinationDefinition, DestinationStatus, Fields
from gateway import workspace
from gateway.graphql.catalogue.settings import Setting, revealed, settings_of
from gateway.graphql.context import Context
from gateway.graphql.destinations import log, settings_input
from gateway.graphql.destinations.held import held
from gateway.graphql.destinations.settings import MOST_KEYS
from gateway.graphql.destinations.types import DestinationPayload, payload, refused
from gateway.graphql.destinations.verification import failures, unfit, verified
from gateway.graphql.terms.enums import ErrorCode
from gateway.graphql.terms.errors import UserError, conflict, input_error, not_found
from gateway.graphql.terms.idempotency import once
from gateway.pipeline import verification
from gateway.storage import destinations
from gateway.workspace import Role

_NOT_YET = input_error(ErrorCode.INVALID, "This call was not made before.")

Items = list[dict[str, Any]]
"""The keys or tokens of a destination as they are stored."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What is rotated. `part` names one in its list, `path` in an input; `secret` is the path of its secret."""

    kind: Literal["KEYS", "TOKENS"]
    one: str
    part: str
    path: str
    secret: str
    operation: str

    def setting(self, definition: DestinationDefinition) -> Setting | None:
        """The list of these in the settings of a definition, where it has one."""
        return next((one for one in settings_of(definition.settings) if one.kind == self.kind), None)


KEY = Kind("KEYS", "API key", "sid", "apiKeySid", "apiKeySecret", "destinationKey")
TOKEN = Kind("TOKENS", "auth token", "id", "authTokenId", "authToken", "destinationAuthToken")


@dataclass(frozen=True, slots=True)
class _List:
    """The list of a destination that is about to change."""

    kind: Kind
    definition: DestinationDefinition
    setting: Setting
    destination: workspace.Destination

    @property
    def values(self) -> dict[str, Any]:
        return settings_input.as_stored(self.definition, self.destination.settings)

    @property
    def items(self) -> Items:
        return list(self.values.get(self.setting.field.key) or ())

    def find(self, name: str) -> dict[str, Any] | None:
        return next((item for item in self.items if item[self.kind.part] == name), None)

    def of(self, destination: workspace.Destination) -> "_List":
        """The same list of the destination as it is stored now."""
        return replace(self, destination=destination)

    def holding(self, items: Items) -> workspace.Destination:
        """The destination with these in the list."""
        values = {**self.values, self.setting.field.key: items}
        settings = revealed(self.definition.settings.model_validate(values))
        return replace(self.destination, settings=settings)


async def add(
    context: Context,
    kind: Kind,
    destination_id: str,
    expected_revision: int,
    key: str | None,
    new: dict[str, Any],
) -> DestinationPayload:
    """Add one as STANDBY, where the provider takes it."""
    there = _list(context, kind, destination_id)
    if isinstance(there, DestinationPayload):
        return there
    services, destination = context.services, there.destination
    space, operation = destination.space, f"{kind.operation}Add"
    new = {**new, "state": "STANDBY", "setAt": services.clock.now()}
    same = {"id": destination.id, "expectedRevision": expected_revision, "label": new["label"]}
    same |= {"secret": new["secret"].get_secret_value(), "name": new[kind.part] if kind is KEY else None}
    # The provider is not asked again where this is the same call once more.
    asked = await once(services, space, operation, key, same, lambda _: _NOT_YET, workspace.Destination)
    if asked.errors == (_NOT_YET,):
        wrong = _against(there, new, expected_revision) or await _probe(context, there, new, kind.secret)
        if wrong:
            return refused(context, space, wrong)

    def change(database: Database) -> workspace.Destination | UserError:
        found = held(context, database, destination.id, expected_revision)
        if isinstance(found, UserError):
            return found
        now = there.of(found)
        against = _against(now, new, expected_revision)
        if against:
            return against[0]
        changed = _keep(context, database, operation, found, now.holding([*now.items, new]))
        return replace(changed, settings=settings_input.masked(there.definition, changed.settings))

    made = await once(services, space, operation, key, same, change, workspace.Destination)
    await context.changed()
    if made.id is None:
        return refused(context, space, made.errors)
    if made.value is not None and not made.new:
        return payload(context, made.value)
    return _shown(context, made.id)


async def promote(
    context: Context, kind: Kind, destination_id: str, expected_revision: int, name: str
) -> DestinationPayload:
    """Make that one the ACTIVE one, where the provider still takes it; the one that was is STANDBY from then on."""
    there = _list(context, kind, destination_id)
    if isinstance(there, DestinationPayload):
        return there
    one, space = there.find(name), there.destination.space
    if one is None:
        return refused(context, space, [not_found(kind.one, kind.path)])
    if there.destination.revision != expected_revision:
        wrong = conflict("destination", expected_revision, there.destination.revision)
        return refused(context, space, [wrong])
    return await _promote(context, there, expected_revision, one)


async def _promote(
    context: Context, there: _List, expected_revision: int, one: dict[str, Any]
) -> DestinationPayload:
    kind, space = there.kind, there.destination.space
    name = one[kind.part]
    if one["state"] == "ACTIVE":
        return _shown(context, there.destination.id)
    started = context.services.clock.now()
    checks = await _checks(context, there, one)
    problems = failures(checks, kind.path, there.destination)
    is_refused = any(problem.code is ErrorCode.CREDENTIALS_REJECTED for problem in problems)
    if problems and not is_refused:
        return refused(context, space, problems)
    run = verification.run_of(checks, started, context.services.clock.now())

    def change(found: _List) -> workspace.Destination | UserError:
        if found.find(name) is None:
            return not_found(kind.one, kind.path)
        if is_refused:
            return found.holding([_is(item, "FAILED", kind, name) for item in found.items])
        return _with_active(found, name, run)

    wrong = await _change(context, there, expected_revision, f"{kind.operation}Promote", change)
    if wrong is not None:
        return refused(context, space, [wrong])
    failed = context.snapshot.destinations[there.destination.id].status is DestinationStatus.FAILED
    if failed and not problems:
        return await verified(context, there.destination.id)
    return _shown(context, there.destination.id, problems)


def _with_active(found: _List, name: str, run: dict[str, Any]) -> workspace.Destination:
    """The destination with that one as the ACTIVE one, by that run of checks."""
    part = found.kind.part
    changed = found.holding([_promoted(item, item[part] == name) for item in found.items])
    # What was asked with the one before, and is answered later, says nothing of the account as it is now.
    is_verified = found.destination.status is DestinationStatus.VERIFIED
    return replace(changed, verification=run) if is_verified else changed


async def remove(
    context: Context, kind: Kind, destination_id: str, expected_revision: int, name: str
) -> DestinationPayload:
    """Forget that one, which must not be the ACTIVE one."""
    there = _list(context, kind, destination_id)
    if isinstance(there, DestinationPayload):
        return there

    def change(found: _List) -> workspace.Destination | UserError:
        one = found.find(name)
        if one is None:
            return not_found(kind.one, kind.path)
        if one["state"] == "ACTIVE":
            message = (
                f"This {kind.one} is ACTIVE, so it is in use. Nothing was changed: promote another one first "
                f"({kind.operation}Promote), or add one ({kind.operation}Add)."
            )
            return input_error(ErrorCode.IN_USE, message, kind.path)
        return found.holding([item for item in found.items if item is not one and item[kind.part] != name])

    wrong = await _change(context, there, expected_revision, f"{kind.operation}Remove", change)
    if wrong is not None:
        return refused(context, there.destination.space, [wrong])
    return _shown(context, there.destination.id)


def _list(context: Context, kind: Kind, destination_id: str) -> _List | DestinationPayload:
    context.require(Role.ADMIN, f"Rotating an {kind.one}")
    destination = context.destination(destination_id)
    if destination is None:
        return refused(context, context.viewer.space, [not_found("destination", "id")])
    definition = context.definition(destination.definition)
    setting = kind.setting(definition)
    if setting is None:
        message = (
            f"A {definition.name} destination keeps no list of {kind.one}s, so none can be rotated without a pause. Nothing was "
            "changed: give it the new secret by destinationUpdate, and verify it then."
        )
        return refused(context, destination.space, [input_error(ErrorCode.INVALID, message, "id")])
    wrong = unfit(definition, destination, "id")
    if wrong:
        return refused(context, destination.space, wrong)
    return _List(kind, definition, setting, destination)


def _against(there: _List, new: dict[str, Any], expected_revision: int) -> Sequence[UserError]:
    """What is wrong with a new one before anybody is asked."""
    kind, found = there.kind, there.destination
    if found.revision != expected_revision:
        return [conflict("destination", expected_revision, found.revision)]
    if len(there.items) >= MOST_KEYS:
        message = (
            f"The account has {MOST_KEYS} {kind.one}s, and no more are kept. Nothing was changed: remove one that is not in use "
            f"({kind.operation}Remove)."
        )
        return [input_error(ErrorCode.INVALID, message, kind.secret)]
    same = there.find(new[kind.part])
    if kind is TOKEN:
        secret = new["secret"].get_secret_value()
        same = next((item for item in there.items if item["secret"] == secret), None)
    if same is not None:
        message = f"The account has this {kind.one} already: it is {same['state']}. Nothing was changed."
        return [input_error(ErrorCode.TAKEN, message, kind.path if kind is KEY else kind.secret)]
    return []


async def _probe(context: Context, there: _List, new: dict[str, Any], path: str) -> Sequence[UserError]:
    """What is wrong with a new one by the definition's own checks, or by the provider's."""
    allowed = context.services.settings.allowed_hosts
    settings = settings_input.invalid(there.definition, _candidate(there, new), allowed)
    if isinstance(settings, list):
        setting, kind = there.setting, there.kind
        names = {setting.sid_key: kind.path, setting.secret_key: kind.secret, setting.token_key: kind.secret}
        return [
            input_error(
                ErrorCode.INVALID, f"{message} Nothing was changed.", *([names[key]] if key in names else [])
            )
            for key, message in settings
        ]
    return failures(await _checks(context, there, new), path, there.destination, "Nothing was kept.")


async def _checks(context: Context, there: _List, one: dict[str, Any]) -> Sequence[Check]:
    settings: Fields = there.definition.settings.model_validate(_candidate(there, one))
    checks = await verification.checks_of(context.services, there.definition, settings)
    return [verification.named(there.destination.id, one) for one in checks]


def _candidate(there: _List, one: dict[str, Any]) -> dict[str, Any]:
    """The settings with that one alone. A key is looked at without the tokens: those may be on their way out too."""
    values = {**there.values, there.setting.field.key: [{**one, "state": "ACTIVE"}]}
    tokens = TOKEN.setting(there.definition)
    if there.kind is KEY and tokens is not None:
        values[tokens.field.key] = []
    return values


def _promoted(item: dict[str, Any], is_chosen: bool) -> dict[str, Any]:
    if is_chosen:
        return {**item, "state": "ACTIVE"}
    return {**item, "state": "STANDBY"} if item["state"] == "ACTIVE" else item


def _is(item: dict[str, Any], state: str, kind: Kind, name: str) -> dict[str, Any]:
    return {**item, "state": state} if item[kind.part] == name else item


async def _change(
    context: Context,
    there: _List,
    expected_revision: int,
    action: str,
    change: Callable[[_List], workspace.Destination | UserError],
) -> UserError | None:
    """Change the list as it is stored now; or what is wrong, and then nothing was changed."""

    def write(database: Database) -> UserError | None:
        found = held(context, database, there.destination.id, expected_revision)
        if isinstance(found, UserError):
            return found
        changed = change(there.of(found))
        if isinstance(changed, UserError):
            return changed
        _keep(context, database, action, found, changed)
        return None

    wrong = await context.services.store.write(write)
    await context.changed()
    return wrong


def _keep(
    context: Context,
    database: Database,
    action: str,
    before: workspace.Destination,
    after: workspace.Destination,
) -> workspace.Destination:
    """Store a destination that was changed, and say so in the audit log; as it is then."""
    if after == before:
        return before
    after = replace(after, revision=before.revision + 1, updated_at=context.services.clock.now())
    destinations.save(database, after, context.services.secrets)
    log.record(context, database, action, before, after)
    return after


def _shown(context: Context, destination_id: str, problems: Sequence[UserError] = ()) -> DestinationPayload:
    there = context.destination(destination_id)
    if there is None:  # deleted since
        return refused(context, context.viewer.space, [not_found("destination", "id")])
    return payload(context, there, list(problems))
