"""What people wrote lately, as the account's lists have it: for what came while nobody listened here.

The list can be asked for a number, and neither for what came in nor for a Messaging Service: what was written to a service stands in the
lists of its numbers. A list is read until a page of it is older throughout, or to its end; Twilio names no limit of it. It has neither media
nor buttons, nor what Twilio took a message for.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from destinations import kit
from destinations.twilio_engage import inbound
from destinations.twilio_engage.client import fetch_page, list_messages
from destinations.twilio_engage.message_list import Listed, Look, day_of, is_listed_by, page_of
from destinations.twilio_engage.senders import WHATSAPP, sms_sender, whatsapp_sender
from destinations.twilio_engage.settings import TwilioEngageSettings

_INBOUND = "inbound"

# A page is kept in one transaction, behind which other writes wait.
_PAGE = {"PageSize": "90"}

_PARAMETERS: Mapping[str, str] = {
    "MessageSid": "sid",
    "From": "from",
    "To": "to",
    "Body": "body",
    "MessagingServiceSid": "messaging_service_sid",
}
"""The parameters of the call that told of a message, and where the list says the same."""


def lists(senders: Sequence[str], settings: TwilioEngageSettings) -> tuple[str, ...]:
    """Of these senders and the default one, those whose messages can be listed, each once."""
    default = (settings.default_sender or "").strip()
    read = whatsapp_sender if default.startswith(WHATSAPP) else sms_sender
    own = [*senders, *([read(default, settings.default_country).address] if default else [])]
    return tuple(dict.fromkeys(one for one in own if is_listed_by(one)))


async def page(
    context: kit.Context[TwilioEngageSettings], sender: str, since: datetime, position: str | None
) -> kit.RecentPage:
    """What people wrote to that sender since then, a page of it. Raises what `read_object` raises."""
    settings, hosts = context.settings, context.allowed_hosts
    if position is None:
        request = list_messages(settings, hosts, {"To": sender, "DateSent>": day_of(since), **_PAGE})
    else:
        request = fetch_page(settings, hosts, position)
    found = await page_of(Look(context), request)
    written = tuple(_written(found.messages, since))
    return kit.RecentPage(written, None if found.reaches(since) else found.following)


def _written(messages: Sequence[Listed], since: datetime) -> Iterator[tuple[kit.Signal, ...]]:
    for one in messages:
        at = one.created or one.sent
        if one.resource.get("direction") != _INBOUND or at is None or at < since:
            continue
        try:
            said = tuple(_at(signal, at) for signal in inbound.signals(_parameters(one.resource)))
        except ValueError:  # no SID, or no sender of ours
            continue
        if said:
            yield said


def _parameters(resource: Mapping[str, Any]) -> Mapping[str, str]:
    return {name: str(resource[key]) for name, key in _PARAMETERS.items() if resource.get(key)}


def _at(signal: kit.Signal, at: datetime) -> kit.Signal:
    return signal if isinstance(signal, kit.StatusChanged) else replace(signal, occurred_at=at)
