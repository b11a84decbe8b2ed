"""The list of messages: its filters, its pages and their addresses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from destinations.twilio_engage.simulator.errors import TwilioError
from destinations.twilio_engage.simulator.message import Message, resource

DEFAULT_PAGE_SIZE = 50
LARGEST_PAGE_SIZE = 1_000
_FILTERS = ("To", "From", "DateSent", "DateSent<", "DateSent>")


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is asked for. A token pins it to a message, so that new ones do not shift it."""

    number: int
    size: int
    token: str | None

    @classmethod
    def read(cls, query: QueryParams) -> "Page":
        """Raises TwilioError 20001 for a Page or PageSize that is no number; a size is at most 1,000."""
        size = _number(query, "PageSize", DEFAULT_PAGE_SIZE, least=1)
        return cls(_number(query, "Page", 0, least=0), min(size, LARGEST_PAGE_SIZE), query.get("PageToken"))

    def start(self, found: list[Message]) -> int:
        """The index of the page's first message; raises TwilioError 20001 for a token of no message found."""
        if self.token is None:
            return self.number * self.size
        way, sid = self.token[:2], self.token[2:]
        index = next((index for index, message in enumerate(found) if message.sid == sid), None)
        if index is None or way not in {"PA", "PB"}:
            raise TwilioError(20001, "PageToken")
        return index + 1 if way == "PA" else max(index - self.size, 0)


def list_page(
    messages: list[Message], query: QueryParams, uri: str, *, unsent_by_date: bool
) -> dict[str, Any]:
    """The answer to a list request over `messages`, newest first; addresses are relative to the host.

    Raises TwilioError 20001 for a date, page, size or token that cannot be read.
    """
    matches, page = _filters(query, unsent_by_date=unsent_by_date), Page.read(query)
    found = [message for message in messages if matches(message)]
    start = page.start(found)
    shown = found[start : start + page.size]
    has_next, has_previous = start + len(shown) < len(found), page.number > 0

    def address(number: int, token: str | None = None) -> str:
        asked = [(name, query[name]) for name in _FILTERS if query.get(name)]
        pairs = [*asked, ("PageSize", str(page.size)), ("Page", str(number))]
        return f"{uri}?{urlencode([*pairs, ('PageToken', token)] if token else pairs)}"

    first = page.number * page.size
    return {
        "messages": [resource(message) for message in shown],
        "page": page.number,
        "page_size": page.size,
        "start": first,
        "end": first + max(len(shown) - 1, 0),
        "uri": address(page.number, page.token),
        "first_page_uri": address(0),
        "next_page_uri": address(page.number + 1, f"PA{shown[-1].sid}") if shown and has_next else None,
        "previous_page_uri": address(page.number - 1, f"PB{shown[0].sid}")
        if shown and has_previous
        else None,
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
    raise TwilioError(20001, name)


def _number(query: Mapping[str, str], name: str, default: int, *, least: int) -> int:
    text = query.get(name)
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and least <= int(text[:9])):
        raise TwilioError(20001, name)
    return int(text[:9])
