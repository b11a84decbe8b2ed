"""What one process at a time does for all: whoever has the turn keeps it while they say so, and another takes it over after that."""

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, delete, or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert

from gateway.storage.tables import turns


def take(connection: Connection, name: str, holder: str, now: datetime, until: datetime) -> bool:
    """Have the turn until then, where nobody else has it; whether it is the holder's."""
    given = {"name": name, "holder": holder, "held_until": until, "by_now": now}
    return connection.execute(_take(connection.dialect.name), given).first() is not None


def give_back(connection: Connection, name: str, holder: str) -> None:
    """Another may have it at once."""
    connection.execute(delete(turns).where(turns.c.name == name, turns.c.holder == holder))


def end(connection: Connection, name: str) -> None:
    """Whoever has it has it no more."""
    connection.execute(delete(turns).where(turns.c.name == name))


@cache
def _take(dialect: str) -> ReturningInsert[Any]:
    new = (postgresql if dialect == "postgresql" else sqlite).insert(turns)
    free = or_(
        turns.c.holder == new.excluded.holder,
        turns.c.held_until <= bindparam("by_now", type_=turns.c.held_until.type),
    )
    mine = {"holder": new.excluded.holder, "held_until": new.excluded.held_until}
    taken: ReturningInsert[Any] = new.on_conflict_do_update(
        index_elements=["name"], set_=mine, where=free
    ).returning(turns.c.name)
    return taken
