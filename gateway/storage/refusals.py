"""Requests that were refused: how often for each source and code, and when the last time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, case, select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.storage.rows import to_values
from gateway.storage.tables import source_refusals


@dataclass(frozen=True, slots=True)
class Refusal:
    """So many requests of a source got that answer. `message` is what the last of them was told. `since` is the first of those between
    which no day passed; None: it was not kept yet when they began.
    """

    source_id: str
    code: str
    message: str
    count: int
    last_at: datetime
    since: datetime | None = None


TOGETHER = timedelta(hours=24)
"""What is refused so soon after another refusal goes on with it."""


def add(connection: Connection, new: Iterable[Refusal]) -> None:
    """Count these to what was counted before. There is a row for each code of a source, and so many codes there are."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    for one in new:
        insert = dialect.insert(source_refusals).values(
            source_id=one.source_id,
            code=one.code,
            message=one.message,
            count=one.count,
            last_at=one.last_at,
            since=one.last_at,
        )
        kept = source_refusals.c
        connection.execute(
            insert.on_conflict_do_update(
                index_elements=[source_refusals.c.source_id, source_refusals.c.code],
                set_={
                    "message": insert.excluded.message,
                    "count": source_refusals.c.count + insert.excluded.count,
                    "last_at": insert.excluded.last_at,
                    "since": case(
                        (kept.last_at <= one.last_at - TOGETHER, insert.excluded.since), else_=kept.since
                    ),
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


_RECENT = select(source_refusals).where(
    source_refusals.c.source_id.in_(bindparam("many", expanding=True)),
    source_refusals.c.last_at > bindparam("since_then"),
)


def recent(connection: Connection, source_ids: Sequence[str], since: datetime) -> list[Refusal]:
    """What of these sources was refused since then."""
    rows = connection.execute(_RECENT, {"many": source_ids, "since_then": since}).all()
    return to_values(Refusal, rows)
