"""What a preset consists of, and the fields that several presets share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Preset:
    """A mapping that can be taken over as it is, once `fields` have what the description says is to be filled in.

    `action` is the slug of an action, `trigger` is FQL, `purpose` says how consent is read, and `fields` are as
    `compile_fields` takes them.
    """

    name: str
    title: str
    description: str
    action: str
    trigger: str
    purpose: Literal["MARKETING", "TRANSACTIONAL"]
    fields: Mapping[str, Any]


def external_ids() -> dict[str, Any]:
    """The person's addresses with their channel and subscription: those of an Engage event, or else those that an
    SDK's event carries in its context.
    """
    return {
        "@if": {
            "exists": {"@path": "$.external_ids"},
            "then": _shaped("$.external_ids"),
            "else": _shaped("$.context.externalIds"),
        }
    }


def identity() -> dict[str, Any]:
    """Who the event is about, which event it is and when it happened."""
    return {
        "userId": {"@path": "$.userId"},
        "messageId": {"@path": "$.messageId"},
        "eventOccurredTS": {"@path": "$.timestamp"},
    }


def _shaped(path: str) -> dict[str, Any]:
    shape = {
        "id": {"@path": "$.id"},
        "type": {"@path": "$.type"},
        "channelType": {"@path": "$.channelType"},
        "subscriptionStatus": {"@path": "$.isSubscribed"},
    }
    return {"@arrayPath": [path, shape]}
