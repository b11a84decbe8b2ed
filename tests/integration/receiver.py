"""The receiver of an owner's webhooks, on loopback."""

import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class Call(NamedTuple):
    """One call, as it arrived."""

    headers: Mapping[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


class Receiver(ThreadingHTTPServer):
    """What it was told. None is answered before it is `open`; then with these `answers` in their order, and 204s."""

    daemon_threads = True

    def __init__(self, *answers: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.open = threading.Event()
        self.answers = deque(answers)
        self.arrived: list[Call] = []
        self.answered: list[Call] = []

    @property
    def at(self) -> str:
        return f"127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        call = Call({name.lower(): value for name, value in self.headers.items()}, body)
        self.server.arrived.append(call)
        if not self.server.open.wait(60):
            return
        self.server.answered.append(call)
        self.send_response(self.server.answers.popleft() if self.server.answers else 204)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_given: object) -> None:
        return


@contextmanager
def receiving(*answers: int, is_open: bool = True) -> Iterator[Receiver]:
    """A receiver that listens until the end of the block."""
    with Receiver(*answers) as receiver:
        threading.Thread(target=receiver.serve_forever, daemon=True).start()
        if is_open:
            receiver.open.set()
        try:
            yield receiver
        finally:
            receiver.open.set()
            receiver.shutdown()
