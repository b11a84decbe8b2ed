"""Sends prepared requests to a server for a while: with wrk where it is installed, else with a loop of our own."""

import asyncio
import itertools
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).parent / "ingest.lua"
ANSWER = b"HTTP/1.1 "
GOOD = b"HTTP/1.1 200"


@dataclass(frozen=True, slots=True)
class Load:
    """What became of the requests."""

    answered: int
    bad: int
    seconds: float


def post(path: str, body: bytes, credential: str) -> bytes:
    """A request as an SDK sends it. `credential` is that of Basic authentication."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic {credential}\r\nUser-Agent: bench\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def keep(requests: Iterable[bytes], path: Path) -> Path:
    """Write the requests into a file, as both loads read them."""
    with path.open("wb") as file:
        for request in requests:
            file.write(b"%d\n" % len(request) + request)
    return path


def kept(path: Path) -> list[bytes]:
    """The requests of that file."""
    found = []
    with path.open("rb") as file:
        while line := file.readline():
            found.append(file.read(int(line)))
    return found


def send(port: int, requests: Path, seconds: float, connections: int, pinned: Sequence[str] = ()) -> Load:
    """Send the requests of a file in turn, over and over, in a process of its own."""
    wrk = shutil.which("wrk")
    if wrk is not None:
        options = ["-t1", f"-c{connections}", f"-d{max(1, round(seconds))}", "-s", str(SCRIPT)]
        command = [wrk, *options, f"http://127.0.0.1:{port}", "--", str(requests)]
    else:
        ours = [sys.executable, "-m", "tests.bench.ingest_load", str(port), str(requests)]
        command = [*ours, str(seconds), str(connections)]
    done = subprocess.run(
        [*pinned, *command], capture_output=True, text=True, timeout=seconds + 60, check=False
    )
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return Load(**json.loads(done.stdout.strip().splitlines()[-1]))


async def drive(port: int, requests: Iterator[bytes], connections: int) -> Load:
    """Send each of the requests once, over so many connections, one at a time on each."""
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    lines = [
        (await loop.create_connection(lambda: Line(requests), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    await asyncio.gather(*(line.ended for line in lines))
    return Load(
        sum(line.answered for line in lines), sum(line.bad for line in lines), time.perf_counter() - started
    )


class Line(asyncio.Protocol):
    """One connection: the next request follows the answer to the one before."""

    def __init__(self, requests: Iterator[bytes]) -> None:
        self._requests = requests
        self._transport: asyncio.Transport | None = None
        self.answered = 0
        self.bad = 0
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._next(transport)

    def data_received(self, data: bytes) -> None:
        answers = data.count(ANSWER)  # none, where the rest of one comes by itself
        self.answered += answers
        self.bad += answers - data.count(GOOD)
        if answers and self._transport is not None:
            self._next(self._transport)

    def connection_lost(self, _error: Exception | None) -> None:
        if not self.ended.done():
            self.bad += 1
            self.ended.set_result(None)

    def _next(self, transport: asyncio.Transport) -> None:
        request = next(self._requests, None)
        if request is not None:
            transport.write(request)
        elif not self.ended.done():
            self.ended.set_result(None)
            transport.close()


def _until(requests: Sequence[bytes], deadline: float) -> Iterator[bytes]:
    for request in itertools.cycle(requests):
        if time.perf_counter() > deadline:
            return
        yield request


def main() -> None:
    port, path, seconds, connections = sys.argv[1:]
    requests = _until(kept(Path(path)), time.perf_counter() + float(seconds))
    load = asyncio.run(drive(int(port), requests, int(connections)))
    print(json.dumps({"answered": load.answered, "bad": load.bad, "seconds": load.seconds}))  # noqa: T201  for `send`


if __name__ == "__main__":
    main()
