"""What `cluster` starts: a set whose workers come and go, and what its servers say of themselves."""

import asyncio
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from gateway.cluster import Cluster, Part, running
from tests.bench.ingest_servers import TICKS, _process
from tests.bench.send_processes import HOST, Sending, _declare_verified, _set_up
from tests.databases import execute

DESTINATION = "twilio-engage"
COUNTING = {"shared_preload_libraries": "pg_stat_statements"}

_STATEMENTS = """
SELECT coalesce(sum(calls) FILTER (WHERE query !~* '^\\s*(begin|commit|rollback|set|show)\\M'), 0), coalesce(sum(calls), 0)
FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_TABLES = """
SELECT relname, n_tup_ins, n_tup_upd, n_tup_del, pg_table_size(relid), pg_indexes_size(relid) FROM pg_stat_user_tables
"""
_WAL = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')"


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
class Table:
    """What there was of a table so far."""

    inserted: int
    updated: int
    deleted: int
    size: int
    indexes: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """What PostgreSQL counted so far. `statements` are those that it carried out, without those that begin and end transactions."""

    statements: int
    calls: int
    wal: int
    processor_seconds: float
    tables: Mapping[str, Table]


@dataclass(frozen=True, slots=True)
class Shared:
    """What Redis counted so far."""

    commands: int
    bytes: int
    memory: int


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
    def working(self, workers: int, at_once: int | None = None) -> Iterator[Sending]:
        """So many workers beside the gateway, each with so many texts under way at once: with what they use, they are one."""
        program = ["gateway"] if at_once is None else ["tests.bench.cluster_program", str(at_once)]
        command = [sys.executable, "-m", *program, "worker", "--port"]
        with ExitStack() as stack:
            servers = [
                stack.enter_context(_process(command, dict(self.cluster.environ))) for _ in range(workers)
            ]
            yield self._sending([_pid(self.gateway), *(one.process.pid for one in servers)])

    def _sending(self, pids: Sequence[int]) -> Sending:
        ours = Together(_port(self.gateway), pids)
        return Sending(ours, self.cluster.token, self.destination)  # type: ignore[arg-type]  # it has what is asked of one

    def ledger(self) -> Ledger:
        """What PostgreSQL counted."""
        pid = _pid(self.cluster.postgresql)
        statements, calls, wal, tables = asyncio.run(_counted(self.cluster.database_url))
        backends = map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
        return Ledger(statements, calls, wal, sum(map(spent, (pid, *backends))), tables)

    def shared(self) -> Shared:
        """What Redis counted."""
        with Redis.from_url(self.cluster.redis_url) as client:
            commands: Any = client.info("commandstats")
            told: Any = client.info("stats") | client.info("memory")
        own = ("info", "auth", "hello", "client|setinfo", "client|setname", "select")
        calls = sum(
            one["calls"] for name, one in commands.items() if name.removeprefix("cmdstat_") not in own
        )
        return Shared(
            calls, told["total_net_input_bytes"] + told["total_net_output_bytes"], told["used_memory"]
        )

    def connections(self, pid: int) -> int:
        """How many that process has to PostgreSQL."""
        return connected(pid, _port(self.cluster.postgresql))


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


def spent(pid: int) -> float:
    """Seconds of the processor that a process used, and its children that ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICKS


def connected(pid: int, port: int) -> int:
    """How many connections a process has to that port of this machine."""
    sockets = {
        line.split()[9]
        for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]
        if line.split()[2].endswith(f":{port:04X}") and line.split()[3] == "01"
    }
    found = 0
    for one in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # it was closed meanwhile
            found += str(one.readlink()).removeprefix("socket:[").removesuffix("]") in sockets
    return found


async def _counted(address: str) -> tuple[int, int, int, Mapping[str, Table]]:
    """Statements, those that begin and end transactions with them, bytes of WAL, and what there was of each table."""
    engine = create_async_engine(address, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT pg_stat_clear_snapshot()"))
            statements, calls = (await connection.execute(text(_STATEMENTS))).one()
            wal = await connection.scalar(text(_WAL))
            tables = {name: Table(*counts) for name, *counts in await connection.execute(text(_TABLES))}
    finally:
        await engine.dispose()
    return int(statements), int(calls), int(wal or 0), tables


def _pid(part: Part) -> int:
    if part.pid is None:
        sys.exit(f"{part.name} has ended. It said: {part.said() or 'nothing'}")
    return part.pid


def _port(part: Part) -> int:
    return int(part.address.rpartition(":")[2])
