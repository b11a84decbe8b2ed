"""The /v1 API over a world, called as ASGI."""

import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec
import pytest

from gateway import spec
from gateway.events import Event
from gateway.ingest.endpoints import IngestApp
from tests.factories import WRITE_KEY, browser
from tests.gateway.world import World

BASIC = "Basic " + base64.b64encode(f"{WRITE_KEY}:".encode()).decode()


@dataclass(frozen=True)
class Taken:
    """A request that waits."""

    source_id: str
    events: list[Event]


class Api:
    """Posts to the API, and looks at what it took."""

    def __init__(self, world: World, client: httpx.AsyncClient) -> None:
        self.world = world
        self.client = client

    async def post(self, path: str = "/v1/batch", body: Any = None, **headers: str | None) -> httpx.Response:
        """With the write key of the server source, unless `authorization` says otherwise (None: no header).

        A body that is no bytes is sent as JSON; header names are written with underscores.
        """
        given = {"authorization": BASIC} | headers
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        named = {name.replace("_", "-"): value for name, value in given.items() if value is not None}
        return await self.client.post(f"http://heliograph{path}", content=content, headers=named)

    async def taken(self) -> list[Taken]:
        """The requests that wait, in their order; they are read in the file, as another process would."""
        rows = self.world.on_disk("SELECT payload FROM jobs WHERE kind = 'match' ORDER BY id")
        requests = [spec.taken(payload) for (payload,) in rows]
        return [Taken(request.source_id, list(request)) for request in requests]

    async def call(self, receive: Callable[[], Awaitable[Any]], app: IngestApp, **scope: Any) -> list[Any]:
        """Call the app with a body that comes as `receive` says; what it sent."""
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        given = {
            "type": "http",
            "method": "POST",
            "path": "/v1/batch",
            "headers": [(b"authorization", BASIC.encode())],
        }
        await app(given | scope, receive, send)
        return sent


@pytest.fixture
async def api(world: World) -> AsyncIterator[Api]:
    await world.configure(browser())
    transport = httpx.ASGITransport(app=IngestApp(world.services))
    async with httpx.AsyncClient(transport=transport, base_url="http://heliograph") as client:
        yield Api(world, client)
