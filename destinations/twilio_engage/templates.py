"""Content templates: their types, their variables, and what WhatsApp said of them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from destinations import kit
from destinations.twilio_engage.client import fetch_approval, fetch_template
from destinations.twilio_engage.reading import read_object
from destinations.twilio_engage.settings import TwilioEngageSettings

LONGEST_VALUE = 1600
MOST_VARIABLES = 100
"""Of a variable, in characters, and of variables (Twilio errors 21658 and 92002)."""

SMS_TYPES = frozenset({"twilio/text", "twilio/media"})
# A template may have several types: Twilio sends the richest that the channel takes.
_WHATSAPP_TYPES = (
    "whatsapp/authentication",
    "whatsapp/flows",
    "twilio/flows",
    "twilio/catalog",
    "twilio/carousel",
    "whatsapp/card",
    "twilio/card",
    "twilio/pay",
    "twilio/schedule",
    "twilio/list-picker",
    "twilio/call-to-action",
    "twilio/quick-reply",
    "twilio/location",
    "twilio/media",
    "twilio/text",
)
_SESSION_ONLY = frozenset({"twilio/list-picker", "twilio/location", "twilio/pay", "twilio/schedule"})
_NEVER_UNAPPROVED = frozenset(
    {"twilio/carousel", "twilio/flows", "whatsapp/flows", "whatsapp/authentication"}
)
_PLACEHOLDER = re.compile(r"\{\{\s*([^{}\s]+)\s*\}\}")
_NUMBERED = re.compile(r"[0-9]+")
_REFUSED_BY_WHATSAPP = (
    ("a line break", re.compile(r"[\r\n]")),
    ("a tab", re.compile(r"\t")),
    ("more than three spaces in a row", re.compile(r" {4,}")),
)


class Approval(StrEnum):
    """What WhatsApp said of a template: only APPROVED may begin a conversation."""

    UNSUBMITTED = "UNSUBMITTED"
    RECEIVED = "RECEIVED"
    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    PAUSED = "PAUSED"
    DISABLED = "DISABLED"
    OTHER = "OTHER"  # a word that is not known: it may not be sent (Twilio docs)


@dataclass(frozen=True, slots=True)
class Form:
    """What is sent of a template on a channel: the type, and its content as the Content API has it."""

    kind: str
    content: Mapping[str, Any]

    @property
    def session_only(self) -> bool:
        """Whether it can't be approved, and so only answers a person."""
        return self.kind in _SESSION_ONLY

    @property
    def never_unapproved(self) -> bool:
        """Whether it needs its approval even within 24 hours of the person's message."""
        return self.kind in _NEVER_UNAPPROVED

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The names between double braces, each once, wherever they are: in the body, a button, a media address."""
        return tuple(dict.fromkeys(_PLACEHOLDER.findall("\n".join(_texts(self.content)))))


@dataclass(frozen=True, slots=True)
class ContentTemplate:
    """A content template as Twilio holds it."""

    sid: str
    types: Mapping[str, Any]

    def for_sms(self) -> Form:
        """The first type, as the original takes it. Raises IntegrationError where it is none for SMS."""
        kind, content = next(iter(self.types.items()), ("undefined", None))
        if kind in SMS_TYPES and isinstance(content, dict):
            return Form(kind, content)
        raise kit.IntegrationError(
            f"Sending templates with '{kind}' content type is not supported by sms",
            "UNSUPPORTED_CONTENT_TYPE",
            remedy="Use a template whose first type is twilio/text or twilio/media.",
        )

    def for_whatsapp(self) -> Form:
        """The richest type that WhatsApp takes. Raises IntegrationError where there is none."""
        for kind in _WHATSAPP_TYPES:
            if isinstance(self.types.get(kind), dict):
                return Form(kind, self.types[kind])
        raise kit.IntegrationError(
            f"Sending templates with '{next(iter(self.types), 'undefined')}' content type is not supported by whatsapp",
            "UNSUPPORTED_CONTENT_TYPE",
            remedy="Use a template with a type for WhatsApp, such as twilio/text, twilio/media or twilio/quick-reply.",
        )

    @property
    def placeholders(self) -> frozenset[str]:
        """The names of all its types together."""
        return frozenset(_PLACEHOLDER.findall("\n".join(_texts(self.types))))


async def read_template(context: kit.Context[TwilioEngageSettings], sid: str) -> ContentTemplate:
    """The template. Raises IntegrationError for one that is not there or has no type, and what a failed read raises."""
    request = fetch_template(context.settings, context.allowed_hosts, sid)
    answer = await read_object(context, request, f"The content template {sid}")
    types = answer.get("types")
    if not isinstance(types, dict):
        raise kit.IntegrationError(
            "Template from Twilio Content API does not contain any template types",
            "NO_CONTENT_TYPES",
            remedy="Give the template a type, such as twilio/text, in Twilio's Content Template Builder.",
        )
    return ContentTemplate(sid, types)


async def known_template(
    context: kit.Context[TwilioEngageSettings], sid: str
) -> ContentTemplate | kit.Unknown:
    """The template, UNKNOWN where it may not be asked for: outside the gateway, or with a key that may not read it.

    Raises as `read_template`.
    """
    if not context.lookups:
        return kit.UNKNOWN
    try:
        return await read_template(context, sid)
    except kit.IntegrationError as error:
        if error.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            return kit.UNKNOWN
        raise


async def known_approval(context: kit.Context[TwilioEngageSettings], sid: str) -> Approval | kit.Unknown:
    """What WhatsApp said of the template; UNKNOWN as for `known_template`. Raises what a failed read raises."""
    if not context.lookups:
        return kit.UNKNOWN
    request = fetch_approval(context.settings, context.allowed_hosts, sid)
    try:
        answer = await read_object(context, request, f"The approval of the content template {sid}")
    except kit.IntegrationError as error:
        if error.status == HTTPStatus.NOT_FOUND:  # so it is answered for one that was never submitted
            return Approval.UNSUBMITTED
        if error.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            return kit.UNKNOWN
        raise
    said = answer.get("whatsapp") or answer.get("approval_requests")
    word = said.get("status") if isinstance(said, dict) else None
    if not isinstance(word, str) or not word:
        return Approval.UNSUBMITTED
    return Approval(word.upper()) if word.upper() in Approval.__members__ else Approval.OTHER


def check_variables(
    template: ContentTemplate, form: Form, values: Mapping[str, Any], channel: kit.Channel
) -> None:
    """Whether the values are those of the template: each there, none empty, none more, and such as the channel takes.

    A value that is left out would go out as the template's sample. Raises PayloadValidationError TEMPLATE_VARIABLES,
    which names the first that is wrong.
    """
    problem = variable_problem(template, form, values, channel)
    if problem is not None:
        name, what = problem
        raise kit.PayloadValidationError(
            f"The variable `{name}` of the content template {template.sid} {what}",
            code="TEMPLATE_VARIABLES",
            remedy=f"The template has {_listed(form.placeholders)}. Give each in the mapping, with a default where it may "
            f'be empty: {{"contentVariables": {{"{name}": "{{{{ profile.traits.first_name | default: \'there\' }}}}"}}}}.',
        )


def variable_problem(
    template: ContentTemplate, form: Form, values: Mapping[str, Any], channel: kit.Channel
) -> tuple[str, str] | None:
    """(name, what is wrong with it) of the first that is wrong, None where nothing is."""
    for name in form.placeholders:
        if name not in values:
            return name, "is missing: Twilio would send the template's sample instead"
    for name, value in values.items():
        if name not in template.placeholders:
            return name, "is not in the template"
        what = value_problem(value, channel)
        if what is not None:
            return name, what
    if len(values) > MOST_VARIABLES:
        return list(values)[MOST_VARIABLES], f"is one too many: {MOST_VARIABLES} are the most"
    return None


def numbered(names: tuple[str, ...]) -> tuple[str, ...]:
    """Of placeholders those that can only be a template's own: Liquid has no name that is a number."""
    return tuple(name for name in names if _NUMBERED.fullmatch(name))


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders replaced, once: what a value holds is never read again."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)


def value_problem(value: Any, channel: kit.Channel) -> str | None:
    """What is wrong with the value of a variable on that channel, None where nothing is."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return "is empty"
    if not isinstance(value, str):
        return 'is no text: set "traitEnrichment": true, or write it as a text'
    if len(value) > LONGEST_VALUE:
        return f"has {len(value)} characters; {LONGEST_VALUE} are the most (Twilio error 21658)"
    refused = _REFUSED_BY_WHATSAPP if channel is kit.Channel.WHATSAPP else ()
    said = (
        f"has {what}, which WhatsApp refuses (Twilio error 63013)"
        for what, found in refused
        if found.search(value)
    )
    return next(said, None)


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for inner in value.values():
                yield from _texts(inner)
        case list():
            for inner in value:
                yield from _texts(inner)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names) if names else "no variables"
