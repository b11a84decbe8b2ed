"""The /v1 API behind the HTTP server that serves it: what a misbehaving client meets on its socket."""

import asyncio
import base64
import contextlib
from typing import Any

import pytest

from gateway.ingest import endpoints
from gateway.ingest.endpoints import IngestApp
from gateway.ingest.limits import BATCH_BYTES
from gateway.ingest.pace import Pace
from tests.factories import WRITE_KEY
from tests.gateway.wire import PATIENCE, Client, connected, served
from tests.gateway.world import World

pytestmark = pytest.mark.network

BASIC = "Authorization: Basic " + base64.b64encode(f"{WRITE_KEY}:".encode()).decode()
EVENT = b'{"event":"A","userId":"u"}'


def head(*lines: str) -> bytes:
    return "\r\n".join(["POST /v1/track HTTP/1.1", "Host: heliograph", *lines, "", ""]).encode()


async def answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    raw = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)).decode()
    line, *rows = raw.strip().split("\r\n")
    headers = dict(row.lower().split(": ", 1) for row in rows)
    return int(line.split()[1]), headers, await reader.readexactly(int(headers["content-length"]))


@pytest.fixture
async def world(world: World) -> World:
    await world.services.workspace.current()
    return world


async def test_a_client_that_stops_in_its_body_is_told_at_the_deadline_and_its_connection_closed(
    world: World,
) -> None:
    async with served(IngestApp(world.services, body_seconds=0.1)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)

        writer.write(head(BASIC, "Content-Length: 100000") + b"x")
        status, headers, body = await answer(reader)
        rest = await asyncio.wait_for(reader.read(), PATIENCE)
        writer.close()

    assert (status, headers["connection"], rest) == (408, "close", b"")
    assert b'"code":"body_timeout"' in body
    assert world.on_disk("SELECT COUNT(*) FROM jobs") == [(0,)]


async def test_a_client_that_dribbles_is_cut_off_all_the_same(world: World) -> None:
    async with served(IngestApp(world.services, body_seconds=0.1)) as port:
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
    async with served(IngestApp(world.services)) as port:
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
    async with served(IngestApp(world.services)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)

        writer.write(head(BASIC, "Content-Length: 600000", "Expect: 100-continue"))
        status, headers, _body = await answer(reader)
        writer.close()

    assert (status, headers["connection"]) == (400, "close")


async def test_one_connection_carries_good_calls_and_bad_ones(world: World) -> None:
    async with served(IngestApp(world.services)) as port:
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
    async with served(IngestApp(world.services)) as port:
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
    async with served(IngestApp(world.services)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)

        writer.write(head("Authorization: Basic d2tfbm9ib2R5czo=", "Content-Length: 10"))
        status, headers, body = await answer(reader)
        writer.write(b"0123456789")
        rest = await asyncio.wait_for(reader.read(), PATIENCE)
        writer.close()

    assert (status, headers["connection"], rest) == (401, "close", b"")
    assert b'"code":"unknown_write_key"' in body


# -- clients without a write key in their headers ---------------------------------------------------------------------

SMALL = {"nameless_requests_of_one": 3, "nameless_requests": 8}
"""What of clients without a write key in their headers is under way at most, in these tests."""


def keyed_in_body(peer: str, *, whole: bool = True) -> bytes:
    """A call whose body has the key, from an address as a trusted proxy names it."""
    body = b'{"event":"A","userId":"u","writeKey":"%b"}' % WRITE_KEY.encode()
    lines = head(f"X-Forwarded-For: {peer}", f"Content-Length: {len(body)}")
    return lines + (body if whole else body[:1])


async def dribbling(
    port: int, peer: str, held: contextlib.AsyncExitStack, app: Any, count: int
) -> list[Client]:
    """So many clients that have sent one byte of their body, which the app waits for the rest of."""
    before = app.under_way
    clients = [await held.enter_async_context(connected(port)) for _ in range(count)]
    for client in clients:
        await client.send(keyed_in_body(peer, whole=False))
    await asyncio.wait_for(app.reaches(before + count), PATIENCE)
    return clients


class Counted:
    """The app, and how many requests wait for more of their body."""

    def __init__(self, app: IngestApp) -> None:
        self._app = app
        self._changed = asyncio.Condition()
        self.under_way = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def counting() -> Any:
            message = await receive()
            if message.get("more_body"):
                async with self._changed:
                    self.under_way += 1
                    self._changed.notify_all()
            return message

        await self._app(scope, counting, send)

    async def reaches(self, count: int) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: self.under_way >= count)


async def test_one_address_that_dribbles_without_a_key_shuts_out_no_other(world: World) -> None:
    app = Counted(IngestApp(world.services, pace=Pace(world.clock, **SMALL)))
    async with served(app) as port, contextlib.AsyncExitStack() as held:
        await dribbling(port, "192.0.2.1", held, app, 3)
        told = []
        for peer in ("192.0.2.1", "192.0.2.2"):
            async with connected(port) as client:
                await client.send(keyed_in_body(peer))
                told.append(await client.answer())

    assert [answer.status for answer in told] == [429, 200]
    assert told[0].headers["retry-after"] == "1"
    assert told[0].body == (
        b'{"success":false,"code":"too_many_requests","message":"3 requests from this address without a write key in '
        b"their headers are under way, as many as it may have. Nothing of this one was kept: send it again in a moment, "
        b'and fewer at once."}'
    )


async def test_many_addresses_that_dribble_without_a_key_leave_those_with_one_alone(world: World) -> None:
    app = Counted(IngestApp(world.services, pace=Pace(world.clock, **SMALL)))
    async with served(app) as port, contextlib.AsyncExitStack() as held:
        for number in range(4):
            await dribbling(port, f"192.0.2.{number}", held, app, 2)
        async with connected(port) as nameless, connected(port) as named:
            await nameless.send(keyed_in_body("192.0.2.9"))
            await named.send(head(BASIC, f"Content-Length: {len(EVENT)}") + EVENT)
            refused, taken = await nameless.answer(), await named.answer()

    assert (refused.status, refused.headers["retry-after"], taken.status) == (503, "1", 200)
    assert b"Too many requests without a write key in their headers are under way" in refused.body


async def test_without_a_key_in_its_headers_a_body_has_less_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoints, "NAMELESS_BODY_SECONDS", 0.05)
    app = Counted(IngestApp(world.services))
    async with served(app) as port, contextlib.AsyncExitStack() as held:
        [client] = await dribbling(port, "192.0.2.1", held, app, 1)
        answer = await client.answer()
        rest = await client.rest()

    assert (answer.status, rest) == (408, b"")
    assert b"within 0.05 s" in answer.body


# -- what is odd about a connection -----------------------------------------------------------------------------------


async def test_trailers_lend_no_key_and_no_encoding(world: World) -> None:
    start = head("Transfer-Encoding: chunked") + b"%x\r\n%b\r\n0\r\n" % (len(EVENT), EVENT)
    async with served(IngestApp(world.services)) as port, connected(port) as client:
        await client.send(start, f"{BASIC}\r\nContent-Encoding: br\r\n\r\n".encode())
        answer = await client.answer()

    assert (answer.status, b'"code":"no_write_key"' in answer.body) == (401, True)
    assert world.on_disk("SELECT COUNT(*) FROM jobs") == [(0,)]


async def test_a_client_that_would_like_http_2_is_served(world: World) -> None:
    wish = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk")
    async with served(IngestApp(world.services)) as port, connected(port) as client:
        for pieces in ((EVENT,), (EVENT[:5], EVENT[5:])):
            await client.send(head(BASIC, *wish, f"Content-Length: {len(EVENT)}"), *pieces)
            assert (await client.answer()).status == 200

    assert world.on_disk("SELECT COUNT(*) FROM jobs") == [(2,)]


async def test_a_client_that_says_no_more_hears_that_its_event_was_taken(world: World) -> None:
    async with served(IngestApp(world.services)) as port, connected(port) as client:
        await client.send(head(BASIC, f"Content-Length: {len(EVENT)}") + EVENT)
        client.say_no_more()
        answer = await client.answer()
        rest = await client.rest()

    assert (answer.status, rest) == (200, b"")
    assert world.on_disk("SELECT COUNT(*) FROM jobs") == [(1,)]


async def test_a_body_that_ends_early_is_told_so_and_not_kept(world: World) -> None:
    async with served(IngestApp(world.services)) as port, connected(port) as client:
        await client.send(head(BASIC, f"Content-Length: {len(EVENT)}") + EVENT[:-1])
        client.say_no_more()
        answer = await client.answer()

    assert (answer.status, b'"code":"cut_short"' in answer.body) == (400, True)
    assert world.on_disk("SELECT COUNT(*) FROM jobs") == [(0,)]
