"""Whom a page goes to, and whether it may."""

from datetime import timedelta

from destinations import kit
from destinations.kit import Channel, ConsentStatus, Reason
from tests.destinations.toy.pager.settings import Settings

WINDOW = timedelta(hours=1)
"""For how long after somebody paged us an answer needs no yes."""


def suppress(
    trace: kit.Trace, gate: str, reason: Reason, detail: str, remedy: str, number: str | None = None
) -> kit.Suppress:
    trace.stopped(gate, reason, detail)
    return kit.Suppress(reason, detail, remedy, number)


async def recipient(to: str | None, context: kit.Context[Settings]) -> str | kit.Hold | kit.Suppress:
    trace = context.trace
    person = await context.facts.people.person()
    given = to or (person.phone if isinstance(person, kit.Person) else None)
    if given is None and context.profile_hold_until is not None:
        trace.stopped("recipient", Reason.PROFILE_PENDING, "Nobody is identified yet.")
        return kit.Hold(
            context.profile_hold_until, Reason.PROFILE_PENDING, "Nobody is identified yet.", "Identify them."
        )
    if given is None:
        return suppress(
            trace, "recipient", Reason.NO_SUPPORTED_IDS, "There is no pager.", "Send traits.phone."
        )
    number = kit.e164(given, None)
    if number is None:
        return suppress(
            trace, "recipient", Reason.INVALID_PHONE, "The pager is no number.", "Write it with a +."
        )
    if context.recipient not in (None, number):
        return suppress(
            trace, "recipient", Reason.RECIPIENT_CHANGED, "It was for another pager.", "Send a new event."
        )
    trace.passed("recipient", number)
    return number


async def consent(number: str, sender: str, context: kit.Context[Settings]) -> kit.Suppress | None:
    said = await context.facts.consent.consent(number, Channel.SMS)
    if isinstance(said, kit.Consent) and said.stopped:
        return suppress(
            context.trace, "consent", Reason.OPTED_OUT, "They stopped pages.", "They can page START.", number
        )
    wrote = await context.facts.conversations.last_inbound(number, sender, Channel.SMS)
    if wrote is not None and wrote is not kit.UNKNOWN and context.now < wrote + WINDOW:
        context.trace.passed("consent", "an answer")
        return None
    person = await context.facts.people.person()
    ours = person is kit.UNKNOWN or (person is not None and kit.canonical(number) in person.server_numbers)
    known = said.status if isinstance(said, kit.Consent) else ConsentStatus.UNKNOWN
    implied = known is ConsentStatus.UNKNOWN and ours and context.purpose is not kit.Purpose.MARKETING
    if known is not ConsentStatus.SUBSCRIBED and not implied:
        return suppress(
            context.trace, "consent", Reason.NOT_SUBSCRIBED, "Nobody said yes.", "Send sms_opt_in.", number
        )
    context.trace.passed("consent", "not known" if said is kit.UNKNOWN else known.value)
    return None
