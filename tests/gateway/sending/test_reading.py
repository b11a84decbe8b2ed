"""The GETs that plans ask for."""

import socket
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
import trustme
from pydantic import SecretStr

from destinations.kit import BasicAuth, HttpRequest, RetryableError
from gateway.sending import Proxies
from gateway.sending.base import REFUSED, UNTRUSTED
from gateway.sending.reading import MOST_BYTES, Reader, open_reader
from gateway.shared.memory import MemoryCache
from tests.gateway.asked import Asked
from tests.gateway.sending.conftest import Connection, Serve
from tests.gateway.sending.test_proxies import tunnel

URL = "https://paper.example/template"


async def answer(connection: Connection) -> None:
    await connection.receive()
    await connection.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
    await connection.gone()


class Site:
    """Answers with `status` and `body`, and counts."""

    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []
        self.status = 200
        self.body = b"hello"
        self.seconds = 0.0
        self.reader = Reader(MemoryCache(lambda: self.seconds), Asked(httpx.MockTransport(self.answer)))

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return httpx.Response(self.status, content=self.body, headers={"x-a": "b"})


@pytest.fixture
async def site(anyio_backend: str) -> AsyncIterator[Site]:
    made = Site()
    yield made
    await made.reader.close()


def get(url: str = URL, user: str | None = None) -> HttpRequest:
    return HttpRequest("GET", url, (("x-q", "1"),), auth=BasicAuth(user, SecretStr("pw")) if user else None)


async def test_an_answer_comes_whole_whatever_its_status(site: Site) -> None:
    site.status = 404

    answer = await site.reader.fresh(get(user="me"))

    assert (answer.status, answer.body, answer.headers["x-a"]) == (404, b"hello", "b")
    assert site.asked[0].headers["authorization"] == "Basic bWU6cHc="
    assert site.asked[0].headers["x-q"] == "1"


async def test_a_good_answer_is_used_again_for_a_minute(site: Site) -> None:
    first = await site.reader.cached(get())
    site.seconds = 59.9
    assert await site.reader.cached(get()) == first
    site.seconds = 60.0
    assert await site.reader.cached(get()) == first

    assert len(site.asked) == 2


async def test_another_key_another_answer(site: Site) -> None:
    await site.reader.cached(get(user="me"))
    await site.reader.cached(get(user="you"))
    await site.reader.cached(get())

    assert len(site.asked) == 3


async def test_a_bad_answer_is_not_kept(site: Site) -> None:
    site.status = 500
    await site.reader.cached(get())
    site.status = 200

    assert (await site.reader.cached(get())).status == 200


async def said(reader: Reader, request: HttpRequest) -> str:
    """Why it could not be read, where the host had what to say."""
    with pytest.raises(RetryableError, match=r"; nothing was created or changed there\.$") as caught:
        await reader.fresh(request)
    await reader.close()
    return caught.value.message.removesuffix("; nothing was created or changed there.")


@pytest.mark.parametrize(
    ("raised", "reason"),
    [(httpx.ConnectError, REFUSED), (httpx.ReadTimeout, "no answer in time")],
)
async def test_no_answer_is_passing_trouble_and_says_why(
    anyio_backend: str, raised: Callable[[str], Exception], reason: str
) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise raised("no")

    reader = Reader(MemoryCache(), Asked(httpx.MockTransport(fail)))

    assert await said(reader, get()) == f"Reading from paper.example failed: {reason}"


@pytest.mark.network
@pytest.mark.parametrize(("size", "taken"), [(MOST_BYTES, True), (MOST_BYTES + 1, False)])
async def test_an_answer_without_an_end_is_cut_off(serve: Serve, size: int, *, taken: bool) -> None:
    async def endless(connection: Connection) -> None:
        await connection.receive()
        await connection.answer(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size)
        await connection.gone()

    server = await serve(endless)
    reader = open_reader(MemoryCache(), Proxies())

    if taken:
        assert len((await reader.fresh(get(server.url()))).body) == MOST_BYTES
        await reader.close()
    else:
        assert (
            await said(reader, get(server.url())) == "Reading from 127.0.0.1 failed: the answer is too large"
        )


@pytest.mark.network
async def test_a_trusted_certificate_is_one_of_those_that_ssl_cert_file_names(
    serve: Serve, tls: ssl.SSLContext, authority: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other.pem").write_bytes(trustme.CA().cert_pem.bytes())
    server = await serve(answer, tls)

    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    friend = open_reader(MemoryCache(), Proxies())
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "other.pem"))
    stranger = open_reader(MemoryCache(), Proxies())

    assert (await friend.fresh(get(server.url()))).body == b"hello"
    await friend.close()
    assert await said(stranger, get(server.url())) == f"Reading from 127.0.0.1 failed: {UNTRUSTED}"
    assert [request.line for request in server.requests] == ["GET / HTTP/1.1"]


@pytest.mark.network
async def test_a_certificate_for_another_host_is_not_trusted(
    serve: Serve, tls_of_another_host: ssl.SSLContext, authority: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = await serve(answer, tls_of_another_host)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))

    assert await said(open_reader(MemoryCache(), Proxies()), get(server.url())) == (
        f"Reading from 127.0.0.1 failed: {UNTRUSTED}"
    )
    assert server.requests == []


@pytest.mark.network
async def test_a_proxy_is_trusted_no_more_than_the_host_behind_it(
    serve: Serve, tls_of_another_host: ssl.SSLContext, authority: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = await serve(answer, tls_of_another_host)
    proxy = await serve(tunnel)
    proxy.behind = server.port
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    reader = open_reader(MemoryCache(), Proxies(f"http://127.0.0.1:{proxy.port}"))

    assert (await reader.fresh(get("https://elsewhere.example/x"))).body == b"hello"
    assert await said(reader, get("https://nowhere.example/x")) == (
        f"Reading from nowhere.example failed: {UNTRUSTED}"
    )
    assert [request.line for request in server.requests] == ["GET /x HTTP/1.1"]


@pytest.mark.network
async def test_a_host_that_refuses_is_said_to(anyio_backend: object) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    assert await said(open_reader(MemoryCache(), Proxies()), get(f"https://127.0.0.1:{port}/")) == (
        f"Reading from 127.0.0.1 failed: {REFUSED}"
    )


@pytest.mark.parametrize(
    "request_",
    [
        HttpRequest("POST", URL),
        get("http://paper.example/x"),
        get("ftp://127.0.0.1/x"),
        get("file:///etc/passwd"),
    ],
)
async def test_a_plan_may_only_read_and_only_over_https(site: Site, request_: HttpRequest) -> None:
    with pytest.raises(ValueError, match=r"^A plan may only read"):
        await site.reader.fresh(request_)

    assert site.asked == []


async def test_plain_http_is_for_loopback(site: Site) -> None:
    assert (await site.reader.fresh(get("http://127.0.0.1:9/x"))).status == 200
