"""On PostgreSQL: in which partitions a statement looks, which are by the day (`tables.by_day`).

The server plans a statement over the partitions that its bounds leave: with the time of what is looked for that is one, and a tenth of a
millisecond; without, it is all of them, some 25 ms, a thousand locks. So whoever knows an id asks for its time before, of the small table
that has it, and a process remembers what it was told: when a Delivery was made never changes.

| looked for | how its days are found |
| --- | --- |
| Deliveries, their attempts and callbacks, by id | `made_at` |
| events by id | `near`: the id begins with the time |
| Deliveries that are not final | `open_since`: none of an earlier day is left |
| what is listed, the newest first | `windows`: the last days first, and all where those have too little |
| rows of all days | `planned_once`: the index of each day is asked, which takes 1 or 2 ms once there is a plan |

On SQLite there are no partitions, and nothing here adds anything to a statement.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    String,
    and_,
    exists,
    literal_column,
    select,
    text,
    type_coerce,
)
from sqlalchemy.sql import column

from gateway import ids
from gateway.storage.prepared import Ask, among
from gateway.storage.tables import deliveries, delivery_tombstones, retention_marks
from gateway.storage.tables.by_day import DAY_OF, MADE_AT
from gateway.storage.types import EPOCH, Timestamp, to_time

DAY = timedelta(days=1)

AHEAD = 7
"""For so many days to come there are partitions."""

MOST = 20_000
"""Of how many Deliveries a process remembers when they were made."""

MARGIN = timedelta(hours=1)
"""How far the time in the id of an event may be from its own, or the clocks of two machines from each other: more than any is off."""

OPEN = "open"
"""The kind of the mark (`retention_marks`) that has since when there are Deliveries that are not final."""

_REREAD_SECONDS = 60

R = TypeVar("R")
S = TypeVar("S", bound="Select[*tuple[Any, ...]]")
_Ids = Sequence[str]

made_at_column: ColumnElement[datetime] = column(MADE_AT, Timestamp)
"""Of attempts and callbacks: when their Delivery was made."""


class Days:
    """What a process knows of one ledger's days. Of what a transaction learned, it keeps what was committed."""

    def __init__(self) -> None:
        self._made: OrderedDict[str, int] = OrderedDict()
        self._open_since = EPOCH
        self._today = EPOCH
        self._read_at: float | None = None

    def keep(self, learned: Mapping[str, int]) -> None:
        """These Deliveries were made then."""
        self._made.update(learned)
        while len(self._made) > MOST:
            self._made.popitem(last=False)

    def known(self, delivery_ids: Iterable[str]) -> dict[str, int]:
        """When those of these were made of which it is remembered."""
        return {one: self._made[one] for one in delivery_ids if one in self._made}

    def open_since(self, connection: Connection) -> datetime:
        """Since when there are Deliveries that are not final."""
        self.look(connection)
        return self._open_since

    def today(self, connection: Connection) -> datetime:
        """The day of the ledger, by the days to come that there are."""
        self.look(connection)
        return self._today

    def look_again(self) -> None:
        """Something of it has changed."""
        self._read_at = None

    def look(self, connection: Connection) -> None:
        """Read both, unless that was done within a minute: what is older only makes a statement look into more days."""
        now = time.monotonic()
        if self._read_at is not None and now - self._read_at < _REREAD_SECONDS:
            return
        open_since, last = connection.execute(_STATE).one()
        self._open_since = open_since or EPOCH
        last_day = EPOCH if last is None else datetime.strptime(last, "%Y%m%d").replace(tzinfo=UTC)
        self._today, self._read_at = max(EPOCH, last_day - AHEAD * DAY), now


_LEARNED = "learned days"
_OPTION = "days"
_STATE = select(
    select(retention_marks.c.at)
    .where(retention_marks.c.kind == OPEN, retention_marks.c.space == "")
    .scalar_subquery(),
    literal_column(
        "(SELECT max(substring(relname FROM '[0-9]{8}$')) FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid "
        "WHERE inhparent = CAST('deliveries' AS regclass))",
        String,
    ),
)
_PLANNED = text("SELECT set_config('plan_cache_mode', :mode, true)")
_MADE_AT = Ask(
    select(delivery_tombstones.c.id, type_coerce(delivery_tombstones.c.created_at, BigInteger)).where(
        among(delivery_tombstones.c.id, "many")
    ),
    "many",
)


def options(days: Days) -> dict[str, Any]:
    """What an engine is given so that its connections know."""
    return {_OPTION: days}


def begin(info: dict[Any, Any]) -> None:
    """A transaction begins on the connection that has this `info`, and has learned nothing."""
    info[_LEARNED] = {}


def commit(info: dict[Any, Any], days: Days) -> None:
    """What it learned is true."""
    days.keep(info.pop(_LEARNED, {}))


def look(connection: Connection) -> None:
    """Read now what a process knows of the days, so that its first statements need not."""
    if are_kept(connection):
        _of(connection).look(connection)


def are_kept(connection: Connection) -> bool:
    """Whether the big tables are partitioned."""
    return connection.dialect.name == "postgresql"


def _of(connection: Connection) -> Days:
    return connection.get_execution_options().get(_OPTION) or Days()


def note(connection: Connection, delivery_ids: Iterable[str], at: int) -> None:
    """These are made by this transaction."""
    connection.info.setdefault(_LEARNED, {}).update(dict.fromkeys(delivery_ids, at))


def made_at(connection: Connection, delivery_ids: Iterable[str]) -> dict[str, int]:
    """When each of these Deliveries was made, as it is stored; those that never were are left out."""
    many = set(delivery_ids)
    learned: dict[str, int] = connection.info.setdefault(_LEARNED, {})
    found = {one: learned[one] for one in many if one in learned}
    found |= _of(connection).known(many - found.keys())
    unknown = many - found.keys()
    if unknown:
        told = {row[0]: row[1] for row in _MADE_AT.rows(connection, sorted(unknown))}
        learned |= told
        found |= told
    return found


def times(connection: Connection, delivery_ids: Iterable[str]) -> list[int]:
    """The same, without saying which of them is which."""
    return sorted(set(made_at(connection, delivery_ids).values()))


def of_deliveries(connection: Connection, delivery_ids: _Ids) -> list[ColumnElement[bool]]:
    """That a Delivery is of the days of these."""
    return _at(connection, deliveries.c.created_at, delivery_ids)


def of_what_hangs_on(connection: Connection, delivery_ids: _Ids) -> list[ColumnElement[bool]]:
    """That an attempt or a callback is of the days of these Deliveries."""
    return _at(connection, made_at_column, delivery_ids)


def _at(
    connection: Connection, column: ColumnElement[datetime], delivery_ids: _Ids
) -> list[ColumnElement[bool]]:
    if not are_kept(connection):
        return []
    return at(connection, column, [to_time(one) for one in times(connection, delivery_ids)])


def at(
    connection: Connection, column: ColumnElement[datetime], moments: Iterable[datetime]
) -> list[ColumnElement[bool]]:
    """That a row, which a statement finds by its id, is of one of these moments."""
    return [column.in_(sorted(set(moments)))] if are_kept(connection) else []


def span(event_ids: Iterable[str]) -> tuple[datetime, datetime] | None:
    """Between when and when these events came; None: one of the ids does not say."""
    found = [ids.made_at(one) for one in event_ids]
    said = [one for one in found if one is not None]
    if not said or len(said) < len(found):
        return None
    return min(said) - MARGIN, max(said) + MARGIN


def near(connection: Connection, at: ColumnElement[datetime], event_ids: _Ids) -> list[ColumnElement[bool]]:
    """That an event came when these ids say. One whose id is an hour off is not found so."""
    found = span(event_ids) if are_kept(connection) else None
    return [] if found is None else [at >= found[0], at <= found[1]]


def since_events(connection: Connection, event_ids: _Ids) -> list[ColumnElement[bool]]:
    """That a Delivery was made after these events came."""
    found = span(event_ids) if are_kept(connection) else None
    return [] if found is None else [deliveries.c.created_at >= found[0]]


def unfinished(connection: Connection, statement: S) -> S:
    """A statement about Deliveries that are not final, where those are."""
    if not are_kept(connection):
        return statement
    found: S = statement.where(deliveries.c.created_at >= open_since(connection))
    return found


def bounded(statement: S, bounds: Sequence[ColumnElement[bool]]) -> S:
    """A statement with these bounds; itself where there are none, since a new one costs more than some reads do."""
    if not bounds:
        return statement
    found: S = statement.where(*bounds)
    return found


def within(
    connection: Connection, at: ColumnElement[datetime], since: datetime | None, until: datetime | None = None
) -> list[ColumnElement[bool]]:
    """The bounds that a statement has already in another form, in which the server does not see them."""
    if not are_kept(connection):
        return []
    return [*([] if since is None else [at >= since]), *([] if until is None else [at <= until])]


def open_since(connection: Connection) -> datetime:
    """Since when there are Deliveries that are not final, as of a day ago: those of before are."""
    return _of(connection).open_since(connection)


def reopened(connection: Connection, times_made: Iterable[int]) -> None:
    """Deliveries that were final and were made then are so no more."""
    first = min(times_made, default=None)
    if first is None or to_time(first) >= open_since(connection):
        return
    mark = retention_marks.c
    changed = retention_marks.update().where(mark.kind == OPEN, mark.space == "", mark.at > to_time(first))
    connection.execute(changed.values(at=to_time(first)))
    _of(connection).look_again()


def has_no_delivery(connection: Connection, before: datetime) -> list[ColumnElement[bool]]:
    """That the Delivery of a tombstone of `before` is gone: on SQLite it is of one that is."""
    if not are_kept(connection):
        return []
    tombstone = delivery_tombstones.c
    theirs = and_(deliveries.c.id == tombstone.id, deliveries.c.created_at == tombstone.created_at)
    return [~exists().where(theirs, deliveries.c.created_at < before)]


def planned_once(connection: Connection, query: Callable[[], R], since: datetime | None = None) -> R:
    """What the query returns, whose statement looks through what there is `since` then. Where that is all days (None), a connection plans it
    once, whatever its values are: to plan it takes twenty times as long as to ask the index of each day. Any values must be
    found in the same way: in the order of an index, or by a column of whose values each has few rows.
    """
    if since is not None or not are_kept(connection):
        return query()
    connection.execute(_PLANNED, {"mode": "force_generic_plan"})
    found = query()
    connection.execute(_PLANNED, {"mode": "auto"})
    return found


def windows(connection: Connection, table: str, until: datetime | None) -> Iterator[datetime | None]:
    """Since when a list is looked through, the newest first, before `until`: the last days at first, then (None) all of them."""
    if are_kept(connection) and table in DAY_OF:
        today = _of(connection).today(connection)
        yield (today if until is None else min(until, today)) - DAY
    yield None
