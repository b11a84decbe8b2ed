"""Locks that last as long as a transaction, for what one row can't guard."""

from sqlalchemy import Connection, func, select


def lock_number(connection: Connection, space: str, phone: str) -> None:
    """Until this transaction ends nobody else who asks for it speaks of that number, or claims a text to it.

    SQLite has one writer, so there it is nothing. Whoever locks several numbers takes them sorted.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"{space}\x1f{phone}"))))
