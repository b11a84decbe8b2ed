"""Whom a message goes to where no mapping picks: whoever said stop, whoever is asked to confirm a yes, whom a test is for."""

import json

from destinations import kit
from destinations.kit import Reason
from destinations.twilio_engage import gates
from destinations.twilio_engage.candidates import (
    ChannelRules,
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
from destinations.twilio_engage.senders import Sender
from destinations.twilio_engage.settings import TwilioEngageSettings


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
    return kept(known, context)


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
    waits = await waiting_review(number, context, rules)
    if waits is not None:
        return Chosen(known, held(waits, context))
    context.trace.passed("consent", verdict.detail)
    return kept(known, context)


async def _named(
    text: str, who: str, context: kit.Context[TwilioEngageSettings], rules: ChannelRules, sender: Sender
) -> Recipient | Chosen:
    """Whom a message goes to whomever its mapping picks, noted in the trace; or that the number is none."""
    number = rules.read(text, context.settings.default_country)
    context.trace.recipient = number
    if number is None:
        said = not_a_number(rules, text)
        return Chosen(stop=suppress(context.trace, "recipient", Reason.INVALID_PHONE, said))
    context.trace.passed("recipient", who)
    return Recipient(number, text, window=await window_with(number, context, rules, sender))


async def tester(
    text: str, context: kit.Context[TwilioEngageSettings], rules: ChannelRules, sender: Sender
) -> Chosen:
    """Of a test send: one of the destination's test numbers, or somebody of whom it is known that they agreed."""
    number = rules.read(text, context.settings.default_country)
    context.trace.recipient = number
    if number is None or is_same(number, context.test_numbers or ()):
        return await test_recipient(text, number, context, rules, sender)
    ledger = await context.facts.consent.consent(kit.canonical(number), rules.channel, sender.key)
    known = Recipient(number, text, window=await window_with(number, context, rules, sender))
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
    waits = await waiting_review(number, context, rules)
    if waits is not None:
        return Chosen(known, held(waits, context))
    context.trace.passed("consent", "a test to somebody who agreed to messages")
    return kept(known, context)


def _as_test_number(number: str, context: kit.Context[TwilioEngageSettings]) -> str:
    destination = context.about.destination_id
    numbers = (
        json.dumps([number]) if destination is None else kit.with_change("testNumbers", destination, [number])
    )
    return kit.destination_update(destination, f"policy: {{testNumbers: {numbers}}}")


async def test_recipient(
    text: str,
    number: str | None,
    context: kit.Context[TwilioEngageSettings],
    rules: ChannelRules,
    sender: Sender,
) -> Chosen:
    if number is None:
        said = not_a_number(rules, text)
        return Chosen(stop=suppress(context.trace, "recipient", Reason.INVALID_PHONE, said))
    context.trace.passed("recipient", "toNumber: a test number")
    known = Recipient(number, text, window=await window_with(number, context, rules, sender))
    ledger = await context.facts.consent.consent(kit.canonical(number), rules.channel, sender.key)
    stopped = gates.stop(ledger, context.purpose)
    if stopped is not None:
        detail = f"{stopped.removesuffix('.')}, which holds for tests too."
        return Chosen(known, suppress(context.trace, "consent", Reason.OPTED_OUT, detail, number))
    waits = await waiting_review(number, context, rules)
    if waits is not None:
        return Chosen(known, held(waits, context))
    context.trace.passed("consent", "a test number: no opt-in is asked")
    return kept(known, context)
