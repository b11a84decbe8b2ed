"""The sending clients in memory: for tests of what is built on the port."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from anyio.lowlevel import checkpoint

from destinations.kit.http import HttpRequest, HttpResponse
from gateway.sending import receivers
from gateway.sending.base import NotSent, Phase, SendingError

Answer = HttpResponse | SendingError


class MemoryClient:
    """A SendingClient that opens no socket. `requests` are those it was given, oldest first.

    `answers` is what they get: a function of the request, or a list used up in order. An error is raised. A request
    beyond the list raises LookupError, since its test did not expect one.
    """

    def __init__(self, answers: Callable[[HttpRequest], Answer] | Iterable[Answer]) -> None:
        self.requests: list[HttpRequest] = []
        self._closed = False
        if callable(answers):
            self._answer = answers
        else:
            left = iter(answers)
            self._answer = lambda request: _next(left, request)

    async def send(self, request: HttpRequest) -> HttpResponse:
        await checkpoint()
        if self._closed:
            raise NotSent("memory", Phase.PREPARE, "the client is closed")
        self.requests.append(request)
        answer = self._answer(request)
        if isinstance(answer, SendingError):
            raise answer
        return answer

    async def close(self) -> None:
        self._closed = True


def _next(answers: Iterator[Answer], request: HttpRequest) -> Answer:
    try:
        return next(answers)
    except StopIteration:
        raise LookupError(f"no answer is left for {request.method} {request.url}") from None


class Told(NamedTuple):
    """A call to a receiver, as it left."""

    url: str
    headers: Mapping[str, str]
    body: bytes


class MemoryReceivers:
    """A ReceiverClient without a network. `answers` are given in their order, then 200s; `told` is what was sent."""

    def __init__(self, answers: Iterable[receivers.Answer] = ()) -> None:
        self.answers = deque(answers)
        self.told: list[Told] = []

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> receivers.Answer:
        self.told.append(Told(url, headers, body))
        return self.answers.popleft() if self.answers else receivers.Answer(200, "200 OK")

    async def close(self) -> None:
        return
