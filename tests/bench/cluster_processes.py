"""What `cluster` starts: a set whose workers come and go."""

import asyncio
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.cluster import Cluster, Part, running
from tests.bench import cluster_counts
from tests.bench.cluster_counts import COUNTING, Ledger, Shared, spent
from tests.bench.ingest_servers import _process
from tests.bench.send_processes import HOST, Sending, _declare_verified, _set_up
from tests.databases import execute

DESTINATION = "twilio-engage"


class Together:
    """Processes that do the work of one: the first is asked, and what they use of the processor is added up."""

    def __init__(self, port: int, pids: Sequence[int]) -> None:
        self.port = port
        self.pids = pids

    @property
    def processor_seconds(self) -> float:
        """What all of them used."""
        return sum(map(spent, self.pids))


@dataclass(frozen=True, slots=True)
class Set:
    """One gateway, PostgreSQL and Redis, with a destination at the bench's stand-in."""

    cluster: Cluster
    destination: str

    @property
    def gateway(self) -> Part:
        """The one that takes all events."""
        return self.cluster.gateways[0]

    @contextmanager
    def working(self, workers: int, at_once: int | None = None) -> Iterator[tuple[Sending, Together]]:
        """So many workers beside the gateway, each with so many texts under way at once: with what they use, they are one."""
        program = ["gateway"] if at_once is None else ["tests.bench.cluster_program", str(at_once)]
        command = [sys.executable, "-m", *program, "worker", "--port"]
        with ExitStack() as stack:
            servers = [
                stack.enter_context(_process(command, dict(self.cluster.environ))) for _ in range(workers)
            ]
            ours = Together(_port(self.gateway), [_pid(self.gateway), *(one.process.pid for one in servers)])
            yield Sending(ours, self.cluster.token, self.destination), ours  # type: ignore[arg-type]  # it has what is asked of one

    def counts(self) -> tuple[Ledger, Shared]:
        """What PostgreSQL and Redis did so far."""
        there = self.cluster
        return (
            cluster_counts.ledger(there.database_url, _pid(there.postgresql)),
            cluster_counts.shared(there.redis_url),
        )

    def connections(self, pid: int) -> int:
        """How many that process has to PostgreSQL."""
        return cluster_counts.connections(pid, _port(self.cluster.postgresql))


@contextmanager
def started(stand_in_port: int, authority: Path) -> Iterator[Set]:
    """A set without workers, that is set up. Raises StartupError where a program is missing."""
    environ = {
        "HELIOGRAPH_ALLOWED_HOSTS": f"{HOST}:{stand_in_port}",
        "HELIOGRAPH_LOG_LEVEL": "error",
        "SSL_CERT_FILE": str(authority),
    }
    with running(DESTINATION, gateways=1, workers=0, environ=environ, postgresql=COUNTING) as cluster:
        destination = _set_up(_port(cluster.gateways[0]), cluster.token, f"{HOST}:{stand_in_port}")
        _declare_verified(cluster.folder, cluster.database_url)
        asyncio.run(execute(cluster.database_url, "CREATE EXTENSION pg_stat_statements"))
        yield Set(cluster, destination)


def _pid(part: Part) -> int:
    if part.pid is None:
        sys.exit(f"{part.name} has ended. It said: {part.said() or 'nothing'}")
    return part.pid


def _port(part: Part) -> int:
    return int(part.address.rpartition(":")[2])
