"""Send SMS: one text, with media where the mapping or its template has some."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from destinations import kit
from destinations.kit import Reason
from destinations.twilio_engage import client, gates, profiles, recipients, reconcile, segments
from destinations.twilio_engage.content import Content, render, sms_content
from destinations.twilio_engage.recipients import ExternalId, Recipient
from destinations.twilio_engage.settings import TwilioEngageSettings
from destinations.twilio_engage.status_callback import status_callback
from mappings.json_text import json_text

_TAGS = (
    "audience_id",
    "correlation_id",
    "journey_name",
    "step_name",
    "campaign_name",
    "campaign_key",
    "user_id",
    "message_id",
)


class Payload(kit.Fields):
    """What a mapping fills in."""

    user_id: str | None = kit.field(
        label="User ID", description="The person's user id.", mapping={"@path": "$.userId"}
    )
    to_number: str | None = kit.field(
        label="Test Number",
        description="Sends to this number instead of the person's, without asking for an opt-in. "
        "Only the destination's test numbers count as such; any other needs the opt-in.",
    )
    to: str | None = kit.field(
        type="text",
        label="To",
        description="Liquid that picks the number where no external id may be sent to, such as "
        "{{ profile.traits.mobile | default: profile.traits.phone }}; it reads no trait that only a browser source gave. "
        "Left out: the person's phone.",
    )
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
    custom_args: dict[str, Any] = kit.field(
        {},
        type="object",
        label="Custom Arguments",
        description="Values that come back on status callbacks; some also become Tags.",
    )
    connection_overrides: str | None = kit.field(
        label="Connection Overrides",
        description="How Twilio calls back, instead of the destination's own setting.",
    )
    send: bool = kit.field(
        default=False,
        type="boolean",
        mapping=False,
        label="Send Message",
        description="Nothing is sent unless this is true.",
    )
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
    segment_computation_id: str | None = kit.field(
        label="Segment Computation ID",
        description="The audience or journey the event comes from.",
        mapping={"@path": "$.context.personas.computation_id"},
    )
    external_ids: tuple[ExternalId, ...] = kit.field(
        (),
        type="object",
        label="External IDs",
        description="The person's identifiers, with channel and subscription status.",
        mapping={
            "@arrayPath": [
                "$.external_ids",
                {
                    "id": {"@path": "$.id"},
                    "type": {"@path": "$.type"},
                    "channelType": {"@path": "$.channelType"},
                    "subscriptionStatus": {"@path": "$.isSubscribed"},
                },
            ]
        },
    )
    traits: dict[str, Any] | None = kit.field(
        type="object",
        label="Traits",
        description="Values for the templates, over what is known of the person.",
        mapping={"@path": "$.properties"},
    )
    event_occurred_ts: str | None = kit.field(
        alias="eventOccurredTS",
        label="Event Timestamp",
        description="When the event happened.",
        mapping={"@path": "$.timestamp"},
    )
    message_id: str | None = kit.field(
        label="MessageId", description="The event's own id.", mapping={"@path": "$.messageId"}
    )


async def plan(payload: Payload, context: kit.Context[TwilioEngageSettings]) -> kit.Plan:
    """Send, hold or suppress, as the gates say. Raises the kit's errors for content and settings that can't be sent."""
    trace = context.trace
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
        to=_rendered_to(payload, user_id, known, context.now, trusted=context.trusted),
        by_opt_out=payload.send_based_on_opt_out,
    )
    if not isinstance(recipient, Recipient):
        return recipient
    traits = await profiles.traits_for(payload, user_id, person, context)
    content = await sms_content(payload, _scope(user_id, recipient.text, traits), context)
    trace.passed("content", _described(content))
    allowed = gates.sender(payload.sender, recipient.number)
    if allowed.reason is not None:
        return recipients.suppress(trace, "sender", allowed.reason, allowed.detail)
    trace.passed("sender", allowed.detail)
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
    if content.body:
        yield "Body", content.body
    yield "From", payload.sender
    yield "To", recipient.number
    if context.settings.shorten_links:
        yield "ShortenUrls", "true"
    for url in content.media:
        yield "MediaUrl", url
    yield "Tags", _tags(payload.custom_args, recipient)
    callback = status_callback(
        context.settings,
        own_url=context.callback_url,
        phone=recipient.text,
        custom_args=payload.custom_args,
        connection_overrides=payload.connection_overrides,
    )
    if callback is not None:
        yield "StatusCallback", callback


def _tags(custom_args: Mapping[str, Any], recipient: Recipient) -> str:
    tags = {name: custom_args[name] for name in _TAGS if name in custom_args}
    if recipient.id_type is not None:
        tags["external_id_type"] = recipient.id_type
    return json_text({**tags, "external_id_value": recipient.text})


def _rendered_to(
    payload: Payload, user_id: str | None, person: kit.Person | None, now: datetime, *, trusted: bool
) -> str | None:
    """The number that `to` picks, among what SERVER sources said: nobody else names a recipient."""
    if payload.to is None:
        return None
    own = payload.traits if payload.trait_enrichment and trusted else None
    traits = {**(person.server_traits if person else {}), **(own or {})}
    return render(payload.to, _scope(user_id, person.phone if person else None, traits), now).strip()


def _scope(user_id: str | None, phone: str | None, traits: Mapping[str, Any]) -> dict[str, Any]:
    return {"profile": {"user_id": user_id, "phone": phone, "traits": traits}}


def _described(content: Content) -> str:
    media = f", {len(content.media)} media" if content.media else ""
    return f"{len(content.body or '')} characters{media}"


action = kit.ActionDefinition(
    slug="sendSms",
    title="Send SMS",
    description="Sends a text, or an MMS where there is media, to a person's phone.",
    channel=kit.Channel.SMS,
    payload=Payload,
    plan=plan,
    interpret=client.interpret,
    reconcile=reconcile.find_message,
    default_trigger='type = "track" and event = "Audience Entered"',
)
