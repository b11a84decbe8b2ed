"""HTTP as it comes over a connection: served, refused in JSON, or ended, and never left without an end."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest

from gateway import protocol
from gateway.listening import ABORT
from gateway.protocol import HEAD_BYTES, Protocol
from tests.gateway.wire import PATIENCE, Answer, connected, served

pytestmark = pytest.mark.network

CHUNKED = "Transfer-Encoding: chunked"
H2C = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA")
WEBSOCKET = (
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)
MOST_TAKEN = 16_000_000
"""What the buffers of two sockets hold, and more."""


def head(*lines: str, start: str = "POST /echo HTTP/1.1") -> bytes:
    return "\r\n".join([start, "Host: heliograph", *lines, "", ""]).encode()


def post(body: bytes, *lines: str) -> bytes:
    return head(*lines, f"Content-Length: {len(body)}") + body


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Says what it was sent; its headers as they are when the body has come."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        return
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body, more = body + message.get("body", b""), message.get("more_body", False)
    told = {
        "body": body.decode(),
        "headers": [
            name.decode() for name, _ in scope["headers"] if name not in {b"host", b"content-length"}
        ],
    }
    content = json.dumps(told).encode()
    headers = [(b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def once(name: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`echo`, which answers only when the connection has been told that."""
    told = asyncio.Event()
    act = getattr(Protocol, name)

    def acted(self: Protocol, *arguments: Any) -> Any:
        told.set()
        return act(self, *arguments)

    async def patient(scope: Any, receive: Any, send: Any) -> None:
        await told.wait()
        await echo(scope, receive, send)

    monkeypatch.setattr(Protocol, name, acted)
    return patient


def heard(answer: Answer) -> tuple[str, Sequence[str]]:
    """The body and the headers that the application got."""
    assert answer.status == 200
    told = json.loads(answer.body)
    return told["body"], told["headers"]


def assert_refused(answer: Answer, status: int, code: str) -> None:
    said = json.loads(answer.body)
    assert (answer.status, said["success"], said["code"]) == (status, False, code)
    assert said["message"]
    assert (answer.headers["content-type"], answer.headers["connection"]) == ("application/json", "close")


# -- trailers ---------------------------------------------------------------------------------------------------------


async def test_trailers_are_let_in_and_never_become_headers() -> None:
    async with served(echo) as port, connected(port) as client:
        await client.send(
            head(CHUNKED) + b"5\r\nhello\r\n0\r\n",
            b"authorization: Basic eDo=\r\ncontent-encoding: gzip\r\n\r\n",
        )
        first = await client.answer()
        await client.send(post(b"again"))
        second = await client.answer()

    assert heard(first) == ("hello", ["transfer-encoding"])
    assert heard(second) == ("again", [])


@pytest.mark.parametrize(
    ("start", "more"),
    [
        (b"0\r\n", b"x-1: " + b"a" * 60_000 + b"\r\n"),
        (b"0\r\nx-1: ", b"a" * 60_000),
        (b"0\r\n", b"x" * 60_000),
        (b"5\r\nhello\r\n5;", b"x" * 60_000),
    ],
    ids=["many lines", "one value", "one name", "the line of a chunk"],
)
async def test_trailers_without_end_are_not_collected(start: bytes, more: bytes) -> None:
    async with served(echo) as port, connected(port) as client:
        await client.send(head(CHUNKED) + start)
        sent = await client.send_until_cut_off(more)

    assert HEAD_BYTES <= sent < MOST_TAKEN


async def test_a_body_in_very_many_chunks_is_no_trailer() -> None:
    async with served(echo) as port, connected(port) as client:
        await client.send(head(CHUNKED), *[b"1\r\nx\r\n" * 10_000] * 3, b"0\r\n\r\n")
        answer = await client.answer()

    assert heard(answer)[0] == "x" * 30_000


# -- another protocol -------------------------------------------------------------------------------------------------

WISHES = {"h2c": H2C, "a websocket": WEBSOCKET, "something else": ("Connection: upgrade", "Upgrade: foo/2")}


@pytest.mark.parametrize("wish", WISHES)
async def test_a_wish_for_another_protocol_is_not_heard_and_the_body_is_there(wish: str) -> None:
    lines = WISHES[wish]
    async with served(echo) as port, connected(port) as client:
        answers = []
        for pieces in (
            [post(b"whole", *lines)],
            [head(*lines, "Content-Length: 5"), b"later"],
            [head(*lines, CHUNKED) + b"2\r\nch", b"\r\n3\r\nunk\r\n0\r\n\r\n"],
            [bytes([byte]) for byte in post(b"bytes", *lines)],
            [post(b"first", *lines) + post(b"again", *lines) + post(b"plain")],
        ):
            await client.send(*pieces)
            answers.append(await client.answer())
        answers += [await client.answer() for _ in range(2)]

    assert [heard(answer)[0] for answer in answers] == [
        "whole",
        "later",
        "chunk",
        "bytes",
        "first",
        "again",
        "plain",
    ]
    assert "upgrade" not in heard(answers[0])[1]


async def test_very_many_wishes_in_one_packet_are_each_served() -> None:
    async with served(echo) as port, connected(port) as client:
        await client.send(post(b"x", *H2C) * 400)
        answers = [await client.answer() for _ in range(400)]

    assert {heard(answer)[0] for answer in answers} == {"x"}


async def test_a_get_with_a_wish_and_no_body_is_served() -> None:
    async with served(echo) as port, connected(port) as client:
        await client.send(head(*H2C, start="GET /echo HTTP/1.1"))
        answer = await client.answer()

    assert heard(answer)[0] == ""


async def test_a_websocket_is_opened_by_a_get_alone() -> None:
    async with served(echo) as port, connected(port) as client:
        await client.send(head(*WEBSOCKET, start="GET /graphql HTTP/1.1"))
        answer = await client.answer()

    assert (answer.status, answer.headers["sec-websocket-accept"]) == (101, "s3pplmbitxaq9kygzzhzrbk+xoo=")


async def test_a_websocket_that_waits_for_an_earlier_answer_is_served_as_what_else_it_is() -> None:
    async with served(echo) as port, connected(port) as client:
        await client.send(post(b"first") + head(*WEBSOCKET, start="GET /graphql HTTP/1.1"))
        answers = [await client.answer() for _ in range(2)]

    assert [heard(answer)[0] for answer in answers] == ["first", ""]


async def test_a_handshake_that_is_none_is_answered_and_the_connection_ends() -> None:
    async with served(echo) as port, connected(port) as client:
        await client.send(head(*WEBSOCKET[:2], start="GET /graphql HTTP/1.1"))
        answer = await client.rest()

    assert answer.startswith(b"HTTP/1.1 4")


async def test_a_tunnel_is_refused() -> None:
    async with served(echo) as port, connected(port) as client:
        await client.send(head(start="CONNECT example.com:443 HTTP/1.1"))
        answer = await client.answer()
        rest = await client.rest()

    assert_refused(answer, 400, "bad_http")
    assert rest == b""


# -- half-closed connections ------------------------------------------------------------------------------------------


async def test_a_client_that_says_no_more_hears_its_answer_and_then_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = once("eof_received", monkeypatch)
    async with served(app) as port, connected(port) as client:
        await client.send(post(b"whole"))
        client.say_no_more()
        answer = await client.answer()
        rest = await client.rest()

    assert (heard(answer)[0], answer.headers["connection"], rest) == ("whole", "close", b"")


async def test_a_client_that_says_no_more_hears_all_its_answers() -> None:
    async with served(echo) as port, connected(port) as client:
        await client.send(post(b"first") + post(b"second"))
        client.say_no_more()
        answers = [await client.answer() for _ in range(2)]
        rest = await client.rest()

    assert [heard(answer)[0] for answer in answers] == ["first", "second"]
    assert rest == b""


@pytest.mark.parametrize("sent", [post(b"hello")[:-1], post(b"hello")[:30]], ids=["body", "head"])
async def test_a_request_that_ends_early_is_told_so(sent: bytes) -> None:
    async with served(echo) as port, connected(port) as client:
        await client.send(sent)
        client.say_no_more()
        answer = await client.answer()
        rest = await client.rest()

    assert_refused(answer, 400, "cut_short")
    assert rest == b""


async def test_an_answer_that_is_due_comes_before_the_end_of_a_request_that_ends_early(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = once("eof_received", monkeypatch)
    async with served(app) as port, connected(port) as client:
        await client.send(post(b"first") + post(b"second")[:30])
        client.say_no_more()
        answer = await client.answer()
        rest = await client.rest()

    assert (heard(answer)[0], answer.headers["connection"], rest) == ("first", "close", b"")


async def test_a_client_that_has_its_answers_and_leaves_is_let_go() -> None:
    async with served(echo) as port, connected(port) as client:
        await client.send(post(b"first"))
        answer = await client.answer()
        client.say_no_more()
        rest = await client.rest()

    assert (heard(answer)[0], rest) == ("first", b"")


# -- what is no HTTP --------------------------------------------------------------------------------------------------

NO_HTTP = {
    "an unknown method": head(start="FOO /echo HTTP/1.1"),
    "HTTP/2 with prior knowledge": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a TLS hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
    "a length that is none": head("Content-Length: many"),
    "two lengths": head("Content-Length: 1", "Content-Length: 2"),
    "lines of LF": b"POST /echo HTTP/1.1\nHost: heliograph\n\n",
    "a path of no letters": "POST /\xe9cho HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
    "an address that is none": head(start="POST http:// HTTP/1.1"),
    "a chunk that is none": head(CHUNKED) + b"zz\r\nhello",
}


@pytest.mark.parametrize("what", NO_HTTP)
async def test_what_is_no_http_hears_so_in_json_and_the_connection_ends(what: str) -> None:
    async with served(echo) as port, connected(port) as client:
        await client.send(NO_HTTP[what])
        answer = await client.answer()
        rest = await client.rest()

    assert_refused(answer, 400, "bad_http")
    assert rest == b""


async def test_headers_that_are_too_large_hear_so_in_json_and_the_connection_ends() -> None:
    start = head("x: ")[:-4]
    async with served(echo) as port, connected(port) as client:
        await client.send(post(b"first") + start)
        await client.answer()
        await client.send(b"x" * (HEAD_BYTES + 1))
        answer = await client.answer()
        rest = await client.rest()

    assert_refused(answer, 431, "headers_too_large")
    assert rest == b""


async def test_the_reason_is_named() -> None:
    async with served(echo) as port, connected(port) as client:
        await client.send(head(start="FOO /echo HTTP/1.1"))
        answer = await client.answer()

    assert answer.body == (
        b'{"success":false,"code":"bad_http","message":"This is no request of HTTP/1.1: Invalid method encountered."}'
    )


async def test_what_is_no_http_behind_a_request_does_not_take_its_answer() -> None:
    async with served(echo) as port, connected(port) as client:
        await client.send(post(b"first") + b"nonsense\r\n\r\n", b"and more of it")
        answer = await client.answer()
        rest = await client.rest()

    assert (heard(answer)[0], answer.headers["connection"], rest) == ("first", "close", b"")


# -- time -------------------------------------------------------------------------------------------------------------


async def test_headers_that_do_not_come_are_ended_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.5)
    async with served(echo) as port, connected(port) as client:
        await client.send(post(b"first"))
        first = await client.answer()
        await client.send(head()[:-2])
        answer = await client.answer()
        rest = await client.rest()

    assert heard(first)[0] == "first"
    assert_refused(answer, 408, "request_timeout")
    assert rest == b""


async def test_a_connection_on_which_nothing_comes_is_ended_without_a_word(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.05)
    async with served(echo) as port, connected(port) as client:
        assert await client.rest() == b""


@pytest.mark.parametrize(
    "sent",
    [head("Content-Length: 5") + b"x", head(CHUNKED) + b"0\r\nx-1: ", head(*WEBSOCKET, "Content-Length: 5")],
    ids=["body", "trailers", "no handshake"],
)
async def test_a_request_that_never_ends_is_ended_with_a_reason(
    sent: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "REQUEST_SECONDS", 0.05)
    async with served(echo) as port, connected(port) as client:
        await client.send(sent)
        answer = await client.answer()
        rest = await client.rest()

    assert_refused(answer, 408, "request_timeout")
    assert rest == b""


async def test_behind_an_answer_that_is_due_a_request_that_never_ends_is_ended_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(protocol, "REQUEST_SECONDS", 0.05)
    app = once("_too_late", monkeypatch)
    async with served(app) as port, connected(port) as client:
        await client.send(post(b"first") + head("Content-Length: 5"))
        first = await client.answer()
        rest = await client.rest()

    assert heard(first)[0] == "first"
    assert rest.startswith(b"HTTP/1.1 408")


async def test_blank_lines_between_requests_do_not_hold_a_connection_open() -> None:
    async with served(echo, keep_alive=0.5) as port, connected(port) as client:
        await client.send(post(b"first"))
        answer = await client.answer()
        await client.send(b"\r\n\r\n")
        rest = await client.rest()

    assert (heard(answer)[0], rest) == ("first", b"")


# -- streams ----------------------------------------------------------------------------------------------------------


async def streamed(scope: Any, receive: Any, send: Any) -> None:
    """Begins a stream, and goes on until its client is gone."""
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"begun", "more_body": True})
    scope["app"]["begun"].set()
    assert await receive() == {"type": "http.disconnect"}
    scope["app"]["gone"].set()


async def test_whoever_half_closes_a_stream_is_gone() -> None:
    begun, gone = asyncio.Event(), asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await streamed({**scope, "app": {"begun": begun, "gone": gone}}, receive, send)

    async with served(app) as port, connected(port) as client:
        await client.send(post(b""))
        await asyncio.wait_for(begun.wait(), PATIENCE)
        client.say_no_more()
        await asyncio.wait_for(gone.wait(), PATIENCE)


async def test_a_connection_can_be_cut_though_its_client_reads_nothing_of_what_waits_in_it() -> None:
    cut = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        try:
            async with asyncio.timeout(1):
                while True:
                    await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})
        except TimeoutError:
            scope["state"][ABORT]()
        assert await receive() == {"type": "http.disconnect"}
        cut.set()

    async with served(app) as port, connected(port) as client:
        await client.send(post(b""))
        await asyncio.wait_for(cut.wait(), PATIENCE)
