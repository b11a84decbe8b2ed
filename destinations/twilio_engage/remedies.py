"""The cheapest way out of each refusal, with what to send, written so that it can be copied."""

from collections.abc import Callable, Mapping

from destinations.kit import Channel, Reason

_PHONE = "+15551234567"
_TRAITS = {Channel.SMS: "sms_opt_in", Channel.WHATSAPP: "whatsapp_opt_in"}


def remedy(reason: Reason, channel: Channel) -> str | None:
    """What a person can do about a refusal, with the exact JSON; None for a reason that needs none."""
    words = _REMEDIES.get(reason)
    return words(channel) if callable(words) else words


def _identify(channel: Channel) -> str:
    return f'{{"type": "identify", "userId": "user-1", "traits": {{"phone": "{_PHONE}", "{_TRAITS[channel]}": true}}}}'


def _subscriptions(channel: Channel) -> str:
    word = {Channel.SMS: "SMS", Channel.WHATSAPP: "WhatsApp"}[channel]
    return f'{{"context": {{"messaging_subscriptions": [{{"key": "{_PHONE}", "type": "{word}", "status": "SUBSCRIBED"}}]}}}}'


def _update(channel: Channel) -> str:
    return (
        f'consentUpdate(input: {{phone: "{_PHONE}", channel: {channel}, status: SUBSCRIBED, '
        'evidence: {method: "web form"}})'
    )


def _external_id(channel: Channel) -> str:
    return (
        f'{{"external_ids": [{{"id": "{_PHONE}", "type": "phone", "channelType": "{channel.lower()}", '
        '"isSubscribed": true}]}'
    )


_REMEDIES: Mapping[Reason, str | Callable[[Channel], str]] = {
    Reason.SEND_DISABLED: 'Set "send": true in the fields of the mapping; left out it means false, as in the original.',
    Reason.NO_SUPPORTED_IDS: lambda channel: (
        f"Identify the person with a phone, before or up to ten seconds after the event: {_identify(channel)}"
    ),
    Reason.INVALID_PHONE: "Give the number in E.164, from a SERVER source: "
    '{"type": "identify", "userId": "user-1", "traits": {"phone": "+15551234567"}}. '
    "National numbers are read where the destination's defaultCountry says whose they are.",
    Reason.OPTED_OUT: lambda channel: (
        "Only the person can undo this: they text START to the sender. An admin who holds a newer "
        f"agreement of theirs can record it: {_update(channel)}"
    ),
    Reason.NOT_SUBSCRIBED: lambda channel: (
        f"Once the person agreed, send from a SERVER source {_identify(channel)} or, with any event, "
        f"{_subscriptions(channel)}; or run {_update(channel)}. Events that come then are sent."
    ),
    Reason.INVALID_SUBSCRIPTION_STATUS: lambda channel: (
        "Use one of subscribed, unsubscribed, true, false, or null where nothing is "
        f"known: {_external_id(channel)}"
    ),
    Reason.RECIPIENT_CHANGED: "The number changed after this delivery was first planned, so it was not sent to either. "
    "Send the event again, under a new messageId, to reach the present number.",
    Reason.SENDER_NOT_ALLOWED: lambda channel: (
        'Set "from" to a number, a short code or a Messaging Service: {"from": "+15551234567"}'
        if channel is Channel.SMS
        else 'Set "from" to a number that is a WhatsApp sender of the account: {"from": "whatsapp:+15551234567"}. '
        "A template alone may also go through a Messaging Service."
    ),
    Reason.COUNTRY_NOT_ALLOWED: "Add the country to those the destination may send to, if you mean to; events that come "
    "then are sent.",
    Reason.MMS_COUNTRY: 'Leave the media out for this country, and put a link into the text instead: {"body": '
    '"Look: https://example.com/picture", "media": []}',
    Reason.MEDIA_TYPE: 'Give the file as jpg, png or gif: {"media": ["https://example.com/picture.jpg"]}',
    Reason.DLT_REQUIRED: "Register the sender and its texts on a DLT portal, have Twilio allow them, and set the "
    "destination's dltEntityId to the id of the registration.",
    Reason.WINDOW_CLOSED: 'Add an approved template, which is used once 24 hours have passed: {"contentSid": "HX...", '
    '"contentVariables": {"1": "{{ profile.traits.first_name }}"}}. Where the person did write, see that Twilio\'s inbound URL '
    "for this sender is /webhooks/{destinationId}/inbound of this system.",
    Reason.TEMPLATE_NOT_APPROVED: "Have WhatsApp approve the template in Twilio's Content Template Builder, or name one "
    'that is: {"contentSid": "HX..."}. Within 24 hours of the person\'s message it needs no approval.',
}
