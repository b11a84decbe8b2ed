"""Brings the tables to the newest revision."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from gateway.errors import StartupError


def upgrade(connection: Connection) -> None:
    """Apply every migration that is missing. Raises StartupError where the database is newer than this program."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    current = MigrationContext.configure(connection).get_current_revision()
    scripts = ScriptDirectory.from_config(config)
    if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
        raise StartupError(
            f"The database is at revision {current}, which is newer than this heliograph. Nothing was changed. "
            "Install the version that wrote it, or a later one."
        )
    if current != scripts.get_current_head():
        command.upgrade(config, "head")


def is_current(connection: Connection) -> bool:
    """Whether every migration of this program was applied."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    head = ScriptDirectory.from_config(config).get_current_head()
    return MigrationContext.configure(connection).get_current_revision() == head
