"""A provider that keeps what it holds: creates are answered when a test says so, and its list lags or fails."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import parse_qs, urlsplit

import httpx

from destinations import kit
from destinations.kit import MessageStatus, StatusChanged
from gateway.clock import ManualClock
from gateway.sending import NoAnswer, NotSent, Phase
from tests.gateway import paper
from tests.gateway.paper import created, refused

LATE: Final = 20.0
"""Seconds after which a create that is late is done: with the lag of a list less than the patience of whoever looks it up."""


def _no_answer(_sid: str | None) -> NoAnswer:
    return NoAnswer("paper.example", Phase.ANSWER, "reset")


ANSWERS: Final[Mapping[str, Callable[[str | None], kit.HttpResponse | Exception]]] = {
    "created": created,
    "created without SID": lambda _sid: created(None),
    "refused": lambda _sid: refused(400),
    "refused for now": lambda _sid: refused(400, retry=True),
    "refused for a stop": lambda _sid: refused(400, "21610", stop=True),
    "refused for the account": lambda _sid: refused(401, "20003", account=True),
    "throttled": lambda _sid: refused(429, retry_after=5),
    "trouble": lambda _sid: refused(500),
    "trouble, created": lambda _sid: refused(500),
    "not sent": lambda _sid: NotSent("paper.example", Phase.CONNECT, "refused"),
    "lost": _no_answer,
    "lost, created": _no_answer,
    "lost, created late": _no_answer,
}
"""How a create ends, with the answer to it."""

LOST: Final = ("lost", "lost, created", "lost, created late")
"""What becomes of a request whose answer nobody hears."""


@dataclass
class Message:
    """What the provider holds, from `created_at` on; its list shows it later."""

    sid: str
    delivery_id: str
    to: str
    body: str
    created_at: datetime
    listed_at: datetime
    status: MessageStatus = MessageStatus.QUEUED


@dataclass(eq=False)
class Request:
    """A create that left a process, which waits for `answer`."""

    process: object
    form: Mapping[str, str]
    at: datetime
    answer: "asyncio.Future[kit.HttpResponse | Exception]"

    @property
    def delivery_id(self) -> str:
        return parse_qs(urlsplit(self.form["Callback"]).query)["delivery"][0]


class Company(paper.Provider):
    """The provider: its list shows bodies, lags, and may fail."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__()
        self._clock = clock
        self.messages: list[Message] = []
        self.open: list[Request] = []

    def create(self, request: Request, after: float, lag: float) -> Message:
        """Hold a message from so many seconds on, which the list shows so many after that."""
        at = self._clock.now() + timedelta(seconds=after)
        sid = f"SM{len(self.messages) + 1}"
        form = request.form
        message = Message(sid, request.delivery_id, form["To"], form["Body"], at, at + timedelta(seconds=lag))
        self.messages.append(message)
        return message

    def answer_to(self, request: Request, how: str, lag: float) -> None:
        """Answer it in that way; a message that it creates is listed so many seconds later."""
        self.open.remove(request)
        sid = None
        if "created" in how:
            sid = self.create(request, LATE if "late" in how else 0.0, lag).sid
        if not request.answer.cancelled():  # else nobody is there to hear it
            request.answer.set_result(ANSWERS[how](sid))

    @property
    def held(self) -> list[Message]:
        now = self._clock.now()
        return [one for one in self.messages if one.created_at <= now]

    def read(self, request: httpx.Request) -> httpx.Response:
        if self.unreachable:
            raise httpx.ConnectError("refused", request=request)
        to = parse_qs(urlsplit(str(request.url)).query)["To"][0]
        now = self._clock.now()
        shown = [one for one in self.held if one.to == to and one.listed_at <= now]
        return httpx.Response(self.list_status, json=[{"sid": one.sid, "body": one.body} for one in shown])

    def tell(self) -> None:
        """Say of every message what became of it, to whoever asks."""
        self.became = {
            one.sid: (StatusChanged(one.sid, one.status, price=_price(one), segments=2),) for one in self.held
        }


def _price(message: Message) -> str | None:
    if not message.status.final:
        return None
    return "-0.0079 USD" if message.sid.endswith(("1", "3")) else "-0.01 EUR"
