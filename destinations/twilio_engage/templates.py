"""Content templates: their types, their variables, and what WhatsApp said of them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from destinations import kit
from destinations.twilio_engage.client import fetch_approval, fetch_template
from destinations.twilio_engage.reading import read_object
from destinations.twilio_engage.settings import TwilioEngageSettings
from destinations.twilio_engage.visible import shows_something
from mappings.json_text import json_text

LONGEST_VALUE = 1600
MOST_VARIABLES = 100
"""Of a variable, in characters, and of variables (Twilio errors 21658 and 92002)."""

SMS_TYPES = frozenset({"twilio/text", "twilio/media"})
# A template may have several types: Twilio sends the richest that the channel takes.
_AUTHENTICATION = "whatsapp/authentication"
_WHATSAPP_TYPES = (
    _AUTHENTICATION,
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
    ("a line break", re.compile(r"[\r\n]"), r'replace: "\n", " "'),
    ("a tab", re.compile(r"\t"), r'replace: "\t", " "'),
    ("more than three spaces in a row", re.compile(r" {4,}"), None),
)


def richest(kinds: Iterable[str]) -> str | None:
    """Of a template's types the one that WhatsApp is sent; None where it takes none of them."""
    return min((kind for kind in kinds if kind in _WHATSAPP_TYPES), key=_WHATSAPP_TYPES.index, default=None)


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
        """The names between double braces, each once, wherever they are: in the body, a button, a media address. The text of
        an authentication template is WhatsApp's own, and its one variable is the code.
        """
        own = ("1",) if self.kind == _AUTHENTICATION else ()
        return tuple(dict.fromkeys((*own, *_PLACEHOLDER.findall("\n".join(_texts(self.content))))))


@dataclass(frozen=True, slots=True)
class ContentTemplate:
    """A content template as Twilio holds it. `samples` are the values it shows where none is given, `name` is what people call it."""

    sid: str
    types: Mapping[str, Any]
    samples: Mapping[str, Any]
    name: str | None = None

    @property
    def label(self) -> str:
        """What people know it by: its name with the SID, or that alone."""
        return self.sid if self.name is None else f"{self.name} ({self.sid})"

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
        kind = richest(kind for kind, content in self.types.items() if isinstance(content, dict))
        if kind is not None:
            return Form(kind, self.types[kind])
        raise kit.IntegrationError(
            f"Sending templates with '{next(iter(self.types), 'undefined')}' content type is not supported by whatsapp",
            "UNSUPPORTED_CONTENT_TYPE",
            remedy="Use a template with a type for WhatsApp, such as twilio/text, twilio/media or twilio/quick-reply.",
        )

    @property
    def placeholders(self) -> frozenset[str]:
        """The names of all its types together, and of its samples."""
        return frozenset((*_PLACEHOLDER.findall("\n".join(_texts(self.types))), *self.samples))


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
    samples = answer.get("variables")
    name = answer.get("friendly_name")
    return ContentTemplate(
        sid,
        types,
        samples if isinstance(samples, dict) else {},
        name if isinstance(name, str) and name else None,
    )


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


@dataclass(frozen=True, slots=True)
class VariableProblem:
    """What is wrong with the values of a template's variables: the variable, what it is, and what to do."""

    name: str
    what: str
    remedy: str


def check_variables(
    template: ContentTemplate, form: Form, values: Mapping[str, Any], channel: kit.Channel
) -> None:
    """Whether the values are those of the template: each there, none empty, none more, and such as the channel takes.

    A value that is left out would go out as the template's sample. Raises PayloadValidationError TEMPLATE_VARIABLES,
    which names the first that is wrong.
    """
    problem = next(variable_problems(template, form, values, channel), None)
    if problem is not None:
        raise kit.PayloadValidationError(
            f"The variable `{problem.name}` of the content template {template.sid} {problem.what}",
            code="TEMPLATE_VARIABLES",
            remedy=f"{problem.remedy} The template has {_listed(form.placeholders)}.",
        )


def variable_problems(
    template: ContentTemplate, form: Form, values: Mapping[str, Any], channel: kit.Channel
) -> Iterator[VariableProblem]:
    """What is wrong with the values, one after the other."""
    for name in form.placeholders:
        if name not in values:
            yield VariableProblem(
                name, "is missing: Twilio would send the template's sample instead", _given(name)
            )
    known = template.placeholders
    for place, (name, value) in enumerate(values.items()):
        if name not in known:
            yield VariableProblem(name, "is not in the template", f"Leave `{name}` out of contentVariables.")
        elif place >= MOST_VARIABLES:
            yield VariableProblem(
                name,
                f"is one too many: {MOST_VARIABLES} are the most",
                f"Leave `{name}` out of contentVariables.",
            )
        else:
            problem = value_problem(name, value, channel)
            if problem is not None:
                yield problem


def numbered(names: tuple[str, ...]) -> tuple[str, ...]:
    """Of placeholders those that can only be a template's own: Liquid has no name that is a number."""
    return tuple(name for name in names if _NUMBERED.fullmatch(name))


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders replaced, once: what a value holds is never read again."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)


def value_problem(name: str, value: Any, channel: kit.Channel) -> VariableProblem | None:
    """What is wrong with the value of a variable on that channel, None where nothing is."""
    if value is None or (isinstance(value, str) and not shows_something(value)):
        return VariableProblem(name, "is empty", _given(name))
    if not isinstance(value, str):
        remedy = 'Set "traitEnrichment": true in the mapping, or write the value as a text.'
        return VariableProblem(name, "is no text", remedy)
    if len(value) > LONGEST_VALUE:
        what = f"has {len(value)} characters; {LONGEST_VALUE} are the most (Twilio error 21658)"
        return VariableProblem(name, what, _filtered(name, f"truncate: {LONGEST_VALUE}"))
    return layout_problem(name, value) if channel is kit.Channel.WHATSAPP else None


def layout_problem(name: str, text: str) -> VariableProblem | None:
    """What WhatsApp refuses of the layout of a value, None where nothing is (Twilio error 63013)."""
    for what, found, cure in _REFUSED_BY_WHATSAPP:
        if found.search(text):
            said = f"has {what}, which WhatsApp refuses (Twilio error 63013)"
            if cure is not None and "\r" in text:
                cure = rf'replace: "\r\n", " " | replace: "\r", " " | {cure}'  # noqa: PLW2901  the same cure, for more
            return VariableProblem(name, said, _filtered(name, cure))
    return None


def _given(name: str) -> str:
    example = (
        f'{{"contentVariables": {{"{name}": "{{{{ profile.traits.first_name | default: \'there\' }}}}"}}}}'
    )
    return f"Give it in the mapping, with a default where it may be empty: {example}."


def _filtered(name: str, filters: str | None) -> str:
    if filters is None:
        return "Change the value where it comes from: one line, with single spaces."
    example = json_text({"contentVariables": {name: f"{{{{ profile.traits.note | {filters} }}}}"}})
    return f"Change the value, for example by `{filters}`: {example}."


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
