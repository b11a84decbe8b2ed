"""What both sides send to: Messages over TLS, answered at once or after a while, and nothing more. Every message has a SID of its own.

Whoever asks what became of one is told that it was delivered, and what it cost: a gateway that is not called back asks two minutes later.

    python -m tests.bench.send_stand_in CERTIFICATE

The certificate is a file with its key. It speaks in lines: the first one out has the port. A line in is "reset DELAY", in milliseconds, "stats"
or "times"; a line out is JSON. Times are those of CLOCK_MONOTONIC, which all processes of a machine share.
"""

import asyncio
import json
import re
import ssl
import sys
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from urllib.parse import unquote_to_bytes

SID = b"SM%032x"
_RUN = uuid.uuid4().int & ~0xFFFFFFFF
_HEAD, _FOUND = (
    b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nTwilio-Request-Id: RQ%b\r\n" % (status, b"3" * 32)
    for status in (b"201 Created", b"200 OK")
)
_LOOK = re.compile(rb"GET \S+/Messages/(SM[0-9a-f]{32})\.json ")
_RESOURCE = (
    b'{"sid":"%b","status":"%b","error_code":null,"error_message":null,"price":%b,"num_segments":"%b","price_unit":null,'
    b'"messaging_service_sid":"MG11111111111111111111111111111111","from":null,"direction":"outbound-api"}'
)


class Book:
    """What came in since the last reset."""

    def __init__(self) -> None:
        self.serial = 0
        self.reset(0)

    def reset(self, delay: float) -> None:
        self.delay = delay / 1000
        self.times: dict[str, float] = {}
        self.messages = self.looks = self.others = self.bytes = self.under_way = self.most = 0
        self.first = self.last = 0.0

    def note(self, form: bytes) -> None:
        self.last = time.monotonic()
        self.first = self.first or self.last
        self.messages += 1
        self.bytes += len(form)
        start = form.find(b"To=") + 3
        self.times.setdefault(unquote_to_bytes(form[start : form.find(b"&", start)]).decode(), self.last)

    def stats(self) -> dict[str, float]:
        return {
            "messages": self.messages,
            "recipients": len(self.times),
            "looks": self.looks,
            "others": self.others,
            "bytes": self.bytes,
            "most_at_once": self.most,
            "first": self.first,
            "last": self.last,
        }


class Line(asyncio.Protocol):
    """A connection of a client that waits for each answer before it asks again."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._transport: asyncio.Transport | None = None
        self._seen = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._seen += data
        head, separator, body = self._seen.partition(b"\r\n\r\n")
        if not separator:
            return
        lowered = head.lower()
        if b"transfer-encoding: chunked" in lowered:
            if not body.endswith(b"0\r\n\r\n"):
                return
            body = _whole(body)
        else:
            _, named, rest = lowered.partition(b"content-length:")
            if len(body) < (int(rest.partition(b"\r\n")[0]) if named else 0):
                return
        self._seen = b""
        book = self._book
        book.under_way += 1
        book.most = max(book.most, book.under_way)
        if head.startswith(b"POST ") and b"/Messages.json " in head:
            book.note(body)
            answer = _HEAD, _message
        elif (look := _LOOK.match(head)) is not None:
            book.looks += 1
            answer = _FOUND, partial(_delivered, look[1])
        else:
            book.others += 1
            answer = _HEAD, _message
        if book.delay:
            asyncio.get_running_loop().call_later(book.delay, self._answer, *answer)
        else:
            self._answer(*answer)

    def _answer(self, head: bytes, resource: Callable[[Book], bytes]) -> None:
        self._book.under_way -= 1
        body = resource(self._book)
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)


def _message(book: Book) -> bytes:
    """A new one."""
    book.serial += 1
    return _RESOURCE % (SID % (_RUN + book.serial), b"accepted", b"null", b"0")


def _delivered(sid: bytes, _book: Book) -> bytes:
    return _RESOURCE % (sid, b"delivered", b'"-0.00750"', b"1")


def _whole(chunks: bytes) -> bytes:
    parts = []
    while chunks:
        size, _, chunks = chunks.partition(b"\r\n")
        parts.append(chunks[: int(size, 16)])
        chunks = chunks[int(size, 16) + 2 :]
    return b"".join(parts)


async def _run(certificate: str) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    book, loop = Book(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: Line(book), "127.0.0.1", 0, ssl=context, backlog=1024)
    _say({"port": server.sockets[0].getsockname()[1]})
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        match line.split():
            case [b"reset", delay]:
                book.reset(float(delay))
                _say({})
            case [b"times"]:
                _say(book.times)
            case _:
                _say(book.stats())


def _say(answer: object) -> None:
    print(json.dumps(answer), flush=True)  # noqa: T201  for `send`


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(_run(sys.argv[1]))
