"""Brings the tables to the newest revision.

Programs of two versions run side by side while one is taken over from the other, machine by machine. So a revision adds: it takes
nothing away that the version before it reads or writes. One that has to break with that says so by its name: `2.0051` begins a second
generation, and a program works on a database that is newer than itself as long as both are of one. Names without a generation are
older than the rule, and nothing newer is worked on with them.
"""

from enum import Enum
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, func, inspect, make_url, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from gateway.errors import StartupError

_LOCK = 4_170_014
"""Of the processes over one PostgreSQL, one at a time migrates; the others find it done."""

_VERSION = "alembic_version"
_OURS = frozenset({"deliveries", "jobs"})
"""Tables that heliograph has had in every version."""

_NAMED = 3


def upgrade(connection: Connection) -> None:
    """Apply every migration that is missing. A newer database that this program may work on stays as it is.

    Raises StartupError where the database is too new for this program, or another program's.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    current = MigrationContext.configure(connection).get_current_revision()
    if current == _head():
        return
    if current not in _known():
        _assure_ours(connection, begun=current is not None)
    if current is not None and current not in _known():
        if _is_of_one_generation(current, _head()):
            return
        raise StartupError(
            f"The database is at revision {current}, which is newer than this heliograph. Nothing was changed. "
            "Install the version that wrote it, or a later one."
        )
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _assure_ours(connection: Connection, *, begun: bool) -> None:
    """Raises StartupError where the tables that are there are not heliograph's. `begun`: some program has a revision there."""
    there = set(inspect(connection).get_table_names()) - {_VERSION}
    if (begun and there >= _OURS) or (not begun and not there):
        return
    some = ", ".join(sorted(there)[:_NAMED]) or _VERSION
    raise StartupError(
        f"The database {connection.engine.url.database} is another program's: it has tables that are not heliograph's ({some}). "
        "Nothing was started, nothing was changed. Name a database of its own in HELIOGRAPH_DATABASE_URL; PostgreSQL makes one with "
        "`createdb heliograph`."
    )


class State(Enum):
    """How a database is, for this program."""

    CURRENT = "current"  # or newer, and of its generation
    MISSING = "missing"  # migrations are, or all of them
    TOO_NEW = "too new"  # this program can't work on it


def is_current(connection: Connection) -> bool:
    """Whether every migration of this program was applied, and none that it can't work with."""
    return _state(connection) is State.CURRENT


def _state(connection: Connection) -> State:
    current = MigrationContext.configure(connection).get_current_revision()
    if current == _head():
        return State.CURRENT
    if current is None or current in _known():
        return State.MISSING
    return State.CURRENT if _is_of_one_generation(current, _head()) else State.TOO_NEW


def _is_of_one_generation(newer: str, mine: str) -> bool:
    """Whether a program whose last revision is `mine` works on a database at a newer one."""
    begun, dot, number = newer.partition(".")
    return bool(dot) and begun.isdigit() and number.isdigit() and mine.partition(".")[:2] == (begun, dot)


@cache
def _head() -> str:
    """The last migration of this program. It reads all of them, which takes longer than an answer of /readyz may."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


@cache
def _known() -> frozenset[str]:
    """Every migration of this program."""
    return frozenset(one.revision for one in ScriptDirectory.from_config(_config()).walk_revisions())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


async def all_applied(url: str) -> bool:
    """Whether the database at that address has every migration, without changing it. Raises StartupError."""
    return await state(url) is State.CURRENT


async def state(url: str) -> State:
    """How the database at that address is. It is not changed. Raises StartupError."""
    parsed = make_url(url)
    try:
        if parsed.drivername == "sqlite":
            engine = create_engine(url, hide_parameters=True)
            try:
                with engine.connect() as connection:
                    return _state(connection)
            finally:
                engine.dispose()
        server = create_async_engine(url, poolclass=NullPool, hide_parameters=True)
        async with server.connect() as remote:
            return await remote.run_sync(_state)
    except (OSError, SQLAlchemyError, ImportError) as error:
        cause = getattr(error, "orig", None) or error
        raise StartupError(
            f"The database can't be read ({cause}). Nothing was changed. "
            "Start it, or mend HELIOGRAPH_DATABASE_URL or HELIOGRAPH_DATA_DIR."
        ) from error
