"""What was read of exports, written as one export that says the same and no more: to be sent where it is to be planned."""

import json
from collections.abc import Sequence
from typing import Any

from gateway.moving.exported import Export, FoundDestination, FoundSubscription

_MASK = "•••"


def together(exports: Sequence[Export]) -> Export:
    """All of them as one."""
    return Export(
        tuple(one for export in exports for one in export.destinations),
        tuple(one for export in exports for one in export.subscriptions),
        tuple(one for export in exports for one in export.missed),
    )


def written(export: Export) -> str:
    """Its destinations and subscriptions in the form of the Public API. What was masked is so still."""
    parts = [*map(_destination, export.destinations), *map(_subscription, export.subscriptions)]
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))


def _destination(one: FoundDestination) -> dict[str, Any]:
    actions = [{"id": action, "slug": slug} for action, slug in one.actions.items()]
    return {
        "id": one.id,
        "name": one.name,
        "enabled": one.enabled,
        "settings": {**one.settings, **dict.fromkeys(sorted(one.masked), _MASK)},
        "metadata": {"slug": one.kind, "name": one.title, "actions": actions},
        **dict.fromkeys(one.left, "…"),
    }


def _subscription(one: FoundSubscription) -> dict[str, Any]:
    return {
        "id": one.id,
        "destinationId": one.destination_id,
        "name": one.name,
        "actionSlug": one.action,
        "actionId": one.action_id,
        "trigger": one.trigger,
        "enabled": one.enabled,
        "settings": one.fields,
        "modelId": one.model,
        **dict.fromkeys(one.left, "…"),
    }
