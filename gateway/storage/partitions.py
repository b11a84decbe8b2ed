"""The partitions of the big tables on PostgreSQL, one for each UTC day (`tables.by_day`): made, and dropped with what is in them.

`events_20261121` has the events of that day, `events_before` those from before there were days, `events_other` what lies in no other: what
had to stay when its day was dropped, and, should a day have no partition, its rows, until it has one.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from gateway import ids
from gateway.deliveries import DeliveryStatus
from gateway.storage.days import AHEAD, DAY, MARGIN
from gateway.storage.tables.by_day import DAY_OF
from gateway.storage.types import to_number, to_time

MOST_MOVED = 10_000
"""So many rows of a day may have to stay when it is dropped; of more, the day stays, and its rows go one by one."""

LOCK_SECONDS = 0.5
"""How long a change of partitions waits for whoever reads or writes the table, since everybody else waits behind it; it is tried again
when retention comes by the next time.
"""

_DAY = DAY // timedelta(microseconds=1)
_NOT_FINAL = [one.value for one in DeliveryStatus if not one.final]
_BOUNDS = re.compile(r"FOR VALUES FROM \((MINVALUE|'(-?\d+)')\) TO \('(-?\d+)'\)")
_OF_DELIVERIES = ("deliveries", "attempts", "status_callbacks")

# In what follows only the names of tables are put into a text, which are the code's own and the catalog's.
_THERE = text(
    "SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid "
    "WHERE inhparent = CAST(:table AS regclass) ORDER BY c.relname"
)


class Partition(NamedTuple):
    """The rows of a table from `since` on (None: from the first) up to `until`, as they are stored."""

    table: str
    name: str
    since: int | None
    until: int

    @property
    def is_day(self) -> bool:
        """Whether it is that of one day, and not what was there before."""
        return self.since is not None


class Settled(NamedTuple):
    """What was found of a day that may be dropped: how many rows it has, and how they stood."""

    rows: int
    changed_at: int


def start_of_day(at: datetime) -> datetime:
    """When the UTC day began that this is in."""
    return to_time(to_number(at) // _DAY * _DAY)


def of(connection: Connection, table: str) -> list[Partition]:
    """The partitions of a table that have bounds, the oldest first."""
    found = []
    for name, bounds in connection.execute(_THERE, {"table": table}):
        read = _BOUNDS.fullmatch(bounds)
        if read is not None:
            found.append(Partition(table, name, None if read[2] is None else int(read[2]), int(read[3])))
    return sorted(found, key=lambda one: one.until)


def missing(connection: Connection, now: datetime, since: datetime) -> list[tuple[str, datetime]]:
    """(table, day) of the partitions that there should be and are not: of the days to come, and of those from `since` on that have
    rows in none.
    """
    today = to_number(now) // _DAY
    found: list[tuple[str, datetime]] = []
    for table, at in DAY_OF.items():
        there = of(connection, table)
        wanted = set(range(today - 1, today + AHEAD + 1)) | _misplaced(connection, table, at, since)
        covered = max((one.until // _DAY for one in there if not one.is_day), default=0)
        days = {one.since // _DAY for one in there if one.since is not None}
        found += [(table, to_time(day * _DAY)) for day in sorted(wanted - days) if day >= covered]
    return found


def _misplaced(connection: Connection, table: str, at: str, since: datetime) -> set[int]:
    """The days of what is in no partition of its own, and did not have to stay there."""
    query = text(f"SELECT DISTINCT {at} / {_DAY} FROM {table}_other WHERE {at} >= :since")  # noqa: S608  names, no values
    return set(connection.scalars(query, {"since": to_number(start_of_day(since) + DAY)}))


def make(connection: Connection, table: str, day: datetime) -> int:
    """Give a day its partition, unless it has one; how many of its rows were in none. Whoever reads or writes the table waits meanwhile."""
    since = to_number(day)
    name, at, until = f"{table}_{day:%Y%m%d}", DAY_OF[table], since + _DAY
    _wait_little(connection)
    # Whoever knew the partitions before, and waits for the row that is moved, would find it nowhere.
    connection.execute(text(f"LOCK TABLE ONLY {table} IN ACCESS EXCLUSIVE MODE"))
    if any(one.since == since for one in of(connection, table)):
        return 0
    connection.execute(text(f"CREATE TABLE {name} (LIKE {table} INCLUDING ALL)"))
    connection.execute(text(f"LOCK TABLE {table}_other IN ACCESS EXCLUSIVE MODE"))
    move = text(
        f"WITH moved AS (DELETE FROM {table}_other WHERE {at} >= {since} AND {at} < {until} RETURNING *) "  # noqa: S608  names, no values
        f"INSERT INTO {name} SELECT * FROM moved"
    )
    moved = connection.execute(move).rowcount
    connection.execute(
        text(f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ({since}) TO ({until})")
    )
    return moved


# -- Deliveries, with their attempts and callbacks ----------------------------------------------------------------------


def settle_deliveries(connection: Connection, one: Partition) -> Settled | None:
    """Note of the Deliveries of a day which of them were not sent, as their tombstones say from now on; None: too many are not final."""
    connection.execute(text("SET LOCAL statement_timeout = 0"))
    found = connection.execute(
        text(
            f"SELECT count(*), coalesce(max(updated_at), 0), count(*) FILTER (WHERE status = ANY (:open)) FROM {one.name}"  # noqa: S608  names, no values
        ),
        {"open": _NOT_FINAL},
    ).one()
    if found[2] > MOST_MOVED:
        return None
    connection.execute(
        text(
            f"UPDATE delivery_tombstones AS told SET status = one.status FROM {one.name} AS one "  # noqa: S608  names, no values
            "WHERE told.id = one.id AND told.status <> one.status AND NOT one.status = ANY (:open)"
        ),
        {"open": _NOT_FINAL},
    )
    return Settled(found[0] - found[2], found[1])


def drop_deliveries(connection: Connection, one: Partition, settled: Settled) -> int | None:
    """Drop a day of Deliveries with what hangs on them; how many those were. What is not final stays. None: one changed since."""
    _wait_little(connection)
    day = one.name.removeprefix(one.table)
    connection.execute(
        text(f"LOCK TABLE {', '.join(table + day for table in _OF_DELIVERIES)} IN ACCESS EXCLUSIVE MODE")
    )
    changed = text(f"SELECT EXISTS (SELECT FROM {one.name} WHERE updated_at > :at)")  # noqa: S608  names, no values
    if connection.scalar(changed, {"at": settled.changed_at}):
        return None
    stay = list(
        connection.scalars(
            text(f"SELECT id FROM {one.name} WHERE status = ANY (:open)"),  # noqa: S608  names, no values
            {"open": _NOT_FINAL},
        )
    )
    connection.execute(text("SET LOCAL heliograph.moves = 'on'"))
    for table in _OF_DELIVERIES:
        _drop(connection, table, table + day, "id" if table == one.table else "delivery_id", stay)
    connection.execute(text("SET LOCAL heliograph.moves = 'off'"))
    _look_again(connection, ("deliveries", "bodies"), stay)
    return settled.rows


# -- events -------------------------------------------------------------------------------------------------------------


def _needed(connection: Connection, one: Partition) -> list[str] | None:
    """The ids of the events of a day that have Deliveries still; None: too many have.

    What Deliveries name is found by the beginning of the ids, which is when their events came: of each day, the first of its index.
    """
    kept = text(
        f"SELECT id FROM {one.name} WHERE id IN (SELECT event_id FROM deliveries WHERE event_id < :end) LIMIT :most"  # noqa: S608  names, no values
    )
    values = {"end": ids.before("evt", to_time(one.until) + MARGIN), "most": MOST_MOVED + 1}
    found = list(connection.scalars(kept, values))
    return None if len(found) > MOST_MOVED else found


def settle_events(connection: Connection, one: Partition, seen_until: datetime) -> Settled | None:
    """Forget the messageIds of the events of a day, but those that find duplicates still, and how often they came again; None: too
    many have Deliveries.
    """
    connection.execute(text("SET LOCAL statement_timeout = 0"))
    stay = _needed(connection, one)
    if stay is None:
        return None
    values = {"stay": stay, "until": to_number(seen_until)}
    for keys in ("event_keys", "invalid_keys"):
        connection.execute(
            text(
                f"DELETE FROM {keys} AS key USING {one.name} AS one WHERE key.source_id = one.source_id "  # noqa: S608  names, no values
                "AND key.message_id = one.message_id AND key.event_id = one.id AND key.received_at < :until "
                "AND NOT one.id = ANY (:stay)"
            ),
            values,
        )
    # A repetition is counted with the first even where that was gone when it came.
    connection.execute(
        text(
            f"DELETE FROM event_repetitions AS again USING {one.name} AS one WHERE NOT one.id = ANY (:stay) "  # noqa: S608  names, no values
            "AND (again.event_id = one.id OR (again.event_id = one.repeats "
            "AND NOT EXISTS (SELECT FROM events WHERE events.id = one.repeats)))"
        ),
        values,
    )
    rows = connection.scalar(text(f"SELECT count(*) FROM {one.name}"))  # noqa: S608  names, no values
    return Settled((rows or 0) - len(stay), 0)


def drop_events(connection: Connection, one: Partition, settled: Settled) -> int | None:
    """Drop a day of events; how many those were. What has a Delivery stays. None: too many have."""
    _wait_little(connection)
    connection.execute(text(f"LOCK TABLE {one.name} IN ACCESS EXCLUSIVE MODE"))
    stay = _needed(connection, one)
    if stay is None:
        return None
    _drop(connection, one.table, one.name, "id", stay)
    _look_again(connection, ("events", "payloads"), stay)
    return settled.rows


# -- both ---------------------------------------------------------------------------------------------------------------


def drop_empty(connection: Connection, one: Partition) -> bool:
    """Drop a partition in which nothing is left; False: something is."""
    if connection.scalar(text(f"SELECT EXISTS (SELECT FROM {one.name})")):  # noqa: S608  names, no values
        return False
    _wait_little(connection)
    connection.execute(text(f"LOCK TABLE {one.name} IN ACCESS EXCLUSIVE MODE"))
    if connection.scalar(text(f"SELECT EXISTS (SELECT FROM {one.name})")):  # noqa: S608  names, no values
        return False
    _drop(connection, one.table, one.name, "id", ())
    return True


def _drop(connection: Connection, table: str, name: str, key: str, stay: Sequence[str]) -> None:
    """Drop a partition that is locked; what stays lies in no day from now on."""
    connection.execute(text(f"ALTER TABLE {table} DETACH PARTITION {name}"))
    if stay:
        keep = text(f"INSERT INTO {table} SELECT * FROM {name} WHERE {key} = ANY (:stay)")  # noqa: S608  names, no values
        connection.execute(keep, {"stay": list(stay)})
    connection.execute(text(f"DROP TABLE {name}"))


def _look_again(connection: Connection, kinds: Iterable[str], stay: Sequence[str]) -> None:
    """What stays is behind where retention has come, and noted to be looked at again."""
    rows: list[dict[str, Any]] = [{"kind": kind, "row_id": row_id} for kind in kinds for row_id in stay]
    if rows:
        note = "INSERT INTO retention_waits (kind, row_id) VALUES (:kind, :row_id) ON CONFLICT DO NOTHING"
        connection.execute(text(note), rows)


def _wait_little(connection: Connection) -> None:
    connection.execute(text(f"SET LOCAL lock_timeout = '{int(LOCK_SECONDS * 1000)}ms'"))
