"""Each request goes out once: what is lost, redirected, cancelled or closed is not sent again."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import anyio
import pytest

from destinations.kit.http import HttpRequest
from gateway.sending import NoAnswer, NotSent, Phase, SendingError

if TYPE_CHECKING:
    from tests.gateway.sending.conftest import Connection, FailureOf, OpenClient, Script, Serve

pytestmark = pytest.mark.network

CREATED = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"
PATIENCE = 10.0
"""Seconds for what should never run out, on however slow a machine."""


async def answer_created(connection: Connection) -> None:
    while True:
        await connection.receive()
        await connection.answer(CREATED)


async def never_answer(connection: Connection) -> None:
    await connection.receive()
    await connection.gone()


def answers(raw: bytes) -> Script:
    async def answer_and_close(connection: Connection) -> None:
        await connection.receive()
        await connection.answer(raw)
        connection.close()

    return answer_and_close


# Nothing is repeated ---------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["POST", "GET", "PUT", "DELETE"])
@pytest.mark.parametrize("end", ["close", "reset"])
async def test_a_request_lost_on_a_kept_connection_is_not_repeated(
    client_of: OpenClient, failure_of: FailureOf, serve: Serve, method: str, end: str
) -> None:
    async def answer_only_the_first(connection: Connection) -> None:
        await connection.receive()
        if len(server.requests) == 1:
            await connection.answer(CREATED)
            await connection.receive()
        if end == "reset":
            connection.reset()

    server = await serve(answer_only_the_first)
    client = client_of(connect_timeout=PATIENCE)
    first = await client.send(HttpRequest(method, server.url("/1")))

    error = await failure_of(client, HttpRequest(method, server.url("/2")))

    assert first.status == 201
    assert (type(error), error.phase) == (NoAnswer, Phase.ANSWER)
    assert [(request.line, request.connection) for request in server.requests] == [
        (f"{method} /1 HTTP/1.1", 1),
        (f"{method} /2 HTTP/1.1", 1),
    ]


@pytest.mark.parametrize("end", ["close", "reset"])
async def test_a_kept_connection_that_was_closed_while_idle_never_doubles_a_request(
    client_of: OpenClient, serve: Serve, end: str
) -> None:
    async def answer_one_and_go(connection: Connection) -> None:
        await connection.receive()
        await connection.answer(CREATED)
        if end == "reset":
            connection.reset()

    server = await serve(answer_one_and_go)
    client = client_of(connect_timeout=PATIENCE)
    answered = 0

    for number in range(50):
        # Whether the client has noticed yet is a race; what matters is that neither outcome doubles a request.
        with suppress(NoAnswer):
            await client.send(server.post(f"/{number}"))
            answered += 1

    lines = [request.line for request in server.requests]
    assert len(lines) == len(set(lines))
    assert 1 <= answered <= len(lines)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_an_answer_and_is_not_followed(
    client_of: OpenClient, serve: Serve, status: int
) -> None:
    server = await serve(
        answers(b"HTTP/1.1 %d Moved\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n" % status)
    )

    answer = await client_of().send(server.post("/here"))

    assert (answer.status, answer.headers["location"]) == (status, "/elsewhere")
    assert [request.line for request in server.requests] == ["POST /here HTTP/1.1"]


@pytest.mark.parametrize("status", [408, 421, 425, 429, 500, 502, 503, 504])
async def test_a_status_that_invites_a_repeat_is_an_answer(
    client_of: OpenClient, serve: Serve, status: int
) -> None:
    server = await serve(
        answers(b"HTTP/1.1 %d Later\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n" % status)
    )

    answer = await client_of().send(server.post())

    assert (answer.status, answer.headers["retry-after"]) == (status, "1")
    assert len(server.requests) == 1


async def test_an_answer_that_nobody_asked_for_is_not_taken_for_the_next_one(
    client_of: OpenClient, serve: Serve
) -> None:
    async def answer_twice(connection: Connection) -> None:
        while True:
            request = await connection.receive()
            body = request.line.split()[1].encode()
            answer = b"HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
            await connection.answer(answer + answer)

    server = await serve(answer_twice)
    client = client_of(connect_timeout=PATIENCE)
    wrong: list[bytes] = []

    for number in range(20):
        with suppress(NoAnswer):
            answer = await client.send(server.post(f"/{number}"))
            if answer.body != b"/%d" % number:
                wrong.append(answer.body)

    assert wrong == []


# Giving up -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", [b"", b"HTTP/1.1 201 Created\r\nContent-Length: 6\r\n\r\nla"])
async def test_a_cancelled_request_leaves_nothing_behind_for_the_next_one(
    client_of: OpenClient, serve: Serve, before: bytes
) -> None:
    cancelled = anyio.Event()
    late = b"HTTP/1.1 201 Created\r\nContent-Length: 6\r\n\r\nlatest"
    answered_late = anyio.Event()

    async def answer_the_first_too_late(connection: Connection) -> None:
        request = await connection.receive()
        if request.line.startswith("POST /1 "):
            await connection.answer(before)
            await cancelled.wait()
            with suppress(ConnectionError):
                await connection.answer(late[len(before) :])
            answered_late.set()
        else:
            await connection.answer(CREATED)
        await answer_created(connection)

    server = await serve(answer_the_first_too_late)
    client = client_of(connections=2, connect_timeout=PATIENCE, total_timeout=PATIENCE)
    task = asyncio.create_task(client.send(server.post("/1")))
    await server.arrived.wait()

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    during = await client.send(server.post("/2"))
    cancelled.set()
    await answered_late.wait()
    after = [(await client.send(server.post(f"/{number}"))).body for number in range(3, 10)]

    assert (during.status, during.body) == (201, b"{}")
    assert set(after) == {b"{}"}
    assert [request.line for request in server.requests] == [f"POST /{n} HTTP/1.1" for n in range(1, 10)]
    assert [request.connection for request in server.requests[:2]] == [1, 2]


async def test_closing_ends_what_is_under_way_and_refuses_what_comes_later(
    client_of: OpenClient, failure_of: FailureOf, serve: Serve
) -> None:
    server = await serve(never_answer)
    client = client_of(connect_timeout=PATIENCE, total_timeout=PATIENCE)
    under_way: list[SendingError] = []

    async with anyio.create_task_group() as tasks:

        async def first() -> None:
            under_way.append(await failure_of(client, server.post()))

        tasks.start_soon(first)
        await server.arrived.wait()
        await client.close()
    later = await failure_of(client, server.post())
    await client.close()

    assert [(type(error), error.phase) for error in under_way] == [(NoAnswer, Phase.ANSWER)]
    assert (type(later), later.phase, later.reason) == (NotSent, Phase.PREPARE, "the client is closed")
    assert len(server.requests) == 1


async def test_a_client_that_never_sent_can_be_closed(client_of: OpenClient, failure_of: FailureOf) -> None:
    client = client_of()

    await client.close()

    assert type(await failure_of(client, HttpRequest("POST", "http://127.0.0.1:1/"))) is NotSent
