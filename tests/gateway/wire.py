"""A client that writes its own HTTP, and the server it writes to: as `gateway.serve` serves, on a free port."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from gateway.listening import bind
from gateway.serve import config

PATIENCE = 20.0
"""In seconds. Nothing here takes long; a test that waits for what never comes ends with it."""


@asynccontextmanager
async def served(
    app: Any, *, keep_alive: float | None = None, certificate: Path | None = None
) -> AsyncIterator[int]:
    """The port on which it is served; for so many seconds a connection may be idle; over TLS with a certificate and key."""
    listener, served_as = bind("127.0.0.1", 0), config(app)
    served_as.ssl_certfile = certificate
    if keep_alive is not None:
        served_as.timeout_keep_alive = keep_alive  # type: ignore[assignment]  # a test does not wait for a second
    server = uvicorn.Server(served_as)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await running


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


class Client:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, *pieces: bytes) -> None:
        """Each in a packet of its own, most likely."""
        for piece in pieces:
            self._writer.write(piece)
            await self._writer.drain()

    async def send_until_cut_off(self, piece: bytes) -> int:
        """The same again and again; how many bytes were taken."""
        sent = 0
        try:
            while True:
                await asyncio.wait_for(self.send(piece), PATIENCE)
                sent += len(piece)
        except ConnectionError:
            return sent

    def say_no_more(self) -> None:
        self._writer.write_eof()

    async def answer(self) -> Answer:
        raw = (await asyncio.wait_for(self._reader.readuntil(b"\r\n\r\n"), PATIENCE)).decode()
        line, *rows = raw.strip().split("\r\n")
        headers = dict(row.lower().split(": ", 1) for row in rows)
        body = await self._reader.readexactly(int(headers.get("content-length", "0")))
        return Answer(int(line.split()[1]), headers, body)

    async def rest(self) -> bytes:
        """What comes until the server ends the connection."""
        return await asyncio.wait_for(self._reader.read(), PATIENCE)

    def close(self) -> None:
        self._writer.close()


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Client]:
    client = Client(*await asyncio.open_connection("127.0.0.1", port))
    try:
        yield client
    finally:
        client.close()
