import json
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from gateway.cluster.parts import PORTS, Part, answering, free_port, undivided
from gateway.errors import StartupError


def part(tmp_path: Path, program: str, probe: str = "ready", **options: object) -> Part:
    return Part(
        "it",
        [sys.executable, "-c", program],
        address="127.0.0.1:1",
        log=tmp_path / "it.log",
        environ={},
        probe=lambda: probe,
        **options,  # type: ignore[arg-type]
    )


def test_what_it_says_is_kept_and_gone_on_with(tmp_path: Path) -> None:
    it = part(tmp_path, "print('here I am')")
    for _ in range(2):
        it.start()
        it.wait()

    assert it.log.read_text() == "here I am\nhere I am\n"
    assert it.health() == "ended with 0"


def test_what_it_is_given_is_on_no_command_line(tmp_path: Path) -> None:
    it = part(tmp_path, "import sys; print(sys.stdin.read(), sys.argv)", given=b"a secret")
    it.start()
    it.wait()

    assert it.said() == "a secret ['-c']"


def test_one_that_ends_at_once_is_not_waited_for_and_says_why(tmp_path: Path) -> None:
    it = part(tmp_path, "raise SystemExit('no luck')", probe="does not answer")
    it.start()

    with pytest.raises(StartupError, match=r"^it did not start \(ended with 1\)\. It said: no luck$"):
        it.wait_until_ready()


def test_one_that_takes_too_long_is_said_to(tmp_path: Path) -> None:
    it = part(tmp_path, "import signal; signal.pause()", probe="answers 503")
    it.start()
    try:
        with pytest.raises(StartupError, match=r"^it did not start \(answers 503\)\. It said: nothing$"):
            it.wait_until_ready(0.0)
    finally:
        it.kill()

    assert it.health() == "ended by signal 9"
    assert it.pid is None


def test_one_that_does_without_a_part_can_be_used(tmp_path: Path) -> None:
    it = part(tmp_path, "import signal; signal.pause()", probe="degraded: redis")
    it.start()
    try:
        it.wait_until_ready(0.0)
        health = it.health()
    finally:
        it.stop()

    assert health == "degraded: redis"
    assert it.health() == "ended by signal 15"


def test_a_free_port_is_one_that_no_connection_takes() -> None:
    port = free_port()

    assert port in PORTS
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", port))


@pytest.fixture
def said() -> Iterator[tuple[str, dict[str, object]]]:
    """An address, and what it answers."""
    answer: dict[str, object] = {"status": 200, "type": "application/json", "body": ""}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(int(str(answer["status"])))
            self.send_header("Content-Type", str(answer["type"]))
            self.end_headers()
            self.wfile.write(str(answer["body"]).encode())

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/readyz", answer
        server.shutdown()
        thread.join()


@pytest.mark.network
@pytest.mark.parametrize(
    ("status", "kind", "body", "health"),
    [
        (200, "application/json", {"ready": True, "degraded": []}, "ready"),
        (200, "application/json", {"ready": True, "degraded": ["redis"]}, "degraded: redis"),
        (200, "text/html", "<p>degraded</p>", "ready"),
        (503, "application/json", {"ready": False, "store": "can't be read"}, "answers 503"),
    ],
)
def test_an_answer_says_how_it_is(
    said: tuple[str, dict[str, object]], status: int, kind: str, body: object, health: str
) -> None:
    url, answer = said
    answer |= {
        "status": status,
        "type": kind,
        "body": body if isinstance(body, str) else json.dumps(body),
    }

    assert answering(url)() == health


@pytest.mark.network
def test_nobody_who_answers_is_said_to() -> None:
    assert answering(f"http://127.0.0.1:{free_port()}/readyz")() == "does not answer"


def test_who_is_told_to_end_does_so_once_a_process_is_known() -> None:
    told: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _frame: told.append(number))
    try:
        with undivided():
            signal.raise_signal(signal.SIGTERM)
            meanwhile = list(told)
        after = list(told)
    finally:
        signal.signal(signal.SIGTERM, before)

    assert (meanwhile, after) == ([], [signal.SIGTERM])
