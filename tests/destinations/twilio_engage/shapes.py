"""The shapes that a message of ours can have: what a plan is given for each, over what the conftest has as valid."""

from datetime import timedelta
from typing import Any

from destinations import kit
from tests.destinations.twilio_engage.conftest import NOW, NUMBER, SENDER

SERVICE = "MG" + "0" * 32
TEMPLATE = "HX" + "0" * 32
OURS = "https://helio.example.com/webhooks/d1/status?delivery=0197-1"
OWNERS = {"webhookUrl": "https://example.com/callback", "spaceId": "spa_1"}
VARIABLES = {
    "contentVariables": {"1": "{{ profile.traits.first_name }}", "2": "A-1"},
    "traits": {"first_name": "Ada"},
}
OPEN = {(NUMBER, SENDER): NOW - timedelta(hours=1)}
FREE_TEXT = {
    "contentSid": None,
    "body": "Hello {{ profile.traits.first_name }}",
    "traits": {"first_name": "Ada"},
}


def template(kind: str, **content: Any) -> tuple[int, Any]:
    """The answer to a request for a content template."""
    return 200, {"sid": TEMPLATE, "types": {kind: content}}


TEXT = template("twilio/text", body="Hello {{1}}, your order {{2}} is on its way.")
PICTURE = template("twilio/media", body="Hello {{1}}", media=["https://example.com/{{2}}.png"])
APPROVED = 200, {"sid": TEMPLATE, "whatsapp": {"status": "approved"}}

SMS: dict[str, dict[str, Any]] = {
    "a text": {},
    "a text from a short code": {"fields": {"from": "20255"}},
    "a text from a name": {
        "fields": {"from": "Northwind", "toNumber": "+447400123456"},
        "answers": ((200, {"type": "Full"}),),
        "lookups": True,
    },
    "a text through a Messaging Service": {"fields": {"from": SERVICE}},
    "a text with all that GSM-7 lacks, and a line break": {
        "fields": {"body": "Zażółć gęślą jaźń 👋\nA=1&b=2"}
    },
    "a text that shortens no links": {"own_settings": {"shortenLinks": False}},
    "a text that reports to us": {"callback_url": OURS},
    "a text that reports to us, by the mapping's overrides": {
        "callback_url": OURS,
        "fields": {"connectionOverrides": "rc=2&rp=5xx,rt&ct=500"},
    },
    "a text that reports to the owner": {
        "own_settings": OWNERS,
        "fields": {"customArgs": {"campaign_key": "spring"}},
    },
    "an MMS": {"fields": {"media": ["https://example.com/a.png", "https://example.com/b.png"]}},
    "an MMS without a text": {
        "fields": {"body": "{{ profile.traits.nothing }}", "media": ["https://example.com/a.png"]}
    },
    "the text of a template": {
        "fields": {"body": None, "contentSid": TEMPLATE, **VARIABLES},
        "answers": (TEXT,),
    },
    "the picture of a template": {
        "fields": {"body": None, "contentSid": TEMPLATE, **VARIABLES},
        "answers": (PICTURE,),
    },
    "the text of a template that is Liquid": {
        "fields": {"body": None, "contentSid": TEMPLATE, "traits": {"first_name": "Ada"}},
        "answers": (template("twilio/text", body="Hello {{profile.traits.first_name}}"),),
    },
}

WHATSAPP: dict[str, dict[str, Any]] = {
    "a template": {},
    "a template with variables": {"fields": VARIABLES},
    "a template with variables as they are given": {
        "fields": {"contentVariables": {"1": 'Ada "Countess"', "2": "50 %"}, "traitEnrichment": False}
    },
    "a template that is known and approved": {
        "fields": VARIABLES,
        "answers": (TEXT, APPROVED),
        "lookups": True,
    },
    "a template through a Messaging Service": {"fields": {"from": SERVICE}},
    "a template from a number without its prefix": {"fields": {"from": SENDER}},
    "a template to a number in Brazil": {
        "fields": {
            "externalIds": [
                {
                    "type": "phone",
                    "id": "+552187654321",
                    "channelType": "whatsapp",
                    "subscriptionStatus": "subscribed",
                }
            ]
        }
    },
    "a template that reports to us": {"callback_url": OURS},
    "a template that reports to us, by the mapping's overrides": {
        "callback_url": OURS,
        "fields": {"connectionOverrides": "rc=2&rp=5xx,rt&ct=500"},
    },
    "a template that reports to the owner": {
        "own_settings": OWNERS,
        "fields": {"customArgs": {"campaign_key": "spring"}},
    },
    "free text in the window": {"fields": FREE_TEXT, "inbound": OPEN},
    "free text in the window, beside a template": {
        "fields": {**FREE_TEXT, "contentSid": TEMPLATE},
        "inbound": OPEN,
    },
    "free text in the window that reports to us": {
        "fields": FREE_TEXT,
        "inbound": OPEN,
        "callback_url": OURS,
    },
    "the template outside the window, beside free text": {
        "fields": {**FREE_TEXT, **VARIABLES, "contentSid": TEMPLATE},
        "inbound": {},
        "person": kit.Person(phone=NUMBER),
    },
}
