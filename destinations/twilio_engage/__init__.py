"""Twilio: SMS, MMS and WhatsApp to people, with their consent, as Segment's *Engage Messaging Twilio* sent them."""

from destinations import kit
from destinations.twilio_engage import (
    callbacks,
    following,
    inbound_urls,
    owned_senders,
    owned_templates,
    path_keys,
    phone_page,
    recent,
    send_sms,
    send_whatsapp,
    sender_checks,
    shown,
    verification,
)
from destinations.twilio_engage.consent_export import consent_export
from destinations.twilio_engage.demo import demo
from destinations.twilio_engage.outgoing import outgoing
from destinations.twilio_engage.predecessors import classic, engage, messaging
from destinations.twilio_engage.settings import (
    OriginalSettings,
    TwilioEngageSettings,
    default_country,
    translate_settings,
)
from destinations.twilio_engage.stop_confirmation import stop_confirmation
from destinations.twilio_engage.validation import validate_settings
from destinations.twilio_engage.window import WINDOW
from mappings.presets import (
    audience_entered_sms,
    audience_entered_whatsapp,
    identify_welcome_sms,
    lapsed_sms,
    reply_whatsapp,
    track_order_whatsapp,
)

definition = kit.DestinationDefinition(
    slug="twilio-engage",
    name="Twilio Engage",
    description="Sends SMS, MMS and WhatsApp through a Twilio account, to people who agreed to it.",
    settings=TwilioEngageSettings,
    actions=(send_sms.action, send_whatsapp.action),
    integration_names=("Twilio Engage", "Engage Messaging Twilio", "actions-personas-messaging-twilio"),
    presets=(
        identify_welcome_sms.PRESET,
        audience_entered_sms.PRESET,
        audience_entered_whatsapp.PRESET,
        lapsed_sms.PRESET,
        track_order_whatsapp.PRESET,
        reply_whatsapp.PRESET,
    ),
    verify=verification.verify,
    validate_settings=validate_settings,
    test_authentication=verification.check_credentials,
    translate_settings=translate_settings,
    original_settings=OriginalSettings,
    default_country=default_country,
    webhooks=kit.Webhooks(
        status=callbacks.status_signals,
        inbound=callbacks.inbound_signals,
        inbound_fragment="rc=5&rp=all",
        path_key=path_keys.path_key,
    ),
    follow=following.follow,
    recent=kit.Recent(lists=recent.lists, page=recent.page),
    check_senders=sender_checks.check_senders,
    sync=kit.Sync(
        senders=owned_senders.list_senders,
        templates=owned_templates.list_templates,
        inbound_urls=kit.InboundUrls(inbound_urls.read, inbound_urls.write),
    ),
    messages=kit.Messages(template=shown.template, shown=shown.shown),
    outgoing=outgoing,
    stop_confirmation=stop_confirmation,
    conversation_windows={kit.Channel.WHATSAPP: WINDOW},
    predecessors=(engage, messaging, classic),
    consent_exports=(consent_export,),
    simulator="destinations.twilio_engage.simulator:create_app",
    phone_page=phone_page.phone_page,
    demo=demo,
)
