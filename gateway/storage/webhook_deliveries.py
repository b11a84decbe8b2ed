"""What owners are told: written down in the transaction in which it happens, and kept until it is old.

It is one table on PostgreSQL, too: whoever sends knows the ids alone, and would look into every day of one that had days. `retention` takes
what is old by its time, 100 rows in a transaction (5 to 10 ms of the processor, some 30 ms on a busy server), 5,000 at a time and each ten
seconds while there is more.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import NamedTuple
from zlib import crc32

import msgspec
from sqlalchemy import Connection, bindparam, select, update

from destinations.kit import Policy
from gateway.jobs import Job, JobKind, NewJob
from gateway.storage import jobs, pages
from gateway.storage.leases import LEASE, still_held
from gateway.storage.pages import Cursor, Page
from gateway.storage.prepared import Ask, Each, Rows, among
from gateway.storage.rows import to_value, to_values
from gateway.storage.tables import destinations, webhook_deliveries

LANES = 8
"""How much of one receiver is under way at a time, over all workers; what is about one Delivery goes one after the other."""

PASSED_ON = "provider.called"
"""The name of a provider's call that is passed on as it came."""

_held = webhook_deliveries.c


@dataclass(frozen=True, slots=True)
class WebhookDelivery:
    """One thing that an owner is told; see the table."""

    id: str
    space: str
    destination_id: str
    event: str
    about: str
    passed_on: bool
    url: str | None
    body: str
    attempts: int
    last_status: int | None
    last_answer: str | None
    dead: bool
    began_at: datetime
    next_attempt_at: datetime | None
    delivered_at: datetime | None
    created_at: datetime

    @property
    def job(self) -> NewJob:
        """The job that sends it."""
        lane = crc32(self.about.encode()) % LANES
        return NewJob(JobKind.WEBHOOK, self.id.encode(), subject=self.destination_id, lanes=1 << lane)


class Owner(NamedTuple):
    """Who is told of a destination: its space, and the names of the events that its owner is told. Of `source_events` become some of
    the source of that id.
    """

    space: str
    events: frozenset[str]
    source_id: str | None = None
    source_events: frozenset[str] = frozenset()


class Attempted(NamedTuple):
    """What came of an attempt. With neither `delivered` nor `again_at` it is given up. `wish`: so many seconds the receiver wants to be
    left alone.
    """

    job: Job
    destination_id: str
    delivery_id: str
    url: str
    status: int | None
    answer: str
    delivered: bool
    again_at: datetime | None
    wish: float = 0.0

    @property
    def is_answered(self) -> bool:
        """Whether the receiver is there, whatever it thinks of this: it answered, and neither that it fails nor that it has too much."""
        return (
            self.status is not None
            and self.status < HTTPStatus.INTERNAL_SERVER_ERROR
            and self.status != HTTPStatus.TOO_MANY_REQUESTS
        )


_LISTENING = Ask(
    select(
        destinations.c.id, destinations.c.space, destinations.c.webhook_events, destinations.c.policy
    ).where(among(destinations.c.id, "many"), destinations.c.deleted_at.is_(None)),
    "many",
)
_NAMES = (
    *("id", "space", "destination_id", "event", "about", "passed_on", "url", "body", "attempts", "dead"),
    *("began_at", "next_attempt_at", "created_at"),
)
_ADD = Rows(webhook_deliveries, *_NAMES, unless_there=True)
_BY_IDS = select(webhook_deliveries).where(_held.id.in_(bindparam("many", expanding=True)))
_RECORD = Each(
    update(webhook_deliveries).where(_held.id == bindparam("whose")).values(attempts=_held.attempts + 1),
    *("whose", "url", "last_status", "last_answer", "dead", "next_attempt_at", "delivered_at"),
)
_GIVE_UP = Each(
    update(webhook_deliveries).where(_held.id == bindparam("whose")),
    *("whose", "last_answer", "dead", "next_attempt_at"),
)


def listening(connection: Connection, destination_ids: Collection[str]) -> dict[str, Owner]:
    """The owners of those of these destinations that tell events, or have a source of which some become."""
    rows = _LISTENING.rows(connection, list(destination_ids)) if destination_ids else ()
    found = {}
    for one, space, names, kept in rows:
        if (
            names is None and (kept or {}).get("inbound_source_id") is None
        ):  # as of most: their policy need not be read
            continue
        policy = msgspec.convert(kept, Policy)
        found[one] = Owner(
            space, frozenset(names or ()), policy.inbound_source_id, policy.inbound_source_events
        )
    return found


def add(connection: Connection, new: Sequence[WebhookDelivery], now: datetime) -> None:
    """Keep these, to be sent as soon as there is room; one that is there already is left as it is."""
    there = _added(connection, new)
    jobs.enqueue(connection, [one.job for one in new if one.id in there], now)


def add_held(connection: Connection, one: WebhookDelivery, now: datetime) -> Job:
    """Keep this, for the caller to send. Where that does not come to an end, it is sent as others are once a LEASE is over."""
    _added(connection, [one])
    return jobs.enqueue_held(connection, one.job, now, now + LEASE)


def _added(connection: Connection, new: Sequence[WebhookDelivery]) -> set[str]:
    return _ADD.added(connection, [tuple(getattr(one, name) for name in _NAMES) for one in new])


def by_ids(connection: Connection, delivery_ids: Sequence[str]) -> dict[str, WebhookDelivery]:
    """Those of these that are there."""
    rows = connection.execute(_BY_IDS, {"many": delivery_ids}).all() if delivery_ids else []
    return {one.id: one for one in to_values(WebhookDelivery, rows)}


def get(connection: Connection, delivery_id: str, *, for_update: bool = False) -> WebhookDelivery | None:
    """The one of that id. `for_update`: nobody else changes it before this transaction ends."""
    query = select(webhook_deliveries).where(_held.id == delivery_id)
    row = connection.execute(query.with_for_update() if for_update else query).one_or_none()
    return None if row is None else to_value(WebhookDelivery, row)


def record(connection: Connection, attempted: Sequence[Attempted], now: datetime) -> None:
    """Keep what came of attempts, and settle their jobs. What another worker took over since is its to settle."""
    ours = still_held(connection, [one.job for one in attempted])
    counted = [one for one in attempted if one.job.id in ours]
    _RECORD.run(
        connection,
        [
            (
                one.delivery_id,
                one.url,
                one.status,
                one.answer,
                not one.delivered and one.again_at is None,
                one.again_at,
                now if one.delivered else None,
            )
            for one in counted
        ],
    )
    jobs.ack(connection, [one.job for one in counted if one.again_at is None])
    again = [(one.job, one.again_at) for one in counted if one.again_at is not None]
    jobs.retry_at(connection, again)


def give_up(connection: Connection, whys: Mapping[str, str], settled: Sequence[Job] = ()) -> None:
    """These are not sent, for these reasons: nobody is there to be told, they are too old, or the gateway itself failed on them. Their
    jobs are `settled`.
    """
    _GIVE_UP.run(connection, [(one, why, True, None) for one, why in whys.items()])
    jobs.ack(connection, settled)


def replay(connection: Connection, one: WebhookDelivery, now: datetime) -> None:
    """Send it anew, under its id, for as long as a new one."""
    anew = {"dead": False, "began_at": now, "next_attempt_at": now, "delivered_at": None}
    connection.execute(update(webhook_deliveries).where(_held.id == one.id).values(anew))
    jobs.enqueue(connection, [one.job], now)


def page(
    connection: Connection,
    space: str,
    first: int,
    after: Cursor | None,
    destination_id: str | None = None,
    dead: bool | None = None,
) -> Page[WebhookDelivery]:
    """What the owners of a space are told, the newest first: of one destination, or what is given up, where that is asked."""
    where = [_held.space == space]
    if destination_id is not None:
        where.append(_held.destination_id == destination_id)
    if dead is not None:
        where.append(_held.dead.is_(dead))
    values = partial(to_values, WebhookDelivery)
    return pages.newest_first(connection, webhook_deliveries, "created_at", where, first, after, values)
