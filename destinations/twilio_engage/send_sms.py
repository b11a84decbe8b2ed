"""Send SMS: one text, with media where the mapping or its template has some."""

from collections.abc import Iterator
from typing import Any

from destinations import kit
from destinations.kit import Reason
from destinations.twilio_engage import (
    client,
    message,
    payload_fields,
    profiles,
    recipients,
    reconcile,
    review,
    segments,
    senders,
)
from destinations.twilio_engage.account import is_trial
from destinations.twilio_engage.content import Content, described, sms_content
from destinations.twilio_engage.recipients import ExternalId, Recipient
from destinations.twilio_engage.senders import SenderKind
from destinations.twilio_engage.settings import TwilioEngageSettings
from mappings.json_text import json_text


class Payload(kit.Fields):
    """What a mapping fills in."""

    user_id: str | None = kit.field(
        label="User ID", description="The person's user id.", mapping={"@path": "$.userId"}
    )
    to_number: str | None = payload_fields.to_number()
    to: str | None = payload_fields.to()
    sender: str = kit.field(
        alias="from",
        required=True,
        setting="default_sender",
        label="From",
        description="Twilio number, short code, alphanumeric sender ID or Messaging Service SID.",
    )
    body: str | None = kit.field(type="text", label="Message", description="The text, a Liquid template.")
    media: tuple[str, ...] = kit.field(
        (), label="Media Urls", description="Addresses of pictures and other media, each a Liquid template."
    )
    content_sid: str | None = kit.field(
        label="SMS content template SID", description="A Twilio content template, instead of body and media."
    )
    content_variables: dict[str, Any] | None = payload_fields.content_variables("SMS template variables")
    custom_args: dict[str, Any] = payload_fields.custom_args()
    connection_overrides: str | None = payload_fields.connection_overrides()
    send: bool = payload_fields.send()
    trait_enrichment: bool = kit.field(
        default=False,
        type="boolean",
        mapping=True,
        label="Trait Enrich",
        description="True: traits come with the event. False: they are fetched from the profile API.",
    )
    send_based_on_opt_out: bool = kit.field(
        default=False,
        type="boolean",
        mapping=False,
        label="Send OptOut",
        description="True: everyone who has not unsubscribed may be messaged.",
    )
    segment_computation_id: str | None = payload_fields.segment_computation_id()
    external_ids: tuple[ExternalId, ...] = payload_fields.external_ids()
    traits: dict[str, Any] | None = payload_fields.traits()
    event_occurred_ts: str | None = payload_fields.event_occurred_ts()
    message_id: str | None = kit.field(
        label="MessageId", description="The event's own id.", mapping={"@path": "$.messageId"}
    )


async def plan(payload: Payload, context: kit.Context[TwilioEngageSettings]) -> kit.Plan:
    """Send, hold or suppress, as the gates say. Raises the kit's errors for content and settings that can't be sent."""
    trace, settings = context.trace, context.settings
    if not payload.send:
        return recipients.suppress(trace, "send", Reason.SEND_DISABLED, "`send` is not true.")
    trace.passed("send", "`send` is true")
    person = await context.facts.people.person()
    known = None if person is kit.UNKNOWN else person
    user_id = payload.user_id or (known.user_id if known else None)
    recipient = await recipients.choose(
        payload,
        context,
        person,
        rules=recipients.SMS,
        to=message.rendered_to(payload, user_id, known, context),
        by_opt_out=payload.send_based_on_opt_out,
    )
    if not isinstance(recipient, Recipient):
        return recipient
    traits = await profiles.traits_for(payload, user_id, person, context)
    content = await sms_content(payload, message.scope(user_id, recipient.text, traits), context)
    trace.passed("content", described(content))
    sender = senders.sms_sender(payload.sender, settings.default_country)
    gone = await senders.removed(sender, context)
    if gone is not None:
        return gone
    trial = await is_trial(context) if sender.kind is SenderKind.ALPHANUMERIC else kit.UNKNOWN
    for gate, verdict in (
        ("sender", senders.sms_sender_gate(sender, recipient.number, trial=trial)),
        (
            "country",
            senders.country_gate(
                recipient.number,
                context.allowed_countries,
                media=content.media,
                dlt=settings.dlt_entity_id,
            ),
        ),
    ):
        if verdict.reason is not None:
            return recipients.suppress(trace, gate, verdict.reason, verdict.detail, recipient.number)
        trace.passed(gate, verdict.detail)
    try:
        return _send(payload, content, recipient, context)
    except kit.IntegrationError as error:
        trace.stopped("request", None, error.message)
        raise


def _send(
    payload: Payload, content: Content, recipient: Recipient, context: kit.Context[TwilioEngageSettings]
) -> kit.Send:
    form = tuple(_form(payload, content, recipient, context))
    counted = segments.count(content.body) if content.body and not content.media else None
    return kit.Send(
        client.create_message(context.settings, context.allowed_hosts, form),
        recipient=recipient.number,
        channel=kit.Channel.MMS if content.media else kit.Channel.SMS,
        sender=payload.sender,
        segments=counted.segments if counted else None,
        encoding=counted.encoding if counted else None,
    )


def _form(
    payload: Payload, content: Content, recipient: Recipient, context: kit.Context[TwilioEngageSettings]
) -> Iterator[tuple[str, str]]:
    """The fields of the request, in the original's order."""
    if content.template:
        yield "ContentSid", content.template
    elif content.body:
        yield "Body", content.body
    yield "From", payload.sender
    yield "To", recipient.number
    if context.settings.shorten_links:
        yield "ShortenUrls", "true"
    if content.template:
        yield "ContentVariables", json_text(content.variables)
    else:
        yield from (("MediaUrl", url) for url in content.media)
    yield "Tags", message.tags(payload, recipient)
    yield from message.callback(payload, recipient, context)


action = kit.ActionDefinition(
    slug="sendSms",
    title="Send SMS",
    description="Sends a text, or an MMS where there is media, to a person's phone.",
    channel=kit.Channel.SMS,
    payload=Payload,
    plan=plan,
    interpret=client.interpret_sms,
    reconcile=reconcile.find_message,
    default_trigger='type = "track" and event = "Audience Entered"',
    review=review.of_sms,
)
