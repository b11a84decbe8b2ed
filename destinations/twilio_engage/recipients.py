"""Whom to send to: `toNumber`, else `to`, else the first external id that may be sent to, else the person's phone.

A mapping that has a field and finds nothing there texts nobody: only one that leaves it out goes on to the next.
"""

import json
from collections.abc import Collection
from datetime import timedelta

import msgspec
from msgspec.structs import replace

from destinations import kit
from destinations.kit import Reason, Said
from destinations.twilio_engage import gates
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
from destinations.twilio_engage.gates import ConsentQuestion, Conversation, Verdict
from destinations.twilio_engage.remedies import review
from destinations.twilio_engage.senders import Sender
from destinations.twilio_engage.settings import TwilioEngageSettings
from destinations.twilio_engage.window import Window, window
from mappings.json_text import json_text

# An answer ends the wait, or the event's age does; until then it is looked at again this seldom.
_REVIEWED_WITHIN = timedelta(days=1)


class Recipient(msgspec.Struct, frozen=True):
    """Who is sent to. `text` is the number as it came, `id_type` the kind of id it is, where it is one.

    `window` is that of a conversation with this number, on a channel that has one.
    """

    number: str
    text: str
    id_type: str | None = None
    window: Window = Window.NOT_KNOWN


class Chosen(msgspec.Struct, frozen=True):
    """Who is sent to, or what stops that. Both, where it is known to whom it would go but for that: a dry run goes on with them."""

    recipient: Recipient | None = None
    stop: kit.Hold | kit.Suppress | None = None


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
        if context.test_numbers is None or _same(number, context.test_numbers):
            context.trace.recipient = number
            return await _test_recipient(payload.to_number, number, context, rules, sender)
    candidates, places = candidates_of(payload, to, person, rules, country)
    if not candidates:
        return Chosen(stop=_nobody(context, person, rules))
    context.trace.recipient = first_number(candidates)
    refused: list[_Refused] = []
    for one in candidates:
        candidate = with_all_said(one, places)
        known, conversation = Window.NOT_KNOWN, Conversation.NONE
        if rules.windowed:
            known = await _window(candidate.number, context, rules, sender)
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


def suppress(
    trace: kit.Trace, gate: str, reason: Reason, detail: str, recipient: str | None = None
) -> kit.Suppress:
    """The refusal of a gate as a plan, noted in the trace. `message.planned` adds the way out."""
    trace.stopped(gate, reason, detail)
    return kit.Suppress(reason, detail, recipient=recipient)


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


async def _window(
    number: str | None,
    context: kit.Context[TwilioEngageSettings],
    rules: ChannelRules,
    sender: Sender,
) -> Window:
    if number is None or not rules.windowed or sender.number is None:
        return Window.NOT_KNOWN
    if context.window_closed:
        return Window.CLOSED
    last = await context.facts.conversations.last_inbound(kit.canonical(number), sender.number, rules.channel)
    return window(last, context.now)


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
        given = None if person is kit.UNKNOWN else person is not None and _same(number, person.server_numbers)
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
    return Verdict(_not_a_number(rules, candidate.text), Reason.INVALID_PHONE)


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
    waits = await _review(recipient.number, context, rules)
    if waits is not None:
        return Chosen(recipient, _held(waits, context))
    context.trace.passed("consent", consent)
    return _kept(recipient, context)


def _kept(recipient: Recipient, context: kit.Context[TwilioEngageSettings]) -> Chosen:
    if context.recipient is None:
        return Chosen(recipient)
    if _same(recipient.number, {context.recipient}):
        return Chosen(replace(recipient, number=context.recipient))
    detail = "The first plan chose another number; a delivery never goes to a second one."
    return Chosen(stop=suppress(context.trace, "recipient", Reason.RECIPIENT_CHANGED, detail))


async def stopped(
    text: str, context: kit.Context[TwilioEngageSettings], rules: ChannelRules, sender: Sender
) -> Chosen:
    """Of the confirmation of a stop: whoever said it, as long as it stands. It is the one message that a stop lets through."""
    who = "the person who said stop to this sender"
    known = await _named(text, who, context, rules, sender)
    if isinstance(known, Chosen):
        return known
    number = known.number
    ledger = await context.facts.consent.consent(kit.canonical(number), rules.channel, sender.key)
    if ledger is None or ledger is kit.UNKNOWN or not ledger.stopped:
        detail = "Their stop stands no more, so there is nothing to confirm."
        return Chosen(known, suppress(context.trace, "consent", Reason.NOT_SUBSCRIBED, detail, number))
    context.trace.passed(
        "consent",
        "the confirmation of their own stop, which Twilio does not send: the one message that a stop lets through",
    )
    return _kept(known, context)


async def asked(
    text: str, context: kit.Context[TwilioEngageSettings], rules: ChannelRules, sender: Sender
) -> Chosen:
    """Of the question of a double opt-in: whoever an event said yes for, as long as nobody confirmed it or said no."""
    who = "the number that an event said yes for"
    known = await _named(text, who, context, rules, sender)
    if isinstance(known, Chosen):
        return known
    number = known.number
    ledger = await context.facts.consent.consent(kit.canonical(number), rules.channel, sender.key)
    verdict = gates.question(ledger)
    if verdict.reason is not None:
        return Chosen(known, suppress(context.trace, "consent", verdict.reason, verdict.detail, number))
    waits = await _review(number, context, rules)
    if waits is not None:
        return Chosen(known, _held(waits, context))
    context.trace.passed("consent", verdict.detail)
    return _kept(known, context)


async def _named(
    text: str, who: str, context: kit.Context[TwilioEngageSettings], rules: ChannelRules, sender: Sender
) -> Recipient | Chosen:
    """Whom a message goes to whomever its mapping picks, noted in the trace; or that the number is none."""
    number = rules.read(text, context.settings.default_country)
    context.trace.recipient = number
    if number is None:
        said = _not_a_number(rules, text)
        return Chosen(stop=suppress(context.trace, "recipient", Reason.INVALID_PHONE, said))
    context.trace.passed("recipient", who)
    return Recipient(number, text, window=await _window(number, context, rules, sender))


async def tester(
    text: str, context: kit.Context[TwilioEngageSettings], rules: ChannelRules, sender: Sender
) -> Chosen:
    """Of a test send: one of the destination's test numbers, or somebody of whom it is known that they agreed."""
    number = rules.read(text, context.settings.default_country)
    context.trace.recipient = number
    if number is None or _same(number, context.test_numbers or ()):
        return await _test_recipient(text, number, context, rules, sender)
    ledger = await context.facts.consent.consent(kit.canonical(number), rules.channel, sender.key)
    known = Recipient(number, text, window=await _window(number, context, rules, sender))
    stopped = gates.stop(ledger, context.purpose)
    if stopped is not None:
        return Chosen(known, suppress(context.trace, "consent", Reason.OPTED_OUT, stopped, number))
    agreed = (
        ledger is not None and ledger is not kit.UNKNOWN and ledger.status is kit.ConsentStatus.SUBSCRIBED
    )
    if not agreed:
        detail = "This is none of the destination's test numbers, and nobody knows that its owner agreed to messages."
        context.trace.stopped("consent", Reason.NOT_SUBSCRIBED, detail)
        way_out = f"If its owner may be texted, an ADMIN adds it to the test numbers: run {_as_test_number(number, context)}"
        return Chosen(known, kit.Suppress(Reason.NOT_SUBSCRIBED, detail, way_out, number))
    waits = await _review(number, context, rules)
    if waits is not None:
        return Chosen(known, _held(waits, context))
    context.trace.passed("consent", "a test to somebody who agreed to messages")
    return _kept(known, context)


def _as_test_number(number: str, context: kit.Context[TwilioEngageSettings]) -> str:
    destination = context.about.destination_id
    numbers = (
        json.dumps([number]) if destination is None else kit.with_change("testNumbers", destination, [number])
    )
    return kit.destination_update(destination, f"policy: {{testNumbers: {numbers}}}")


async def _test_recipient(
    text: str,
    number: str | None,
    context: kit.Context[TwilioEngageSettings],
    rules: ChannelRules,
    sender: Sender,
) -> Chosen:
    if number is None:
        said = _not_a_number(rules, text)
        return Chosen(stop=suppress(context.trace, "recipient", Reason.INVALID_PHONE, said))
    context.trace.passed("recipient", "toNumber: a test number")
    known = Recipient(number, text, window=await _window(number, context, rules, sender))
    ledger = await context.facts.consent.consent(kit.canonical(number), rules.channel, sender.key)
    stopped = gates.stop(ledger, context.purpose)
    if stopped is not None:
        detail = f"{stopped.removesuffix('.')}, which holds for tests too."
        return Chosen(known, suppress(context.trace, "consent", Reason.OPTED_OUT, detail, number))
    waits = await _review(number, context, rules)
    if waits is not None:
        return Chosen(known, _held(waits, context))
    context.trace.passed("consent", "a test number: no opt-in is asked")
    return _kept(known, context)


async def _review(number: str, context: kit.Context[TwilioEngageSettings], rules: ChannelRules) -> str | None:
    """The message that keeps advertisements from that number until somebody says whether it is a stop; None where none does."""
    if context.purpose is not kit.Purpose.MARKETING:
        return None
    waits = await context.facts.conversations.needs_review(kit.canonical(number), rules.channel)
    return None if waits is kit.UNKNOWN else waits


def _held(message_id: str, context: kit.Context[TwilioEngageSettings]) -> kit.Hold:
    detail = (
        f"The person wrote something that may be a stop ({message_id}), and nobody has looked at it: no marketing goes to this "
        "number until then, whatever the person agreed to before."
    )
    context.trace.stopped("consent", Reason.NEEDS_REVIEW, detail)
    return kit.Hold(context.now + _REVIEWED_WITHIN, Reason.NEEDS_REVIEW, detail, review(message_id))


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


def _not_a_number(rules: ChannelRules, text: str) -> str:
    channel = rules.channel.lower()
    came = json_text(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
    return f"Phone number must be able to be formatted to e164 for {channel}. It came as {came}, which can't be one."


_SHOWN = 60
"""Characters of what is no number that are shown of it."""


def _same(number: str | None, others: Collection[str]) -> bool:
    """Whether one of the others is the same person's, in whatever form."""
    if number is None:
        return False
    key = kit.canonical(number)
    return key in others or any(kit.canonical(other) == key for other in others)
