"""Brings the tables to the newest revision."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from gateway.errors import StartupError


def upgrade(connection: Connection) -> None:
    """Apply every migration that is missing. Raises StartupError where the database is newer than this program."""
    current = MigrationContext.configure(connection).get_current_revision()
    if current == _head():
        return
    config = _config()
    scripts = ScriptDirectory.from_config(config)
    if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
        raise StartupError(
            f"The database is at revision {current}, which is newer than this heliograph. Nothing was changed. "
            "Install the version that wrote it, or a later one."
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def is_current(connection: Connection) -> bool:
    """Whether every migration of this program was applied."""
    return MigrationContext.configure(connection).get_current_revision() == _head()


@cache
def _head() -> str | None:
    """The last migration of this program. It reads all of them, which takes longer than an answer of /readyz may."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


async def all_applied(url: str) -> bool:
    """Whether the database at that address has every migration, without changing it. Raises StartupError."""
    parsed = make_url(url)
    try:
        if parsed.drivername == "sqlite":
            engine = create_engine(url, hide_parameters=True)
            try:
                with engine.connect() as connection:
                    return is_current(connection)
            finally:
                engine.dispose()
        server = create_async_engine(url, poolclass=NullPool, hide_parameters=True)
        async with server.connect() as remote:
            return await remote.run_sync(is_current)
    except (OSError, SQLAlchemyError, ImportError) as error:
        cause = getattr(error, "orig", None) or error
        raise StartupError(
            f"The database can't be read ({cause}). Nothing was changed. "
            "Start it, or mend HELIOGRAPH_DATABASE_URL or HELIOGRAPH_DATA_DIR."
        ) from error
