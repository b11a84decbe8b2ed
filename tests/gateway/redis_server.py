"""A Redis of a test's own, to which anything may happen; and keys of its own in one that others use, too."""

import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import trustme
from redis import Redis

from gateway.cluster.programs import redis_program
from tests.servers import AbsentError, absent, answers

PATIENCE = 20.0


class RedisServer:
    """A server of the test's own, on a port of its own. What it holds is in memory alone."""

    def __init__(self, folder: Path, *options: str) -> None:
        self._folder = folder
        self._options = options
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def serve_tls(self, certificates: trustme.CA) -> str:
        """The address under which it does, of a certificate for localhost alone."""
        issued = certificates.issue_cert("localhost")
        chain, key, ours = (self._folder / name for name in ("chain.pem", "key.pem", "ours.pem"))
        issued.cert_chain_pems[0].write_to_path(chain)
        issued.private_key_pem.write_to_path(key)
        certificates.cert_pem.write_to_path(ours)
        port = free_port()
        files = {"tls-cert-file": chain, "tls-key-file": key, "tls-ca-cert-file": ours}
        self.do(
            "CONFIG",
            "SET",
            *(part for pair in files.items() for part in map(str, pair)),
            "tls-auth-clients",
            "no",
        )
        self.do("CONFIG", "SET", "tls-port", port)
        return f"rediss://localhost:{port}/0?ssl_ca_certs={ours}"

    def start(self) -> None:
        """Empty, and on the same port as before."""
        binary = redis_program()
        if binary is None:
            absent(AbsentError("no redis-server is installed"))
        where = ("--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._folder))
        keeps = ("--save", "", "--appendonly", "no")
        command = [str(binary), *where, *keeps, *self._options]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + PATIENCE
        while not answers(self.url):
            assert self._process.poll() is None, "redis-server ended"
            assert time.monotonic() < until, "redis-server does not answer"
            time.sleep(0.01)

    def kill(self) -> None:
        """At once, with all that it held."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def hang(self) -> None:
        """It takes connections, and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def do(self, *command: object) -> object:
        """Have it do that."""
        with Redis.from_url(self.url) as client:
            return client.execute_command(*command)

    def fill(self) -> None:
        """From now on it takes nothing more."""
        self.do("CONFIG", "SET", "maxmemory-policy", "noeviction")
        self.do("CONFIG", "SET", "maxmemory", "1")

    def empty_out(self) -> None:
        """It takes as much as is wanted again."""
        self.do("CONFIG", "SET", "maxmemory", "0")


@contextmanager
def namespace(url: str) -> Iterator[str]:
    """A name that begins all that a test keeps, which is removed after it."""
    name = f"test-{secrets.token_hex(6)}"
    try:
        yield name
    finally:
        with Redis.from_url(url) as client:
            for key in client.scan_iter(f"heliograph:{name}:*"):
                client.delete(key)


def free_port() -> int:
    """One on which nobody listens now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
