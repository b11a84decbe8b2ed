"""The cheapest way out of each refusal, with what to send, written so that it can be pasted: the very person, number and ids.

What is not known stands in angle brackets. A mutation is whole; a body is what is posted to the path that is named before it.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from destinations import kit
from destinations.kit import Channel, Reason, SenderKind
from destinations.twilio_engage.senders import Sender

_NUMBER = "<the number in E.164>"
_TRAITS = {Channel.SMS: "sms_opt_in", Channel.WHATSAPP: "whatsapp_opt_in"}
_TYPES = {Channel.SMS: "SMS", Channel.WHATSAPP: "WhatsApp"}


class Case(msgspec.Struct, frozen=True):
    """What a remedy is about. `number` is the one that was refused, None where there is none; `is_own`: the event
    says, or it is known, to be its person's. `consent` is what the ledger holds of it. `allowed_countries` are all that the
    destination sends to. `confirmed_only`: it asks people to confirm a yes.
    """

    channel: Channel
    about: kit.About
    sender: Sender
    number: str | None = None
    is_own: bool = False
    consent: kit.Consent | None = None
    allowed_countries: frozenset[str] = frozenset()
    confirmed_only: bool = False


def with_remedy(plan: kit.Hold | kit.Suppress, case: Case) -> kit.Hold | kit.Suppress:
    """The plan with what a person can do about it, where it does not say so itself."""
    return plan if plan.remedy is not None else replace(plan, remedy=remedy(plan.reason, case))


def remedy(reason: Reason, case: Case) -> str | None:
    """What a person can do about a refusal; None for a reason that is not of this destination."""
    words = _REMEDIES.get(reason)
    return words(case) if callable(words) else words


def review(message_id: str) -> str:
    """How a person answers whether a message is a stop."""
    return (
        "Read what they wrote, and answer whether it is a stop: { inboundMessages(needsReview: true) { edges { node { id body } } } }, then run "
        f"mutation {{ inboundReview(input: {{id: {_json(message_id)}, answer: NOT_A_STOP}}) {{ inboundMessage {{ id }} errors {{ message }} }} }} "
        "(answer: STOP where it is one). What waits for it then goes on by itself."
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _who(case: Case) -> dict[str, str]:
    about = case.about
    if about.user_id is None and about.anonymous_id is not None:
        return {"anonymousId": about.anonymous_id}
    return {"userId": about.user_id or "<the user's id>"}


def _number(case: Case) -> str:
    return case.number or _NUMBER


def _identify(case: Case, **traits: object) -> str:
    return f"/v1/identify: {_json({**_who(case), 'traits': {'phone': _number(case), **traits}})}"


def _opt_in(case: Case) -> dict[str, object]:
    return {case.about.opt_in_traits.get(case.channel, _TRAITS[case.channel]): True}


def _subscriptions(case: Case) -> str:
    said = {"key": _number(case), "type": _TYPES[case.channel], "status": "SUBSCRIBED"}
    return f"/v1/identify: {_json({**_who(case), 'context': {'messaging_subscriptions': [said]}})}"


def _update(case: Case) -> str:
    return (
        f"mutation {{ consentUpdate(input: {{phone: {_json(_number(case))}, channel: {case.channel}, status: SUBSCRIBED, "
        f'space: {_json(case.about.space)}, evidence: {{method: "web form"}}}}) {{ contact {{ id }} errors {{ message }} }} }}'
    )


def _not_subscribed(case: Case) -> str:
    if case.consent is not None and case.consent.status is kit.ConsentStatus.PENDING:
        return (
            "They subscribe by a YES in reply to the text that asked them, within 7 days of it; nobody is asked again within that. Where it never "
            "left, its delivery or the event of the yes says why: post the yes again then. Or, where you hold their consent on paper, record it: run "
            f"{_update(case)}. Events that come then are sent."
        )
    sent = (
        "They are asked to confirm it then; what comes once they did is sent."
        if case.confirmed_only
        else "Events that come then are sent."
    )
    by_trait = f"to {_identify(case, **_opt_in(case))} or " if case.is_own else ""
    return (
        f"Once the person agreed, record it: post from a SERVER source {by_trait}to {_subscriptions(case)} or run {_update(case)}. "
        f"{sent}"
    )


def _opted_out(case: Case) -> str:
    ours = case.sender.number or (case.sender.address if case.sender.kind is SenderKind.SHORT_CODE else None)
    told = case.consent.said_to if case.consent else None
    told = told if told is not None and (told.startswith("+") or told.isdigit()) else None
    by = "by WhatsApp to" if case.channel is Channel.WHATSAPP else "to"
    narrow = case.consent is not None and not case.consent.stopped and told not in (None, ours)
    way = f"they send START {by} {ours or told or 'the number that they had the message from'}"
    if narrow and ours is not None:
        way += f", which opens that sender alone, or {by} {told}, which lifts all that their stop did"
    unblock = (
        " Whoever blocked the sender in WhatsApp unblocks it first."
        if case.channel is Channel.WHATSAPP
        else ""
    )
    return (
        f"The person undoes their own stop: {way}. Or, where they asked for messages again in another way and that can be shown, an ADMIN "
        f"records it: run {_update(case)}. That lifts it here; where Twilio heard the stop too, it refuses texts until they send START."
        f"{unblock} Events that come then are sent."
    )


def _invalid_status(case: Case) -> str:
    about, one = case.about, {"id": _number(case), "type": "phone", "channelType": case.channel.lower()}
    event = {"event": about.event} if about.call == "track" and about.event else {}
    body = {**_who(case), **event, "external_ids": [{**one, "isSubscribed": True}]}
    return (
        "Write the status as subscribed, unsubscribed, true or false, or null where nothing is known. Once the person agreed, say it so: post "
        f"to /v1/{about.call or 'identify'}: {_json(body)}"
    )


def _nobody(case: Case) -> str:
    return (
        "Identify the person with a phone, from a SERVER source, before or up to ten seconds after the event; leave the opt-in out "
        f"if they did not agree. Post to {_identify(case, **_opt_in(case))}"
    )


def _sender(case: Case) -> str:
    wanted = (
        "a number, a short code or a Messaging Service of the account"
        if case.channel is Channel.SMS
        else "a number that is a WhatsApp sender of the account; a template alone may also go through a Messaging Service"
    )
    return f"Have the mapping send from one that may send this: {_fields(case, **{'from': f'<{wanted}>'})}"


def _fields(case: Case, **fields: object) -> str:
    """A change of the mapping's fields, whole."""
    return kit.mapping_fields(case.about.mapping_id, fields)


def _change(case: Case, change: str) -> str:
    """A change of the destination itself, whole."""
    return kit.destination_update(case.about.destination_id, change)


def _policy(case: Case, policy: str) -> str:
    return _change(case, f"policy: {{{policy}}}")


def _countries(case: Case, country: str) -> str:
    """The countries that it sends to, with that one."""
    destination = case.about.destination_id
    if destination is None:
        return _json(sorted({*case.allowed_countries, country}))
    return kit.with_change("allowedCountries", destination, [country])


def _country(case: Case) -> str:
    country = None if case.number is None else kit.country_of(case.number)
    if country is None:
        return (
            "The number belongs to no country, so only a destination that sends to any reaches it. Let this one do so: run "
            f"{_policy(case, 'allowedCountries: []')}; events that come then go out."
        )
    return (
        f"Let it send to {country} too: run {_policy(case, f'allowedCountries: {_countries(case, country)}')}; "
        "events that come then go out."
    )


def _dlt(case: Case) -> str:
    entity = _change(case, 'settings: {twilioEngage: {dltEntityId: "<the id of the registration>"}}')
    return (
        "Register the sender and its texts on a DLT portal, and have Twilio allow them. Then give the id of the registration: run "
        f"{entity}. Or let texts to India go out unregistered: run {_policy(case, 'requireDltForIndia: false')}"
    )


def _window_closed(case: Case) -> str:
    inbound = f"/webhooks/{case.about.destination_id or '{the id of the destination}'}/inbound"
    template = _fields(
        case,
        contentSid="<HX and the rest of its SID>",
        contentVariables={"1": "{{ profile.traits.first_name }}"},
    )
    return (
        f"Give the mapping an approved template too, which is used once 24 hours have passed: {template}. Where the person did write, see "
        f"that Twilio's inbound URL for this sender is {inbound} of this system."
    )


_REMEDIES: Mapping[Reason, str | Callable[[Case], str]] = {
    Reason.SEND_DISABLED: lambda case: (
        f'Switch "Send Message" on, which is off where it is left out, as in the original: {_fields(case, send=True)}'
    ),
    Reason.PROFILE_PENDING: _nobody,
    Reason.NO_SUPPORTED_IDS: _nobody,
    Reason.INVALID_PHONE: lambda case: (
        f"Give the number in E.164, from a SERVER source. Post to {_identify(replace(case, number=None))}. "
        "National numbers are read where the destination's defaultCountry says whose they are."
    ),
    Reason.OPTED_OUT: _opted_out,
    Reason.NOT_SUBSCRIBED: _not_subscribed,
    Reason.INVALID_SUBSCRIPTION_STATUS: _invalid_status,
    Reason.RECIPIENT_CHANGED: "The number changed after this delivery was first planned, so it was not sent to either. "
    "Send the event again, under a new messageId, to reach the present number.",
    Reason.SENDER_NOT_ALLOWED: _sender,
    Reason.COUNTRY_NOT_ALLOWED: _country,
    Reason.MMS_COUNTRY: lambda case: (
        f"Put a link into the text and leave the media out: {_fields(case, media=[])}. Or let Twilio send a link in their place: run {_policy(case, 'mmsFallback: LINK')}"
    ),
    Reason.MEDIA_TYPE: lambda case: (
        f"Name the file as jpg, png or gif: {_fields(case, media=['<the address of the file>'])}. Where the address comes with the event, "
        "send it with another file."
    ),
    Reason.DLT_REQUIRED: _dlt,
    Reason.WINDOW_CLOSED: _window_closed,
    Reason.TEMPLATE_NOT_APPROVED: lambda case: (
        "Have WhatsApp approve the template in Twilio's Content Template Builder; within 24 hours of the person's message it needs no "
        f"approval. Or name one that is approved: {_fields(case, contentSid='<HX and the rest of its SID>')}"
    ),
}
