"""What Twilio would say of a mapping's template and its variables, found when it is saved."""

import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from destinations import kit
from destinations.twilio_engage import templates
from destinations.twilio_engage.settings import TwilioEngageSettings
from destinations.twilio_engage.templates import Approval, ContentTemplate, Form
from mappings.text import text_of
from mappings.written_json import read_object

_Context = kit.Context[TwilioEngageSettings]
_LIQUID = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
# Stands for what the event will bring.
_SOMETHING = "something"


@dataclass(frozen=True, slots=True)
class _Channel:
    kind: kit.Channel
    form: Callable[[ContentTemplate], Form]


_SMS = _Channel(kit.Channel.SMS, ContentTemplate.for_sms)
_WHATSAPP = _Channel(kit.Channel.WHATSAPP, ContentTemplate.for_whatsapp)


async def of_sms(fields: Mapping[str, Any], context: _Context) -> AsyncIterator[kit.FieldProblem]:
    """What is wrong, or doubtful, with the template of Send SMS."""
    async for problem in _of_template(fields, context, _SMS):
        yield problem


async def of_whatsapp(fields: Mapping[str, Any], context: _Context) -> AsyncIterator[kit.FieldProblem]:
    """What is wrong, or doubtful, with the template of Send WhatsApp."""
    async for problem in _of_template(fields, context, _WHATSAPP):
        yield problem


async def _of_template(
    fields: Mapping[str, Any], context: _Context, channel: _Channel
) -> AsyncIterator[kit.FieldProblem]:
    sid = fields.get("contentSid")
    if not _is_constant(sid):
        return
    try:
        template = await templates.known_template(context, sid)
        form = kit.UNKNOWN if template is kit.UNKNOWN else channel.form(template)
    except kit.RetryableError as error:
        yield _unread(f"Twilio could not be asked for the template ({error.message})")
        return
    except kit.IntegrationError as error:
        yield kit.FieldProblem(("contentSid",), f"{error.message}. {error.remedy or ''}".strip())
        return
    if template is kit.UNKNOWN or form is kit.UNKNOWN:
        yield _unread("The destination's key may not read content templates")
        return
    for problem in _of_variables(fields, template, form, channel.kind):
        yield problem
    if channel is _WHATSAPP and not form.session_only:
        async for problem in _of_approval(sid, context):
            yield problem


async def _of_approval(sid: str, context: _Context) -> AsyncIterator[kit.FieldProblem]:
    try:
        approval = await templates.known_approval(context, sid)
    except kit.IntegrationError as error:
        yield _unread(f"Twilio could not be asked for the template's approval ({error.message})")
        return
    if approval is kit.UNKNOWN:
        yield _unread("The destination's key may not read what WhatsApp said of the template")
    elif approval is not Approval.APPROVED:
        said = (
            f"The template is {approval.value} at WhatsApp, not APPROVED: it is sent to nobody who has not written within "
            "the last 24 hours."
        )
        yield kit.FieldProblem(("contentSid",), said, certain=False)


def _of_variables(
    fields: Mapping[str, Any], template: ContentTemplate, form: Form, channel: kit.Channel
) -> Iterator[kit.FieldProblem]:
    given = _given(fields)
    if given is None:
        names = (
            form.placeholders if channel is kit.Channel.WHATSAPP else templates.numbered(form.placeholders)
        )
        for name in names:
            said = f"The template has the variable `{name}`, and the mapping gives it no value."
            yield kit.FieldProblem(("contentVariables",), said)
        return
    if not isinstance(given, dict) or any(key.startswith("@") for key in given):
        return  # a directive: what it gives is known with the event
    for name in form.placeholders:
        if name not in given:
            said = f"The template has the variable `{name}`, and the mapping gives it no value."
            yield kit.FieldProblem(("contentVariables",), said)
    later = {name for name, value in given.items() if _is_known_later(value, fields)}
    values = {name: _SOMETHING if name in later else _as_sent(value, fields) for name, value in given.items()}
    for problem in templates.variable_problems(template, form, values, channel):
        if problem.name in given:
            said = f"The variable `{problem.name}` {problem.what}."
            yield kit.FieldProblem(("contentVariables", problem.name), said)
    for name, value in given.items():
        wrong = templates.layout_problem(name, _LIQUID.sub("", value)) if _is_liquid(value) else None
        if wrong is not None and channel is kit.Channel.WHATSAPP:
            yield kit.FieldProblem(("contentVariables", name), f"The variable `{name}` {wrong.what}.")


def _given(fields: Mapping[str, Any]) -> Any:
    """The variables as the mapping has them; None where it leaves them out."""
    given = fields.get("contentVariables")
    if isinstance(given, str):
        return read_object(given) if given else None
    return given


def _is_known_later(value: Any, fields: Mapping[str, Any]) -> bool:
    """Whether the event decides what goes out: a directive does, and Liquid where it is rendered."""
    if isinstance(value, dict):
        return set(value) != {"@literal"}
    return fields.get("traitEnrichment") is not False and _is_liquid(value)


def _as_sent(value: Any, fields: Mapping[str, Any]) -> Any:
    plain = value["@literal"] if isinstance(value, dict) else value
    if plain is None or isinstance(plain, str) or fields.get("traitEnrichment") is False:
        return plain
    return text_of(plain)


def _unread(why: str) -> kit.FieldProblem:
    return kit.FieldProblem(
        ("contentSid",), f"{why}: whether it fits is not known until a message is sent.", certain=False
    )


def _is_liquid(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and ("{{" in value or "{%" in value)


def _is_constant(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and value != "" and not _is_liquid(value)
