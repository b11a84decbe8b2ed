"""Which proxy is taken, and that it reads nothing."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING

import anyio
import pytest

from destinations.kit.http import HttpRequest
from gateway.sending import NotSent, Proxies

if TYPE_CHECKING:
    from tests.gateway.sending.conftest import Connection, OpenClient, Serve

PROXY = "http://proxy.example:3128"


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, Proxies()),
        ({"HTTPS_PROXY": PROXY}, Proxies(PROXY)),
        ({"ALL_PROXY": PROXY}, Proxies(PROXY)),
        ({"HTTPS_PROXY": PROXY, "ALL_PROXY": "http://other.example"}, Proxies(PROXY)),
        ({"https_proxy": PROXY, "HTTPS_PROXY": "http://other.example"}, Proxies(PROXY)),
        ({"HTTPS_PROXY": "", "NO_PROXY": "a.example"}, Proxies(None, "a.example")),
        (
            {"HTTPS_PROXY": PROXY, "no_proxy": "a.example, .b.example"},
            Proxies(PROXY, "a.example, .b.example"),
        ),
        ({"HTTP_PROXY": PROXY}, Proxies()),
    ],
)
def test_reads_the_environment_as_curl_does(environ: dict[str, str], expected: Proxies) -> None:
    assert Proxies.from_environ(environ) == expected


@pytest.mark.parametrize(
    ("host", "bypass", "expected"),
    [
        ("api.twilio.com", "", PROXY),
        ("api.twilio.com", "twilio.com", None),
        ("api.twilio.com", ".twilio.com", None),
        ("api.twilio.com", "other.example, API.twilio.com", None),
        ("api.twilio.com", "*", None),
        ("api.twilio.com", "lio.com", PROXY),
        ("api.twilio.com", " , ", PROXY),
        ("localhost", "", None),
        ("127.0.0.1", "", None),
        ("127.8.9.10", "", None),
        ("[::1]", "", None),
        ("192.0.2.1", "", PROXY),
        ("localhost.example", "", PROXY),
    ],
)
def test_a_bypassed_or_loopback_host_is_reached_directly(
    host: str, bypass: str, expected: str | None
) -> None:
    assert Proxies(PROXY, bypass).to("https", host) == expected


def test_plain_http_takes_no_proxy() -> None:
    assert Proxies(PROXY).to("http", "simulator.example") is None


async def tunnel(connection: Connection) -> None:
    """A proxy that knows one host, wherever it is asked to go, and reads nothing of what it carries."""
    await connection.receive()
    reader, writer = await asyncio.open_connection("127.0.0.1", connection.server.behind)
    await connection.answer(b"HTTP/1.1 200 Connection established\r\n\r\n")

    async def carry(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            with suppress(ConnectionError):
                while piece := await source.read(65536):
                    sink.write(piece)
                    await sink.drain()
        finally:
            sink.transport.abort()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(carry, connection.reader, writer)
        tasks.start_soon(carry, reader, connection.writer)


async def answer_created(connection: Connection) -> None:
    await connection.receive()
    await connection.answer(b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}")
    await connection.gone()


@pytest.mark.network
async def test_https_goes_through_the_proxy_unread(
    client_of: OpenClient, serve: Serve, tls_of_another_host: ssl.SSLContext
) -> None:
    server = await serve(answer_created, tls_of_another_host)
    proxy = await serve(tunnel)
    proxy.behind = server.port
    client = client_of(proxies=Proxies(f"http://me:word@127.0.0.1:{proxy.port}"))

    answer = await client.send(
        HttpRequest("POST", "https://elsewhere.example/x", form=(("To", "+15005550006"),))
    )

    assert answer.status == 201
    assert [request.line for request in server.requests] == ["POST /x HTTP/1.1"]
    assert [request.line for request in proxy.requests] == ["CONNECT elsewhere.example:443 HTTP/1.1"]
    assert proxy.requests[0].header("proxy-authorization") == ["Basic bWU6d29yZA=="]
    assert server.requests[0].header("proxy-authorization") == []


async def refuse(connection: Connection) -> None:
    await connection.receive()
    await connection.answer(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
    await connection.gone()


@pytest.mark.network
async def test_a_proxy_that_refuses_was_sent_nothing(client_of: OpenClient, serve: Serve) -> None:
    proxy = await serve(refuse)
    client = client_of(proxies=Proxies(f"http://127.0.0.1:{proxy.port}"))

    with pytest.raises(NotSent) as caught:
        await client.send(HttpRequest("POST", "https://elsewhere.example/x", form=(("To", "+15005550006"),)))

    assert [(request.line, request.body) for request in proxy.requests] == [
        ("CONNECT elsewhere.example:443 HTTP/1.1", b"")
    ]
    assert "proxy refused" in caught.value.reason


@pytest.mark.network
async def test_loopback_is_reached_past_the_proxy(
    client_of: OpenClient, serve: Serve, tls: ssl.SSLContext
) -> None:
    server = await serve(answer_created, tls)
    proxy = await serve(tunnel)
    client = client_of(proxies=Proxies(f"http://127.0.0.1:{proxy.port}"))

    answer = await client.send(HttpRequest("POST", server.url()))

    assert answer.status == 201
    assert proxy.connections == 0


@pytest.mark.network
async def test_the_environment_counts_unless_proxies_are_given(
    client_of: OpenClient, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = await serve(answer_created)
    proxy = await serve(refuse)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)

    straight = await client_of(proxies=Proxies()).send(HttpRequest("POST", server.url()))
    with pytest.raises(NotSent):
        await client_of(proxies=None).send(HttpRequest("POST", "https://elsewhere.example/"))

    assert straight.status == 201
    assert [request.line for request in proxy.requests] == ["CONNECT elsewhere.example:443 HTTP/1.1"]
