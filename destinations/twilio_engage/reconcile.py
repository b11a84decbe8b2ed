"""Looks for the message that a lost answer may have created, in the provider's own list.

The list can be asked for a recipient and a day. Whether a message that was not sent yet matches a day is not
documented, so the day is asked first and then, without it, the newest page.
"""

import re
import unicodedata
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from destinations import kit
from destinations.twilio_engage.client import accepted, fetch_page, list_messages
from destinations.twilio_engage.reading import read_object
from destinations.twilio_engage.settings import TwilioEngageSettings

_CLOCKS_DIFFER_BY = timedelta(minutes=2)
"""A message that was made a little before the request is another's only if another Delivery has it."""

_NEAR_MIDNIGHT = timedelta(minutes=5)
_PAGES = 5
_PAGE_SIZE = "100"
_TRIAL_PREFIX = "Sent from your Twilio trial account - "
_ANOTHERS = "The list shows a message that may be this one, or that of another text to the same number."
_ADDRESS = re.compile(r"https?://\S+|\b[\w.-]+\.[a-z]{2,}/\S+", re.IGNORECASE)


async def find_message(
    asked: kit.Reconciliation, context: kit.Context[TwilioEngageSettings]
) -> kit.Accepted | None:
    """The message that the request created, None where the list shows none that is not another Delivery's.

    Raises what a failed read raises: then nothing is known. Neither is it where the list shows a message that may be
    the one, but not what it says (RetryableError).
    """
    sent = _Sent.of(asked.request.form)
    day = (asked.started_at.astimezone(UTC) - _NEAR_MIDNIGHT).date().isoformat()
    queries = (
        ({"To": sent.to, "DateSent>": day, "PageSize": _PAGE_SIZE}, _PAGES),
        ({"To": sent.to, "PageSize": _PAGE_SIZE}, 1),
    )
    earliest = asked.started_at - _CLOCKS_DIFFER_BY
    changed: kit.Accepted | None = None
    open_question: str | None = None
    for query, pages in queries:
        async for message in _listed(context, query, pages):
            if not _may_be(message, sent, earliest) or await asked.taken(str(message.get("sid"))):
                continue
            if sent.of_template:  # its text is what Twilio made of it
                changed = changed or accepted(message)
                continue
            body = str(message.get("body") or "")
            if sent.body in _unprefixed(body):
                return accepted(message)
            if _is_changed(body, sent):
                changed = changed or accepted(message)
            else:
                open_question = open_question or _not_shown(body, sent)
        if changed is not None and asked.alone:
            return changed
    if changed is not None or open_question is not None:
        raise kit.RetryableError(open_question or _ANOTHERS)
    return None


@dataclass(frozen=True, slots=True)
class _Sent:
    """Of a create what its message shows again."""

    to: str
    sender: str
    body: str
    media: int
    links_shortened: bool
    of_template: bool

    @classmethod
    def of(cls, form: Sequence[tuple[str, str]]) -> "_Sent":
        fields = dict(form)
        return cls(
            to=fields["To"],
            sender=fields["From"],
            body=fields.get("Body", ""),
            media=sum(name == "MediaUrl" for name, _value in form),
            links_shortened=fields.get("ShortenUrls") == "true",
            of_template="ContentSid" in fields,
        )


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


def _may_be(message: Mapping[str, Any], sent: _Sent, earliest: datetime) -> bool:
    """Whether all but the text fits: direction, time, sender, how many media."""
    created = _moment(message.get("date_created"))
    return (
        str(message.get("direction")).startswith("outbound")
        and created is not None
        and created >= earliest
        and _same_sender(message, sent.sender)
        and (sent.of_template or str(message.get("num_media") or "0") == str(sent.media))
    )


def _not_shown(listed: str, sent: _Sent) -> str | None:
    """Why a text that differs from what was sent may be it all the same; None where it can't."""
    if sent.body and not listed:
        return "The list shows a message that may be this one, without its text: the account redacts them."
    if sent.links_shortened and _ADDRESS.search(listed) and not _letters(listed) and not _letters(sent.body):
        return "The list shows a message that may be this one: both are only a link, which Twilio shortens."
    return None


def _same_sender(message: Mapping[str, Any], sender: str) -> bool:
    named = {message.get("from"), message.get("messaging_service_sid")}
    digits = _digits(sender)
    return sender in named or (
        bool(digits) and digits in {_digits(name) for name in named if isinstance(name, str)}
    )


def _digits(text: str) -> str:
    """The digits of a number however it is written; nothing for a name or a SID."""
    return "" if any(letter.isalpha() for letter in text) else re.sub(r"\D", "", text)


def _unprefixed(listed: str) -> tuple[str, ...]:
    """The text as it is listed, and without what Twilio puts before a trial account's texts."""
    return listed, listed.removeprefix(_TRIAL_PREFIX)


def _is_changed(listed: str, sent: _Sent) -> bool:
    """Whether it is what was sent after Twilio's own changes: look-alikes replaced, links shortened, a trial's prefix."""
    letters = _letters(sent.body)
    # Without letters and digits (a link, an emoji) there is nothing left to tell two texts apart by.
    return letters != "" and letters in map(_letters, _unprefixed(listed))


def _letters(text: str) -> str:
    plain = unicodedata.normalize("NFKD", _ADDRESS.sub(" ", text)).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


def _moment(text: object) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment
