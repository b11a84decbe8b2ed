"""The GETs that plans ask for: guarded, timed out, cached for a while."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx

from destinations.kit import HttpRequest, HttpResponse, RetryableError
from gateway.settings import LOOPBACK

CACHED_SECONDS = 60.0
CACHED_ANSWERS = 1_000
MOST_BYTES = 2_000_000
TIMEOUT_SECONDS = 10.0


class Reader:
    """Makes one GET at a time for a plan, and never anything else."""

    def __init__(
        self, transport: httpx.AsyncBaseTransport | None = None, timer: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = httpx.AsyncClient(transport=transport, timeout=TIMEOUT_SECONDS, follow_redirects=False)
        self._timer = timer
        self._cache: OrderedDict[str, tuple[float, HttpResponse]] = OrderedDict()

    async def cached(self, request: HttpRequest) -> HttpResponse:
        """As `fresh`, but a good answer is used again for a minute."""
        key = _key(request)
        held = self._cache.get(key)
        if held is not None and self._timer() - held[0] < CACHED_SECONDS:
            return held[1]
        response = await self.fresh(request)
        if response.status == httpx.codes.OK:
            self._cache[key] = (self._timer(), response)
            self._cache.move_to_end(key)
            while len(self._cache) > CACHED_ANSWERS:
                self._cache.popitem(last=False)
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
        try:
            async with self._client.stream(
                "GET", request.url, headers=list(request.headers), auth=auth
            ) as answer:
                body = b""
                async for chunk in answer.aiter_bytes():
                    body += chunk
                    if len(body) > MOST_BYTES:
                        raise RetryableError(f"{parts.hostname} answered with more than {MOST_BYTES} bytes")
                return HttpResponse(answer.status_code, dict(answer.headers.items()), body)
        except httpx.HTTPError as error:
            raise RetryableError(
                f"Nothing was created: reading from {parts.hostname} failed ({type(error).__name__}). It is tried again."
            ) from error

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()


def _key(request: HttpRequest) -> str:
    secret = f"{request.auth.username}:{request.auth.password.get_secret_value()}" if request.auth else ""
    return hashlib.sha256(f"{request.url}\x1f{secret}".encode()).hexdigest()
