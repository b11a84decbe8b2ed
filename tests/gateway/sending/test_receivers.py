"""What is posted to an address that anybody may have entered, over real sockets on loopback."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
import trustme

from gateway.sending.receivers import MOST_BYTES, Answer, Receivers, is_public

pytestmark = pytest.mark.network

Serve = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


class Server:
    """What it was sent, whole, and how many connections it had."""

    def __init__(self) -> None:
        self.requests: list[bytes] = []
        self.written = 0
        self.port = 0
        self.gone = asyncio.Event()

    @property
    def allowed(self) -> frozenset[str]:
        return frozenset({f"127.0.0.1:{self.port}"})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?a=%20b#rc=2"


def answering(head: str, body: bytes = b"") -> Serve:
    async def serve(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {head}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()

    return serve


@asynccontextmanager
async def listening(serve: Serve, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    server = Server()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                int(line.split(b":")[1])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length")
            )
            server.requests.append(head + await reader.readexactly(length))
            await serve(server.requests[-1], writer)
            await reader.read()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            server.gone.set()
            writer.close()

    there = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    server.port = there.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        there.close()


async def post(server: Server, receivers: Receivers | None = None, url: str | None = None) -> Answer:
    client = receivers or Receivers(server.allowed, seconds=5)
    try:
        return await client.post(url or server.url, {"webhook-id": "whd_1"}, b'{"a": 1}')
    finally:
        await client.close()


async def test_a_body_arrives_to_the_byte_and_the_answer_is_told_in_words() -> None:
    async with listening(answering("200 OK", b"thank  you\n")) as server:
        answer = await post(server)

    assert answer == Answer(200, "200 OK: thank you")
    (request,) = server.requests
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /hook?a=%20b HTTP/1.1\r\n")
    assert b"webhook-id: whd_1" in head
    assert f"Host: 127.0.0.1:{server.port}".encode() in head
    assert body == b'{"a": 1}'


async def test_a_wish_to_wait_is_told_as_it_came() -> None:
    async with listening(answering("503 Service Unavailable\r\nRetry-After: 120")) as server:
        answer = await post(server)

    assert answer == Answer(503, "503 Service Unavailable", "120")


async def test_a_redirect_to_metadata_is_an_answer_and_is_not_followed() -> None:
    location = "307 Temporary Redirect\r\nLocation: http://169.254.169.254/latest/meta-data/"
    async with listening(answering(location)) as server:
        answer = await post(server)

    assert answer == Answer(
        307,
        "307 Temporary Redirect: a redirect, which is not followed. Give webhookUrl the address that it leads to.",
    )
    assert len(server.requests) == 1


async def test_of_ten_gigabytes_64_kilobytes_are_read() -> None:
    async def flood(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 10000000000\r\n\r\n")
        piece = b"x" * 65_536
        while not writer.is_closing():
            writer.write(piece)
            await writer.drain()
            server.written += len(piece)

    async with listening(flood) as server:
        answer = await post(server)
        await asyncio.wait_for(server.gone.wait(), 5)

    assert answer.status == 200
    assert answer.words == f"200 OK: {'x' * 300}"
    assert server.written < 100 * MOST_BYTES


async def test_a_receiver_that_answers_nothing_is_left_after_its_time() -> None:
    async def silence(_request: bytes, _writer: asyncio.StreamWriter) -> None:
        return

    async with listening(silence) as server:
        answer = await post(server, Receivers(server.allowed, seconds=0.2))

    assert answer == Answer(None, "No answer came within 0.2 seconds.")


async def test_an_answer_that_drips_counts_by_its_status() -> None:
    async def drip(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\na")
        await writer.drain()

    async with listening(drip) as server:
        answer = await post(server, Receivers(server.allowed, seconds=2))

    assert answer == Answer(200, "200 OK: a")


async def test_a_connection_that_breaks_off_is_no_answer() -> None:
    async def hang_up(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async with listening(hang_up) as server:
        answer = await post(server)

    assert answer == Answer(None, "No connection, or it broke off before an answer came.")
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "0x7f.1",
        "2130706433",
        "169.254.169.254",
        "[::ffff:169.254.169.254]",
        "[::1]",
        "[fd00:ec2::254]",
        "10.0.0.1",
        "100.64.0.1",
        "0.0.0.0",
    ],
)
async def test_what_is_not_public_is_refused_and_the_way_out_is_said(host: str) -> None:
    async with listening(answering("200 OK")) as server:
        url = f"http://{host}:{server.port}/"
        answer = await post(server, Receivers(frozenset({"127.0.0.2", "hooks.example"}), seconds=5), url)

    assert answer.status is None
    assert answer.words.startswith("Nothing was sent: ")
    assert "HELIOGRAPH_WEBHOOK_ALLOWED_HOSTS=" in answer.words
    assert server.requests == []


async def test_a_name_with_one_private_address_among_others_is_refused() -> None:
    async with listening(answering("200 OK")) as server:
        found = ["93.184.216.34", "10.0.0.1"]
        receivers = Receivers(frozenset(), lookup=lambda _host, _port: found, seconds=5)
        answer = await post(server, receivers, f"http://both.example:{server.port}/")

    assert answer.words == (
        "Nothing was sent: both.example is at 10.0.0.1, which is no public address. If it is to be told all the same, the operator "
        f"sets HELIOGRAPH_WEBHOOK_ALLOWED_HOSTS=both.example:{server.port} and restarts."
    )
    assert server.requests == []


async def test_a_name_is_resolved_once_and_the_address_that_was_looked_at_is_connected_to() -> None:
    asked: list[str] = []

    def lookup(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["203.0.113.1"]

    async with listening(answering("200 OK")) as server:
        allowed = frozenset({f"hooks.example:{server.port}"})
        receivers = Receivers(allowed, lookup=lookup, seconds=5)
        answer = await post(server, receivers, f"http://hooks.example:{server.port}/")

    assert (answer, asked) == (Answer(200, "200 OK"), ["hooks.example"])
    assert f"Host: hooks.example:{server.port}".encode() in server.requests[0]


async def test_over_tls_the_name_is_what_is_asked_for_and_proven() -> None:
    authority = trustme.CA()
    theirs, ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("hooks.example").configure_cert(theirs)
    authority.configure_trust(ours)
    names: list[str | None] = []
    theirs.sni_callback = lambda _socket, name, _context: names.append(name)

    async with listening(answering("200 OK"), theirs) as server:
        allowed = frozenset({"hooks.example", "other.example"})

        def lookup(_host: str, _port: int) -> list[str]:
            return ["127.0.0.1"]

        first = await post(
            server,
            Receivers(allowed, lookup=lookup, tls=ours, seconds=5),
            f"https://hooks.example:{server.port}/",
        )
        second = await post(
            server,
            Receivers(allowed, lookup=lookup, tls=ours, seconds=5),
            f"https://other.example:{server.port}/",
        )

    assert first == Answer(200, "200 OK")
    assert second == Answer(None, "Its certificate is not trusted, or is another host's.")
    assert names == ["hooks.example", "other.example"]
    assert len(server.requests) == 1


async def test_no_such_host_is_said() -> None:
    def lookup(_host: str, _port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "no")

    receivers = Receivers(frozenset(), lookup=lookup, seconds=5)
    answer = await receivers.post("https://nowhere.example/", {}, b"")
    await receivers.close()

    assert answer == Answer(None, "There is no such host.")


@pytest.mark.parametrize("url", ["ftp://example.com/", "no url", "https://"])
async def test_what_is_no_address_is_not_called(url: str) -> None:
    receivers = Receivers(frozenset())
    answer = await receivers.post(url, {}, b"")
    await receivers.close()

    assert answer.status is None
    assert answer.words.endswith("Mend webhookUrl.")


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("64:ff9b::808:808", True),
        ("64:ff9b::a9fe:a9fe", False),
        ("64:ff9b:1::1", False),
        ("2002:a9fe:a9fe::1", False),
        ("2002:808:808::1", True),
        ("::ffff:8.8.8.8", False),
        ("::ffff:0:a9fe:a9fe", False),
        ("::169.254.169.254", False),
        ("fec0::1", False),
        ("fe80::1%eth0", False),
        ("ff02::1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("192.0.2.1", False),
        ("168.63.129.16", False),
        ("no address", False),
    ],
)
def test_an_address_is_public_only_where_all_that_is_hidden_in_it_is(address: str, public: bool) -> None:
    assert is_public(address) is public
