"""Whom to send to: `toNumber`, else `to`, else the first external id that may be sent to, else the person's phone.

A mapping that has a field and finds nothing there texts nobody: only one that leaves it out goes on to the next.
"""

import msgspec

from destinations import kit
from destinations.kit import Reason, Said
from destinations.twilio_engage import gates, named
from destinations.twilio_engage.addressed import AddressedPayload
from destinations.twilio_engage.candidates import (
    Candidate,
    ChannelRules,
    FoundNothing,
    candidates_of,
    first_number,
    found_nothing,
    with_all_said,
)
from destinations.twilio_engage.chosen import (
    Chosen,
    Recipient,
    held,
    is_same,
    kept,
    not_a_number,
    suppress,
    waiting_review,
    window_with,
)
from destinations.twilio_engage.gates import ConsentQuestion, Conversation, Verdict
from destinations.twilio_engage.senders import Sender
from destinations.twilio_engage.settings import TwilioEngageSettings
from destinations.twilio_engage.window import Window


async def choose(
    payload: AddressedPayload,
    context: kit.Context[TwilioEngageSettings],
    person: kit.Person | kit.Unknown | None,
    *,
    rules: ChannelRules,
    sender: Sender,
    to: str | None,
    answering: bool,
) -> Chosen:
    """The recipient, or why there is none, with lines `recipient` and `consent` in the trace.

    `to` is the rendered field, None where the mapping has none: then the person's phone is used. `answering`: where the
    person wrote to this sender and the window is open, the message is an answer and no advertisement.
    """
    country = context.settings.default_country
    nothing = found_nothing(payload, to, rules)
    if nothing is not None:
        return Chosen(stop=_found_nothing(nothing, context, person))
    if payload.to_number:
        number = rules.read(payload.to_number, country)
        if context.test_numbers is None or is_same(number, context.test_numbers):
            context.trace.recipient = number
            return await named.test_recipient(payload.to_number, number, context, rules, sender)
    candidates, places = candidates_of(payload, to, person, rules, country)
    if not candidates:
        return Chosen(stop=_nobody(context, person, rules))
    context.trace.recipient = first_number(candidates)
    refused: list[_Refused] = []
    for one in candidates:
        candidate = with_all_said(one, places)
        known, conversation = Window.NOT_KNOWN, Conversation.NONE
        if rules.windowed:
            known = await window_with(candidate.number, context, rules, sender)
            conversation = _conversation(known, answering=answering)
        ledger: kit.Consent | kit.Unknown | None = kit.UNKNOWN
        if candidate.number is not None:
            key = kit.canonical(candidate.number)
            ledger = await context.facts.consent.consent(key, rules.channel, sender.key)
        by_opt_out = payload.send_based_on_opt_out
        verdict = _judge(
            candidate, context, person, rules, ledger, conversation=conversation, by_opt_out=by_opt_out
        )
        if verdict.reason is not None:
            refused.append(_Refused(candidate, verdict.reason, verdict.detail, known))
        elif candidate.number is not None:
            context.trace.recipient = candidate.number
            found = Recipient(candidate.number, candidate.text, "phone", known)
            return await _found(candidate, found, verdict.detail, refused, context, rules)
    return _refusal(refused[0], context.trace)


def addressee(
    payload: AddressedPayload,
    context: kit.Context[TwilioEngageSettings],
    person: kit.Person | kit.Unknown | None,
    *,
    rules: ChannelRules,
    to: str | None,
) -> str | None:
    """The number that `choose` would ask about first, whether it may be texted or not; None where there is none. `to` as there."""
    country = context.settings.default_country
    if found_nothing(payload, to, rules) is not None:
        return None
    candidates, _places = candidates_of(payload, to, person, rules, country)
    return first_number(candidates)


class _Refused(msgspec.Struct, frozen=True):
    candidate: Candidate
    reason: Reason
    detail: str
    window: Window


def _refusal(first: _Refused, trace: kit.Trace) -> Chosen:
    """Of several who may not be sent to, the first is told of."""
    candidate = first.candidate
    if first.reason is Reason.INVALID_PHONE:
        return Chosen(stop=suppress(trace, "recipient", first.reason, first.detail))
    trace.passed("recipient", candidate.origin)
    stop = suppress(trace, "consent", first.reason, first.detail, candidate.number)
    if candidate.number is None:
        return Chosen(stop=stop)
    return Chosen(Recipient(candidate.number, candidate.text, "phone", first.window), stop)


def _conversation(known: Window, *, answering: bool) -> Conversation:
    if known is not Window.OPEN:
        return Conversation.NONE
    return Conversation.REPLY if answering else Conversation.OPEN


def _judge(
    candidate: Candidate,
    context: kit.Context[TwilioEngageSettings],
    person: kit.Person | kit.Unknown | None,
    rules: ChannelRules,
    ledger: kit.Consent | kit.Unknown | None,
    *,
    conversation: Conversation,
    by_opt_out: bool,
) -> Verdict:
    number, word, about = candidate.number, candidate.word, context.about
    given: bool | None = context.trusted and candidate.is_external_id
    if not given:
        given = (
            None if person is kit.UNKNOWN else person is not None and is_same(number, person.server_numbers)
        )
    verdict = gates.consent(
        ConsentQuestion(
            event=candidate.event,
            ledger=ledger,
            purpose=context.purpose,
            occurred_at=context.occurred_at,
            trusted=context.trusted,
            given_by_server=given,
            by_opt_out=by_opt_out,
            word=word,
            literal_of=about.mapping_name if word in about.literal_statuses else None,
            implied=rules.implied,
            confirmed_only=context.policy.double_opt_in,
            conversation=conversation,
        )
    )
    if number is not None or (verdict.reason is not None and candidate.event is not Said.NOTHING):
        return verdict
    return Verdict(not_a_number(rules, candidate.text), Reason.INVALID_PHONE)


async def _found(
    candidate: Candidate,
    recipient: Recipient,
    consent: str,
    refused: list[_Refused],
    context: kit.Context[TwilioEngageSettings],
    rules: ChannelRules,
) -> Chosen:
    origin = candidate.origin
    if refused:
        passed_over = "; ".join(f"{other.candidate.origin}: {other.reason}" for other in refused)
        origin = f"{origin} (passed over {passed_over})"
    context.trace.passed("recipient", origin)
    waits = await waiting_review(recipient.number, context, rules)
    if waits is not None:
        return Chosen(recipient, held(waits, context))
    context.trace.passed("consent", consent)
    return kept(recipient, context)


def _nobody(
    context: kit.Context[TwilioEngageSettings], person: kit.Person | kit.Unknown | None, rules: ChannelRules
) -> kit.Hold | kit.Suppress:
    if _may_yet_be_known(context, person):
        return _wait(context, "Nobody with a phone is known yet; an identify may be on its way.")
    known = "nobody is known" if person is None else "the person's phone is not known"
    detail = f"The event has no phone id for {rules.channel.lower()}, and {known}."
    return suppress(context.trace, "recipient", Reason.NO_SUPPORTED_IDS, detail)


def _found_nothing(
    nothing: FoundNothing,
    context: kit.Context[TwilioEngageSettings],
    person: kit.Person | kit.Unknown | None,
) -> kit.Hold | kit.Suppress:
    if nothing.by_profile and _may_yet_be_known(context, person):
        return _wait(context, f"{nothing.detail}; an identify may be on its way.")
    detail = f"{nothing.detail}, and nobody else is texted in its place."
    way_out = (
        "Send the number where the mapping looks for it; see that the path is spelt as in the event. Only a mapping that "
        "leaves the field out texts the event's own person."
    )
    context.trace.stopped("recipient", Reason.NO_SUPPORTED_IDS, detail)
    return kit.Suppress(Reason.NO_SUPPORTED_IDS, detail, way_out)


def _may_yet_be_known(
    context: kit.Context[TwilioEngageSettings], person: kit.Person | kit.Unknown | None
) -> bool:
    until = context.profile_hold_until
    return person is not kit.UNKNOWN and until is not None and context.now < until


def _wait(context: kit.Context[TwilioEngageSettings], detail: str) -> kit.Hold:
    until = context.profile_hold_until or context.now
    context.trace.stopped("recipient", Reason.PROFILE_PENDING, detail)
    return kit.Hold(until, Reason.PROFILE_PENDING, detail)
