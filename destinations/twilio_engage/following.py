"""Asks what became of messages, whether or not Twilio calls back.

| of one sender | is read |
| --- | --- |
| up to twenty, or a sender that can't be asked for (a Messaging Service, a name) | each message by its SID |
| more | its list over the days of them; then by SID each that five pages do not show |
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, timedelta
from http import HTTPStatus
from typing import Any

from destinations import kit
from destinations.twilio_engage import statuses
from destinations.twilio_engage.client import fetch_message, price_of, segments_of
from destinations.twilio_engage.message_list import (
    CLOCKS_DIFFER_BY,
    OF_A_SENDER,
    Look,
    day_of,
    is_listed_by,
    pages,
    side_by_side,
)
from destinations.twilio_engage.reading import read_object
from destinations.twilio_engage.senders import WHATSAPP
from destinations.twilio_engage.settings import TwilioEngageSettings

_FEW = 20
"""Up to so many messages of a sender are asked for one by one."""

_MAY_WAIT = timedelta(hours=10)
"""How long Twilio keeps a message that it can't send yet (30036)."""

_PARAMETERS: Mapping[str, str] = {
    "MessageSid": "sid",
    "MessageStatus": "status",
    "ErrorCode": "error_code",
    "ErrorMessage": "error_message",
    "From": "from",
    "To": "to",
    "MessagingServiceSid": "messaging_service_sid",
}
"""The parameters of a callback, and where a message says the same."""

_Answer = tuple[kit.Signal, ...] | kit.NotKnown


async def follow(
    asked: Sequence[kit.Following], context: kit.Context[TwilioEngageSettings]
) -> Mapping[str, _Answer]:
    """By key the signals that a callback would give now, price and segments with them; NotKnown where a read failed, or Twilio
    knows no such message. Many of one sender cost least when they were sent one after the other. Raises nothing of Twilio's.
    """
    answers: dict[str, _Answer] = {}
    listed, look = _of_senders(asked), Look(context)
    await side_by_side(_list(sender, several, answers, look) for sender, several in listed.items())
    await side_by_side(_fetch(one, answers, context) for one in asked if one.key not in answers)
    return answers


def signals(message: Mapping[str, Any]) -> tuple[kit.Signal, ...]:
    """What a message resource says, as its callback would."""
    said = {name: str(message[key]) for name, key in _PARAMETERS.items() if message.get(key)}
    return tuple(statuses.signals(said, price=price_of(message), segments=segments_of(message)))


def _of_senders(asked: Sequence[kit.Following]) -> dict[str, list[kit.Following]]:
    """Those that are asked for by the list of their sender."""
    by_sender: dict[str, list[kit.Following]] = {}
    for one in asked:
        bare = one.sender.removeprefix(WHATSAPP)
        sender = f"{WHATSAPP}{bare}" if one.channel is kit.Channel.WHATSAPP else bare
        by_sender.setdefault(sender, []).append(one)
    return {
        sender: several
        for sender, several in by_sender.items()
        if len(several) > _FEW and is_listed_by(sender)
    }


async def _list(
    sender: str,
    asked: Sequence[kit.Following],
    answers: dict[str, _Answer],
    look: Look,
) -> None:
    waiting = {one.message_sid: one.key for one in asked}
    first, last = min(one.sent_at for one in asked), max(one.sent_at for one in asked)
    until = (last.astimezone(UTC) + _MAY_WAIT).date() + timedelta(days=1)
    days = {"DateSent>": day_of(first), "DateSent<": until.isoformat()}
    try:
        async for page in pages(look, {"From": sender, **days, **OF_A_SENDER}):
            for message in page.messages:
                key = waiting.pop(message.sid, None)
                if key is not None:
                    answers[key] = signals(message.resource)
            if not waiting or page.reaches(first - CLOCKS_DIFFER_BY):
                return
    except kit.IntegrationError as error:
        answers.update({key: _not_read("The list of messages", error) for key in waiting.values()})


async def _fetch(
    one: kit.Following, answers: dict[str, _Answer], context: kit.Context[TwilioEngageSettings]
) -> None:
    what = f"The message {one.message_sid}"
    try:
        request = fetch_message(context.settings, context.allowed_hosts, one.message_sid)
        answers[one.key] = signals(await read_object(context, request, what))
    except kit.IntegrationError as error:
        answers[one.key] = (
            kit.NotKnown(f"Twilio knows no message {one.message_sid} of this account (any more).")
            if error.status == HTTPStatus.NOT_FOUND
            else _not_read(what, error)
        )


def _not_read(what: str, error: kit.IntegrationError) -> kit.NotKnown:
    return kit.NotKnown(f"{what} could not be read: {error.message}")
