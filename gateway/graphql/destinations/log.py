"""What the audit log keeps of a change of a destination: every field, and of a secret only that it was changed."""

from dataclasses import asdict
from typing import Any

from pydantic.alias_generators import to_camel
from sqlalchemy import Connection as Database

from gateway import audit, workspace
from gateway.graphql.context import Context
from gateway.graphql.destinations import settings_input

_OWN = ("name", "enabled", "status")


def record(
    context: Context,
    database: Database,
    action: str,
    before: workspace.Destination | None,
    after: workspace.Destination,
) -> None:
    """Keep what of a destination is another now; without a `before` it is new."""
    changes = (
        *audit.changes(_own(before), _own(after)),
        *_settings(context, before, after),
        *audit.changes(_policy(before), _policy(after), within="policy."),
    )
    context.record(database, action, after.id, changes, space=after.space)


def _own(destination: workspace.Destination | None) -> dict[str, Any]:
    return {} if destination is None else {name: getattr(destination, name) for name in _OWN}


def _policy(destination: workspace.Destination | None) -> dict[str, Any]:
    if destination is None:
        return {}
    return {to_camel(name): value for name, value in asdict(destination.policy).items()}


def _settings(
    context: Context, before: workspace.Destination | None, after: workspace.Destination
) -> tuple[audit.FieldChange, ...]:
    definition = context.services.workspace.definitions.get(after.definition)
    if definition is None:
        return ()
    old, _ = ({}, set()) if before is None else _told(definition, before)
    new, secret = _told(definition, after)
    return audit.changes(old, new, secret=secret, within="settings.")


def _told(definition: Any, destination: workspace.Destination) -> tuple[dict[str, Any], set[str]]:
    return settings_input.told(definition, settings_input.as_stored(definition, destination.settings))
