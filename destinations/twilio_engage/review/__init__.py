"""What is wrong with a mapping's fields, found when it is saved: what can't work whoever is asked, and what Twilio would say."""

from collections.abc import Mapping
from typing import Any

from destinations import kit
from destinations.twilio_engage.review import addresses, content, intent, scope, template
from destinations.twilio_engage.settings import TwilioEngageSettings

_Problems = tuple[kit.FieldProblem, ...]
_Context = kit.Context[TwilioEngageSettings]

literal_statuses = intent.literal_statuses


def check_sms(fields: Mapping[str, Any], settings: TwilioEngageSettings) -> _Problems:
    """What of the fields of Send SMS can't work, or is doubtful, whatever Twilio says."""
    return (
        *addresses.of_sms_sender(fields, settings),
        *addresses.of_recipients(fields, settings.default_country),
        *addresses.of_template_sid(fields),
        *content.of_something(fields),
        *content.of_body(fields),
        *content.of_media(fields),
        *content.of_variables(fields, are_liquid=True),
        *content.of_overrides(fields),
        *intent.of_send(fields),
        *intent.of_statuses(fields),
        *scope.of_sms(fields),
    )


def check_whatsapp(fields: Mapping[str, Any], settings: TwilioEngageSettings) -> _Problems:
    """What of the fields of Send WhatsApp can't work, or is doubtful, whatever Twilio says."""
    return (
        *addresses.of_whatsapp_sender(fields, settings),
        *addresses.of_recipients(fields, settings.default_country),
        *addresses.of_template_sid(fields),
        *(content.of_something(fields) if _has_content(fields) else ()),
        *content.of_body(fields),
        *content.of_variables(fields, are_liquid=fields.get("traitEnrichment") is not False),
        *content.of_overrides(fields),
        *intent.of_send(fields),
        *intent.of_statuses(fields),
        *scope.of_whatsapp(fields),
    )


def _has_content(fields: Mapping[str, Any]) -> bool:
    """Whether it has one of the fields that say something: one is required, which is said elsewhere."""
    return any(fields.get(key) not in (None, "") for key in ("body", "contentSid"))


async def of_sms(fields: Mapping[str, Any], context: _Context) -> _Problems:
    """What Twilio says of the fields of Send SMS."""
    return tuple([problem async for problem in template.of_sms(fields, context)])


async def of_whatsapp(fields: Mapping[str, Any], context: _Context) -> _Problems:
    """What Twilio says of the fields of Send WhatsApp."""
    return tuple([problem async for problem in template.of_whatsapp(fields, context)])
