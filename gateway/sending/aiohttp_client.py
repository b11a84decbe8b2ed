"""The sending client on aiohttp: for machines that pyreqwest has no wheel for.

It does not notice when a gzip stream ends early inside a whole answer: the body then comes short, and is no JSON.
"""

import ssl

from aiohttp import (
    ClientConnectionError,
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientConnectorSSLError,
    ClientError,
    ClientHandlerType,
    ClientHttpProxyError,
    ClientOSError,
    ClientRequest,
    ClientResponse,
    ClientResponseError,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    DummyCookieJar,
    InvalidURL,
    ServerDisconnectedError,
    TCPConnector,
)
from yarl import URL

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
from gateway.sending.wire import answered_headers, prepare

# What aiohttp raises only before it has a connection to write to. The first that fits counts.
_NOT_SENT = (
    (InvalidURL, Phase.PREPARE, "its URL is not a plain http or https one"),
    (ConnectionTimeoutError, Phase.CONNECT, "no connection in time"),
    (ClientConnectorCertificateError, Phase.TLS, UNTRUSTED),
    (ClientConnectorSSLError, Phase.TLS, "no TLS connection"),
    (ClientConnectorDNSError, Phase.RESOLVE, "no such host"),
    (ClientConnectorError, Phase.CONNECT, REFUSED),
    (ClientHttpProxyError, Phase.CONNECT, "the proxy refused"),
)
_NO_ANSWER = (
    (TimeoutError, "no answer in time"),
    (ClientResponseError, "the answer is not HTTP"),
)


class AiohttpClient:
    """A SendingClient. Nothing is repeated: no redirects, no cookies, and see `_once`."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._tls = ssl.create_default_context()
        if options.ca_file is not None:
            self._tls.load_verify_locations(options.ca_file)
        self._session: ClientSession | None = None
        self._closed = False

    async def send(self, request: HttpRequest) -> HttpResponse:
        wire = prepare(request)
        if self._closed:
            raise NotSent(wire.authority, Phase.PREPARE, "the client is closed")
        session = self._session or self._open()
        phase = Phase.ANSWER
        try:
            async with session.request(
                wire.method,
                URL(wire.url, encoded=True),
                headers=wire.headers,
                data=wire.body or None,
                proxy=self._options.proxies.to(wire.scheme, wire.host),
                allow_redirects=False,
            ) as response:
                phase = Phase.BODY
                headers = answered_headers(response.headers.items())
                body = await _read(response, wire.authority, self._options.most_bytes)
                return HttpResponse(response.status, headers, body)
        except (ClientError, OSError, ValueError) as error:
            failure = _failure(wire.authority, phase, error)
        # Raised out here, so that the library's error, which spells out the URL, does not hang on as its context.
        raise failure

    async def close(self) -> None:
        self._closed = True
        if self._session is not None:
            await self._session.close()

    def _open(self) -> ClientSession:
        """On the first send, since a session belongs to the event loop that is running."""
        options = self._options
        self._session = ClientSession(
            connector=TCPConnector(
                limit=options.connections, keepalive_timeout=KEEP_ALIVE_SECONDS, ssl=self._tls
            ),
            timeout=ClientTimeout(total=options.total_timeout, connect=options.connect_timeout),
            cookie_jar=DummyCookieJar(),
            skip_auto_headers=("Content-Type",),
            middlewares=(_once,),
        )
        return self._session


async def _once(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    """Keeps aiohttp from sending a GET, PUT or DELETE again when a kept connection broke.

    It does so for two kinds of error and has no public switch; a third kind passes.
    """
    try:
        return await handler(request)
    except ClientConnectorError:
        raise
    except (ClientOSError, ServerDisconnectedError) as error:
        raise ClientConnectionError from error


async def _read(response: ClientResponse, host: str, most: int) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > most:
            raise NoAnswer(host, Phase.BODY, "the answer is too large")
    return bytes(body)


def _failure(host: str, phase: Phase, error: ClientError | OSError | ValueError) -> SendingError:
    for before, where, reason in _NOT_SENT:
        if isinstance(error, before):
            return NotSent(host, where, reason)
    for after, reason in _NO_ANSWER:
        if isinstance(error, after):
            return NoAnswer(host, phase, reason)
    lost = (
        "the answer was cut short or can't be unpacked" if phase is Phase.BODY else "the connection was lost"
    )
    return NoAnswer(host, phase, lost)
