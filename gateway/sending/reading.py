"""The GETs that plans ask for: guarded, timed out, cached for a while."""

import asyncio
import hashlib
import os
from urllib.parse import urlsplit

import httpx
import msgspec

from destinations.kit import HttpRequest, HttpResponse, RetryableError
from gateway.sending import Proxies
from gateway.settings import LOOPBACK
from gateway.shared.base import Cache

CACHED_SECONDS = 60.0
MOST_BYTES = 2_000_000
TIMEOUT_SECONDS = 10.0
"""For one answer, from the first byte asked to the last one read."""

_KEPT = msgspec.msgpack.Decoder(HttpResponse)


class Reader:
    """Makes one GET at a time for a plan, and never anything else."""

    def __init__(
        self,
        cache: Cache,
        transport: httpx.AsyncBaseTransport | None = None,
        proxies: Proxies | None = None,
    ) -> None:
        self._proxies = Proxies.from_environ(os.environ) if proxies is None else proxies
        self._straight = _client(transport, None)
        self._proxied = _client(transport, self._proxies.https) if self._proxies.https else self._straight
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
                f"Reading from {host} failed ({type(error).__name__}); nothing was created or changed there."
            ) from error

    async def close(self) -> None:
        """Let go of the connections."""
        await self._straight.aclose()
        await self._proxied.aclose()


def _client(transport: httpx.AsyncBaseTransport | None, proxy: str | None) -> httpx.AsyncClient:
    """A client that takes no proxy but the one it is told: httpx would send plain http, credentials and all, to HTTP_PROXY."""
    return httpx.AsyncClient(
        transport=transport, proxy=proxy, timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False
    )


async def _wholly_read(answer: httpx.Response, host: str) -> HttpResponse:
    body = b""
    async for chunk in answer.aiter_bytes():
        body += chunk
        if len(body) > MOST_BYTES:
            raise RetryableError(f"{host} answered with more than {MOST_BYTES} bytes")
    return HttpResponse(answer.status_code, dict(answer.headers.items()), body)


def _key(request: HttpRequest) -> str:
    secret = f"{request.auth.username}:{request.auth.password.get_secret_value()}" if request.auth else ""
    return "read:" + hashlib.sha256(f"{request.url}\x1f{secret}".encode()).hexdigest()
