"""What a client makes of everything that can go wrong: one suite over both clients, on both event loops."""

from __future__ import annotations

import asyncio
import gzip
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING

import anyio
import pytest

from destinations.kit.http import HttpRequest, HttpResponse
from gateway.sending import NoAnswer, NotSent, Phase

if TYPE_CHECKING:
    import ssl

    from tests.gateway.sending.conftest import Connection, FailureOf, Kind, OpenClient, Script, Serve

pytestmark = pytest.mark.network

CREATED = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"
MEGABYTE = 1024 * 1024
PATIENCE = 10.0
"""Seconds for what should never run out, on however slow a machine."""
SOON = 0.25
"""Seconds for what must run out."""


def post(url: str) -> HttpRequest:
    return HttpRequest("POST", url, form=(("To", "+15005550006"), ("Body", "Hello")))


# Nothing was sent ------------------------------------------------------------------------------------


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that stays ours while nobody listens on it."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@pytest.fixture
def full_port() -> Iterator[int]:
    """A listener whose queue is full, so that the kernel answers no further handshake."""
    with socket.socket() as listener, socket.socket() as first:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        first.connect(listener.getsockname())
        yield listener.getsockname()[1]


async def test_a_refused_connection_sent_nothing(
    client_of: OpenClient, failure_of: FailureOf, closed_port: int
) -> None:
    client = client_of(connect_timeout=PATIENCE)

    error = await failure_of(client, post(f"http://127.0.0.1:{closed_port}/"))

    assert (type(error), error.phase) == (NotSent, Phase.CONNECT)
    assert error.reason == "the connection was refused, or could not be made"


async def test_an_unknown_host_was_sent_nothing(client_of: OpenClient, failure_of: FailureOf) -> None:
    client = client_of(connect_timeout=PATIENCE)

    error = await failure_of(client, post("http://nobody.invalid/"))

    # A machine whose name server does not answer takes the connect timeout instead.
    assert type(error) is NotSent
    assert error.phase in {Phase.RESOLVE, Phase.CONNECT}


async def test_a_connection_that_is_never_made_sent_nothing(
    client_of: OpenClient, failure_of: FailureOf, full_port: int
) -> None:
    client = client_of(connect_timeout=SOON, total_timeout=PATIENCE)

    error = await failure_of(client, post(f"http://127.0.0.1:{full_port}/"))

    assert (type(error), error.phase) == (NotSent, Phase.CONNECT)
    assert error.reason == "no connection in time"


async def test_a_tls_handshake_without_an_answer_sent_nothing(
    client_of: OpenClient, failure_of: FailureOf, serve: Serve
) -> None:
    greeted = asyncio.get_running_loop().create_future()

    async def say_nothing(connection: Connection) -> None:
        greeted.set_result(await connection.reader.read(1))
        await connection.gone()

    server = await serve(say_nothing)
    # Long enough that a busy machine comes to its greeting.
    client = client_of(connect_timeout=4 * SOON, total_timeout=PATIENCE)

    error = await failure_of(client, post(f"https://127.0.0.1:{server.port}/"))

    assert (type(error), error.phase) == (NotSent, Phase.CONNECT)
    greeting = await asyncio.wait_for(greeted, PATIENCE)
    assert greeting == b"\x16"  # a TLS handshake record and nothing of ours


async def reset_at_once(connection: Connection) -> None:
    await connection.reader.read(1)
    connection.reset()


async def close_at_once(connection: Connection) -> None:
    await connection.reader.read(1)
    connection.close()


async def talk_plain(connection: Connection) -> None:
    await connection.reader.read(1)
    await connection.answer(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    await connection.gone()


@pytest.mark.parametrize("script", [reset_at_once, close_at_once, talk_plain])
async def test_a_tls_handshake_that_breaks_sent_nothing(
    client_of: OpenClient, failure_of: FailureOf, serve: Serve, script: Script
) -> None:
    server = await serve(script)
    client = client_of(connect_timeout=PATIENCE)

    error = await failure_of(client, post(f"https://127.0.0.1:{server.port}/"))

    assert type(error) is NotSent
    assert error.phase in {Phase.CONNECT, Phase.TLS}
    assert server.connections == 1


async def test_a_certificate_of_an_unknown_authority_is_refused_before_anything_is_sent(
    client_of: OpenClient, failure_of: FailureOf, serve: Serve, tls_of_another_authority: ssl.SSLContext
) -> None:
    server = await serve(answer_created, tls_of_another_authority)
    client = client_of(connect_timeout=PATIENCE)

    error = await failure_of(client, server.post())

    assert (type(error), error.phase) == (NotSent, Phase.TLS)
    assert "certificate is not trusted" in error.reason
    assert server.requests == []


async def test_a_certificate_for_another_host_is_refused_before_anything_is_sent(
    client_of: OpenClient, failure_of: FailureOf, serve: Serve, tls_of_another_host: ssl.SSLContext
) -> None:
    server = await serve(answer_created, tls_of_another_host)
    client = client_of(connect_timeout=PATIENCE)

    error = await failure_of(client, server.post())

    assert (type(error), error.phase) == (NotSent, Phase.TLS)
    assert server.requests == []


async def test_a_request_that_got_no_connection_in_time_was_not_sent(
    client_of: OpenClient, failure_of: FailureOf, serve: Serve, kind: Kind
) -> None:
    release = anyio.Event()

    async def answer_when_released(connection: Connection) -> None:
        await connection.receive()
        await release.wait()
        await connection.answer(CREATED)

    server = await serve(answer_when_released)
    client = client_of(connections=1, connect_timeout=4 * SOON, total_timeout=PATIENCE)
    answers: list[HttpResponse] = []

    async with anyio.create_task_group() as tasks:

        async def first() -> None:
            answers.append(await client.send(server.post("/first")))

        tasks.start_soon(first)
        await server.arrived.wait()
        error = await failure_of(client, server.post("/second"))
        release.set()

    assert type(error) is NotSent
    assert error.phase is {"pyreqwest": Phase.POOL, "aiohttp": Phase.CONNECT}[kind]
    assert [answer.status for answer in answers] == [201]
    assert [request.line for request in server.requests] == ["POST /first HTTP/1.1"]


# It may have arrived ---------------------------------------------------------------------------------


async def answer_created(connection: Connection) -> None:
    while True:
        await connection.receive()
        await connection.answer(CREATED)


async def reset_after_the_request(connection: Connection) -> None:
    await connection.receive()
    connection.reset()


async def close_after_the_request(connection: Connection) -> None:
    await connection.receive()
    connection.close()


async def never_answer(connection: Connection) -> None:
    await connection.receive()
    await connection.gone()


async def drip(connection: Connection) -> None:
    await connection.receive()
    await connection.answer(b"HTTP/1.1 201 Created\r\nContent-Length: 100000\r\n\r\n")
    with anyio.move_on_after(PATIENCE):
        while not connection.reader.at_eof():
            await connection.answer(b"x")
            with anyio.move_on_after(SOON / 10):
                await connection.gone()


def answers(raw: bytes) -> Script:
    async def answer_and_close(connection: Connection) -> None:
        await connection.receive()
        await connection.answer(raw)
        connection.close()

    return answer_and_close


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
@pytest.mark.parametrize("script", [reset_after_the_request, close_after_the_request])
async def test_a_connection_lost_after_the_request_leaves_it_open_whether_it_arrived(
    client_of: OpenClient,
    failure_of: FailureOf,
    serve: Serve,
    tls: ssl.SSLContext,
    script: Script,
    secure: bool,
) -> None:
    server = await serve(script, tls if secure else None)
    client = client_of(connect_timeout=PATIENCE)

    error = await failure_of(client, server.post())

    assert (type(error), error.phase) == (NoAnswer, Phase.ANSWER)
    assert error.reason == "the connection was lost"
    assert len(server.requests) == 1


@pytest.mark.parametrize("script", [reset_at_once, close_at_once])
async def test_a_connection_lost_in_the_middle_of_the_request_leaves_it_open_too(
    client_of: OpenClient, failure_of: FailureOf, serve: Serve, script: Script
) -> None:
    server = await serve(script)
    client = client_of(connect_timeout=PATIENCE)

    error = await failure_of(client, server.post())

    assert (type(error), error.phase) == (NoAnswer, Phase.ANSWER)
    assert server.connections == 1


async def test_no_answer_in_time_leaves_it_open(
    client_of: OpenClient, failure_of: FailureOf, serve: Serve
) -> None:
    server = await serve(never_answer)
    client = client_of(total_timeout=4 * SOON)

    error = await failure_of(client, server.post())

    assert (type(error), error.phase) == (NoAnswer, Phase.ANSWER)
    assert error.reason == "no answer in time"
    assert len(server.requests) == 1


async def test_an_answer_that_drips_ends_with_the_total_time(
    client_of: OpenClient, failure_of: FailureOf, serve: Serve
) -> None:
    server = await serve(drip)
    client = client_of(total_timeout=4 * SOON)

    error = await failure_of(client, server.post())

    assert (type(error), error.phase) == (NoAnswer, Phase.BODY)
    assert error.reason == "no answer in time"
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("raw", "phase"),
    [
        pytest.param(b"HTTP/1.1 201 Cre", Phase.ANSWER, id="cut in the status line"),
        pytest.param(b"HTTP/1.1 201 Created\r\nContent-Le", Phase.ANSWER, id="cut in the headers"),
        pytest.param(
            b"HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\n{}", Phase.BODY, id="cut in the body"
        ),
        pytest.param(
            b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
            Phase.BODY,
            id="a chunk short",
        ),
        pytest.param(b"SMTP ready\r\n\r\n", Phase.ANSWER, id="no HTTP"),
        pytest.param(b"HTTP/1.1 abc Created\r\n\r\n", Phase.ANSWER, id="no status"),
        pytest.param(
            b"HTTP/1.1 201 Created\r\nContent-Length: two\r\n\r\n{}", Phase.ANSWER, id="a length that is none"
        ),
        pytest.param(
            b"HTTP/1.1 201 Created\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
            Phase.BODY,
            id="not the gzip it says",
        ),
    ],
)
async def test_an_unreadable_answer_leaves_it_open(
    client_of: OpenClient, failure_of: FailureOf, serve: Serve, raw: bytes, phase: Phase
) -> None:
    server = await serve(answers(raw))
    client = client_of(connect_timeout=PATIENCE)

    error = await failure_of(client, server.post())

    assert (type(error), error.phase) == (NoAnswer, phase)
    assert len(server.requests) == 1


async def test_an_answer_in_broken_chunks_leaves_it_open(
    client_of: OpenClient, failure_of: FailureOf, serve: Serve
) -> None:
    server = await serve(answers(b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n{}\r\n"))
    client = client_of(connect_timeout=PATIENCE)

    error = await failure_of(client, server.post())

    # One client reads ahead into the body before it hands out the head.
    assert type(error) is NoAnswer
    assert error.phase in {Phase.ANSWER, Phase.BODY}
    assert len(server.requests) == 1


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
async def test_an_answer_over_a_megabyte_is_none(
    client_of: OpenClient, failure_of: FailureOf, serve: Serve, packed: bool
) -> None:
    body = gzip.compress(b" " * 60_000_000) if packed else b" " * (MEGABYTE + 1)
    head = b"HTTP/1.1 201 Created\r\nContent-Length: %d\r\n" % len(body)
    large = head + (b"Content-Encoding: gzip\r\n\r\n" if packed else b"\r\n") + body

    async def large_then_created(connection: Connection) -> None:
        while True:
            await connection.receive()
            await connection.answer(large if len(server.requests) == 1 else CREATED)

    server = await serve(large_then_created)
    client = client_of(connect_timeout=PATIENCE)

    error = await failure_of(client, server.post("/1"))
    after = await client.send(server.post("/2"))

    assert (type(error), error.phase, error.reason) == (NoAnswer, Phase.BODY, "the answer is too large")
    assert (after.status, after.body) == (201, b"{}")
    assert [request.line for request in server.requests] == ["POST /1 HTTP/1.1", "POST /2 HTTP/1.1"]


async def test_an_answer_of_a_megabyte_is_one(client_of: OpenClient, serve: Serve) -> None:
    body = b"x" * MEGABYTE
    server = await serve(answers(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % MEGABYTE + body))

    answer = await client_of().send(server.post())

    assert (answer.status, answer.body) == (200, body)
