"""The account's list of messages, a page at a time.

It can be asked for a recipient, for a sender and for the day of sending, not for a text, a status or a Messaging Service. That
the newest come first is not documented, so a page is believed to be in that order only where it shows it.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from http import HTTPStatus
from typing import Any

from destinations import kit
from destinations.twilio_engage.client import fetch_page, list_messages
from destinations.twilio_engage.reading import read_object
from destinations.twilio_engage.settings import TwilioEngageSettings

MOST_PAGES = 5
"""How many pages are read of one list."""

# A page has to stay below what a read may answer with, 2 MB: a message is 10.5 kB at its longest.
OF_A_SENDER = {"PageSize": "180"}

CLOCKS_DIFFER_BY = timedelta(minutes=2)
"""A message may be shown as created a little before its request."""

_AT_ONCE = 8
"""How many reads are under way at once: Twilio counts them for the whole account."""

_TRIES = 3
"""How often one page is asked for before it is given up."""

_NEAR_MIDNIGHT = timedelta(minutes=5)
_NUMBER = re.compile(r"(whatsapp:)?(\+[1-9][0-9]{6,14}|[0-9]{3,8})")


@dataclass(frozen=True, slots=True)
class Listed:
    """A message of the list: the resource as it is shown, its SID and its times, None where it names none."""

    resource: Mapping[str, Any]
    sid: str
    created: datetime | None
    sent: datetime | None

    @classmethod
    def of(cls, resource: Mapping[str, Any]) -> "Listed":
        """The resource with what is read of it over and over."""
        created, sent = _moment(resource.get("date_created")), _moment(resource.get("date_sent"))
        return cls(resource, str(resource.get("sid")), created, sent)

    @property
    def latest(self) -> datetime | None:
        """The later of its times; None where it is not known when it was created."""
        return self.created if self.created is None or self.sent is None else max(self.created, self.sent)


@dataclass(frozen=True)
class Page:
    """One page, and the address of the one after it; None: the list names none."""

    messages: tuple[Listed, ...]
    following: str | None

    def reaches(self, earliest: datetime) -> bool:
        """Whether no message that was created since `earliest` can follow it: it is the last one, or wholly older in an order
        that goes back in time.
        """
        return self.following is None or (self._newest is not None and self._newest < earliest)

    @cached_property
    def _newest(self) -> datetime | None:
        """The latest time of all, None where that says nothing of what follows."""
        stamps = [message.latest for message in self.messages]
        times = [stamp for stamp in stamps if stamp is not None]
        return max(times) if len(times) == len(stamps) > 0 and times[0] > times[-1] else None


class Look:
    """The reads of one look. A page that can't be read is asked for again at once, until one was given up: then it is not that page
    that is in trouble, and the others are asked for once.
    """

    def __init__(self, context: kit.Context[TwilioEngageSettings]) -> None:
        self.context = context
        self._gives_up = False

    async def read(self, request: kit.HttpRequest) -> Mapping[str, Any]:
        """What that page of the list says. Raises what `read_object` raises."""
        tries = 0
        while True:
            tries += 1
            try:
                return await read_object(self.context, request, "The list of messages")
            except kit.RetryableError as error:
                # Who asks for a pause gets it: the next look comes after one.
                if error.status == HTTPStatus.TOO_MANY_REQUESTS or error.retry_after is not None:
                    raise
                self._gives_up = self._gives_up or tries == _TRIES
                if self._gives_up:
                    raise


async def pages(look: Look, query: Mapping[str, str], most: int = MOST_PAGES) -> AsyncIterator[Page]:
    """The first `most` pages of the list. Raises what `read_object` raises, and PayloadValidationError for a strange host."""
    context = look.context
    request = list_messages(context.settings, context.allowed_hosts, query)
    for _ in range(most):
        page = await page_of(look, request)
        yield page
        if page.following is None:
            return
        request = fetch_page(context.settings, context.allowed_hosts, page.following)


async def page_of(look: Look, request: kit.HttpRequest) -> Page:
    """The page of the list that is asked for by that. Raises what `read_object` raises."""
    answer = await look.read(request)
    listed, following = answer.get("messages"), answer.get("next_page_uri")
    shown = listed if isinstance(listed, list) else ()
    messages = tuple(Listed.of(one) for one in shown if isinstance(one, dict))
    return Page(messages, following if isinstance(following, str) and following.startswith("/") else None)


async def side_by_side(work: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Do all of it, a few at a time."""
    places = asyncio.Semaphore(_AT_ONCE)

    async def placed(one: Coroutine[Any, Any, None]) -> None:
        async with places:
            await one

    async with asyncio.TaskGroup() as group:
        for one in work:
            group.create_task(placed(one))


def is_listed_by(sender: str) -> bool:
    """Whether the list can be asked for what a sender sent: a number or short code can, a service can't, and of a name it is
    not documented.
    """
    return _NUMBER.fullmatch(sender) is not None


def day_of(moment: datetime) -> str:
    """The day to ask from for what was sent since then, with clocks that differ a little."""
    return (moment.astimezone(UTC) - _NEAR_MIDNIGHT).date().isoformat()


def _moment(text: object) -> datetime | None:
    """A moment as the list writes it (RFC 2822); None for what is none."""
    return kit.moment(text) if isinstance(text, str) else None
