"""A PostgreSQL and a Redis of one's own: in a folder, on a free port of loopback, behind a password, and gone at the end."""

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.cluster.parts import PROBE_SECONDS, READY, Part, free_port
from gateway.errors import StartupError

_USER = "heliograph"
_UNPRIVILEGED = ("postgres", "nobody")
_STEP_SECONDS = 60.0

_OPTIONS: Mapping[str, str] = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "max_locks_per_transaction": "256",
    "shared_buffers": "64MB",
    "timezone": "UTC",
}
_REDIS = ("save ''", "appendonly no", "maxmemory-policy noeviction")


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs, and the address that HELIOGRAPH_DATABASE_URL or HELIOGRAPH_REDIS_URL takes."""

    part: Part
    address: str


@contextlib.contextmanager
def postgresql(programs: Path, folder: Path, options: Mapping[str, str] | None = None) -> Iterator[Server]:
    """A PostgreSQL with an empty database `heliograph`. `programs` is the folder of its programs; the log is in `folder`.

    Raises StartupError.
    """
    user = _unprivileged()
    port, password = free_port(), secrets.token_urlsafe(24)
    environ = _plain_environ()
    with _data_folder(folder, user) as data, contextlib.ExitStack() as stack:
        keyword = data.parent / "password"
        keyword.write_text(password)
        if user is not None:
            shutil.chown(keyword, user, user)
        made_as = ("--username", _USER, "--auth", "scram-sha-256", "--pwfile", str(keyword))
        kept_as = ("--encoding", "UTF8", "--no-locale", "--no-sync")
        _step([programs / "initdb", "--pgdata", data, *made_as, *kept_as], environ, user, data.parent)
        keyword.unlink()
        given = {**_OPTIONS, **(options or {})}
        set_to = (word for name, value in given.items() for word in ("-c", f"{name}={value}"))
        part = Part(
            "postgresql",
            [programs / "postgres", "-D", data, "-p", str(port), *set_to],
            address=f"127.0.0.1:{port}",
            log=folder / "postgresql.log",
            environ=environ,
            probe=lambda: _accepting(programs, port, environ),
            ending=signal.SIGINT,  # SIGTERM would have it wait for all clients
            user=user,
            folder=data.parent,
        )
        stack.callback(part.stop)
        part.start()
        part.wait_until_ready()
        _step(
            [programs / "createdb", "--host", "127.0.0.1", "--port", str(port), "--username", _USER, _USER],
            environ | {"PGPASSWORD": password},
            user,
            data.parent,
        )
        yield Server(part, f"postgresql+asyncpg://{_USER}:{password}@127.0.0.1:{port}/{_USER}")


@contextlib.contextmanager
def redis(program: Path, folder: Path, options: Sequence[str] = ()) -> Iterator[Server]:
    """An empty Redis, which keeps what it has in memory alone. `options` are lines of its configuration. Raises StartupError."""
    port, password = free_port(), secrets.token_urlsafe(24)
    lines = (
        f"port {port}",
        "bind 127.0.0.1",
        f'dir "{folder}"',
        f"requirepass {password}",
        *_REDIS,
        *options,
    )
    part = Part(
        "redis",
        [program, "-"],
        address=f"127.0.0.1:{port}",
        log=folder / "redis.log",
        environ=_plain_environ(),
        probe=lambda: _pong(port, password),
        given=("\n".join(lines) + "\n").encode(),  # a command line can be read by everybody on this machine
        folder=folder,
    )
    try:
        part.start()
        part.wait_until_ready()
        yield Server(part, f"redis://:{password}@127.0.0.1:{port}/0")
    finally:
        part.stop()


def _plain_environ() -> dict[str, str]:
    """Without PGHOST, PGUSER and their like, which would lead to another server."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}


def _unprivileged() -> str | None:
    """As whom PostgreSQL runs, which refuses to be root; None: as whoever this is."""
    if os.geteuid() != 0:
        return None
    for name in _UNPRIVILEGED:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise StartupError("PostgreSQL does not run as root, and there is no user `nobody`. Nothing was started.")


@contextlib.contextmanager
def _data_folder(folder: Path, user: str | None) -> Iterator[Path]:
    """Where the data lie. A folder of root's is closed to the user that PostgreSQL runs as then: that one has its own."""
    if user is None:
        yield folder / "postgresql"
        return
    own = Path(tempfile.mkdtemp(prefix="heliograph-postgresql-", dir="/tmp"))
    try:
        shutil.chown(own, user, user)
        yield own / "data"
    finally:
        shutil.rmtree(own, ignore_errors=True)


def _step(command: Sequence[str | Path], environ: Mapping[str, str], user: str | None, folder: Path) -> None:
    """Run one of PostgreSQL's programs to its end."""
    done = subprocess.run(  # noqa: S603  as found on this machine, with arguments that stand above
        command,
        env=environ,
        cwd=folder,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=_STEP_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        said = done.stdout.decode(errors="replace").strip() or "nothing"
        raise StartupError(
            f"PostgreSQL's {Path(command[0]).name} ended with {done.returncode}. It said: {said}"
        )


def _accepting(programs: Path, port: int, environ: Mapping[str, str]) -> str:
    asked = subprocess.run(  # noqa: S603  as above
        [programs / "pg_isready", "--quiet", "--host", "127.0.0.1", "--port", str(port)],
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return READY if asked.returncode == 0 else "does not answer"


def _pong(port: int, password: str) -> str:
    try:
        with socket.create_connection(("127.0.0.1", port), PROBE_SECONDS) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            said = b""
            while said.count(b"\r\n") < 2:  # noqa: PLR2004  an answer to each
                some = connection.recv(256)
                if not some:
                    break
                said += some
    except OSError:
        return "does not answer"
    return READY if said.endswith(b"+PONG\r\n") else "answers no PING"
