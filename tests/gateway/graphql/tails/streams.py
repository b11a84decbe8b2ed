"""A stream of events as its client reads it, over the ASGI app itself."""

import asyncio
import json
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

from starlette.types import ASGIApp

PATIENCE = 20.0
"""Seconds for what should never run out, on however slow a machine."""


class Stream:
    """One POST that takes text/event-stream, and what comes back."""

    def __init__(self, app: ASGIApp, body: Any, **headers: str) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.ended = False
        self.reading = asyncio.Event()
        self.reading.set()
        self._text = ""
        self._came = asyncio.Event()
        self._gone = asyncio.Event()
        self._asked: list[MutableMapping[str, Any]] = [
            {"type": "http.request", "body": json.dumps(body).encode(), "more_body": False}
        ]
        given = {"content-type": "application/json", "accept": "text/event-stream", "host": "heliograph.test"}
        given |= {name.lower().replace("_", "-"): value for name, value in headers.items()}
        self.scope: dict[str, Any] = {
            "type": "http",
            "method": "POST",
            "path": "/graphql",
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        }
        self._task = asyncio.create_task(self._run(app))

    async def _run(self, app: ASGIApp) -> None:
        try:
            await app(self.scope, self._receive, self._send)
        finally:
            self.ended = True
            self._came.set()

    async def _receive(self) -> MutableMapping[str, Any]:
        if self._asked:
            return self._asked.pop()
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        await self.reading.wait()
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            self._text += message.get("body", b"").decode()
        self._came.set()

    async def begun(self) -> None:
        """Once the answer has begun."""
        while not self.status:
            await self._wait()

    async def event(self) -> tuple[str, Any]:
        """The next event, and its data; ("end", the rest) where there are no more. What keeps the connection is passed over."""
        while True:
            piece, found, rest = self._text.partition("\n\n")
            if found:
                self._text = rest
                if not piece.startswith(":"):
                    return _parsed(piece)
            elif self.ended:
                return "end", self._text
            else:
                await self._wait()

    async def item(self) -> Any:
        """The data of the next event, which is an item."""
        name, body = await self.event()
        assert name == "next", (name, body)
        assert "errors" not in body, body
        [item] = body["data"].values()
        return item

    async def _wait(self) -> None:
        self._came.clear()
        await asyncio.wait_for(self._came.wait(), PATIENCE)

    async def close(self) -> None:
        """The client goes."""
        self._gone.set()
        await asyncio.wait_for(self._task, PATIENCE)


def _parsed(piece: str) -> tuple[str, Any]:
    lines = dict(line.split(": ", 1) for line in piece.split("\n"))
    data = lines["data"].strip()
    return lines["event"], json.loads(data) if data else None


@asynccontextmanager
async def watching(app: ASGIApp, query: str, token: str, **variables: Any) -> AsyncIterator[Stream]:
    """A stream that has begun, and is closed with the block."""
    body = {"query": query, "variables": variables}
    stream = Stream(app, body, authorization=f"Bearer {token}")
    try:
        await stream.begun()
        yield stream
    finally:
        await stream.close()


async def refused(stream: Stream) -> dict[str, Any]:
    """The only error of a stream that ends with it."""
    name, body = await stream.event()
    assert (name, "data" in body) == ("next", False)
    assert await stream.event() == ("complete", None)
    assert (await stream.event())[0] == "end"
    [error] = body["errors"]
    return dict(error)
