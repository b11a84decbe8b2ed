"""What Twilio would say of a mapping's fields, found when it is saved: the template, its variables, the sender."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from destinations import kit
from destinations.twilio_engage import templates
from destinations.twilio_engage.senders import SenderKind, whatsapp_sender
from destinations.twilio_engage.settings import TwilioEngageSettings
from destinations.twilio_engage.templates import Approval, ContentTemplate, Form

_Context = kit.Context[TwilioEngageSettings]


@dataclass(frozen=True, slots=True)
class _Channel:
    kind: kit.Channel
    form: Callable[[ContentTemplate], Form]


_SMS = _Channel(kit.Channel.SMS, ContentTemplate.for_sms)
_WHATSAPP = _Channel(kit.Channel.WHATSAPP, ContentTemplate.for_whatsapp)


async def of_sms(fields: Mapping[str, Any], context: _Context) -> tuple[kit.FieldProblem, ...]:
    """What is wrong, or doubtful, with the fields of Send SMS."""
    return tuple([problem async for problem in _of_template(fields, context, _SMS)])


async def of_whatsapp(fields: Mapping[str, Any], context: _Context) -> tuple[kit.FieldProblem, ...]:
    """What is wrong, or doubtful, with the fields of Send WhatsApp."""
    found = [problem async for problem in _of_template(fields, context, _WHATSAPP)]
    return (*_of_sender(fields, context), *found)


def _of_sender(fields: Mapping[str, Any], context: _Context) -> Iterator[kit.FieldProblem]:
    address = fields.get("from") or context.settings.default_sender
    if not _is_constant(address):
        return
    kind = whatsapp_sender(address, context.settings.default_country).kind
    if kind in {SenderKind.SHORT_CODE, SenderKind.ALPHANUMERIC}:
        yield kit.FieldProblem(
            ("from",), f'"{address}" is no sender of WhatsApp: name a number that is one, or a service.'
        )
    elif kind is SenderKind.SERVICE and fields.get("body"):
        said = (
            "Free text needs a number as its sender, since the 24-hour window belongs to a number: through a Messaging "
            "Service only the template is sent."
        )
        yield kit.FieldProblem(("from",), said, certain=not fields.get("contentSid"))


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
    if approval is not kit.UNKNOWN and approval is not Approval.APPROVED:
        said = (
            f"The template is {approval.value} at WhatsApp, not APPROVED: it is sent to nobody who has not written within "
            "the last 24 hours."
        )
        yield kit.FieldProblem(("contentSid",), said, certain=False)


def _of_variables(
    fields: Mapping[str, Any], template: ContentTemplate, form: Form, channel: kit.Channel
) -> Iterator[kit.FieldProblem]:
    given = fields.get("contentVariables")
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
    for name, value in given.items():
        path = ("contentVariables", name)
        if name not in template.placeholders:
            yield kit.FieldProblem(path, f"The template has no variable `{name}`.")
        elif value is None or _is_constant(value):
            what = templates.value_problem(value, channel)
            if what is not None:
                yield kit.FieldProblem(path, f"The variable `{name}` {what}.")


def _unread(why: str) -> kit.FieldProblem:
    return kit.FieldProblem(
        ("contentSid",), f"{why}: whether it fits is not known until a message is sent.", certain=False
    )


def _is_constant(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and value != "" and "{{" not in value and "{%" not in value
