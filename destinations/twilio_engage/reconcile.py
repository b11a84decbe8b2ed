"""Looks for the message that a lost answer may have created, in the provider's own list.

The list can be asked for a recipient and a day. Whether a message that was not sent yet matches a day is not
documented, so the day is asked first and then, without it, the newest page.
"""

import re
import unicodedata
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from destinations import kit
from destinations.twilio_engage.client import accepted, fetch_page, list_messages
from destinations.twilio_engage.reading import read_object
from destinations.twilio_engage.settings import TwilioEngageSettings

_CLOCKS_DIFFER_BY = timedelta(seconds=5)
_NEAR_MIDNIGHT = timedelta(minutes=5)
_PAGES = 5
_PAGE_SIZE = "100"
_TRIAL_PREFIX = "Sent from your Twilio trial account - "
_ADDRESS = re.compile(r"https?://\S+|\b[\w.-]+\.[a-z]{2,}/\S+", re.IGNORECASE)


async def find_message(
    asked: kit.Reconciliation, context: kit.Context[TwilioEngageSettings]
) -> kit.Accepted | None:
    """The message that the request created, None where the list shows none that is not another Delivery's.

    Raises what a failed read raises: then nothing is known.
    """
    sent = dict(asked.request.form)
    day = (asked.started_at.astimezone(UTC) - _NEAR_MIDNIGHT).date().isoformat()
    queries = (
        ({"To": sent["To"], "DateSent>": day, "PageSize": _PAGE_SIZE}, _PAGES),
        ({"To": sent["To"], "PageSize": _PAGE_SIZE}, 1),
    )
    earliest = asked.started_at - _CLOCKS_DIFFER_BY
    for query, pages in queries:
        async for message in _listed(context, query, pages):
            if _is_the_one(message, sent, earliest) and not await asked.taken(str(message.get("sid"))):
                return accepted(message)
    return None


async def _listed(
    context: kit.Context[TwilioEngageSettings], query: Mapping[str, str], pages: int
) -> AsyncIterator[Mapping[str, Any]]:
    request = list_messages(context.settings, context.allowed_hosts, query)
    for _ in range(pages):
        page = await read_object(context, request, "The list of messages")
        messages = page.get("messages")
        for message in messages if isinstance(messages, list) else ():
            if isinstance(message, dict):
                yield message
        following = page.get("next_page_uri")
        if not isinstance(following, str) or not following.startswith("/"):
            return
        request = fetch_page(context.settings, context.allowed_hosts, following)


def _is_the_one(message: Mapping[str, Any], sent: Mapping[str, str], earliest: datetime) -> bool:
    created = _moment(message.get("date_created"))
    return (
        str(message.get("direction")).startswith("outbound")
        and created is not None
        and created >= earliest
        and _same_sender(message, sent["From"])
        and _same_text(str(message.get("body") or ""), sent.get("Body", ""))
    )


def _same_sender(message: Mapping[str, Any], sender: str) -> bool:
    named = {message.get("from"), message.get("messaging_service_sid")}
    digits = _digits(sender)
    return sender in named or (
        bool(digits) and digits in {_digits(name) for name in named if isinstance(name, str)}
    )


def _digits(text: str) -> str:
    """The digits of a number however it is written; nothing for a name or a SID."""
    return "" if any(letter.isalpha() for letter in text) else re.sub(r"\D", "", text)


def _same_text(listed: str, sent: str) -> bool:
    """Whether one is the other after what Twilio may change: links shortened, look-alikes replaced, a trial's prefix."""
    listed = listed.removeprefix(_TRIAL_PREFIX)
    return listed == sent or _letters(listed) == _letters(sent)


def _letters(text: str) -> str:
    plain = unicodedata.normalize("NFKD", _ADDRESS.sub(" ", text)).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


def _moment(text: object) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment
