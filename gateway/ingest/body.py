"""The body of a request, as it comes in: within its limits, in time, and unpacked on the way."""

import asyncio
import zlib
from collections.abc import Awaitable, Callable
from typing import Any

from gateway.deadlines import Deadlines
from gateway.ingest.call import Call
from gateway.ingest.errors import IngestError
from gateway.ingest.limits import BATCH_BYTES, GZIP_MEMBERS, LINGER_BYTES, LINGER_SECONDS

Receive = Callable[[], Awaitable[Any]]

_DIGITS = len(str(BATCH_BYTES))
_MAGIC = b"\x1f\x8b"
_JSON_STARTS = frozenset({b"{", b"[", b" ", b"\t", b"\r", b"\n", b"\xef"})
"""The first bytes of JSON, blanks and a byte order mark among them."""
_GZIP = 16 + zlib.MAX_WBITS


async def read(call: Call, receive: Receive, deadlines: Deadlines) -> bytes:
    """The whole body, unpacked where it is a gzip, labelled or not: no JSON begins as a gzip does, and no gzip as JSON. Of one that is
    signed the call has it as it came, too.

    Raises IngestError: 400 for one that is too large, ends early, or is no gzip though it says so; 408 for one that
    takes longer; 415 for another encoding; and what `Call.hold` raises.
    """
    packed = _says_gzip(call)
    if _declared(call) > BATCH_BYTES:
        raise _too_large()
    parts: _Parts | None = None
    try:
        with deadlines.within():
            while True:
                message = await receive()
                call.unread = message.get("more_body", False)
                if message["type"] == "http.disconnect":
                    raise IngestError(
                        400, "cut_short", "The body ended early. Nothing of it was kept: send it again."
                    )
                chunk: bytes = message.get("body", b"")
                if parts is None:
                    if not (call.unread or packed or chunk[:2] == _MAGIC or len(chunk) > BATCH_BYTES):
                        call.hold(len(chunk))
                        return chunk  # as nearly all are: in one piece, and not packed
                    parts = _Parts(call, packed=packed)
                parts.add(chunk)
                if not call.unread:
                    return parts.whole()
    except TimeoutError:
        raise IngestError(
            408,
            "body_timeout",
            f"The body did not arrive within {deadlines.seconds:g} s. Nothing of it was kept: send it again.",
        ) from None


async def drain(receive: Receive) -> bool:
    """Let in what still comes of a body, and throw it away; whether that was all of it."""
    size = 0
    try:
        async with asyncio.timeout(LINGER_SECONDS):
            while size <= LINGER_BYTES:
                message = await receive()
                size += len(message.get("body", b""))
                if not message.get("more_body", False):
                    return bool(message["type"] == "http.request")
    except TimeoutError:
        pass
    return False


class _Parts:
    """What came so far, unpacked: never more than the limit, however far a gzip would grow."""

    def __init__(self, call: Call, *, packed: bool) -> None:
        self._call = call
        self._came = 0
        self._body = bytearray()
        self._unpack = zlib.decompressobj(_GZIP) if packed else None
        self._members = 1
        self._packed = bytearray() if b"x-signature" in call.headers else None
        self._rest = b""

    def add(self, chunk: bytes) -> None:
        if self._came == 0 and chunk[:1] in _JSON_STARTS:
            self._unpack = None  # whatever its label says, no gzip begins like that
        self._came += len(chunk)
        if self._came > BATCH_BYTES:  # a gzip can go on for ever and hold nothing
            raise _too_large()
        if self._packed is not None:
            self._call.hold(len(chunk))
            self._packed += chunk
        if self._unpack is not None:
            self._inflate(chunk)
            return
        undecided = len(self._body) < len(_MAGIC)
        self._call.hold(len(chunk))
        self._body += chunk
        if undecided and self._body.startswith(_MAGIC):
            start, self._body = bytes(self._body), bytearray()
            self._unpack = zlib.decompressobj(_GZIP)
            self._inflate(start)

    def _inflate(self, chunk: bytes) -> None:
        rest = self._rest + chunk
        while rest and self._unpack is not None:
            if self._unpack.eof:  # another gzip may follow (RFC 1952)
                if len(rest) < len(_MAGIC):
                    break
                self._begin_another(rest)
            rest = self._inflate_one(self._unpack, rest)
        self._rest = rest

    def _begin_another(self, rest: bytes) -> None:
        if not rest.startswith(_MAGIC) or self._members == GZIP_MEMBERS:
            raise _bad_gzip("has more behind its end")
        self._unpack = zlib.decompressobj(_GZIP)
        self._members += 1

    def _inflate_one(self, unpack: "zlib._Decompress", packed: bytes) -> bytes:
        """What is left of it behind the end of a gzip."""
        try:
            plain = unpack.decompress(packed, BATCH_BYTES + 1 - len(self._body))
        except zlib.error as error:
            raise IngestError(
                400, "bad_gzip", f"The body is no gzip ({error}). Nothing of it was kept."
            ) from error
        self._call.hold(len(plain))
        self._body += plain
        if len(self._body) > BATCH_BYTES:
            raise _too_large()
        return unpack.unused_data

    def whole(self) -> bytes:
        if self._unpack is not None and (not self._unpack.eof or self._rest):
            raise _bad_gzip("has more behind its end" if self._unpack.eof else "is cut short")
        if self._packed is not None and self._unpack is not None:
            self._call.packed = bytes(self._packed)
        return bytes(self._body)


def _says_gzip(call: Call) -> bool:
    label = call.headers.get(b"content-encoding")
    encoding = "" if label is None else label.decode("latin-1").strip().lower()
    if encoding in {"", "identity"}:
        return False
    if encoding in {"gzip", "x-gzip"}:
        return True
    raise IngestError(
        415,
        "unsupported_encoding",
        f"Content-Encoding {encoding[:40]!r} is not known. Nothing was kept: send gzip or none.",
    )


def _declared(call: Call) -> int:
    """How long it says it is. A length of very many digits, which the HTTP server lets through, is one too large."""
    length = call.headers.get(b"content-length", b"0")
    if len(length) > _DIGITS:
        length = length.lstrip(b"0")[: _DIGITS + 1]
    return int(length) if length.isdigit() else 0


def _bad_gzip(what: str) -> IngestError:
    return IngestError(400, "bad_gzip", f"The gzip body {what}. Nothing of it was kept: send it again.")


def _too_large() -> IngestError:
    return IngestError(
        400,
        "request_too_large",
        f"The body is larger than {BATCH_BYTES} bytes. Nothing of it was kept: send fewer events at once.",
    )
