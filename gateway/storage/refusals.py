"""Requests that were refused: how often for each source and code, and when the last time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.storage.rows import to_values
from gateway.storage.tables import source_refusals


@dataclass(frozen=True, slots=True)
class Refusal:
    """So many requests of a source got that answer. `message` is what the last of them was told."""

    source_id: str
    code: str
    message: str
    count: int
    last_at: datetime


def add(connection: Connection, new: Iterable[Refusal]) -> None:
    """Count these to what was counted before. There is a row for each code of a source, and so many codes there are."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    for one in new:
        insert = dialect.insert(source_refusals).values(
            source_id=one.source_id, code=one.code, message=one.message, count=one.count, last_at=one.last_at
        )
        connection.execute(
            insert.on_conflict_do_update(
                index_elements=[source_refusals.c.source_id, source_refusals.c.code],
                set_={
                    "message": insert.excluded.message,
                    "count": source_refusals.c.count + insert.excluded.count,
                    "last_at": insert.excluded.last_at,
                },
            )
        )


def of_many(connection: Connection, source_ids: Sequence[str]) -> dict[str, list[Refusal]]:
    """What was refused of each source, the latest first."""
    c = source_refusals.c
    query = select(source_refusals).where(c.source_id.in_(source_ids)).order_by(c.last_at.desc(), c.code)
    found: dict[str, list[Refusal]] = {}
    for one in to_values(Refusal, connection.execute(query).all()):
        found.setdefault(one.source_id, []).append(one)
    return found
