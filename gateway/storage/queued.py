"""The events of somebody in requests that wait in the queue, or were buried there."""

import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, RowMapping, Table, and_, delete, or_, select, update

from gateway import events, spec
from gateway.events import QueuedRequest
from gateway.jobs import JobKind
from gateway.storage.tables import sources
from gateway.storage.whom import Whom


def is_request(table: Table, space: str) -> ColumnElement[bool]:
    """Whether a job is a request of a source of that space."""
    theirs = select(sources.c.id).where(sources.c.space == space)
    return and_(table.c.kind == JobKind.MATCH.value, table.c.subject.in_(theirs))


def tells_of(whom: Whom, row: RowMapping) -> bool:
    """Whether an event of a request is about them."""
    request = _readable(row["payload"])
    if request is None:
        return whom.is_in(_text(row["payload"]))
    return next(_places(whom, request), None) is not None


def shown(whom: Whom, row: RowMapping) -> Any:
    """Their events of a request, as they came."""
    request = _readable(row["payload"])
    if request is None:
        return {"unreadable": _text(row["payload"])}
    calls = [spec.event_at(request, place).payload for place in _places(whom, request)]
    return {"requestId": request.id, "receivedAt": request.received_at, "calls": calls}


def erase_from(table: Table) -> Callable[[Connection, Whom, Sequence[tuple[Any, ...]], datetime], int]:
    """Takes their events out of these requests; how many. A request that a worker has stays as it is: it is matched."""

    def erase(connection: Connection, whom: Whom, keys: Sequence[tuple[Any, ...]], now: datetime) -> int:
        there: list[ColumnElement[bool]] = [table.c.id.in_([key[0] for key in keys])]
        if "leased_until" in table.c:
            there.append(or_(table.c.leased_until.is_(None), table.c.leased_until <= now))
        query = select(table.c.id, table.c.payload).where(and_(*there)).with_for_update(skip_locked=True)
        gone = 0
        for row in connection.execute(query).all():
            request = _readable(row.payload)
            theirs = {0} if request is None else set(_places(whom, request))
            rest = [] if request is None else [one for one in range(len(request.calls)) if one not in theirs]
            gone += len(theirs)
            if request is not None and rest:
                payload = events.encode(events.part(request, rest))
                connection.execute(update(table).where(table.c.id == row.id).values(payload=payload))
            else:
                connection.execute(delete(table).where(table.c.id == row.id))
        return gone

    return erase


def _readable(payload: bytes) -> QueuedRequest | None:
    """The request; None of what no gateway reads any more, such as what was buried for that."""
    try:
        return events.decode(payload)
    except (msgspec.MsgspecError, zlib.error, ValueError):
        return None


def _text(payload: bytes) -> str:
    return payload.decode("utf-8", "replace")


def _places(whom: Whom, request: QueuedRequest) -> Iterator[int]:
    if whom.is_in(msgspec.json.encode(request.envelope).decode()):
        yield from range(len(request.calls))
        return
    for place, call in enumerate(request.calls):
        text = _text(bytes(call) if isinstance(call, msgspec.Raw) else msgspec.json.encode(call))
        if whom.may_be_in(text) and (whom.is_in(text) or whom.is_of(spec.event_at(request, place))):
            yield place
