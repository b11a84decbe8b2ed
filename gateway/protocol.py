"""HTTP/1.1 on one connection: uvicorn's, with an end to whatever a client begins and does not finish."""

import asyncio
from enum import Enum, auto
from http import HTTPStatus
from typing import Any

import httptools
import msgspec
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from gateway.listening import ABORT

HEAD_SECONDS = 10.0
HEAD_BYTES = 64 * 1024
"""How long, and how large, the first line and the headers of a request may become, and its trailers: uvicorn would wait for
ever, and collect without end. What came in one piece with their beginning does not count.
"""

REQUEST_SECONDS = 60.0
"""How long a request may take to come in whole, from the end of its headers on: for whoever reads a body without a
deadline of their own, and for a body that nobody reads.
"""

GOODBYE_SECONDS = 15.0
"""How long a client may take to read that its WebSocket is closed."""

_BODY_HEADERS = frozenset({b"content-length", b"transfer-encoding"})


class _Part(Enum):
    """What of a request comes next."""

    NOTHING = auto()  # none has begun, or all of it has come
    HEAD = auto()
    BODY = auto()
    FRAME = auto()  # the line before a chunk, and behind the last one the trailers


_COUNTED = frozenset({_Part.HEAD, _Part.FRAME})


class Protocol(HttpToolsProtocol):
    """Refuses in JSON what is no HTTP, answers a client that has stopped sending, and lets no request go on for ever.

    A wish to change the protocol is granted to a websocket handshake alone. Any other request is served as if it had
    not been made (RFC 9110, 7.8), though the parser takes what follows it for something foreign.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._late: asyncio.TimerHandle | None = None
        self._part = _Part.NOTHING
        self._came = 0
        self._packet = 0

    # -- the connection -----------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._wait(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_more()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._packet = len(data)
        try:
            self._read(data)
        except httptools.HttpParserError as error:
            self._refuse(
                HTTPStatus.BAD_REQUEST, "bad_http", f"This is no request of HTTP/1.1: {_why(error)}."
            )
            return
        if self._part is _Part.NOTHING:
            return
        if self._late is None:
            self._wait(HEAD_SECONDS if self._part is _Part.HEAD else REQUEST_SECONDS)
        if self._part in _COUNTED:
            self._came += len(data)
            if self._came > HEAD_BYTES:
                self._refuse(
                    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                    "headers_too_large",
                    f"The headers are larger than {HEAD_BYTES} bytes.",
                )

    def eof_received(self) -> bool:  # type: ignore[override]  # asyncio keeps the connection for a True
        """The client will send nothing more. It still hears the answer to what it has sent, but for a stream, which has no end: whoever
        reads one goes by ending the connection.
        """
        if self._part is not _Part.NOTHING:
            self._refuse(
                HTTPStatus.BAD_REQUEST, "cut_short", "The request ended early. Send it again, all of it."
            )
        if self._owes and self.cycle.response_started and self.cycle.chunked_encoding:
            return False
        return self._end_after_answers()

    # -- what the parser finds ----------------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        self._unset_keepalive_if_required()
        super().on_message_begin()
        self._part = _Part.HEAD
        self._came = -self._packet

    def on_headers_complete(self) -> None:
        self._part = _Part.BODY
        if self._late is not None:
            self._wait_no_more()
        if self.timeout_keep_alive_task is not None:  # an earlier answer has set it off meanwhile
            self._unset_keepalive_if_required()
        self.scope["state"][ABORT] = self.transport.abort
        super().on_headers_complete()
        self.headers = []  # of the trailers from now on: what the application reads is not added to

    def on_chunk_header(self) -> None:
        self._part = _Part.FRAME
        self._came = -self._packet

    on_chunk_complete = on_chunk_header

    def on_body(self, body: bytes) -> None:
        self._part = _Part.BODY
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._part = _Part.NOTHING
        if self._late is not None:
            self._wait_no_more()
        super().on_message_complete()

    # -- another protocol ---------------------------------------------------------------------------------------------

    def _should_upgrade(self) -> bool:
        """Asked where the parser stops behind the headers. `_read` decides; until then nothing is begun."""
        return True

    def _read(self, data: bytes | memoryview) -> None:
        while True:
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as stopped:
                data = memoryview(data)[stopped.args[0] :]
            else:
                return
            if self._is_handshake():
                self._unset_keepalive_if_required()
                self.handle_websocket_upgrade()
                return
            self._begin_again()

    def _is_handshake(self) -> bool:
        names = {name for name, _value in self.scope["headers"]}
        wishes = [value.strip().lower() for name, value in self.scope["headers"] if name == b"upgrade"]
        return (
            wishes == [b"websocket"]
            and self.scope["method"] == "GET"
            and self.scope["http_version"] == "1.1"
            and names.isdisjoint(_BODY_HEADERS)
            and not self._owes
            and self._should_upgrade_to_ws()
        )

    def _begin_again(self) -> None:
        """Read the headers that have just come once more, by a new parser and without the wish: the body is next."""
        method, version, headers = self.scope["method"], self.scope["http_version"], self.scope["headers"]
        if method == "CONNECT":
            raise httptools.HttpParserError("CONNECT is for proxies")
        lines = [b"%b %b HTTP/%b" % (method.encode(), self.url, version.encode())]
        lines += [b"%b: %b" % header for header in headers if header[0] != b"upgrade"]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn has it
        self.parser.feed_data(b"\r\n".join([*lines, b"", b""]))

    # -- an end -------------------------------------------------------------------------------------------------------

    @property
    def _owes(self) -> bool:
        """Whether an answer is due to a request whose headers have come."""
        return self.cycle is not None and not self.cycle.response_complete  # type: ignore[redundant-expr]  # None at first

    def _wait(self, seconds: float) -> None:
        self._late = self.loop.call_later(seconds, self._too_late, seconds)

    def _wait_no_more(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _too_late(self, seconds: float) -> None:
        self._late = None
        if self._part is _Part.NOTHING:
            self.transport.close()
            return
        self._refuse(
            HTTPStatus.REQUEST_TIMEOUT,
            "request_timeout",
            f"The request did not arrive within {seconds:g} s. Send it again.",
        )
        if not self.transport.is_closing():  # earlier answers are due
            self._wait(seconds)

    def _end_after_answers(self) -> bool:
        """Whether an answer is due; the connection ends with the last of them."""
        if self._owes:
            self.cycle.keep_alive = False
        return self._owes

    def _refuse(self, status: HTTPStatus, code: str, message: str) -> None:
        """Answer what is coming in, and end the connection. Where answers to earlier requests are due they come first, and
        the end is all that is heard of this one.
        """
        if self.transport.is_closing():
            return
        if self._owes:
            if self._part in {_Part.NOTHING, _Part.HEAD} or self.pipeline:
                self._end_after_answers()
                return
            started, self.cycle.disconnected = self.cycle.response_started, True
            self.cycle.message_event.set()
            if started:
                self.transport.close()
                return
        body = msgspec.json.encode({"success": False, "code": code, "message": message})
        headers = [
            *self.server_state.default_headers,
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
        ]
        lines = b"".join(b"%b: %b\r\n" % header for header in headers)
        self.transport.write(b"%b%b\r\n%b" % (STATUS_LINE[status], lines, body))
        self.transport.close()


class SocketProtocol(WebSocketsSansIOProtocol):
    """uvicorn's, with an end to a connection whose client reads nothing, not even the goodbye."""

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if not self.handshake_complete:
            self.scope["state"][ABORT] = self.transport.abort

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self._abort_soon()

    async def send(self, message: Any) -> None:
        await super().send(message)
        if message["type"] == "websocket.close":
            self._abort_soon()

    def _abort_soon(self) -> None:
        self.loop.call_later(GOODBYE_SECONDS, self.transport.abort)


def _why(error: httptools.HttpParserError) -> str:
    """What the parser found wrong, where it says so in words."""
    return "its address can't be read" if isinstance(error, httptools.HttpParserCallbackError) else str(error)
