"""What arrives is what was written, once, and what came back is what is read: the same for both clients."""

from __future__ import annotations

import gzip
import ssl
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import anyio
import pytest
import trustme
from pydantic import SecretStr

from destinations.kit.http import BasicAuth, HttpRequest, HttpResponse
from gateway.sending import NotSent

if TYPE_CHECKING:
    from tests.gateway.sending.conftest import Connection, OpenClient, Script, Serve

pytestmark = pytest.mark.network

FORM = (
    ("Body", "Zoë: 50 % off & más — 你好 👋\nnow"),
    ("From", "MG11111111111111111111111111111111"),
    ("To", "+15005550006"),
    ("Tags", '{"a": "b=c&d"}'),
    ("MediaUrl", "https://example.com/1.png?x=1#y"),
    ("MediaUrl", "https://example.com/2.png"),
)
FORM_BYTES = (
    b"Body=Zo%C3%AB%3A+50+%25+off+%26+m%C3%A1s+%E2%80%94+%E4%BD%A0%E5%A5%BD+%F0%9F%91%8B%0Anow"
    b"&From=MG11111111111111111111111111111111"
    b"&To=%2B15005550006"
    b"&Tags=%7B%22a%22%3A+%22b%3Dc%26d%22%7D"
    b"&MediaUrl=https%3A%2F%2Fexample.com%2F1.png%3Fx%3D1%23y"
    b"&MediaUrl=https%3A%2F%2Fexample.com%2F2.png"
)


async def echo(connection: Connection) -> None:
    """Answers each request with its own target."""
    while True:
        target = (await connection.receive()).line.split()[1].encode()
        await connection.answer(
            b"HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n%s" % (len(target), target)
        )


def answers(head: bytes, body: bytes) -> Script:
    async def answer_each(connection: Connection) -> None:
        while True:
            await connection.receive()
            await connection.answer(
                b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (head.rstrip(b"\r\n"), len(body), body)
            )

    return answer_each


async def test_a_form_arrives_in_its_order_and_in_utf_8(client_of: OpenClient, serve: Serve) -> None:
    server = await serve(echo)

    answer = await client_of().send(HttpRequest("POST", server.url("/Messages.json"), form=FORM))

    (request,) = server.requests
    assert answer.status == 201
    assert request.line == "POST /Messages.json HTTP/1.1"
    assert request.body == FORM_BYTES
    assert request.header("content-type") == ["application/x-www-form-urlencoded"]
    assert request.header("content-length") == [str(len(FORM_BYTES))]
    assert tuple(parse_qsl(request.body.decode(), keep_blank_values=True)) == FORM


async def test_json_arrives_as_such(client_of: OpenClient, serve: Serve) -> None:
    server = await serve(echo)

    await client_of().send(HttpRequest("POST", server.url("/v2/Senders"), json={"name": "Café", "on": True}))

    (request,) = server.requests
    assert request.body == '{"name":"Café","on":true}'.encode()
    assert request.header("content-type") == ["application/json"]
    assert request.header("content-length") == [str(len(request.body))]


async def test_credentials_arrive_as_basic_authorization_and_nowhere_else(
    client_of: OpenClient, serve: Serve
) -> None:
    server = await serve(echo)
    auth = BasicAuth("SK123", SecretStr("pä:ss"))

    await client_of().send(HttpRequest("POST", server.url(), form=FORM, auth=auth))
    await client_of().send(HttpRequest("POST", server.url(), form=FORM))

    expected = "Basic " + b64encode("SK123:pä:ss".encode()).decode()
    assert [request.header("authorization") for request in server.requests] == [[expected], []]


async def test_headers_arrive_as_given_beside_the_few_of_our_own(client_of: OpenClient, serve: Serve) -> None:
    server = await serve(echo)
    headers = (("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"), ("X-Trace", "a, b"))

    await client_of().send(HttpRequest("POST", server.url(), headers, FORM))

    (request,) = server.requests
    assert sorted((name.lower(), value) for name, value in request.headers) == [
        ("accept", "*/*"),
        ("accept-encoding", "gzip"),
        ("content-length", str(len(FORM_BYTES))),
        ("content-type", "application/x-www-form-urlencoded; charset=UTF-8"),
        ("host", f"127.0.0.1:{server.port}"),
        ("user-agent", "Heliograph"),
        ("x-trace", "a, b"),
    ]


async def test_a_user_agent_of_the_request_replaces_ours(client_of: OpenClient, serve: Serve) -> None:
    server = await serve(echo)

    await client_of().send(HttpRequest("GET", server.url(), (("user-agent", "Other"),)))

    assert server.requests[0].header("user-agent") == ["Other"]


@pytest.mark.parametrize(("method", "length"), [("GET", []), ("POST", ["0"])])
async def test_without_a_form_there_is_no_body(
    client_of: OpenClient, serve: Serve, method: str, length: list[str]
) -> None:
    server = await serve(echo)

    await client_of().send(HttpRequest(method, server.url()))

    (request,) = server.requests
    assert request.header("content-length") == length
    assert request.header("content-type") == []
    assert request.header("transfer-encoding") == []


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/2010-04-01/Accounts/AC1/Messages.json?To=%2B15005550006&DateSent%3E=2026-01-01&a=b+c%20d&e=%e4",
        "/a%2Fb/c;d=1,2/e@f:g",
    ],
)
async def test_a_url_arrives_to_the_letter(client_of: OpenClient, serve: Serve, target: str) -> None:
    server = await serve(echo)

    answer = await client_of().send(HttpRequest("GET", server.url(target)))

    assert server.requests[0].line == f"GET {target} HTTP/1.1"
    assert answer.body == target.encode()


@pytest.mark.parametrize(("requests", "allowed"), [(128, 128), (64, 4)])
async def test_as_many_as_allowed_are_under_way_and_each_arrives_once(
    client_of: OpenClient, serve: Serve, requests: int, allowed: int
) -> None:
    under_way: set[bytes] = set()
    full = anyio.Event()
    most = 0

    async def echo_once_full(connection: Connection) -> None:
        nonlocal most
        while True:
            target = (await connection.receive()).line.split()[1].encode()
            under_way.add(target)
            most = max(most, len(under_way))
            if len(under_way) == allowed:
                full.set()
            await full.wait()
            under_way.remove(target)
            head = b"HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n" % len(target)
            await connection.answer(head + target)

    server = await serve(echo_once_full)
    client = client_of(connections=allowed, connect_timeout=30.0, total_timeout=30.0)
    bodies: dict[int, bytes] = {}

    async def send(number: int) -> None:
        bodies[number] = (await client.send(HttpRequest("POST", server.url(f"/{number}"), form=FORM))).body

    async with anyio.create_task_group() as tasks:
        for number in range(requests):
            tasks.start_soon(send, number)

    assert most == allowed
    assert bodies == {number: b"/%d" % number for number in range(requests)}
    assert sorted(request.line for request in server.requests) == sorted(
        f"POST /{number} HTTP/1.1" for number in range(requests)
    )
    assert {request.body for request in server.requests} == {FORM_BYTES}


async def test_connections_are_kept_for_the_next_request(client_of: OpenClient, serve: Serve) -> None:
    server = await serve(echo)
    client = client_of()

    for number in range(20):
        await client.send(HttpRequest("POST", server.url(f"/{number}"), form=FORM))

    assert len(server.requests) == 20
    assert (
        server.connections <= 5
    )  # one, unless an answer was quicker than its connection's return to the pool


async def test_the_answer_comes_back_whole(client_of: OpenClient, serve: Serve) -> None:
    head = b"429 Too Many Requests\r\nRETRY-After: 7\r\nX-Id: a\r\nx-id: b\r\n"
    server = await serve(answers(head, b'{"code": 20429, "name": "Zo\xc3\xab"}'))

    answer = await client_of().send(HttpRequest("POST", server.url(), form=FORM))

    assert answer == HttpResponse(
        429,
        {"retry-after": "7", "x-id": "a, b", "content-length": "31"},
        b'{"code": 20429, "name": "Zo\xc3\xab"}',
    )
    assert answer.json() == {"code": 20429, "name": "Zoë"}


async def test_an_empty_answer_has_an_empty_body(client_of: OpenClient, serve: Serve) -> None:
    async def answer_without_body(connection: Connection) -> None:
        await connection.receive()
        await connection.answer(b"HTTP/1.1 204 No Content\r\n\r\n")
        await connection.gone()

    server = await serve(answer_without_body)

    answer = await client_of().send(HttpRequest("DELETE", server.url()))

    assert answer == HttpResponse(204, {}, b"")


async def test_chunks_are_put_together(client_of: OpenClient, serve: Serve) -> None:
    async def answer_in_chunks(connection: Connection) -> None:
        await connection.receive()
        await connection.answer(b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n")
        for part in (b"2\r\n{\n\r\n", b"1\r\n}\r\n", b"0\r\n\r\n"):
            await connection.answer(part)
        await connection.gone()

    server = await serve(answer_in_chunks)

    answer = await client_of().send(HttpRequest("POST", server.url(), form=FORM))

    assert (answer.status, answer.body) == (201, b"{\n}")


async def test_gzip_is_unpacked_and_its_headers_are_gone(client_of: OpenClient, serve: Serve) -> None:
    server = await serve(
        answers(b"201 Created\r\nContent-Encoding: gzip\r\nX-Kept: 1\r\n", gzip.compress(b'{"sid":"SM1"}'))
    )

    answer = await client_of().send(HttpRequest("POST", server.url(), form=FORM))

    assert answer == HttpResponse(201, {"x-kept": "1"}, b'{"sid":"SM1"}')


async def test_cookies_are_not_kept(client_of: OpenClient, serve: Serve) -> None:
    server = await serve(answers(b"200 OK\r\nSet-Cookie: session=1; Path=/\r\n", b""))
    client = client_of()

    # By name: a cookie jar may pass over addresses.
    await client.send(HttpRequest("POST", server.url("/1", host="localhost")))
    await client.send(HttpRequest("POST", server.url("/2", host="localhost")))

    assert [request.header("cookie") for request in server.requests] == [[], []]


async def test_a_trusted_certificate_lets_the_request_through(
    client_of: OpenClient, serve: Serve, tls: ssl.SSLContext
) -> None:
    server = await serve(echo, tls)
    client = client_of()

    by_address = await client.send(HttpRequest("POST", server.url("/1"), form=FORM))
    by_name = await client.send(HttpRequest("POST", server.url("/2", host="localhost"), form=FORM))

    assert (by_address.body, by_name.body) == (b"/1", b"/2")
    assert [request.body for request in server.requests] == [FORM_BYTES, FORM_BYTES]


async def test_every_certificate_of_a_bundle_is_trusted(
    client_of: OpenClient, serve: Serve, tls: ssl.SSLContext, certificates: trustme.CA, tmp_path: Path
) -> None:
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(trustme.CA().cert_pem.bytes() + certificates.cert_pem.bytes())
    server = await serve(echo, tls)

    answer = await client_of(ca_file=bundle).send(HttpRequest("POST", server.url("/1")))

    assert answer.body == b"/1"


async def test_ssl_cert_file_says_whom_to_trust(
    client_of: OpenClient,
    serve: Serve,
    tls: ssl.SSLContext,
    authority: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = tmp_path / "other.pem"
    other.write_bytes(trustme.CA().cert_pem.bytes())
    server = await serve(echo, tls)

    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    answer = await client_of(ca_file=None).send(HttpRequest("POST", server.url("/1")))
    monkeypatch.setenv("SSL_CERT_FILE", str(other))
    stranger = client_of(ca_file=None)
    with pytest.raises(NotSent):
        await stranger.send(HttpRequest("POST", server.url("/2")))

    assert answer.body == b"/1"
    assert [request.line for request in server.requests] == ["POST /1 HTTP/1.1"]
