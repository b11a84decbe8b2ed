"""Whether a PostgreSQL keeps what is promised, and has room for those who work on it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, text

from gateway.doctor.checks import Check, Group, mend, note, ok
from gateway.storage import ownership
from gateway.storage.engine import OVERFLOW, POOL
from gateway.storage.ledger_clock import MOST_OFF
from gateway.storage.server_version import OLDEST

EACH = POOL + OVERFLOW + 1
"""The connections of a process: those of its store, and the one that holds the ledger."""

LOCKS = 20_000
"""Enough for ten statements at once that look into every day: of events and Deliveries, each day has a table and up to nine indexes."""

_STORES, _CLOCK = Group.STORES, Group.CLOCK

NOTABLE = timedelta(seconds=1)
"""A clock that is further off than that is worth a word."""

_UTC = frozenset({"UTC", "Etc/UTC", "GMT", "Etc/GMT", "UCT", "Etc/UCT", "Zulu", "Etc/Zulu", "Universal"})

_LOOK = text("""
SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int / 10000 AS major,
  current_setting('synchronous_commit') AS synchronous_commit, current_setting('fsync') AS fsync,
  current_setting('full_page_writes') AS full_page_writes,
  current_setting('default_transaction_isolation') AS isolation,
  current_setting('default_transaction_read_only') = 'on' OR pg_is_in_recovery() AS only_reads,
  current_setting('TimeZone') AS time_zone,
  current_setting('max_connections')::int AS most,
  current_setting('max_locks_per_transaction')::int AS locks_each,
  current_setting('superuser_reserved_connections')::int
    + coalesce(current_setting('reserved_connections', true), '0')::int AS reserved,
  r.rolconnlimit AS of_role, d.datconnlimit AS of_database,
  quote_ident(current_database()) AS database, quote_ident(current_user) AS role
FROM pg_roles r, pg_database d WHERE r.rolname = current_user AND d.datname = current_database()
""")


@dataclass(frozen=True, slots=True)
class Server:
    """What a server says of itself, to a connection such as the gateway's."""

    version: str
    major: int
    synchronous_commit: str
    fsync: str
    full_page_writes: str
    isolation: str
    only_reads: bool
    time_zone: str
    most: int
    locks_each: int
    reserved: int
    of_role: int
    of_database: int
    database: str
    role: str
    processes: int


def look(connection: Connection) -> Server:
    """Ask it."""
    said = connection.execute(_LOOK).one()._asdict()
    return Server(**said, processes=ownership.holders(connection))


def findings(server: Server, *, several: bool) -> Iterator[Check]:
    """A line for each thing that matters. `several`: whether other processes may work beside this one."""
    yield _version(server)
    yield _durability(server)
    yield from _transactions(server)
    yield _time_zone(server)
    yield _room(server, several=several)
    yield _locks(server)


def clock(ahead: timedelta) -> Check:
    """How far this machine's clock is from the server's, which is `ahead` of it."""
    off, way = abs(ahead), "behind" if ahead > timedelta() else "ahead of"
    said = f"{off.total_seconds():.3f} s {way} PostgreSQL's"
    if off <= NOTABLE:
        return ok(_CLOCK, "clock", said)
    remedy = "Let both follow one time server: `timedatectl set-ntp true` on each."
    if off <= MOST_OFF:
        return note(
            _CLOCK, "clock", f"{said}, which is allowed for; logs of both don't fit together.", remedy
        )
    most = f"{MOST_OFF.total_seconds():.0f}"
    return mend(_CLOCK, "clock", f"{said}; with more than {most} s no process starts.", remedy)


def _version(server: Server) -> Check:
    said = f"PostgreSQL {server.version}"
    if server.major >= OLDEST:
        return ok(_STORES, "store", said)
    older = f"{said} is older than {OLDEST}, which is the oldest that this is tried with."
    return mend(_STORES, "store", older, "Upgrade it with pg_upgrade.")


def _durability(server: Server) -> Check:
    lost = "an event that was answered can be lost with the machine"
    if server.synchronous_commit == "off":
        remedy = (
            f"ALTER DATABASE {server.database} SET synchronous_commit = on; then restart heliograph's processes. A role's own setting "
            "goes before a database's."
        )
        return mend(_STORES, "durability", f"synchronous_commit is off: {lost}.", remedy)
    for name, value in (("fsync", server.fsync), ("full_page_writes", server.full_page_writes)):
        if value == "off":
            remedy = f"ALTER SYSTEM SET {name} = on; SELECT pg_reload_conf();"
            return mend(_STORES, "durability", f"{name} is off: {lost}, and the database with it.", remedy)
    said = f"synchronous_commit={server.synchronous_commit}: an answered event is on disk"
    return ok(_STORES, "durability", said)


def _transactions(server: Server) -> Iterator[Check]:
    name = "transactions"
    if server.only_reads:
        yield mend(
            _STORES,
            name,
            "only reads: it is a standby, or default_transaction_read_only is on.",
            "Set HELIOGRAPH_DATABASE_URL to the primary, or "
            f"ALTER DATABASE {server.database} SET default_transaction_read_only = off;",
        )
    if server.isolation == "read committed":
        yield ok(_STORES, name, "read committed, as they are meant")
        return
    yield mend(
        _STORES,
        name,
        f"default_transaction_isolation is {server.isolation!r}: work that meets other work fails, and is done again and again.",
        f"ALTER DATABASE {server.database} SET default_transaction_isolation = 'read committed'; then restart heliograph's processes.",
    )


def _time_zone(server: Server) -> Check:
    if server.time_zone in _UTC:
        return ok(_CLOCK, "time zone", server.time_zone)
    return note(
        _CLOCK,
        "time zone",
        f"{server.time_zone}: what is kept is the same, but who asks by hand sees other days than GraphQL, which has UTC.",
        f"ALTER DATABASE {server.database} SET timezone = 'UTC';",
    )


def _room(server: Server, *, several: bool) -> Check:
    """Whether all processes find a connection at once, those that run or at least this one."""
    processes = max(server.processes, 1)
    wanted, (room, grow) = processes * EACH, _limit(server, processes + several)
    those = f"{processes} process{'es take' if processes > 1 else ' takes'} {wanted} connections at most"
    if wanted > room:
        said = f"{those}, and there are {room}."
        return mend(_STORES, "connections", said, f"Run fewer processes, or: {grow}")
    if several and wanted + EACH > room:
        said = f"{those} of {room}: there is no room for another process, and a rolling restart needs it."
        return note(_STORES, "connections", said, grow)
    return ok(_STORES, "connections", f"{those} of {room}")


def _locks(server: Server) -> Check:
    """Whether what has to look into every day finds its locks: without, it fails with "out of shared memory", and is tried again."""
    there = server.locks_each * server.most
    if there >= LOCKS:
        return ok(_STORES, "locks", f"{there:,}")
    return note(
        _STORES,
        "locks",
        f"{there:,}, and with 90 days of partitions a statement over all of them takes up to 2,000.",
        f"ALTER SYSTEM SET max_locks_per_transaction = {-(-LOCKS // server.most)}; then restart PostgreSQL.",
    )


def _limit(server: Server, processes: int) -> tuple[int, str]:
    """How many connections there are for us, and how there come to be enough."""
    enough = processes * EACH
    limits = [
        (
            server.most - server.reserved,
            f"ALTER SYSTEM SET max_connections = {enough + server.reserved}; then restart PostgreSQL.",
        )
    ]
    if server.of_role >= 0:
        limits.append((server.of_role, f"ALTER ROLE {server.role} CONNECTION LIMIT {enough};"))
    if server.of_database >= 0:
        limits.append((server.of_database, f"ALTER DATABASE {server.database} CONNECTION LIMIT {enough};"))
    return min(limits)
