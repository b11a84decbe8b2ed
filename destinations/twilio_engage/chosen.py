"""Who is sent to, or what stops that: what each way to choose somebody comes to, and asks of whoever it chose."""

from collections.abc import Collection
from datetime import timedelta

import msgspec
from msgspec.structs import replace

from destinations import kit
from destinations.kit import Reason
from destinations.twilio_engage.candidates import ChannelRules
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


def suppress(
    trace: kit.Trace, gate: str, reason: Reason, detail: str, recipient: str | None = None
) -> kit.Suppress:
    """The refusal of a gate as a plan, noted in the trace. `message.planned` adds the way out."""
    trace.stopped(gate, reason, detail)
    return kit.Suppress(reason, detail, recipient=recipient)


async def window_with(
    number: str | None,
    context: kit.Context[TwilioEngageSettings],
    rules: ChannelRules,
    sender: Sender,
) -> Window:
    """The window of the conversation with that number, by what is known of it; NOT_KNOWN on a channel that has none."""
    if number is None or not rules.windowed or sender.number is None:
        return Window.NOT_KNOWN
    if context.window_closed:
        return Window.CLOSED
    last = await context.facts.conversations.last_inbound(kit.canonical(number), sender.number, rules.channel)
    return window(last, context.now)


async def waiting_review(
    number: str, context: kit.Context[TwilioEngageSettings], rules: ChannelRules
) -> str | None:
    """The message that keeps advertisements from that number until somebody says whether it is a stop; None where none does."""
    if context.purpose is not kit.Purpose.MARKETING:
        return None
    waits = await context.facts.conversations.needs_review(kit.canonical(number), rules.channel)
    return None if waits is kit.UNKNOWN else waits


def held(message_id: str, context: kit.Context[TwilioEngageSettings]) -> kit.Hold:
    """The wait for somebody who says whether that message is a stop, noted in the trace."""
    detail = (
        f"The person wrote something that may be a stop ({message_id}), and nobody has looked at it: no marketing goes to this "
        "number until then, whatever the person agreed to before."
    )
    context.trace.stopped("consent", Reason.NEEDS_REVIEW, detail)
    return kit.Hold(context.now + _REVIEWED_WITHIN, Reason.NEEDS_REVIEW, detail, review(message_id))


def kept(recipient: Recipient, context: kit.Context[TwilioEngageSettings]) -> Chosen:
    """The recipient, unless the delivery was first planned for another number."""
    if context.recipient is None:
        return Chosen(recipient)
    if is_same(recipient.number, {context.recipient}):
        return Chosen(replace(recipient, number=context.recipient))
    detail = "The first plan chose another number; a delivery never goes to a second one."
    return Chosen(stop=suppress(context.trace, "recipient", Reason.RECIPIENT_CHANGED, detail))


_SHOWN = 60
"""Characters of what is no number that are shown of it."""


def not_a_number(rules: ChannelRules, text: str) -> str:
    """What is said of a text that no number of that channel can be read from."""
    channel = rules.channel.lower()
    came = json_text(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
    return f"Phone number must be able to be formatted to e164 for {channel}. It came as {came}, which can't be one."


def is_same(number: str | None, others: Collection[str]) -> bool:
    """Whether one of the others is the same person's, in whatever form."""
    if number is None:
        return False
    key = kit.canonical(number)
    return key in others or any(kit.canonical(other) == key for other in others)
