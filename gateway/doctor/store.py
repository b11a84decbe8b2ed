"""Whether the store is there, keeps what is promised, and leads somewhere. It is looked at without a change: no file is made, and no
migration is applied.
"""

from sqlalchemy import Connection

from destinations.kit.registry import installed
from gateway import app
from gateway.clock import SystemClock
from gateway.doctor import postgresql
from gateway.errors import StartupError, StoreUnavailable
from gateway.idle import Configured, Finding, findings
from gateway.secrets import Secrets
from gateway.settings import Settings
from gateway.storage import destinations, free_space, ledger, ledger_clock, mappings, sources, usage
from gateway.storage.engine import PostgresStore, ReadOnly, open_store
from gateway.storage.migrate import all_applied

_TO_MIGRATE: Finding = (
    "migrations",
    None,
    "are missing: `heliograph migrate` applies them, and so does the next `heliograph serve`",
)


async def examine(settings: Settings) -> list[Finding]:
    """A line per check."""
    try:
        return await (_file(settings) if settings.embedded else _server(settings))
    except (StartupError, StoreUnavailable) as error:
        return [("store", False, str(error))]


async def _file(settings: Settings) -> list[Finding]:
    path = settings.database_file
    if path is not None and not path.exists():
        return [("store", None, f"no database yet: `heliograph serve` makes {path}")]
    if not await all_applied(settings.database):
        return [_TO_MIGRATE]
    store = await open_store(settings.database)
    try:
        lines: list[Finding] = [("store", True, "SQLite, synchronous=FULL: an answered event is on disk")]
        if await store.read(free_space.is_kept):
            lines.append(("free space", None, f"what is removed stays part of the file: {free_space.REMEDY}"))
        return lines + await _content(settings, store)
    finally:
        await store.close()


async def _server(settings: Settings) -> list[Finding]:
    migrated = await all_applied(settings.database)
    store = PostgresStore(settings.database)
    try:
        server = await store.read(postgresql.look)
        lines = [
            *postgresql.findings(server, several=not settings.alone),
            postgresql.clock(await ledger_clock.offset(store, SystemClock())),
        ]
        if not migrated:
            return [*lines, _TO_MIGRATE]
        return lines + await _content(settings, store)
    finally:
        await store.close()


async def _content(settings: Settings, store: ReadOnly) -> list[Finding]:
    """What is configured, where its secrets can be read."""
    try:
        keys = app.open_secrets(settings)
        found = await store.read(lambda c: _configured(c, keys))
    except StartupError as error:
        return [("secrets", False, str(error))]
    return [
        ("secrets", True, f"the settings of {len(found.destinations)} destinations can be read"),
        *findings(found, installed()),
    ]


def _configured(connection: Connection, keys: Secrets) -> Configured:
    known = mappings.everything(connection)
    there = destinations.everything(connection, keys)
    ledger.check(connection, keys)
    return Configured(
        sources.everything(connection),
        there,
        frozenset(sources.links(connection)),
        known,
        usage.matched(connection, known),
        usage.senders(connection, [one.id for one in there]),
    )
