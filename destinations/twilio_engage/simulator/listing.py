"""The list of messages and its filters."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from starlette.datastructures import QueryParams

from destinations.twilio_engage.simulator.errors import invalid
from destinations.twilio_engage.simulator.message import Message
from destinations.twilio_engage.simulator.paging import Page

_FILTERS = ("To", "From", "DateSent", "DateSent<", "DateSent>")


def list_page(
    messages: list[Message],
    query: QueryParams,
    uri: str,
    *,
    unsent_by_date: bool,
    show: Callable[[Message], dict[str, Any]],
) -> dict[str, Any]:
    """The answer to a list request over `messages`, newest first; addresses are relative to the host.

    Raises TwilioError 20001 for a date, page, size or token that cannot be read.
    """
    matches = _filters(query, unsent_by_date=unsent_by_date)
    found = {message.sid: message for message in messages if matches(message)}
    page = Page.read(query, list(found))
    return {
        "messages": [show(found[sid]) for sid in page.sids],
        **page.uris(uri, [(name, query[name]) for name in _FILTERS if query.get(name)]),
    }


def _filters(query: QueryParams, *, unsent_by_date: bool) -> Callable[[Message], bool]:
    to, from_ = query.get("To"), query.get("From")
    on, before, after = (_moment(query, name) for name in ("DateSent", "DateSent<", "DateSent>"))

    def matches(message: Message) -> bool:
        if to and message.draft.to.text != to:
            return False
        if from_ and message.from_ != from_:
            return False
        if not (on or before or after):
            return True
        sent = message.sent or (message.created if unsent_by_date else None)
        return (
            sent is not None
            and (on is None or sent.date() == on.date())
            and (before is None or sent <= before)
            and (after is None or sent >= after)
        )

    return matches


def _moment(query: Mapping[str, str], name: str) -> datetime | None:
    """A day without a time is its midnight; a time without a zone is UTC."""
    text = query.get(name)
    if not text:
        return None
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(text)
        except ValueError:
            continue
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    raise invalid(name)
