"""The sending client on pyreqwest (Rust's reqwest and hyper): half the CPU of aiohttp at 128 connections.

Its runtime does not survive a fork: open a client in the process that uses it.
"""

import sys
import threading
from datetime import timedelta

from anyio.lowlevel import checkpoint
from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import (
    BodyDecodeError,
    ClientClosedError,
    DecodeError,
    DetailedPyreqwestError,
    PoolTimeoutError,
    PyreqwestError,
    ReadError,
    ReadTimeoutError,
    RequestTimeoutError,
)
from pyreqwest.proxy import ProxyBuilder
from pyreqwest.request import StreamRequest

from destinations.kit.http import HttpRequest, HttpResponse
from gateway.sending.base import (
    KEEP_ALIVE_SECONDS,
    REFUSED,
    UNTRUSTED,
    NoAnswer,
    NotSent,
    Options,
    Phase,
    SendingError,
)
from gateway.sending.wire import Wire, answered_headers, prepare

# How hyper-util's client says that it never had a connection to write to. It is the only proof: pyreqwest names its
# ConnectError and ConnectTimeoutError after the kind of trouble, and raises both for requests that have left.
_NEVER_CONNECTED = "client error (Connect)"
# For the message alone. The first that fits counts.
_NOT_CONNECTED = (
    ("dns error", Phase.RESOLVE, "no such host"),
    ("deadline has elapsed", Phase.CONNECT, "no connection in time"),
    ("operation timed out", Phase.CONNECT, "no connection in time"),
    ("tcp connect error", Phase.CONNECT, REFUSED),
    ("invalid peer certificate", Phase.TLS, UNTRUSTED),
)
_NO_ANSWER = (
    (ReadTimeoutError, Phase.BODY, "no answer in time"),
    (RequestTimeoutError, Phase.ANSWER, "no answer in time"),
    (ReadError, Phase.BODY, "the answer was cut short or can't be unpacked"),
    (BodyDecodeError, Phase.BODY, "the answer was cut short or can't be unpacked"),
    (DecodeError, Phase.ANSWER, "the answer is not HTTP"),
    (ValueError, Phase.ANSWER, "the answer is not HTTP"),
    (ClientClosedError, Phase.ANSWER, "the client was closed"),
)


class PyreqwestClient:
    """A SendingClient. Nothing is repeated: HTTP/1.1 only, no redirects, no retry policy.

    One repeat stays inside hyper and is harmless: when a kept connection turns out to be closed before any of the
    request was written, the request is taken to another connection.

    A cancelled request runs on unseen, and keeps its place among the connections, until its answer or the total
    timeout: pyreqwest 0.15 ends the wait alone.
    """

    def __init__(self, options: Options) -> None:
        builder = (
            ClientBuilder()
            .http1_only()
            .follow_redirects(False)
            .referer(False)
            .connect_timeout(timedelta(seconds=options.connect_timeout))
            .pool_timeout(timedelta(seconds=options.connect_timeout))
            .timeout(timedelta(seconds=options.total_timeout))
            .max_connections(options.connections)
            .pool_max_idle_per_host(options.connections)
            .pool_idle_timeout(timedelta(seconds=KEEP_ALIVE_SECONDS))
            .no_proxy()
        )
        proxies = options.proxies
        if proxies.https is not None:
            builder = builder.proxy(
                ProxyBuilder.custom(lambda url: proxies.to(url.scheme, url.host_str or ""))
            )
        if options.ca_file is not None:
            builder = builder.add_root_certificate_pem(options.ca_file.read_bytes())
        self._client: Client = builder.build()
        self._most_bytes = options.most_bytes
        self._closed = False
        self._others = _foreign_threads()  # whoever embeds us may have such threads of its own

    async def send(self, request: HttpRequest) -> HttpResponse:
        wire = prepare(request)
        if self._closed:
            raise NotSent(wire.authority, Phase.PREPARE, "the client is closed")
        phase = Phase.PREPARE
        try:
            exchange = self._build(wire)
            phase = Phase.ANSWER
            return await _receive(exchange, wire.authority, self._most_bytes)
        except (PyreqwestError, ValueError) as error:
            failure = _failure(wire.authority, phase, error)
        # Raised out here, so that the library's error, which spells out the URL, does not hang on as its context.
        raise failure

    async def close(self) -> None:
        """Also waits for the library's thread to be out of Python.

        It wakes our event loop itself. Where the process ends while that call is still waiting for the interpreter's
        lock, CPython ends the thread, and the unwinding ends the process with SIGABRT (seen in one exit of twelve).
        """
        self._closed = True
        await self._client.close()
        while _foreign_threads() - self._others:
            await checkpoint()

    def _build(self, wire: Wire) -> StreamRequest:
        request = self._client.request(wire.method, wire.url).headers(wire.headers)
        return (request.body_bytes(wire.body) if wire.body else request).build_streamed()


def _foreign_threads() -> set[int]:
    """The threads that run Python code and are not of the module threading."""
    started = {thread.ident for thread in threading.enumerate()}
    return sys._current_frames().keys() - started  # noqa: SLF001  the library reference documents it


async def _receive(exchange: StreamRequest, host: str, most: int) -> HttpResponse:
    async with exchange as response:
        body = await response.body_reader.read(most + 1)
        if body is not None and len(body) > most:
            raise NoAnswer(host, Phase.BODY, "the answer is too large")
        headers = answered_headers(response.headers.items())
        return HttpResponse(response.status, headers, b"" if body is None else bytes(body))


def _failure(host: str, phase: Phase, error: PyreqwestError | ValueError) -> SendingError:
    if phase is Phase.PREPARE:
        return NotSent(host, phase, "its URL is not a plain http or https one")
    if isinstance(error, PoolTimeoutError):
        return NotSent(host, Phase.POOL, "no connection came free in time")
    causes = _causes(error)
    if _NEVER_CONNECTED in causes:
        for cause, where, reason in _NOT_CONNECTED:
            if any(text.startswith(cause) for text in causes):
                return NotSent(host, where, reason)
        return NotSent(host, Phase.CONNECT, "no TLS, or the proxy refused")
    for kind, where, reason in _NO_ANSWER:
        if isinstance(error, kind):
            return NoAnswer(host, where, reason)
    return NoAnswer(host, phase, "the connection was lost")


def _causes(error: PyreqwestError | ValueError) -> list[str]:
    if not isinstance(error, DetailedPyreqwestError):
        return []
    return [cause["message"] for cause in error.details["causes"] or ()]
