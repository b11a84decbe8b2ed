"""Content templates: what they are made of, how WhatsApp judged them, and the made-up ones that exist by default.

A template may hold several types of the same content; a message is sent as the richest one that its channel
shows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

Status = Literal["unsubmitted", "received", "pending", "approved", "rejected", "paused", "disabled"]
Category = Literal["UTILITY", "MARKETING", "AUTHENTICATION"]

REQUIRED_KEYS: Mapping[str, tuple[str, ...]] = {
    "twilio/text": ("body",),
    "twilio/media": ("body", "media"),
    "twilio/quick-reply": ("body", "actions"),
    "twilio/call-to-action": ("body", "actions"),
    "twilio/list-picker": ("body", "button", "items"),
    "twilio/location": ("latitude", "longitude"),
    "twilio/card": (),
    "whatsapp/card": ("body",),
    "twilio/carousel": ("body", "cards"),
    "twilio/catalog": ("body",),
    "twilio/flows": ("body", "button_text", "pages"),
    "whatsapp/flows": ("body", "button_text", "flow_id"),
    "whatsapp/authentication": ("actions",),
    "twilio/pay": (),
    "twilio/schedule": ("id", "title", "timeSlots"),
}
"""The types that exist, and what each must hold."""

_LONG_AGO = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Approval:
    """What WhatsApp knows of a template: `name` and `category` as submitted; both empty before that."""

    status: Status = "unsubmitted"
    category: Category | Literal[""] = ""
    name: str = ""
    rejection_reason: str = ""


@dataclass(frozen=True, slots=True)
class Template:
    """`types` by their names, such as {"twilio/text": {"body": "Hello {{1}}"}}; `variables` are the samples
    that stand in for a value that a message leaves out.
    """

    sid: str
    friendly_name: str
    types: Mapping[str, Mapping[str, Any]]
    variables: Mapping[str, str] = field(default_factory=dict)
    language: str = "en"
    approval: Approval = Approval()
    created: datetime = _LONG_AGO
    updated: datetime = _LONG_AGO


def _made_up(number: int) -> str:
    return f"HX{number:032d}"


TEMPLATE_SID = _made_up(51)
UNSUBMITTED_TEMPLATE_SID = _made_up(52)
MEDIA_TEMPLATE_SID = _made_up(53)
QUICK_REPLY_TEMPLATE_SID = _made_up(54)
LIST_PICKER_TEMPLATE_SID = _made_up(55)
REJECTED_TEMPLATE_SID = _made_up(56)
PAUSED_TEMPLATE_SID = _made_up(57)
AUTHENTICATION_TEMPLATE_SID = _made_up(58)
DISABLED_TEMPLATE_SID = _made_up(59)
CALL_TO_ACTION_TEMPLATE_SID = _made_up(60)

DEFAULT_TEMPLATES: tuple[Template, ...] = (
    Template(
        TEMPLATE_SID,
        "order_on_its_way",
        {"twilio/text": {"body": "Hello {{1}}, your order {{2}} is on its way."}},
        {"1": "Ada", "2": "A-1001"},
        approval=Approval("approved", "UTILITY", "order_on_its_way"),
    ),
    Template(
        UNSUBMITTED_TEMPLATE_SID,
        "thanks_for_writing",
        {"twilio/text": {"body": "Thank you for writing, {{1}}. We answer within {{2}}."}},
        {"1": "Ada", "2": "an hour"},
    ),
    Template(
        MEDIA_TEMPLATE_SID,
        "receipt",
        {
            "twilio/media": {
                "body": "Hello {{1}}, here is the receipt you asked for.",
                "media": ["https://shop.example/receipts/{{2}}"],
            }
        },
        {"1": "Ada", "2": "A-1001.pdf"},
        approval=Approval("approved", "UTILITY", "receipt"),
    ),
    Template(
        QUICK_REPLY_TEMPLATE_SID,
        "delivery_slot",
        {
            "twilio/quick-reply": {
                "body": "Hello {{1}}, does {{2}} suit you for the delivery?",
                "actions": [
                    {"type": "QUICK_REPLY", "title": "Yes", "id": "slot-yes"},
                    {"type": "QUICK_REPLY", "title": "Not {{2}}", "id": "slot-no"},
                ],
            },
            "twilio/text": {"body": "Hello {{1}}, does {{2}} suit you for the delivery? Answer YES or NO."},
        },
        {"1": "Ada", "2": "Friday"},
        approval=Approval("approved", "UTILITY", "delivery_slot"),
    ),
    Template(
        LIST_PICKER_TEMPLATE_SID,
        "choose_a_shop",
        {
            "twilio/list-picker": {
                "body": "Where would you like to collect it, {{1}}?",
                "button": "Shops",
                "items": [
                    {"id": "north", "item": "North Street", "description": "Open until 8"},
                    {"id": "south", "item": "South Quay", "description": "Open until 6"},
                ],
            }
        },
        {"1": "Ada"},
    ),
    Template(
        REJECTED_TEMPLATE_SID,
        "win_a_prize",
        {"twilio/text": {"body": "Hello {{1}}, you may have won {{2}}, so hurry up."}},
        {"1": "Ada", "2": "a bicycle"},
        approval=Approval("rejected", "MARKETING", "win_a_prize", "INVALID_FORMAT"),
    ),
    Template(
        PAUSED_TEMPLATE_SID,
        "spring_sale",
        {"twilio/text": {"body": "Hello {{1}}, our spring sale with {{2}} off has begun."}},
        {"1": "Ada", "2": "20%"},
        approval=Approval("paused", "MARKETING", "spring_sale"),
    ),
    Template(
        AUTHENTICATION_TEMPLATE_SID,
        "sign_in_code",
        {
            "whatsapp/authentication": {
                "add_security_recommendation": True,
                "code_expiration_minutes": 10,
                "actions": [{"type": "COPY_CODE", "copy_code_text": "Copy the code"}],
            }
        },
        {"1": "123456"},
        approval=Approval("approved", "AUTHENTICATION", "sign_in_code"),
    ),
    Template(
        DISABLED_TEMPLATE_SID,
        "old_newsletter",
        {"twilio/text": {"body": "Hello {{1}}, this was our newsletter of {{2}} for you."}},
        {"1": "Ada", "2": "May"},
        approval=Approval("disabled", "MARKETING", "old_newsletter"),
    ),
    Template(
        CALL_TO_ACTION_TEMPLATE_SID,
        "track_parcel",
        {
            "twilio/call-to-action": {
                "body": "Hello {{1}}, your parcel left our house this morning.",
                "actions": [
                    {"type": "URL", "title": "Track it", "url": "https://shop.example/track/{{2}}"},
                    {"type": "PHONE_NUMBER", "title": "Call us", "phone": "+12025550100"},
                ],
            }
        },
        {"1": "Ada", "2": "A-1001"},
        approval=Approval("approved", "UTILITY", "track_parcel"),
    ),
)
