"""A raw HTTP server whose connections do exactly what a script says, and clients of either kind."""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

import pytest
import trustme
from pydantic import SecretStr

from destinations.kit.http import BasicAuth, HttpRequest
from gateway.sending import Proxies, SendingClient, SendingError, open_client

Script = Callable[["Connection"], Awaitable[None]]
Kind = Literal["pyreqwest", "aiohttp"]


@dataclass(frozen=True)
class Received:
    """A request as its bytes came. `connection` counts from 1."""

    connection: int
    line: str
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name]


@dataclass
class Connection:
    """What a script may do with one connection."""

    number: int
    server: "Server"
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def receive(self) -> Received:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *rows = head.rstrip("\r\n").split("\r\n")
        headers = [(row.partition(":")[0], row.partition(":")[2].strip()) for row in rows]
        length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
        request = Received(self.number, line, headers, await self.reader.readexactly(length))
        self.server.requests.append(request)
        self.server.arrived.set()
        return request

    async def answer(self, raw: bytes) -> None:
        if self.writer.transport.is_closing():  # where uvloop raises a RuntimeError
            raise ConnectionResetError
        self.writer.write(raw)
        await self.writer.drain()

    def reset(self) -> None:
        """RST, not FIN: the other side learns at once, and what it sent may be lost."""
        handle: socket.socket = self.writer.get_extra_info("socket")
        handle.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    def close(self) -> None:
        self.writer.close()

    async def gone(self) -> bytes:
        """Until the client gives the connection up; what it still wrote."""
        try:
            return await self.reader.read()
        except ConnectionResetError:
            return b""


@dataclass
class Server:
    script: Script
    scheme: str = "http"
    port: int = 0
    behind: int = 0
    """For a proxy's script: the port of what it leads to."""
    connections: int = 0
    requests: list[Received] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    running: set["asyncio.Task[None]"] = field(default_factory=set)
    failures: list[BaseException] = field(default_factory=list)

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"

    def post(self, path: str = "/") -> HttpRequest:
        """A create as a destination builds it."""
        return HttpRequest(
            "POST",
            self.url(path),
            form=(("To", "+15005550006"), ("Body", "Hello")),
            auth=BasicAuth("AC123", SecretStr("the-secret")),
        )

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Not a coroutine, so that the task is ours to await and no failure of a script is lost.
        self.connections += 1
        task = asyncio.create_task(self._run(Connection(self.connections, self, reader, writer)))
        self.running.add(task)
        task.add_done_callback(self.running.discard)

    async def _run(self, connection: Connection) -> None:
        try:
            # The client leaving in the middle of a script is its right.
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await self.script(connection)
        except Exception as error:  # noqa: BLE001  shown by the test that started the server
            self.failures.append(error)
        finally:
            connection.writer.transport.abort()


class Serve(Protocol):
    async def __call__(self, script: Script, tls: ssl.SSLContext | None = None) -> Server: ...


class FailureOf(Protocol):
    async def __call__(self, client: SendingClient, request: HttpRequest) -> SendingError: ...


class OpenClient(Protocol):
    def __call__(self, **options: Any) -> SendingClient: ...


@asynccontextmanager
async def _serving(script: Script, tls: ssl.SSLContext | None) -> AsyncIterator[Server]:
    server = Server(script, "http" if tls is None else "https")
    listener = await asyncio.start_server(server.accept, "127.0.0.1", 0, ssl=tls, backlog=256)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        running = list(server.running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await listener.wait_closed()
    assert server.failures == []


@pytest.fixture(
    params=[
        pytest.param(("asyncio", {"use_uvloop": False}), id="asyncio"),
        pytest.param(("asyncio", {"use_uvloop": True}), id="uvloop"),
    ]
)
def anyio_backend(request: pytest.FixtureRequest) -> Any:
    """The gateway runs under uvloop, whose transports fail in their own words."""
    return request.param


@pytest.fixture(params=["pyreqwest", "aiohttp"])
def kind(request: pytest.FixtureRequest) -> Kind:
    chosen: Kind = request.param
    return chosen


@pytest.fixture
async def serve(anyio_backend: Any) -> AsyncIterator[Serve]:
    async with AsyncExitStack() as stack:

        async def start(script: Script, tls: ssl.SSLContext | None = None) -> Server:
            return await stack.enter_async_context(_serving(script, tls))

        yield start


@pytest.fixture
async def client_of(kind: Kind, anyio_backend: Any, authority: Path) -> AsyncIterator[OpenClient]:
    """Opens clients that trust the test's own authority and never take a proxy, and closes them."""
    opened: list[SendingClient] = []

    def start(**options: Any) -> SendingClient:
        client = open_client(kind, **{"ca_file": authority, "proxies": Proxies(), **options})
        opened.append(client)
        return client

    yield start
    for client in opened:
        await client.close()


@pytest.fixture
def failure_of() -> FailureOf:
    """Sends a request that must fail, and gives its error."""

    async def send(client: SendingClient, request: HttpRequest) -> SendingError:
        with pytest.raises(SendingError) as caught:
            await client.send(request)
        return caught.value

    return send


@pytest.fixture(scope="session")
def certificates() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def authority(certificates: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tls") / "ca.pem"
    certificates.cert_pem.write_to_path(str(path))
    return path


def _server_side(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


@pytest.fixture(scope="session")
def tls(certificates: trustme.CA) -> ssl.SSLContext:
    return _server_side(certificates, "127.0.0.1", "localhost")


@pytest.fixture(scope="session")
def tls_of_another_host(certificates: trustme.CA) -> ssl.SSLContext:
    return _server_side(certificates, "elsewhere.example")


@pytest.fixture(scope="session")
def tls_of_another_authority() -> ssl.SSLContext:
    return _server_side(trustme.CA(), "127.0.0.1", "localhost")
