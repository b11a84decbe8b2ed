"""The GETs that plans ask for: guarded, timed out, cached for a while."""

import hashlib
from http import HTTPStatus
from urllib.parse import urlsplit

import msgspec

from destinations.kit import HttpRequest, HttpResponse, RetryableError
from gateway.sending import Proxies, SendingClient, SendingError, open_client
from gateway.settings import LOOPBACK
from gateway.shared.base import Cache

CACHED_SECONDS = 60.0
MOST_BYTES = 2_000_000
TIMEOUT_SECONDS = 10.0
"""For one answer, from the first byte asked to the last one read."""

AT_ONCE = 1024
"""How much is under way, whoever asks sees to; this is beyond that, since a host that hangs must not take the connections of the others."""

_KEPT = msgspec.msgpack.Decoder(HttpResponse)


def open_reader(cache: Cache, proxies: Proxies | None = None) -> "Reader":
    """A reader over a client of its own, which trusts whom the sending one trusts; a list may be longer than an answer to a message."""
    client = open_client(
        total_timeout=TIMEOUT_SECONDS, connections=AT_ONCE, most_bytes=MOST_BYTES, proxies=proxies
    )
    return Reader(cache, client)


class Reader:
    """Makes one GET at a time for a plan, and never anything else."""

    def __init__(self, cache: Cache, client: SendingClient) -> None:
        self._client = client
        self._cache = cache

    async def cached(self, request: HttpRequest) -> HttpResponse:
        """As `fresh`, but a good answer is used again for a minute."""
        key = _key(request)
        held = await self._cache.get(key)
        if held is not None:
            return _KEPT.decode(held)
        response = await self.fresh(request)
        if response.status == HTTPStatus.OK:
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
        try:
            return await self._client.send(request)
        except SendingError as error:
            raise RetryableError(
                f"Reading from {parts.hostname} failed: {error.reason}; nothing was created or changed there."
            ) from error

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.close()


def _key(request: HttpRequest) -> str:
    secret = f"{request.auth.username}:{request.auth.password.get_secret_value()}" if request.auth else ""
    return "read:" + hashlib.sha256(f"{request.url}\x1f{secret}".encode()).hexdigest()
