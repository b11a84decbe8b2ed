"""A proxy that loses answers: what a client sees of a bad network, in front of a gateway that is well."""

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Fault(Enum):
    """What becomes of one request."""

    LOST_ANSWER = auto()  # it is taken, and the connection ends in place of the answer
    DROPPED = auto()  # the connection ends before the gateway sees it
    UNAVAILABLE = auto()  # 503 with Retry-After, and the gateway never sees it
    TOO_MANY = auto()  # 429 with Retry-After, and the gateway never sees it


REFUSALS = {
    Fault.UNAVAILABLE: (HTTPStatus.SERVICE_UNAVAILABLE, "busy"),
    Fault.TOO_MANY: (HTTPStatus.TOO_MANY_REQUESTS, "rate_limited"),
}


@dataclass
class Proxy:
    """Where it listens, the faults that are still to come, and how many requests it saw."""

    url: str
    faults: list[Fault]
    requests: int = 0


@contextmanager
def faulty(port: int, *faults: Fault) -> Iterator[Proxy]:
    """In front of the gateway on that port: one fault per request, in this order, then none."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            proxy.requests += 1
            body = self.rfile.read(int(self.headers["content-length"]))
            fault = proxy.faults.pop(0) if proxy.faults else None
            if fault in REFUSALS:
                status, code = REFUSALS[fault]
                refusal = {"success": False, "code": code, "message": "Send it again in a moment."}
                self._answer(status, json.dumps(refusal).encode(), retry_after="1")
                return
            self.close_connection = fault is not None
            if fault is Fault.DROPPED:
                return
            gateway = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            gateway.request("POST", self.path, body, dict(self.headers.items()))
            response = gateway.getresponse()
            answer = response.read()
            gateway.close()
            if fault is None:
                self._answer(response.status, answer)

        def _answer(self, status: int, body: bytes, **more: str) -> None:
            self.send_response(status)
            for name, value in {"content_type": "application/json", **more}.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Nothing: the tests count `requests`."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    proxy = Proxy(f"http://127.0.0.1:{server.server_port}", list(faults))
    thread = threading.Thread(target=server.serve_forever, name="faulty proxy")
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
