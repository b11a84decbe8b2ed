"""What calls came of late, and what they held: of the last events alone, which an index has, however many there are."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row

from gateway.events import EventOutcome
from gateway.storage import events as stored, pages
from gateway.storage.tables import events
from gateway.workspace import TESTS

RECENT = 500
"""How many of the last events of a source are looked at for their names."""

MOST_SOURCES = 20
"""How many sources are asked for them."""

SAMPLES = 50
"""How many of the last events of a name are looked at for what they hold."""

_c = events.c
_CALLS = ("id", "type", "name", "outcome", "received_at")
_PAYLOADS = ("source_id", "outcome", "payload", "payload_removed_at", "received_at")


class Call(NamedTuple):
    """A call of an SDK. One without a name stands under its type."""

    type: str
    name: str


class Seen(NamedTuple):
    """How often something was seen among the last events, and when last."""

    times: int
    last_at: datetime


class Sample(NamedTuple):
    """What an event held, and when it came."""

    payload: Mapping[str, Any]
    received_at: datetime


def calls(connection: Connection, source_ids: Sequence[str]) -> dict[Call, Seen]:
    """The calls among the last events of each source, of so many sources. What is INVALID is none."""
    found: dict[Call, Seen] = {}
    for row in _recent(connection, source_ids):
        call = Call(row.type, row.name or row.type)
        before = found.get(call)
        if before is None:
            found[call] = Seen(1, row.received_at)
        else:
            found[call] = Seen(before.times + 1, max(before.last_at, row.received_at))
    return found


def samples(connection: Connection, space: str, name: str, source_ids: Sequence[str]) -> list[Sample]:
    """What the last events of a space with that name held; where there are none, what the last without a name did whose type it is,
    of these sources.
    """
    rows = _newest(connection, [_c.space == space, _c.name == name], SAMPLES, _PAYLOADS)
    named = [row for row in rows if not row.source_id.startswith(TESTS)]
    if named:
        return [Sample(row.payload, row.received_at) for row in named if row.payload_removed_at is None]
    alike = [row for row in _recent(connection, source_ids) if row.name is None and row.type == name]
    last = sorted(alike, key=lambda row: (row.received_at, row.id), reverse=True)[:SAMPLES]
    found = stored.by_ids(connection, [row.id for row in last])
    return [Sample(one.payload, one.received_at) for one in found.values() if one.payload_removed_at is None]


def last_at(connection: Connection, source_id: str) -> datetime | None:
    """When the last event of a source came, whatever became of it; None: none is kept."""
    where = [_c.source_id == source_id]
    page = pages.newest_first(
        connection, events, "received_at", where, 1, None, list, counted=False, columns=("received_at",)
    )
    return page.items[0].received_at if page.items else None


def _recent(connection: Connection, source_ids: Sequence[str]) -> Iterable[Row[Any]]:
    for source_id in source_ids[:MOST_SOURCES]:
        # By one source at a time, since the index is led by it.
        yield from _newest(connection, [_c.source_id == source_id], RECENT, _CALLS)


def _newest(
    connection: Connection, where: Sequence[ColumnElement[bool]], most: int, columns: Sequence[str]
) -> list[Row[Any]]:
    page = pages.newest_first(
        connection, events, "received_at", where, most, None, list, counted=False, columns=columns
    )
    return [row for row in page.items if row.outcome != EventOutcome.INVALID.value]
