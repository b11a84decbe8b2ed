"""HTTP as an ill-behaved client writes it: bytes on a socket, and whatever comes back."""

import base64
import contextlib
import http.client
import json
import socket
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

SECONDS = 30.0
"""How long an answer, or the end of the connection, is waited for: a test fails that is left hanging."""


@dataclass(frozen=True)
class Reply:
    """An answer. `body` is what its JSON says, None where it is none."""

    status: int
    headers: Mapping[str, str]
    body: Any


def request(
    key: str, body: bytes = b"", *, method: str = "POST", path: str = "/v1/batch", **headers: str | None
) -> bytes:
    """A whole request; header names are written with underscores, and None leaves one out."""
    given: dict[str, str | None] = {
        "host": "gateway",
        "authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode(),
        "content_length": str(len(body)),
        **headers,
    }
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in given.items() if value is not None]
    return "\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""]).encode() + body


@contextlib.contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as connection:
        yield connection


def reply(connection: socket.socket, method: str = "POST") -> Reply | None:
    """What the server answers; None where it ends the connection instead. Raises TimeoutError where it does neither."""
    with contextlib.closing(http.client.HTTPResponse(connection, method=method)) as response:
        try:
            response.begin()
            content = response.read()
        except (ConnectionError, http.client.HTTPException):
            return None
    try:
        body = json.loads(content)
    except ValueError:
        body = None
    return Reply(response.status, {name.lower(): value for name, value in response.getheaders()}, body)


def exchange(port: int, *parts: bytes, half_closed: bool = False) -> Reply | None:
    """Send these bytes as far as the server takes them, then hear what it says."""
    with connected(port) as connection:
        send(connection, parts)
        if half_closed:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
        return reply(connection)


def send(connection: socket.socket, parts: Iterable[bytes]) -> int:
    """How many bytes were taken before the server ended the connection, or all of them."""
    sent = 0
    with contextlib.suppress(ConnectionError):
        for part in parts:
            connection.sendall(part)
            sent += len(part)
    return sent
