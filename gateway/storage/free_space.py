"""The space that removed rows leave in a SQLite file, and how the disk gets it back.

PostgreSQL needs none of this: its autovacuum lets new rows take the place of old ones, and cuts off what is free at a table's end.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection

from gateway.errors import StartupError

STEP = 200
"""The most pages that one transaction gives back: a few milliseconds of the writer."""

SPARE = 10
"""A tenth of the file may stay free: what comes in takes it up again, for less than it costs to give it back and ask anew."""

REMEDY = "stop the gateway and run `heliograph migrate` once, which writes it anew"
"""What lets a file shrink that can't."""

_INCREMENTAL = 2


def is_kept(connection: Connection) -> bool:
    """Whether what is freed in this file can't be given back, since the file is older than that: until one `vacuum`."""
    if connection.dialect.name != "sqlite":
        return False
    return _pragma(connection, "auto_vacuum") != _INCREMENTAL


def give_back(connection: Connection) -> bool:
    """Give some of what is free to the disk, where that is more than is kept to spare; whether there is more of it."""
    if connection.dialect.name != "sqlite" or is_kept(connection):
        return False
    over = _pragma(connection, "freelist_count") - _pragma(connection, "page_count") // SPARE
    for _ in range(min(STEP, over)):
        connection.exec_driver_sql("PRAGMA incremental_vacuum(1)")  # by one: the driver steps a PRAGMA once
    return over > STEP


def _pragma(connection: Connection, name: str) -> int:
    number: int = connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
    return number


def vacuum(file: Path) -> None:
    """Write the file anew, without what is free in it, so that from now on it can be given back. Nobody else may have it open.

    It takes up to twice the file's size for that time. Raises StartupError, and then the file is as it was.
    """
    try:
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        raise StartupError(
            f"The file {file} was not written anew ({error}). Nothing in it was changed, and it works as before. Stop what has "
            f"it open, have {2 * file.stat().st_size // 1_000_000 + 1} MB free there and in the directory for temporary "
            "files (SQLITE_TMPDIR), and run `heliograph migrate` again."
        ) from error
