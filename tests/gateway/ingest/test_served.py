"""The /v1 API behind the HTTP server that serves it: what a misbehaving client meets on its socket."""

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn

from gateway.ingest.endpoints import IngestApp
from gateway.ingest.limits import BATCH_BYTES
from gateway.serve import bind
from tests.factories import WRITE_KEY
from tests.gateway.world import World

pytestmark = pytest.mark.network

BASIC = "Authorization: Basic " + base64.b64encode(f"{WRITE_KEY}:".encode()).decode()
EVENT = b'{"event":"A","userId":"u"}'
PATIENCE = 20.0
"""In seconds. Nothing here takes long; a test that waits for what never comes ends with it."""


@asynccontextmanager
async def served(app: IngestApp) -> AsyncIterator[int]:
    """The port on which it is served."""
    listener = bind("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await running


def head(*lines: str) -> bytes:
    return "\r\n".join(["POST /v1/track HTTP/1.1", "Host: heliograph", *lines, "", ""]).encode()


async def answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    raw = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)).decode()
    line, *rows = raw.strip().split("\r\n")
    headers = dict(row.lower().split(": ", 1) for row in rows)
    return int(line.split()[1]), headers, await reader.readexactly(int(headers["content-length"]))


@pytest.fixture
async def world(world: World) -> World:
    await world.pipeline.workspace.current()
    return world


async def test_a_client_that_stops_in_its_body_is_told_at_the_deadline_and_its_connection_closed(
    world: World,
) -> None:
    async with served(IngestApp(world.pipeline, body_seconds=0.1)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)

        writer.write(head(BASIC, "Content-Length: 100000") + b"x")
        status, headers, body = await answer(reader)
        rest = await asyncio.wait_for(reader.read(), PATIENCE)
        writer.close()

    assert (status, headers["connection"], rest) == (408, "close", b"")
    assert b'"code":"body_timeout"' in body
    assert world.on_disk("SELECT COUNT(*) FROM jobs") == [(0,)]


async def test_a_client_that_dribbles_is_cut_off_all_the_same(world: World) -> None:
    async with served(IngestApp(world.pipeline, body_seconds=0.1)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head(BASIC, "Content-Length: 100000"))

        async def dribble() -> None:
            while True:
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.005)  # what dribbling is

        dribbling = asyncio.create_task(dribble())
        with contextlib.suppress(ConnectionError):  # it may have written into the closed connection already
            await asyncio.wait_for(reader.read(), PATIENCE)
        dribbling.cancel()
        await asyncio.gather(dribbling, return_exceptions=True)
        writer.close()

    assert world.on_disk("SELECT COUNT(*) FROM jobs") == [(0,)]


async def test_a_client_that_sends_far_too_much_gets_its_answer_whole_and_then_the_end(world: World) -> None:
    size = 8 * BATCH_BYTES  # the largest batch of rudder-sdk-python
    async with served(IngestApp(world.pipeline)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)

        writer.write(head(BASIC, f"Content-Length: {size}"))
        writer.write(b"x" * size)
        await writer.drain()
        status, headers, body = await answer(reader)
        rest = await asyncio.wait_for(reader.read(), PATIENCE)
        writer.close()

    assert (status, headers["connection"], rest) == (400, "close", b"")
    assert b'"code":"request_too_large"' in body


async def test_a_client_that_asks_before_it_sends_too_much_is_told_not_to(world: World) -> None:
    async with served(IngestApp(world.pipeline)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)

        writer.write(head(BASIC, "Content-Length: 600000", "Expect: 100-continue"))
        status, headers, _body = await answer(reader)
        writer.close()

    assert (status, headers["connection"]) == (400, "close")


async def test_one_connection_carries_good_calls_and_bad_ones(world: World) -> None:
    async with served(IngestApp(world.pipeline)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        statuses = []
        for body in (EVENT, b"{}", b"no JSON", EVENT):
            writer.write(head(BASIC, f"Content-Length: {len(body)}") + body)
            status, headers, _body = await answer(reader)
            statuses.append(status)
            assert "connection" not in headers
        writer.close()

    assert statuses == [200, 400, 400, 200]
    assert world.on_disk("SELECT COUNT(*) FROM jobs") == [(3,)]


async def test_while_clients_without_end_hold_on_an_honest_one_is_served(world: World) -> None:
    async with served(IngestApp(world.pipeline)) as port:
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(50)]
        for _reader, writer in held:
            writer.write(head("Content-Length: 100000") + b"x" * 1000)
            await writer.drain()

        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head(BASIC, f"Content-Length: {len(EVENT)}") + EVENT)
        status, _headers, body = await answer(reader)
        for _reader, each in [*held, (reader, writer)]:
            each.close()

    assert (status, body) == (200, b'{"success":true}')


async def test_an_unknown_key_is_answered_before_its_body_and_the_connection_ends(world: World) -> None:
    async with served(IngestApp(world.pipeline)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)

        writer.write(head("Authorization: Basic d2tfbm9ib2R5czo=", "Content-Length: 10"))
        status, headers, body = await answer(reader)
        writer.write(b"0123456789")
        rest = await asyncio.wait_for(reader.read(), PATIENCE)
        writer.close()

    assert (status, headers["connection"], rest) == (401, "close", b"")
    assert b'"code":"unknown_write_key"' in body
