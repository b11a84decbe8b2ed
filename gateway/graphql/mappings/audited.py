"""What the audit log keeps of a change of a mapping."""

from typing import Any

from destinations.kit import ActionDefinition
from gateway import audit, workspace
from gateway.audit import FieldChange


def audited(
    action: ActionDefinition | None, before: workspace.Mapping | None, after: workspace.Mapping | None
) -> tuple[FieldChange, ...]:
    """What differs, each of the action's fields by its own path, such as `fields.body`; None: there was or is none. The words of consent
    that the mapping says itself stand apart, by their paths, such as `literalStatuses./externalIds/0/subscriptionStatus`.
    """
    fields = [{} if one is None else one.fields for one in (before, after)]
    literal = None if action is None else action.literal_statuses
    statuses = [{} if literal is None else literal(one) for one in fields]
    return (
        *audit.changes(_own(before), _own(after)),
        *audit.changes(*fields, within="fields."),
        *audit.changes(*statuses, within="literalStatuses."),
    )


def _own(mapping: workspace.Mapping | None) -> dict[str, Any]:
    if mapping is None:
        return {}
    return {
        "destinationId": mapping.destination_id,
        "action": mapping.action,
        "name": mapping.name,
        "trigger": mapping.trigger,
        "cancelTrigger": mapping.cancel_trigger,
        "purpose": mapping.purpose,
        "maxAgeSeconds": mapping.max_age_seconds,
        "allowBrowserEvents": mapping.allow_browser_events,
        "allowImport": mapping.allow_import,
        "enabled": mapping.enabled,
        "mode": mapping.mode,
    }
