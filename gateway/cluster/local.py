"""A whole set on this machine: gateways, workers, PostgreSQL, Redis and the provider's stand-in, each a process of its own."""

import contextlib
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.cluster import programs, servers
from gateway.cluster.parts import Part, answering, free_port
from gateway.errors import StartupError
from gateway.settings import PREFIX

GATEWAYS = 2
WORKERS = 2
ENVIRON_FILE = "environ"

_MIGRATE_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Cluster:
    """A set that runs. Each part may be killed and started again; it keeps its address."""

    folder: Path
    token: str
    environ: Mapping[str, str]
    """What each heliograph of it is given: with the same, another one works beside them."""
    postgresql: Part
    redis: Part
    simulator: Part
    gateways: Sequence[Part]
    workers: Sequence[Part]

    @property
    def parts(self) -> Sequence[Part]:
        """All of them, those that others need first."""
        return self.postgresql, self.redis, self.simulator, *self.gateways, *self.workers

    @property
    def database_url(self) -> str:
        return self.environ["HELIOGRAPH_DATABASE_URL"]

    @property
    def redis_url(self) -> str:
        return self.environ["HELIOGRAPH_REDIS_URL"]

    @property
    def environ_file(self) -> Path:
        """Its settings, as a shell reads them; for its owner alone."""
        return self.folder / ENVIRON_FILE


@contextlib.contextmanager
def running(
    destination: str,
    *,
    gateways: int = GATEWAYS,
    workers: int = WORKERS,
    environ: Mapping[str, str] | None = None,
    program: str = "gateway",
    postgresql: Mapping[str, str] | None = None,
) -> Iterator[Cluster]:
    """A set that is ready, and ends with the block, with all that it stored. What is configured then is up to the caller.

    `destination` is the one whose provider is stood in for, `environ` are settings besides, `program` is the module that is run as
    heliograph, `postgresql` are that server's own settings. Raises StartupError where something is missing or does not start.
    """
    found = programs.found()
    with tempfile.TemporaryDirectory(prefix="heliograph-cluster-") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        database = stack.enter_context(servers.postgresql(found.postgresql, folder, postgresql))
        shared = stack.enter_context(servers.redis(found.redis, folder))
        stand_in, *front = (f"127.0.0.1:{free_port()}" for _ in range(1 + gateways))
        token = f"hgt_{secrets.token_urlsafe(24)}"
        given = {
            "HELIOGRAPH_DATA_DIR": str(folder / "data"),
            "HELIOGRAPH_DATABASE_URL": database.address,
            "HELIOGRAPH_REDIS_URL": shared.address,
            "HELIOGRAPH_SECRET_KEYS": secrets.token_urlsafe(32),
            "HELIOGRAPH_ADMIN_TOKEN": token,
            "HELIOGRAPH_ALLOWED_HOSTS": stand_in,
            "HELIOGRAPH_PUBLIC_URL": f"http://{front[0]}",
            **(environ or {}),
        }
        make = _Maker(program, folder, _foreign_environ() | given)
        cluster = Cluster(
            folder,
            token,
            given,
            database.part,
            shared.part,
            make.part("simulator", "simulator", stand_in, "/", "--destination", destination),
            [
                make.part(f"gateway-{n}", "serve", address, "/readyz", "--no-worker")
                for n, address in enumerate(front, 1)
            ],
            [
                make.part(f"worker-{n}", "worker", f"127.0.0.1:{free_port()}", "/readyz")
                for n in range(1, workers + 1)
            ],
        )
        _keep(cluster.environ_file, given)
        make.migrate()
        ours = (cluster.simulator, *cluster.gateways, *cluster.workers)
        stack.callback(_end, ours)
        for part in ours:
            part.start()
        for part in ours:
            part.wait_until_ready()
        yield cluster


class _Maker:
    """Makes the processes that are heliograph."""

    def __init__(self, program: str, folder: Path, environ: Mapping[str, str]) -> None:
        self._heliograph = [sys.executable, "-m", program]
        self._folder = folder
        self._environ = environ

    def part(self, name: str, command: str, address: str, ready: str, *more: str) -> Part:
        port = address.rpartition(":")[2]
        return Part(
            name,
            [*self._heliograph, command, "--port", port, *more],
            address=address,
            log=self._folder / f"{name}.log",
            environ=self._environ,
            probe=answering(f"http://{address}{ready}"),
        )

    def migrate(self) -> None:
        """As one does once, before the processes of a new version start."""
        done = subprocess.run(  # noqa: S603  this very program
            [*self._heliograph, "migrate"],
            env=dict(self._environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_MIGRATE_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            raise StartupError(
                f"`heliograph migrate` failed. It said: {done.stdout.decode(errors='replace').strip()}"
            )


def _foreign_environ() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}


def _keep(file: Path, given: Mapping[str, str]) -> None:
    file.touch(mode=0o600)
    file.write_text("".join(f"{name}='{value}'\n" for name, value in given.items()))


def _end(parts: Sequence[Part]) -> None:
    """All at once, since each finishes what it is about."""
    for part in parts:
        part.tell_to_end()
    for part in parts:
        part.stop()
