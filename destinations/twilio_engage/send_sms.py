"""Send SMS: one text, with media where the mapping or its template has some."""

from typing import Any, ClassVar

from destinations import kit
from destinations.twilio_engage import (
    candidates,
    client,
    countries,
    message,
    opt_out_words,
    profiles,
    reconcile,
    review,
    segments,
    senders,
)
from destinations.twilio_engage.account import is_trial
from destinations.twilio_engage.addressed import AddressedPayload
from destinations.twilio_engage.content import Content, described, followed_by, sms_content
from destinations.twilio_engage.message import Composed, Draft
from destinations.twilio_engage.settings import TwilioEngageSettings
from mappings.json_text import json_text


class Payload(AddressedPayload):
    """What a mapping fills in."""

    in_order: ClassVar[tuple[str, ...]] = (
        *("user_id", "to_number", "to", "sender", "body", "media", "content_sid", "content_variables"),
        *("custom_args", "connection_overrides", "send", "trait_enrichment", "send_based_on_opt_out"),
        *("segment_computation_id", "external_ids", "traits", "event_occurred_ts", "message_id"),
    )

    user_id: str | None = kit.field(
        label="User ID", description="The person's user id.", mapping={"@path": "$.userId"}
    )
    sender: str = kit.field(
        alias="from",
        required=True,
        setting="default_sender",
        label="From",
        description="Twilio number, short code, alphanumeric sender ID or Messaging Service SID.",
    )
    body: kit.Text | None = kit.field(
        type="text", label="Message", description="The text, a Liquid template."
    )
    media: tuple[kit.Text, ...] = kit.field(
        (), label="Media Urls", description="Addresses of pictures and other media, each a Liquid template."
    )
    content_sid: str | None = kit.field(
        label="SMS content template SID", description="A Twilio content template, instead of body and media."
    )
    content_variables: dict[str, Any] | None = kit.field(
        type="object",
        json_text=True,
        label="SMS template variables",
        description="The values of the template's variables by name, each a Liquid template: "
        '{"1": "{{ profile.traits.first_name }}"}.',
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
    message_id: str | None = kit.field(
        label="MessageId", description="The event's own id.", mapping={"@path": "$.messageId"}
    )


async def plan(payload: Payload, context: kit.Context[TwilioEngageSettings]) -> kit.Plan:
    """Send, hold or suppress, as the gates say. Raises the kit's errors for content and settings that can't be sent."""
    return await message.planned(context, payload, rules=candidates.SMS, answering=False, compose=_composed)


async def _composed(draft: Draft[Payload], context: kit.Context[TwilioEngageSettings]) -> Composed:
    traits = await profiles.traits_for(draft.payload, draft.user_id, draft.person, context)
    content = await sms_content(draft.payload, draft.scope(traits), context)
    sender, number = draft.sender, draft.recipient.number
    told = await opt_out_words.due(
        content.body, sender, number, traits, context, is_template=draft.payload.content_sid is not None
    )
    if told is not None:
        content = followed_by(content, told)
    trial = await is_trial(context) if sender.kind is kit.SenderKind.ALPHANUMERIC else kit.UNKNOWN
    country = countries.sms_country_gate(
        number,
        context.allowed_countries,
        context.policy,
        media=content.media,
        dlt_entity_id=context.settings.dlt_entity_id,
    )
    counted = None if content.media else segments.count(content.body or "")
    billed = counted if content.body else None
    return Composed(
        described(content, counted),
        gates=(("sender", senders.sms_sender_gate(sender, number, trial=trial)), ("country", country)),
        form=_form(draft, content, context.settings),
        channel=kit.Channel.MMS if content.media else kit.Channel.SMS,
        segments=billed.segments if billed else None,
        encoding=billed.encoding if billed else None,
        text=content.body or None,
        media=content.media,
        unicode_character=billed.character if billed else None,
        tells_opt_out=told is not None,
    )


def _form(draft: Draft[Payload], content: Content, settings: TwilioEngageSettings) -> list[tuple[str, str]]:
    """The fields of the request, in the original's order."""
    form = []
    if content.template:
        form.append(("ContentSid", content.template))
    elif content.body:
        form.append(("Body", content.body))
    form += (("From", draft.sender.address), ("To", draft.recipient.number))
    if settings.shorten_links:
        form.append(("ShortenUrls", "true"))
    if content.template:
        form.append(("ContentVariables", json_text(content.variables)))
    elif content.media:
        form += [("MediaUrl", url) for url in content.media]
    return form


def addressee(
    payload: Payload, context: kit.Context[TwilioEngageSettings], person: kit.Person | kit.Unknown | None
) -> str | None:
    """Whom a message would go to, for the ledger to show of what is refused before it is planned."""
    return message.addressee(payload, context, person, candidates.SMS)


action = kit.ActionDefinition(
    slug="sendSms",
    title="Send SMS",
    description="Sends a text, or an MMS where there is media, to a person's phone.",
    channel=kit.Channel.SMS,
    payload=Payload,
    plan=plan,
    interpret=client.interpret_sms,
    reconcile=reconcile.find_messages,
    default_trigger='type = "track" and event = "Audience Entered"',
    check=review.check_sms,
    review=review.of_sms,
    addressee=addressee,
    literal_statuses=review.literal_statuses,
    sender=senders.named_by_sms,
    template_field="contentSid",
)
