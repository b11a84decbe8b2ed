"""Send WhatsApp: an approved template, or free text to somebody who wrote within the last 24 hours."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from destinations import kit
from destinations.kit import Reason
from destinations.twilio_engage import (
    client,
    content,
    message,
    payload_fields,
    profiles,
    recipients,
    reconcile,
    review,
    senders,
    templates,
    window as window_gates,
)
from destinations.twilio_engage.gates import Verdict
from destinations.twilio_engage.recipients import Answering, ExternalId, Recipient
from destinations.twilio_engage.senders import WHATSAPP, Sender
from destinations.twilio_engage.settings import TwilioEngageSettings
from destinations.twilio_engage.templates import Approval, Form
from destinations.twilio_engage.window import Window
from mappings.json_text import json_text


class Payload(kit.Fields):
    """What a mapping fills in."""

    content_sid: str | None = kit.field(
        required=True,
        unless="body",
        label="WhatsApp template Content Sid",
        description="The Twilio content template that is sent outside the 24 hours after the person's last message, and "
        "within them where there is no body.",
    )
    content_variables: dict[str, Any] | None = payload_fields.content_variables("WhatsApp template variables")
    body: str | None = kit.field(
        type="text",
        label="Message",
        description="Free text, a Liquid template, sent within 24 hours of the person's last message to the sender; then "
        "`contentSid` may be left out.",
    )
    to_number: str | None = payload_fields.to_number()
    to: str | None = payload_fields.to()
    sender: str = kit.field(
        alias="from",
        required=True,
        setting="default_sender",
        label="From",
        description="A WhatsApp sender, with or without `whatsapp:` before its number; for templates also the SID of a "
        "Messaging Service.",
    )
    custom_args: dict[str, Any] = payload_fields.custom_args()
    connection_overrides: str | None = payload_fields.connection_overrides()
    send: bool = payload_fields.send()
    trait_enrichment: bool = kit.field(
        default=False,
        type="boolean",
        mapping=True,
        label="Trait Enrich",
        description="True: the template's variables are Liquid, filled with the traits of the event and the person. "
        "False: they are sent as they are.",
    )
    segment_computation_id: str | None = payload_fields.segment_computation_id()
    external_ids: tuple[ExternalId, ...] = payload_fields.external_ids()
    traits: dict[str, Any] | None = payload_fields.traits()
    event_occurred_ts: str | None = payload_fields.event_occurred_ts()


@dataclass(frozen=True, slots=True)
class _Said:
    """What is sent: free text, or a template; of a template what is known of it."""

    body: str | None = None
    content_sid: str | None = None
    variables: Mapping[str, Any] | None = None
    form: Form | kit.Unknown = kit.UNKNOWN
    approval: Approval | kit.Unknown = kit.UNKNOWN


async def plan(payload: Payload, context: kit.Context[TwilioEngageSettings]) -> kit.Plan:
    """Send, hold or suppress, as the gates say. Raises the kit's errors for content and settings that can't be sent."""
    trace = context.trace
    if not payload.send:
        return recipients.suppress(
            trace, "send", Reason.SEND_DISABLED, "`send` is not true.", channel=kit.Channel.WHATSAPP
        )
    trace.passed("send", "`send` is true")
    person = await context.facts.people.person()
    known = None if person is kit.UNKNOWN else person
    sender = senders.whatsapp_sender(payload.sender, context.settings.default_country)
    recipient = await recipients.choose(
        payload,
        context,
        person,
        rules=recipients.WHATSAPP,
        to=message.rendered_to(payload, known.user_id if known else None, known, context),
        answering=Answering(
            sender.number,
            is_reply=context.purpose is not kit.Purpose.MARKETING,
        ),
    )
    if not isinstance(recipient, Recipient):
        return recipient
    said = await _content(payload, recipient, known, context)
    trace.passed("content", _described(said))
    gone = await senders.removed(sender, context)
    if gone is not None:
        return gone
    for gate, verdict in (
        ("sender", senders.whatsapp_sender_gate(sender, free_form=said.content_sid is None)),
        ("country", senders.whatsapp_country_gate(recipient.number, context.allowed_countries)),
        ("window", _in_time(said, recipient.window)),
    ):
        if verdict.reason is not None:
            return recipients.suppress(
                trace,
                gate,
                verdict.reason,
                verdict.detail,
                recipient.number,
                channel=kit.Channel.WHATSAPP,
            )
        trace.passed(gate, verdict.detail)
    try:
        return _send(payload, said, sender, recipient, context)
    except kit.IntegrationError as error:
        trace.stopped("request", None, error.message)
        raise


def _in_time(said: _Said, window: Window) -> Verdict:
    if said.body is not None:
        return window_gates.free_text(window)
    if said.form is kit.UNKNOWN:
        return Verdict(f"The template is not known; the 24-hour window is {window.value}.")
    return window_gates.template(said.form, said.approval, window)


async def _content(
    payload: Payload,
    recipient: Recipient,
    person: kit.Person | None,
    context: kit.Context[TwilioEngageSettings],
) -> _Said:
    """The free text where the window is open or there is no template, else the template. Raises what content does."""
    traits = profiles.over(
        person.traits if person else {}, payload.traits if payload.trait_enrichment else None
    )
    if payload.body and (recipient.window is Window.OPEN or not payload.content_sid):
        scope = message.scope(person.user_id if person else None, recipient.text, traits)
        return _Said(body=content.whatsapp_body(payload.body, scope, context.now))
    sid = payload.content_sid or ""
    variables = _variables(payload, traits, context)
    template = await templates.known_template(context, sid)
    said = _Said(content_sid=sid, variables=_sent(payload, variables))
    if template is kit.UNKNOWN:
        return said
    form = template.for_whatsapp()
    templates.check_variables(template, form, variables or {}, kit.Channel.WHATSAPP)
    content.template_content(form, variables or {})
    may_answer = recipient.window is Window.OPEN and not form.never_unapproved
    approval = (
        kit.UNKNOWN if may_answer or form.session_only else await templates.known_approval(context, sid)
    )
    return replace(said, form=form, approval=approval)


def _variables(
    payload: Payload, traits: Mapping[str, Any], context: kit.Context[TwilioEngageSettings]
) -> Mapping[str, Any] | None:
    given = payload.content_variables
    if given is None or not payload.trait_enrichment:
        return given
    return content.rendered_variables(given, {"profile": {"traits": traits}}, context.now)


def _sent(payload: Payload, variables: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """The variables as they go out: rendered ones that are empty are left out, as the original does."""
    if variables is None or not payload.trait_enrichment:
        return variables
    return {name: value for name, value in variables.items() if value}


def _described(said: _Said) -> str:
    if said.body is not None:
        return f"free text, {len(said.body)} characters"
    kind = "not known" if said.form is kit.UNKNOWN else said.form.kind
    return f"the template {said.content_sid} ({kind}), {len(said.variables or {})} variables"


def _send(
    payload: Payload,
    said: _Said,
    sender: Sender,
    recipient: Recipient,
    context: kit.Context[TwilioEngageSettings],
) -> kit.Send:
    form = tuple(_form(payload, said, sender, recipient, context))
    return kit.Send(
        client.create_message(context.settings, context.allowed_hosts, form),
        recipient=recipient.number,
        channel=kit.Channel.WHATSAPP,
        sender=sender.address,
    )


def _form(
    payload: Payload,
    said: _Said,
    sender: Sender,
    recipient: Recipient,
    context: kit.Context[TwilioEngageSettings],
) -> Iterator[tuple[str, str]]:
    """The fields of the request, in the original's order; free text takes the place of the template."""
    if said.content_sid is not None:
        yield "ContentSid", said.content_sid
    elif said.body is not None:
        yield "Body", said.body
    yield "From", sender.address
    yield "To", f"{WHATSAPP}{recipient.number}"
    if said.variables is not None:
        yield "ContentVariables", json_text(said.variables)
    yield "Tags", message.tags(payload, recipient)
    yield from message.callback(payload, recipient, context)


action = kit.ActionDefinition(
    slug="sendWhatsApp",
    title="Send WhatsApp",
    description="Sends a WhatsApp template, or free text within 24 hours of the person's last message.",
    channel=kit.Channel.WHATSAPP,
    payload=Payload,
    plan=plan,
    interpret=client.interpret_whatsapp,
    reconcile=reconcile.find_message,
    default_trigger='type = "track" and event = "Audience Entered"',
    review=review.of_whatsapp,
)
