"""Events as Segment sent them to its destinations, with which both readings of a mapping are tried."""

from collections.abc import Mapping
from typing import Any, Final

_IDS: Final = [
    {
        "id": "ann@example.com",
        "type": "email",
        "collection": "users",
        "encoding": "none",
        "isSubscribed": True,
    },
    {
        "id": "+12025550123",
        "type": "phone",
        "channelType": "sms",
        "collection": "users",
        "encoding": "none",
        "isSubscribed": True,
    },
    {
        "id": "+12025550123",
        "type": "phone",
        "channelType": "whatsapp",
        "collection": "users",
        "encoding": "none",
        "isSubscribed": True,
    },
]


def _audience(event: str, member: bool) -> Mapping[str, Any]:
    return {
        "type": "track",
        "event": event,
        "userId": "ann",
        "messageId": f"sample-{event.lower().replace(' ', '-')}",
        "timestamp": "2026-01-02T10:00:00.000Z",
        "properties": {
            "audience_key": "vip",
            "vip": member,
            "first_name": "Ann",
            "age": 34,
            "tags": ["a", "b"],
        },
        "external_ids": _IDS,
        "context": {
            "personas": {
                "computation_class": "audience",
                "computation_id": "aud_1",
                "computation_key": "vip",
                "namespace": "spa_1",
                "space_id": "spa_1",
            }
        },
    }


ENGAGE: Final[tuple[Mapping[str, Any], ...]] = (
    _audience("Audience Entered", member=True),
    _audience("Audience Exited", member=False),
    {
        "type": "identify",
        "userId": "ann",
        "messageId": "sample-identify",
        "timestamp": "2026-01-02T10:00:00.000Z",
        "traits": {"vip": True, "first_name": "Ann", "phone": "+12025550123", "age": 34},
        "external_ids": _IDS,
        "context": {
            "personas": {"computation_class": "audience", "computation_id": "aud_1", "computation_key": "vip"}
        },
    },
    {
        "type": "track",
        "event": "Order Completed",
        "userId": "ann",
        "messageId": "sample-order",
        "timestamp": "2026-01-02T10:00:00.000Z",
        "properties": {
            "order_id": "A-1",
            "total": 99.5,
            "phone": "+12025550123",
            "products": [{"name": "Scarf"}],
        },
        "external_ids": _IDS,
        "context": {"traits": {"phone": "+12025550123"}},
    },
)

PLAIN: Final[tuple[Mapping[str, Any], ...]] = tuple(
    {name: value for name, value in event.items() if name != "external_ids"} for event in ENGAGE
)
