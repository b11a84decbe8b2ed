"""How much waits of each destination and sender, and for how long the last of it will."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from destinations.kit import SenderKind
from gateway.facts.snapshot import Snapshot
from gateway.pipeline.pacer import Lane
from gateway.services import Services
from gateway.shared.base import SenderKey, Wanted
from gateway.storage import jobs, queues
from gateway.storage.queues import Backlog
from gateway.workspace import Destination


class Queue(NamedTuple):
    """What waits of a destination for one sender; None: for nobody yet, since nothing was planned. `wait`: in how many seconds the
    last of what waits for the sender's pace leaves; None where nothing does, or while the destination is paused.
    """

    destination: Destination
    sender: str | None
    waiting: int
    held: int
    oldest_at: datetime | None
    wait: float | None
    buried: int


class _Read(NamedTuple):
    backlogs: list[Backlog]
    kinds: Mapping[SenderKey, SenderKind]
    buried: Mapping[str, int]


async def of_space(services: Services, snapshot: Snapshot, space: str) -> list[Queue]:
    """The queues of a space in which something waits, or of which something was buried, by the names of their destinations."""
    every = snapshot.destinations.values()
    there = {one.id: one for one in every if one.space == space and one.deleted_at is None}
    now = services.clock.now()
    read = await services.store.read(lambda c: _read(c, snapshot, list(there)))
    waits = await _waits(services, there, read, now)
    found = [
        Queue(
            there[one.destination_id],
            one.sender,
            one.waiting,
            one.held,
            one.oldest_at,
            waits.get((one.destination_id, one.sender)),
            read.buried.get(one.destination_id, 0) if one.sender is None else 0,
        )
        for one in read.backlogs
    ]
    named = {one.destination.id for one in found if one.sender is None}
    found += [
        Queue(there[one], None, 0, 0, None, None, count)
        for one, count in read.buried.items()
        if one not in named
    ]
    return sorted(found, key=lambda one: (one.destination.name, one.destination.id, one.sender or ""))


def _read(connection: Connection, snapshot: Snapshot, destination_ids: Sequence[str]) -> _Read:
    lanes = [Lane.of(key) for key in jobs.lanes(connection)]
    buried = queues.buried_deliveries(connection, destination_ids)
    requests = queues.buried_requests(connection)
    for source_id, destination_id in snapshot.links if requests else ():
        if source_id in requests and destination_id in destination_ids:
            buried[destination_id] = buried.get(destination_id, 0) + requests[source_id]
    return _Read(
        queues.backlogs(connection, destination_ids), {lane.whose: lane.kind for lane in lanes}, buried
    )


async def _waits(
    services: Services, there: Mapping[str, Destination], read: _Read, now: datetime
) -> dict[tuple[str, str | None], float]:
    """For how long the last of what waits for each sender's pace will, unless it is too old before."""
    asked: list[Wanted] = []
    untils: list[float] = []
    for one in read.backlogs:
        destination = there[one.destination_id]
        kind = read.kinds.get((one.destination_id, one.sender or ""))
        if one.paced == 0 or one.sender is None or one.until is None or kind is None or destination.paused:
            continue
        last = math.ceil(
            one.segments / one.paced
        )  # nobody knows whose turn is the last: one of the usual size
        rate = Lane(one.destination_id, kind, one.sender, "").rate(destination.policy)
        asked.append(Wanted((one.destination_id, one.sender), rate, (one.segments - last, last)))
        untils.append((one.until - now).total_seconds())
    waits = await services.shared.pace.waits(asked, now) if asked else []
    return {
        (one.sender[0], one.sender[1]): max(0.0, min(wait, until))
        for one, wait, until in zip(asked, waits, untils, strict=True)
    }
