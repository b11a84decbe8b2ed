"""The GETs that plans ask for: guarded, timed out, cached for a while."""

import asyncio
import hashlib
import os
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import msgspec

from destinations.kit import HttpRequest, HttpResponse, RetryableError
from gateway.sending.base import REFUSED, UNTRUSTED
from gateway.sending.proxies import Proxies
from gateway.settings import LOOPBACK
from gateway.shared.base import Cache

CACHED_SECONDS = 60.0
MOST_BYTES = 2_000_000
TIMEOUT_SECONDS = 10.0
"""For one answer, from the first byte asked to the last one read."""

LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=20)
"""How much is under way, whoever asks sees to: a host that hangs must not take the connections of the others."""

_KEPT = msgspec.msgpack.Decoder(HttpResponse)

# What is behind an httpx error, in the sending clients' words. The first that fits counts.
_REASONS = (
    (ssl.SSLCertVerificationError, UNTRUSTED),
    (ssl.SSLError, "no TLS connection"),
    (socket.gaierror, "no such host"),
    (httpx.ProxyError, "the proxy refused"),
    (httpx.ConnectTimeout, "no connection in time"),
    (httpx.ConnectError, REFUSED),
    ((httpx.TimeoutException, TimeoutError), "no answer in time"),
    (httpx.DecodingError, "the answer can't be unpacked"),
)


class Reader:
    """Makes one GET at a time for a plan, and never anything else.

    It trusts whom the sending clients trust: the system's certificates, or those that SSL_CERT_FILE names.
    """

    def __init__(
        self,
        cache: Cache,
        transport: httpx.AsyncBaseTransport | None = None,
        proxies: Proxies | None = None,
    ) -> None:
        self._proxies = Proxies.from_environ(os.environ) if proxies is None else proxies
        if transport is None:
            trusted = ssl.create_default_context()
            straight, proxied = (
                httpx.AsyncHTTPTransport(verify=trusted, proxy=proxy, limits=LIMITS)
                for proxy in (None, self._proxies.https)
            )
            self._straight, self._proxied = _client(straight), _client(proxied)
        else:
            self._straight = self._proxied = _client(transport)
        self._cache = cache

    async def cached(self, request: HttpRequest) -> HttpResponse:
        """As `fresh`, but a good answer is used again for a minute."""
        key = _key(request)
        held = await self._cache.get(key)
        if held is not None:
            return _KEPT.decode(held)
        response = await self.fresh(request)
        if response.status == httpx.codes.OK:
            await self._cache.put(key, msgspec.msgpack.encode(response), CACHED_SECONDS)
        return response

    async def fresh(self, request: HttpRequest) -> HttpResponse:
        """The answer to a GET, whatever its status.

        Raises RetryableError where none came, or it was too large; ValueError for what a plan must not ask.
        """
        parts = urlsplit(request.url)
        if request.method != "GET":
            raise ValueError(f"A plan may only read, not {request.method}")
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
            raise ValueError(f"A plan may only read over https, not {parts.scheme}")
        auth = (
            httpx.BasicAuth(request.auth.username, request.auth.password.get_secret_value())
            if request.auth
            else None
        )
        host = parts.hostname or ""
        client = self._proxied if self._proxies.to(parts.scheme, host) else self._straight
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                async with client.stream(
                    "GET", request.url, headers=list(request.headers), auth=auth
                ) as answer:
                    return await _wholly_read(answer, host)
        except (httpx.HTTPError, TimeoutError) as error:
            raise RetryableError(
                f"Reading from {host} failed: {_reason(error)}; nothing was created or changed there."
            ) from error

    async def close(self) -> None:
        """Let go of the connections."""
        await self._straight.aclose()
        await self._proxied.aclose()


def _client(transport: httpx.AsyncBaseTransport) -> httpx.AsyncClient:
    """A client that reads nothing from the environment by itself.

    httpx would send plain http, credentials and all, to HTTP_PROXY. Without that it would pass over SSL_CERT_FILE, too,
    and trust certifi's list: hence a transport that was told whom to trust.
    """
    return httpx.AsyncClient(
        transport=transport, timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False
    )


async def _wholly_read(answer: httpx.Response, host: str) -> HttpResponse:
    body = b""
    async for chunk in answer.aiter_bytes():
        body += chunk
        if len(body) > MOST_BYTES:
            raise RetryableError(f"{host} answered with more than {MOST_BYTES} bytes")
    return HttpResponse(answer.status_code, dict(answer.headers.items()), body)


def _reason(error: BaseException) -> str:
    """Why no answer came: fit for a log, no path, query or header is in it."""
    causes = list(_causes(error))
    for kind, reason in _REASONS:
        if any(isinstance(cause, kind) for cause in causes):
            return reason
    return "the connection was lost"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _key(request: HttpRequest) -> str:
    secret = f"{request.auth.username}:{request.auth.password.get_secret_value()}" if request.auth else ""
    return "read:" + hashlib.sha256(f"{request.url}\x1f{secret}".encode()).hexdigest()
