"""Which errors of a database are its own trouble, which passes, and which are a statement's fault, which stays.

What is trouble is tried again for as long as it lasts. What is a fault is not: its job is buried after a few tries, in view.
"""

import sqlite3

from sqlalchemy.exc import DBAPIError

_SQLITE = frozenset(
    (
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_SCHEMA,  # another process migrates
        sqlite3.SQLITE_NOLFS,
        sqlite3.SQLITE_AUTH,
        sqlite3.SQLITE_NOTADB,
    )
)
_PRIMARY = 0xFF
"""An extended code of SQLite, such as SQLITE_IOERR_WRITE, has its primary one in these bits."""

_POSTGRESQL = (
    "08",  # the connection
    "25006",  # read only: a standby, or a primary that was made one
    "25P03",  # the transaction rested for too long
    "25P04",  # the transaction ran for too long
    "40",  # two transactions met, and PostgreSQL ended this one: serialization_failure, deadlock_detected
    "42501",  # a right was taken away from our user: all that it was for meets that
    "53",  # no room: on the disk, in memory, for one more connection
    "55P03",  # others hold a lock for longer than LOCK_SECONDS
    "57",  # an operator ends it: the statement, the connection, the server, the database
    "58",  # the system beneath: an I/O error
    "XX001",  # what is stored is damaged: data_corrupted
    "XX002",  # the same: index_corrupted
)
"""How the SQLSTATE of trouble begins."""


_NO_CHARACTER = "22021"
"""The SQLSTATE of a text with U+0000, which PostgreSQL has in none."""


def is_zero_character(error: BaseException | None) -> bool:
    """Whether a statement was given a text with U+0000 by a database that takes none."""
    orig = error.orig if isinstance(error, DBAPIError) else None
    return getattr(orig, "sqlstate", None) == _NO_CHARACTER


def is_outage(error: BaseException | None) -> bool:
    """Whether the database could not do now what it may do later. False: the statement was wrong, and will be."""
    if not isinstance(error, DBAPIError):
        return isinstance(error, MemoryError) or _is_sqlite_outage(error)
    if error.connection_invalidated:
        return True
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return str(state).startswith(_POSTGRESQL)
    return _is_sqlite_outage(error.orig)


def _is_sqlite_outage(error: BaseException | None) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & _PRIMARY in _SQLITE
