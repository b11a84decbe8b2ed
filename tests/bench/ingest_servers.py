"""What ingestion is measured beside, and the processes it all runs in."""

import base64
import contextlib
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import uvicorn

from gateway import serve
from gateway.listening import bind

START_SECONDS = 30.0
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")

_decode = msgspec.json.Decoder().decode
_HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"16")]
_BODY = b'{"success":true}'


async def empty(_scope: Any, receive: Any, send: Any) -> None:
    """Reads the body and answers."""
    await _read(receive)
    await _answer(send)


async def decoding(_scope: Any, receive: Any, send: Any) -> None:
    """Reads the body, decodes it, and answers."""
    _decode(await _read(receive) or b"{}")  # asked whether it is ready, it is sent nothing
    await _answer(send)


async def _read(receive: Any) -> bytes:
    message = await receive()
    if not message.get("more_body", False):
        return bytes(message["body"])
    parts = [message["body"]]
    while message.get("more_body", False):
        message = await receive()
        parts.append(message["body"])
    return b"".join(parts)


async def _answer(send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": _BODY})


class Server:
    """A process that serves on a port of its own."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.port = port
        self.process = process

    @property
    def resident(self) -> int:
        """Bytes it has in memory (VmRSS)."""
        return int(self._proc("statm").split()[1]) * PAGE_BYTES

    @property
    def processor_seconds(self) -> float:
        """What it used of the processor, its threads together."""
        fields = self._proc("stat").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def _proc(self, name: str) -> str:
        return Path(f"/proc/{self.process.pid}/{name}").read_text()


@contextmanager
def bare(app: str, pinned: Sequence[str]) -> Iterator[Server]:
    """`empty` or `decoding`, with the gateway's own uvicorn settings."""
    with _process([*pinned, sys.executable, "-m", "tests.bench.ingest_servers", app], {}) as server:
        yield server


@contextmanager
def gateway(folder: Path, pinned: Sequence[str], *, work: bool) -> Iterator[tuple[Server, str]]:
    """`heliograph serve` on an empty store in that folder, and an admin token for it."""
    token = f"hgt_{secrets.token_urlsafe(24)}"
    environ = {"HELIOGRAPH_DATA_DIR": str(folder), "HELIOGRAPH_ADMIN_TOKEN": token}
    command = [*pinned, sys.executable, "-m", "gateway", "serve", *([] if work else ["--no-worker"])]
    with _process([*command, "--port"], environ) as server:
        yield server, token


def credentials(server: Server, token: str, count: int) -> list[str]:
    """Make so many sources; of each what Basic authentication takes. Each may send so much alone: many send much."""
    query = "mutation($name: String!) { sourceCreate(input: {name: $name}) { writeKey errors { message } } }"
    found = []
    with httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=20) as client:
        for number in range(count):
            asked = {"query": query, "variables": {"name": f"Shop {number}"}}
            answer = client.post(f"http://127.0.0.1:{server.port}/graphql", json=asked).json()
            key = answer["data"]["sourceCreate"]["writeKey"]
            found.append(base64.b64encode(f"{key}:".encode()).decode())
    return found


@contextmanager
def _process(command: Sequence[str], environ: dict[str, str]) -> Iterator[Server]:
    port = _free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HELIOGRAPH_")}
    process = subprocess.Popen(
        [*command, str(port)],
        env=kept | environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _await(process, f"http://127.0.0.1:{port}/readyz")
        yield Server(process, port)
    finally:
        process.terminate()
        process.wait(60)


def _free_port() -> int:
    with bind("127.0.0.1", 0) as listener:
        return int(listener.getsockname()[1])


def _await(process: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            sys.exit(f"{process.args!r} ended with {process.returncode} before it served.")
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(url, timeout=2).status_code == httpx.codes.OK:
                return
        time.sleep(0.05)  # between two looks, until it answers
    sys.exit(f"{process.args!r} did not answer within {START_SECONDS:g} s.")


def main() -> None:
    name, port = sys.argv[1:]
    app = {"empty": empty, "decoding": decoding}[name]
    uvicorn.Server(serve.config(app)).run(sockets=[bind("127.0.0.1", int(port))])


if __name__ == "__main__":
    main()
