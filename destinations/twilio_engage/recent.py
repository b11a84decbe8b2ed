"""What people wrote lately, as the account's list has it: for what came while nobody listened here.

Of each of our numbers the newest 900 messages are read, since the list can be asked for a number and not for what came in. It has
neither media nor buttons, nor what Twilio took a message for.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from destinations import kit
from destinations.twilio_engage import inbound
from destinations.twilio_engage.message_list import (
    OF_A_SENDER,
    Listed,
    Look,
    day_of,
    is_listed_by,
    pages,
    side_by_side,
)
from destinations.twilio_engage.senders import WHATSAPP
from destinations.twilio_engage.settings import TwilioEngageSettings

_INBOUND = "inbound"
_PARAMETERS: Mapping[str, str] = {
    "MessageSid": "sid",
    "From": "from",
    "To": "to",
    "Body": "body",
    "MessagingServiceSid": "messaging_service_sid",
}
"""The parameters of the call that told of a message, and where the list says the same."""


async def recent(
    context: kit.Context[TwilioEngageSettings], senders: Sequence[str], since: datetime
) -> kit.Recent:
    """What people wrote to these senders since then, the first first. A sender whose list can't be read is a problem of its own."""
    found: list[tuple[datetime, tuple[kit.Signal, ...]]] = []
    problems: list[str] = []
    look = Look(context)
    own = [*senders, *([context.settings.default_sender] if context.settings.default_sender else [])]

    async def read(sender: str) -> None:
        try:
            async for page in pages(look, {"To": sender, "DateSent>": day_of(since), **OF_A_SENDER}):
                found.extend(_written(page.messages, since))
                if page.reaches(since):
                    return
            problems.append(f"More was written to {_bare(sender)} than is read.")
        except kit.IntegrationError as error:
            problems.append(f"What was written to {_bare(sender)} can't be read: {error.message}.")

    await side_by_side(read(one) for one in dict.fromkeys(own) if is_listed_by(one))
    return kit.Recent(tuple(said for _at, said in sorted(found, key=_when)), tuple(problems))


def _when(one: tuple[datetime, tuple[kit.Signal, ...]]) -> datetime:
    return one[0]


def _bare(sender: str) -> str:
    return sender.removeprefix(WHATSAPP)


def _written(
    messages: Sequence[Listed], since: datetime
) -> Iterator[tuple[datetime, tuple[kit.Signal, ...]]]:
    for one in messages:
        at = one.created or one.sent
        if one.resource.get("direction") != _INBOUND or at is None or at < since:
            continue
        try:
            said = tuple(_at(signal, at) for signal in inbound.signals(_parameters(one.resource)))
        except ValueError:  # no SID, or no sender of ours
            continue
        if said:
            yield at, said


def _parameters(resource: Mapping[str, Any]) -> Mapping[str, str]:
    return {name: str(resource[key]) for name, key in _PARAMETERS.items() if resource.get(key)}


def _at(signal: kit.Signal, at: datetime) -> kit.Signal:
    return signal if isinstance(signal, kit.StatusChanged) else replace(signal, occurred_at=at)
