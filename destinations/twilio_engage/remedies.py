"""The cheapest way out of each refusal, with what to send, written so that it can be copied."""

from collections.abc import Mapping

from destinations.kit import Reason

_IDENTIFY = (
    '{"type": "identify", "userId": "user-1", "traits": {"phone": "+15551234567", "sms_opt_in": true}}'
)
_SUBSCRIPTIONS = '{"context": {"messaging_subscriptions": [{"key": "+15551234567", "type": "SMS", "status": "SUBSCRIBED"}]}}'
_UPDATE = 'consentUpdate(input: {phone: "+15551234567", channel: SMS, status: SUBSCRIBED, evidence: {method: "web form"}})'
_EXTERNAL_ID = (
    '{"external_ids": [{"id": "+15551234567", "type": "phone", "channelType": "sms", "isSubscribed": true}]}'
)

REMEDIES: Mapping[Reason, str] = {
    Reason.SEND_DISABLED: 'Set "send": true in the fields of the mapping; left out it means false, as in the original.',
    Reason.NO_SUPPORTED_IDS: f"Identify the person with a phone, before or up to ten seconds after the event: {_IDENTIFY}",
    Reason.INVALID_PHONE: "Give the number in E.164, from a SERVER source: "
    '{"type": "identify", "userId": "user-1", "traits": {"phone": "+15551234567"}}. '
    "National numbers are read where the destination's defaultCountry says whose they are.",
    Reason.OPTED_OUT: "Only the person can undo this: they text START to the sender. An admin who holds a newer "
    f"agreement of theirs can record it: {_UPDATE}",
    Reason.NOT_SUBSCRIBED: f"Once the person agreed, send from a SERVER source {_IDENTIFY} or, with any event, "
    f"{_SUBSCRIPTIONS}; or run {_UPDATE}. Events that come then are sent.",
    Reason.INVALID_SUBSCRIPTION_STATUS: "Use one of subscribed, unsubscribed, true, false, or null where nothing is "
    f"known: {_EXTERNAL_ID}",
    Reason.RECIPIENT_CHANGED: "The number changed after this delivery was first planned, so it was not sent to either. "
    "Send the event again, under a new messageId, to reach the present number.",
    Reason.SENDER_NOT_ALLOWED: 'Set "from" to a number, a short code or a Messaging Service: {"from": "+15551234567"}',
}
