"""Server-sent events: one stream for each operation, as the graphql-sse protocol has it in its "distinct connections mode"."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final

import msgspec
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from gateway.graphql.http.seats import REVOKED, Seat
from gateway.graphql.http.subscriptions import NotSubscribed
from gateway.graphql.terms.errors import Refused, formatted, meaning_of, of_request
from gateway.listening import ABORT

KIND: Final = "text/event-stream"

QUIET_SECONDS: Final = 10.0
"""How often something is written where nothing happens, so that whatever lies between lets the stream be."""

STALLED_SECONDS: Final = 30.0
"""How long a client may read nothing while something waits for it; then it is let go."""

_OF_THE_BODY = frozenset({"content-length", "content-type"})
_QUIET = b":\n\n"
_COMPLETE = b"event: complete\ndata: \n\n"


def event(body: bytes) -> bytes:
    """A GraphQL response, which is JSON in one line, as the next event."""
    return b"event: next\ndata: " + body + b"\n\n"


def errors(of_request: Sequence[Mapping[str, Any]]) -> bytes:
    """A response that is nothing but errors."""
    return msgspec.json.encode({"errors": of_request})


def whole(response: Response) -> Response:
    """A response that is there already, as the only event of a stream."""
    if isinstance(response, EventStream):
        return response
    headers = {name: value for name, value in response.headers.items() if name not in _OF_THE_BODY}
    return Response(event(bytes(response.body)) + _COMPLETE, headers=headers, media_type=KIND)


class EventStream(Response):
    """A response that goes on for as long as its client reads, and keeps its seat. `answers` are what it is made of."""

    def __init__(
        self,
        answers: AsyncGenerator[bytes, None],
        seat: AbstractContextManager[Seat],
        refused: Callable[[Refused], Response],
        headers: Mapping[str, str],
    ) -> None:
        """`refused` answers whoever gets no seat."""
        super().__init__(headers={**headers, "X-Accel-Buffering": "no"}, media_type=KIND)
        del self.headers["content-length"]
        self.answers = answers
        self.request_id = headers["X-Request-Id"]
        self.seat = seat
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            with self.seat as seat:
                await self._stream(scope, receive, send, seat)
        except Refused as refusal:
            await self._refused(refusal)(scope, receive, send)

    async def _stream(self, scope: Scope, receive: Receive, send: Send, seat: Seat) -> None:
        writer = _Writer(send)
        gone = asyncio.create_task(_gone(receive))
        writing = asyncio.create_task(self._write(writer))
        keeping = asyncio.create_task(_keep_alive(writer))
        try:
            ends: set[asyncio.Future[Any]] = {gone, writing, keeping, seat.ended}
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            await _cancel(writing, keeping)
            if gone.done():
                return
            if seat.ended.done() and not writer.over and not writer.stalled:
                await self._say_why(writer, seat.ended.result())
            if writer.stalled:
                scope.get("state", {}).get(ABORT, _nothing)()
                await asyncio.wait({gone}, timeout=1)
        finally:
            await _cancel(gone, writing, keeping)

    async def _write(self, writer: "_Writer") -> None:
        await writer.begin(self.raw_headers)
        async with contextlib.aclosing(self.answers) as answers:
            try:
                async for body in answers:
                    await writer.write(event(body))
                    if writer.stalled:
                        return
            except NotSubscribed as refused:
                await writer.write(event(errors(formatted(refused.errors, self.request_id))))
            except Exception as fault:  # noqa: BLE001  whatever failed, the client hears of it in the shape they can read
                code, message = meaning_of(fault, self.request_id)
                await writer.write(event(errors([of_request(code, message, self.request_id)])))
        await writer.end(_COMPLETE)

    async def _say_why(self, writer: "_Writer", why: Refused) -> None:
        """The seat was taken. Whoever still has their token is to come back, so nothing is complete then."""
        await writer.write(event(errors([of_request(why.code, str(why), self.request_id)])))
        await writer.end(_COMPLETE if why is REVOKED else b"")


async def _cancel(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _keep_alive(writer: "_Writer") -> None:
    while not writer.stalled:
        await asyncio.sleep(QUIET_SECONDS)
        await writer.write(_QUIET)


def _nothing() -> None:
    """Where nobody can cut the connection, such as in a test."""


class _Writer:
    """Writes a response piece by piece. It is `stalled` once its client has read nothing for too long, and `over` at its end."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.stalled = False
        self.over = False

    async def begin(self, headers: list[tuple[bytes, bytes]]) -> None:
        await self._write({"type": "http.response.start", "status": 200, "headers": headers})
        await self.write(_QUIET)

    async def write(self, text: bytes) -> None:
        await self._write({"type": "http.response.body", "body": text, "more_body": True})

    async def end(self, text: bytes) -> None:
        self.over = True
        await self._write({"type": "http.response.body", "body": text, "more_body": False})

    async def _write(self, message: Message) -> None:
        try:
            async with asyncio.timeout(STALLED_SECONDS):
                await self._send(message)
        except TimeoutError:
            self.stalled = True
