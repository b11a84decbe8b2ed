"""What is said: the body and media of a mapping or of a content template, rendered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from destinations import kit
from destinations.twilio_engage import error_codes
from destinations.twilio_engage.client import fetch_template
from destinations.twilio_engage.reading import read_object
from destinations.twilio_engage.settings import TwilioEngageSettings
from mappings import Template
from mappings.errors import TemplateError

LONGEST_BODY = 1600
"""Characters, after all values are filled in (Twilio error 21617)."""

_SMS_TYPES = frozenset({"twilio/text", "twilio/media"})


class Worded(Protocol):
    """The fields of a payload that say what is sent."""

    @property
    def body(self) -> str | None: ...
    @property
    def media(self) -> Sequence[str]: ...
    @property
    def content_sid(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Content:
    """A rendered message. Without a `body` it is its media alone."""

    body: str | None
    media: tuple[str, ...] = ()


async def sms_content(
    payload: Worded, scope: Mapping[str, Any], context: kit.Context[TwilioEngageSettings]
) -> Content:
    """The rendered text and media; a content template takes the place of both.

    Raises PayloadValidationError for content that Twilio would refuse, IntegrationError for a template that is none
    for SMS, and what a failed read raises.
    """
    if payload.content_sid:
        raw = await _template(payload.content_sid, context)
    elif payload.body:
        raw = Content(payload.body, tuple(payload.media))
    else:
        raise kit.PayloadValidationError(
            "Unable to process sms, no body provided and no content sid provided",
            remedy='Give the mapping a body, such as {"body": "Hello {{ profile.traits.first_name }}"}, or a contentSid.',
        )
    media = tuple(url for url in (render(url, scope, context.now) for url in raw.media) if url)
    return _sendable(Content(None if raw.body is None else render(raw.body, scope, context.now), media))


def render(text: str, scope: Mapping[str, Any], now: datetime) -> str:
    """A Liquid text with its values filled in, at that moment. Raises PayloadValidationError for one that can't be read."""
    try:
        return Template(text).render(scope, now)
    except TemplateError as error:
        raise kit.PayloadValidationError(
            "Unable to parse templating, invalid liquid", remedy=str(error)
        ) from error


def _sendable(content: Content) -> Content:
    if not content.body and not content.media:
        raise kit.PayloadValidationError(
            "The message is empty once its values are filled in",
            provider_code="21602",
            remedy=error_codes.remedy_for("21602"),
        )
    length = len(content.body or "")
    if length > LONGEST_BODY:
        raise kit.PayloadValidationError(
            f"The body has {length} characters once its values are filled in; {LONGEST_BODY} are the most",
            provider_code="21617",
            remedy=error_codes.remedy_for("21617"),
        )
    return content


async def _template(content_sid: str, context: kit.Context[TwilioEngageSettings]) -> Content:
    request = fetch_template(context.settings, context.allowed_hosts, content_sid)
    answer = await read_object(context, request, f"The content template {content_sid}")
    types = answer.get("types")
    if not isinstance(types, dict):
        raise kit.IntegrationError(
            "Template from Twilio Content API does not contain any template types", "NO_CONTENT_TYPES"
        )
    kind, template = next(iter(types.items()), ("undefined", None))
    if kind not in _SMS_TYPES or not isinstance(template, dict):
        raise kit.IntegrationError(
            f"Sending templates with '{kind}' content type is not supported by sms",
            "UNSUPPORTED_CONTENT_TYPE",
            remedy="Use a template whose first type is twilio/text or twilio/media.",
        )
    body, media = template.get("body"), template.get("media")
    return Content(
        body if isinstance(body, str) else None,
        tuple(url for url in media if isinstance(url, str)) if isinstance(media, list) else (),
    )
