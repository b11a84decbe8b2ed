"""Locks that last as long as a transaction, for what one row can't guard."""

from collections.abc import Iterable

from sqlalchemy import Connection, String, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

_LOCK = text(
    "SELECT pg_advisory_xact_lock(key) FROM ("
    "SELECT DISTINCT hashtext(what) AS key FROM unnest(:many) AS what ORDER BY key) AS keys"
).bindparams(bindparam("many", type_=ARRAY(String)))


def lock_numbers(connection: Connection, numbers: Iterable[tuple[str, str]]) -> None:
    """Until this transaction ends nobody else who asks for these (space, number) speaks of them, or claims a text to them.

    SQLite has one writer, so there it is nothing. Several are taken in one order, so that no two wait for each other.
    """
    many = [f"{space}\x1f{phone}" for space, phone in numbers]
    if many and connection.dialect.name == "postgresql":
        connection.execute(_LOCK, {"many": many})
