"""Send WhatsApp: an approved template, or free text to somebody who wrote within the last 24 hours."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from destinations import kit
from destinations.twilio_engage import (
    candidates,
    client,
    content,
    countries,
    message,
    profiles,
    reconcile,
    review,
    senders,
    templates,
    window as window_gates,
)
from destinations.twilio_engage.addressed import AddressedPayload
from destinations.twilio_engage.content import Content
from destinations.twilio_engage.gates import Verdict
from destinations.twilio_engage.message import Composed, Draft
from destinations.twilio_engage.senders import WHATSAPP
from destinations.twilio_engage.settings import TwilioEngageSettings
from destinations.twilio_engage.templates import Approval, Form
from destinations.twilio_engage.visible import without_controls
from destinations.twilio_engage.window import Window
from mappings.json_text import json_text


class Payload(AddressedPayload):
    """What a mapping fills in."""

    in_order: ClassVar[tuple[str, ...]] = (
        *("content_sid", "content_variables", "body", "to_number", "to", "sender", "custom_args"),
        *("connection_overrides", "send", "trait_enrichment", "segment_computation_id", "external_ids"),
        *("traits", "event_occurred_ts"),
    )

    content_sid: str | None = kit.field(
        required=True,
        unless="body",
        label="WhatsApp template Content Sid",
        description="The Twilio content template that is sent outside the 24 hours after the person's last message, and "
        "within them where there is no body.",
    )
    content_variables: dict[str, Any] | None = kit.field(
        type="object",
        json_text=True,
        label="WhatsApp template variables",
        description="The values of the template's variables by name, each a Liquid template: "
        '{"1": "{{ profile.traits.first_name }}"}.',
    )
    body: kit.Text | None = kit.field(
        type="text",
        label="Message",
        description="Free text, a Liquid template, sent within 24 hours of the person's last message to the sender; then "
        "`contentSid` may be left out.",
    )
    sender: str = kit.field(
        alias="from",
        required=True,
        setting="default_sender",
        label="From",
        description="A WhatsApp sender, with or without `whatsapp:` before its number; for templates also the SID of a "
        "Messaging Service.",
    )
    trait_enrichment: bool = kit.field(
        default=False,
        type="boolean",
        mapping=True,
        label="Trait Enrich",
        description="True: the template's variables are Liquid, filled with the traits of the event and the person. "
        "False: they are sent as they are.",
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """What is sent: free text, or a template; of a template what is known of it, what it comes to, `filled`, and what people know it by."""

    body: str | None = None
    content_sid: str | None = None
    variables: Mapping[str, Any] | None = None
    form: Form | kit.Unknown = kit.UNKNOWN
    approval: Approval | kit.Unknown = kit.UNKNOWN
    filled: Content | None = None
    label: str | None = None


async def plan(payload: Payload, context: kit.Context[TwilioEngageSettings]) -> kit.Plan:
    """Send, hold or suppress, as the gates say. Raises the kit's errors for content and settings that can't be sent."""
    answering = context.purpose is not kit.Purpose.MARKETING
    return await message.planned(
        context, payload, rules=candidates.WHATSAPP, answering=answering, compose=_composed
    )


async def _composed(draft: Draft[Payload], context: kit.Context[TwilioEngageSettings]) -> Composed:
    said = await _content(draft, context)
    number = draft.recipient.number
    return Composed(
        _described(said),
        gates=(
            ("sender", senders.whatsapp_sender_gate(draft.sender, free_form=said.content_sid is None)),
            ("country", countries.whatsapp_country_gate(number, context.allowed_countries)),
            ("window", _in_time(said, draft.recipient.window)),
        ),
        form=tuple(_form(draft, said)),
        channel=kit.Channel.WHATSAPP,
        template_at_hand=said.body is not None and draft.payload.content_sid is not None,
        text=said.body or (said.filled and said.filled.body) or None,
        media=said.filled.media if said.filled else (),
        buttons=said.filled.buttons if said.filled else (),
    )


def _in_time(said: _Said, window: Window) -> Verdict:
    if said.body is not None:
        return window_gates.free_text(window)
    if said.form is kit.UNKNOWN:
        return Verdict(f"The template {said.content_sid} is not known; the 24-hour window is {window.value}.")
    return window_gates.template(said.label or "", said.form, said.approval, window)


async def _content(draft: Draft[Payload], context: kit.Context[TwilioEngageSettings]) -> _Said:
    """The free text where the window is open or there is no template, else the template. Raises what content does."""
    payload, person, window = draft.payload, draft.known, draft.recipient.window
    own = payload.traits if payload.trait_enrichment else None
    traits = profiles.with_own(person, own, context)
    has_sid = payload.content_sid is not None or "contentSid" in payload.found_nothing
    if window is Window.OPEN or not has_sid:
        content.refuse_nothing(payload, "body")
    if payload.body and (window is Window.OPEN or not has_sid):
        return _Said(body=content.whatsapp_body(payload.body, draft.scope(traits), context.now))
    content.refuse_nothing(payload, "contentSid")
    sid = payload.content_sid or ""
    variables = _variables(payload, traits, context)
    template = await templates.known_template(context, sid)
    said = _Said(content_sid=sid, variables=_sent(payload, variables))
    if template is kit.UNKNOWN:
        content.refuse_nothing(payload, "contentVariables")
        return said
    form = template.for_whatsapp()
    templates.check_variables(template, form, variables or {}, kit.Channel.WHATSAPP)
    filled = content.template_content(form, variables or {})
    may_answer = window is Window.OPEN and not form.never_unapproved
    approval = (
        kit.UNKNOWN if may_answer or form.session_only else await templates.known_approval(context, sid)
    )
    return replace(said, form=form, approval=approval, filled=filled, label=template.label)


def _variables(
    payload: Payload, traits: Mapping[str, Any], context: kit.Context[TwilioEngageSettings]
) -> Mapping[str, Any] | None:
    given = payload.content_variables
    if given is None:
        return None
    content.refuse_nothing(payload, "traitEnrichment")  # whether they are templates is not known
    if not payload.trait_enrichment:
        return {
            name: without_controls(value) if isinstance(value, str) else value
            for name, value in given.items()
        }
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


def _form(draft: Draft[Payload], said: _Said) -> Iterator[tuple[str, str]]:
    """The fields of the request, in the original's order; free text takes the place of the template."""
    if said.content_sid is not None:
        yield "ContentSid", said.content_sid
    elif said.body is not None:
        yield "Body", said.body
    yield "From", draft.sender.address
    yield "To", f"{WHATSAPP}{draft.recipient.number}"
    if said.variables is not None:
        yield "ContentVariables", json_text(said.variables)


def addressee(
    payload: Payload, context: kit.Context[TwilioEngageSettings], person: kit.Person | kit.Unknown | None
) -> str | None:
    """Whom a message would go to, for the ledger to show of what is refused before it is planned."""
    return message.addressee(payload, context, person, candidates.WHATSAPP)


def template(fields: Mapping[str, Any]) -> str | None:
    """The content template that a mapping names as it stands."""
    named = fields.get("contentSid")
    return named.strip() or None if isinstance(named, str) else None


action = kit.ActionDefinition(
    slug="sendWhatsApp",
    title="Send WhatsApp",
    description="Sends a WhatsApp template, or free text within 24 hours of the person's last message.",
    channel=kit.Channel.WHATSAPP,
    payload=Payload,
    plan=plan,
    interpret=client.interpret_whatsapp,
    reconcile=reconcile.find_messages,
    default_trigger='type = "track" and event = "Audience Entered"',
    check=review.check_whatsapp,
    review=review.of_whatsapp,
    addressee=addressee,
    literal_statuses=review.literal_statuses,
    sender=senders.named_by_whatsapp,
    template=template,
    template_field="contentSid",
)
