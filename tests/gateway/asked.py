"""A client for a Reader whose answers a transport of httpx gives: a function of the test, or a stand-in that is an app."""

from urllib.parse import urlsplit

import httpx

from destinations.kit import HttpRequest, HttpResponse
from gateway.sending import NoAnswer, NotSent, Phase
from gateway.sending.base import REFUSED


class Asked:
    """A SendingClient that opens no socket."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._client = httpx.AsyncClient(transport=transport)

    async def send(self, request: HttpRequest) -> HttpResponse:
        host, headers = urlsplit(request.url).netloc, list(request.headers)
        if request.auth is not None:
            headers.append(("Authorization", request.auth.header()))
        try:
            answer = await self._client.request(request.method, request.url, headers=headers)
        except httpx.ConnectError as error:
            raise NotSent(host, Phase.CONNECT, REFUSED) from error
        except httpx.TransportError as error:
            raise NoAnswer(host, Phase.ANSWER, "no answer in time") from error
        return HttpResponse(answer.status_code, dict(answer.headers.items()), answer.content)

    async def close(self) -> None:
        await self._client.aclose()
