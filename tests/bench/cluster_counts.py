"""What PostgreSQL and Redis say that they did so far, and what a process has of them."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.bench.ingest_servers import TICKS

COUNTING = {"shared_preload_libraries": "pg_stat_statements"}
"""With which PostgreSQL counts its statements."""

_STATEMENTS = """
SELECT coalesce(sum(calls) FILTER (WHERE query !~* '^\\s*(begin|commit|rollback|set|show)\\M'), 0), coalesce(sum(calls), 0)
FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_TABLES = """
SELECT coalesce(pg_partition_root(relid), relid)::regclass::text, sum(n_tup_ins), sum(n_tup_upd), sum(n_tup_del),
    sum(pg_table_size(relid)), sum(pg_indexes_size(relid))
FROM pg_stat_user_tables GROUP BY 1
"""
_WAL = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')"
_OF_A_CONNECTION = ("info", "auth", "hello", "client|setinfo", "client|setname", "select")
_ESTABLISHED = "01"


@dataclass(frozen=True, slots=True)
class Table:
    """What was done to a table so far, and its bytes."""

    inserted: int
    updated: int
    deleted: int
    size: int
    indexes: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """What PostgreSQL did so far: statements, all calls (with what begins and ends transactions), bytes of its log."""

    statements: int
    calls: int
    wal: int
    processor_seconds: float
    tables: Mapping[str, Table]


@dataclass(frozen=True, slots=True)
class Shared:
    """What Redis did so far; `commands` are those within scripts, too. `memory` is what it has now."""

    commands: int
    bytes: int
    memory: int


def ledger(address: str, pid: int) -> Ledger:
    """Of the server at that address, whose first process that is."""
    statements, calls, wal, tables = asyncio.run(_counted(address))
    return Ledger(statements, calls, wal, _family_spent(pid), tables)


def shared(address: str) -> Shared:
    """Of the Redis at that address."""
    with Redis.from_url(address) as client:
        commands: Any = client.info("commandstats")
        told: Any = client.info("stats") | client.info("memory")
    calls = sum(
        one["calls"]
        for name, one in commands.items()
        if name.removeprefix("cmdstat_") not in _OF_A_CONNECTION
    )
    return Shared(calls, told["total_net_input_bytes"] + told["total_net_output_bytes"], told["used_memory"])


def spent(pid: int) -> float:
    """Seconds of the processor that a process used, and its children that ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICKS


def _family_spent(pid: int) -> float:
    """What a process used and its children; itself last, since who ends meanwhile is counted with it."""
    used = 0.0
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        with suppress(FileNotFoundError):
            used += spent(int(child))
    return used + spent(pid)


def connections(pid: int, port: int) -> int:
    """How many a process has to that port of this machine."""
    lines = [line.split() for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]]
    sockets = {
        f"socket:[{one[9]}]" for one in lines if one[2].endswith(f":{port:04X}") and one[3] == _ESTABLISHED
    }
    found = 0
    for one in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # it was closed meanwhile
            found += str(one.readlink()) in sockets
    return found


async def _counted(address: str) -> tuple[int, int, int, Mapping[str, Table]]:
    engine = create_async_engine(address, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            statements, calls = (await connection.execute(text(_STATEMENTS))).one()
            wal = await connection.scalar(text(_WAL))
            tables = {
                name: Table(*map(int, counts)) for name, *counts in await connection.execute(text(_TABLES))
            }
    finally:
        await engine.dispose()
    return int(statements), int(calls), int(wal or 0), tables
