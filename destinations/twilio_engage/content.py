"""What is said: the body and media of a mapping, or a content template, with their values filled in."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from destinations import kit
from destinations.twilio_engage import error_codes, template_forms, templates
from destinations.twilio_engage.addressed import AddressedPayload
from destinations.twilio_engage.segments import Segments
from destinations.twilio_engage.settings import TwilioEngageSettings
from destinations.twilio_engage.templates import Form
from destinations.twilio_engage.visible import shows_something, visible, without_controls
from mappings import Written, rendered
from mappings.errors import TemplateError
from mappings.json_text import json_text
from mappings.text import text_of

LONGEST_BODY = 1600
"""Characters, after all values are filled in (Twilio error 21617)."""


class Content(msgspec.Struct, frozen=True):
    """A rendered message. Without a `body` it is its media alone. Where Twilio fills a `template` with `variables`, body, media and
    buttons are what it will make of them.
    """

    body: str | None
    media: tuple[str, ...] = ()
    buttons: tuple[kit.Button, ...] = ()
    template: str | None = None
    variables: Mapping[str, str] = msgspec.field(default_factory=dict)


async def sms_content(
    payload: AddressedPayload, scope: Mapping[str, Any], context: kit.Context[TwilioEngageSettings]
) -> Content:
    """The rendered text and media; a content template takes the place of both.

    A template's text is Liquid, as the original reads it, unless the mapping gives `contentVariables`: then Twilio fills
    it. Raises PayloadValidationError for content that Twilio would refuse, IntegrationError for a template
    that is none for SMS, and what a failed read raises.
    """
    refuse_nothing(payload, "contentSid")
    if payload.content_sid:
        template = await templates.read_template(context, payload.content_sid)
        form = template.for_sms()
        given = payload.content_variables
        if given is not None or "contentVariables" in payload.found_nothing:
            values = rendered_variables(given or {}, scope, context.now)
            templates.check_variables(template, form, values, kit.Channel.SMS)
            return replace(template_content(form, values), template=payload.content_sid, variables=values)
        left = templates.numbered(form.placeholders)
        if left:
            templates.check_variables(template, form, {}, kit.Channel.SMS)
        raw = _as_template(_as_it_is(form))
    elif payload.body:
        raw = Content(payload.body, tuple(payload.media))
    else:
        refuse_nothing(payload, "body")
        raise kit.PayloadValidationError(
            "Unable to process sms, no body provided and no content sid provided",
            remedy='Give the mapping a body, such as {"body": "Hello {{ profile.traits.first_name }}"}, or a contentSid.',
        )
    media = (
        tuple(url for url in (render(url, scope, context.now) for url in raw.media) if url)
        if raw.media
        else ()
    )
    return _sendable(Content(None if raw.body is None else render(raw.body, scope, context.now), media))


def followed_by(content: Content, words: str) -> Content:
    """The content with these words behind its body. Raises PayloadValidationError for more than Twilio takes."""
    return _sendable(replace(content, body=f"{content.body}\n{words}" if content.body else words))


def refuse_nothing(payload: AddressedPayload, key: str) -> None:
    """Raise PayloadValidationError where the mapping has that field and found nothing: nothing else is said in its place."""
    found_nothing = payload.nothing_at(key)
    if found_nothing is not None:
        raise kit.PayloadValidationError(
            f"{found_nothing}, and nothing else is sent in its place",
            remedy=f"Send the value with the event, give the path a default with @if, or leave `{key}` out of the mapping.",
        )


def whatsapp_body(body: str, scope: Mapping[str, Any], now: datetime) -> str:
    """The rendered free-form text. Raises PayloadValidationError for one that Twilio would refuse."""
    text = render(body, scope, now)
    _sendable(Content(text))
    return text


def render(text: str, scope: Mapping[str, Any], now: datetime) -> str:
    """A text with its values filled in, at that moment: Liquid where the mapping or the account wrote it, else as it is.
    Controls are dropped, and a text that shows nothing is "".

    Raises PayloadValidationError for a template that can't be read.
    """
    try:
        return visible(rendered(text, scope, now))
    except TemplateError as error:
        raise kit.PayloadValidationError(
            "Unable to parse templating, invalid liquid", remedy=str(error)
        ) from error


def rendered_variables(
    variables: Mapping[str, Any], scope: Mapping[str, Any], now: datetime
) -> dict[str, str]:
    """Each value of a template's variables as `render` renders it, the empty ones too. Raises IntegrationError."""
    try:
        return {name: without_controls(_as_text(value, scope, now)) for name, value in variables.items()}
    except TemplateError as error:
        raise kit.IntegrationError(
            "Unable to parse templating in content variables",
            "Content variables templating parse failure",
            remedy=str(error),
        ) from error


def described(content: Content, counted: Segments | None) -> str:
    """What the content is, for an explanation: its length, what it costs, and what makes it cost that. None: it has media,
    whose text costs nothing.
    """
    length = f"{len(content.body or '')} characters"
    if counted is None:
        return f"{length}, {len(content.media)} media"
    cost = f"{length}, {counted.segments} segment{'s' if counted.segments > 1 else ''} of {counted.encoding}"
    return f"{cost}, because of {counted.because}" if counted.because else cost


def _as_text(value: Any, scope: Mapping[str, Any], now: datetime) -> str:
    if value is None:
        return ""
    if isinstance(value, dict | list):
        return json_text(_filled(value, scope, now))
    return rendered(text_of(value), scope, now)


def _filled(value: Any, scope: Mapping[str, Any], now: datetime) -> Any:
    match value:
        case str():
            return rendered(value, scope, now)
        case list():
            return [_filled(item, scope, now) for item in value]
        case dict():
            return {key: _filled(item, scope, now) for key, item in value.items()}
    return value


def template_content(form: Form, values: Mapping[str, str]) -> Content:
    """What Twilio makes of a template whose values were checked. Raises PayloadValidationError for more than it takes."""
    shown = template_forms.filled(template_forms.read(form.kind, form.content), values)
    filled = Content(shown.text, shown.media, shown.buttons)
    return _sendable(filled) if filled.body or filled.media else filled


def _as_it_is(form: Form) -> Content:
    read = template_forms.read(form.kind, form.content)
    return Content(read.body, read.media)


def _as_template(content: Content) -> Content:
    """The content as Liquid: the account wrote it."""
    body = None if content.body is None else Written(content.body)
    return Content(body, tuple(map(Written, content.media)))


def _sendable(content: Content) -> Content:
    body = content.body or ""
    if not content.media and not shows_something(body):
        raise kit.PayloadValidationError(
            "The message is empty once its values are filled in",
            provider_code="21602",
            remedy=error_codes.remedy_for("21602"),
        )
    length = len(body)
    if length > LONGEST_BODY:
        raise kit.PayloadValidationError(
            f"The body has {length} characters once its values are filled in; {LONGEST_BODY} are the most",
            provider_code="21617",
            remedy=error_codes.remedy_for("21617"),
        )
    return content
