"""What backtests are about: a row for each job that tries a mapping on events, until it ends; and the events of a span, in their order."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, tuple_

from gateway.events import StoredEvent
from gateway.storage.events import of_rows
from gateway.storage.pages import Cursor
from gateway.storage.rows import to_value
from gateway.storage.tables import backtests, events

_asked, _c = backtests.c, events.c
_AT = bindparam("at", type_=_c.received_at.type)
_SPAN = (
    _c.space == bindparam("of_space"),
    _c.received_at >= _AT,  # of the place, and not of the span: the index is read from there on
    _c.received_at < bindparam("ends", type_=_c.received_at.type),
)
_FOLLOWING = (
    select(events)
    .where(*_SPAN, tuple_(_c.received_at, _c.id) > tuple_(_AT, bindparam("last", type_=_c.id.type)))
    .order_by(_c.received_at, _c.id)
    .limit(bindparam("most"))
)
_SOME = select(_c.id).where(*_SPAN).limit(bindparam("most")).subquery()
_COUNT = select(func.count()).select_from(_SOME)


@dataclass(frozen=True, slots=True)
class Backtest:
    """What a job tries: `mapping` is one as JSON, as it was when the job was asked for; the events are those that came from `begins` on and
    before `ends`.
    """

    job_id: str
    mapping: Mapping[str, Any]
    begins: datetime
    ends: datetime


def begin(connection: Connection, one: Backtest) -> None:
    """That job is to do so."""
    given = {name: getattr(one, name) for name in Backtest.__slots__}
    connection.execute(insert(backtests).values(given))


def of_job(connection: Connection, job_id: str) -> Backtest | None:
    """What that job tries."""
    row = connection.execute(select(backtests).where(_asked.job_id == job_id)).one_or_none()
    return None if row is None else to_value(Backtest, row)


def end(connection: Connection, job_id: str) -> None:
    """Nothing is tried by that job any more."""
    connection.execute(delete(backtests).where(_asked.job_id == job_id))


def count(connection: Connection, space: str, one: Backtest, most: int) -> int:
    """How many events of a space are in its span; beyond `most` they are not counted."""
    return connection.scalar(_COUNT, _asks(space, one.begins, one.ends, most)) or 0


def following(
    connection: Connection, space: str, one: Backtest, after: Cursor | None, most: int
) -> list[StoredEvent]:
    """The next so many events of its span, the oldest first, of whatever source and outcome."""
    place = Cursor(one.begins, "") if after is None else after
    asked = {**_asks(space, place.at, one.ends, most), "last": place.id}
    return of_rows(connection.execute(_FOLLOWING, asked).all())


def _asks(space: str, at: datetime, ends: datetime, most: int) -> dict[str, Any]:
    return {"of_space": space, "at": at, "ends": ends, "most": most}
