"""Inserts that leave alone what is there already, in the words of the database."""

from functools import cache

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert


def unless_there(connection: Connection, table: Table) -> Insert:
    """Adds each row unless one with the same key is there; whoever adds the same at the same time makes no second one."""
    return _unless_there(connection.dialect.name, table)


@cache
def _unless_there(dialect: str, table: Table) -> Insert:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(table).on_conflict_do_nothing()
