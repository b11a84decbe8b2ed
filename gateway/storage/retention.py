"""What is forgotten, by kind and age: a few rows in each transaction, so that whoever writes beside it hardly waits.

What is looked for by its space is walked through from the oldest on, by an index that the pages of it have anyway; a mark says how
far each walk has come. What must stay a while longer is noted, and looked at again until it may go. So nothing is read twice
for being old, and no index is kept for this alone where much is written.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Row,
    Table,
    and_,
    delete,
    exists,
    func,
    literal,
    select,
    tuple_,
    union,
)
from sqlalchemy.dialects import postgresql, sqlite

from gateway import logging, metrics
from gateway.settings import Settings
from gateway.stats import Bucket, oldest
from gateway.storage import days, free_space, removal, retention_days, uploads
from gateway.storage.engine import Store
from gateway.storage.idempotency import REPEATABLE
from gateway.storage.import_plans import KEPT
from gateway.storage.removal import IS_NOT_FINAL
from gateway.storage.tables import (
    background_jobs,
    claim_counts,
    confirmations,
    deliveries,
    delivery_tombstones,
    destinations,
    events,
    idempotency_keys,
    import_plans,
    inbound_keys,
    inbound_messages,
    jobs,
    opt_out_notices,
    retention_marks,
    retention_waits,
    sources,
    stats,
    unmatched_callbacks,
    webhook_deliveries,
)
from gateway.storage.tables.by_day import DAY_OF
from gateway.storage.types import EPOCH

STEP = 100
"""The most rows that one transaction looks at: a few milliseconds of a writer."""

STEPS = 50
"""The most transactions for one kind at a time, so that a worker that is to stop need not wait for all of it."""

TOMBSTONES = timedelta(days=400)
"""How long the id of a Delivery counts as made, from its making on."""

NOTICES = timedelta(days=60)
"""How long it is known that a number was told how to opt out: twice as long as it is not told again."""

CONFIRMATIONS = timedelta(days=60)
"""How long it is known who was asked to confirm a yes: longer than a yes confirms anything, however long the question waited."""

DAYS_COUNTED, WEEKS_COUNTED = timedelta(days=3), timedelta(days=10)
"""How long is known how many texts counted for a limit, from the first day of what is counted on: longer than it lasts in any zone."""

_log = logging.get("retention")


class Kind(StrEnum):
    """What is forgotten; the label of its metric."""

    PAYLOADS = "payloads"
    BODIES = "bodies"
    INBOUND_BODIES = "inbound_bodies"
    DELIVERIES = "deliveries"
    EVENTS = "events"
    INBOUND_MESSAGES = "inbound_messages"
    UNMATCHED_CALLBACKS = "unmatched_callbacks"
    INBOUND_KEYS = "inbound_keys"
    IDEMPOTENCY_KEYS = "idempotency_keys"
    TOMBSTONES = "tombstones"
    BACKGROUND_JOBS = "background_jobs"
    STATS = "stats"
    WEBHOOK_DELIVERIES = "webhook_deliveries"
    OPT_OUT_NOTICES = "opt_out_notices"
    CONFIRMATIONS = "confirmations"
    UPLOADS = "uploads"
    IMPORT_PLANS = "import_plans"

    CLAIM_COUNTS = "claim_counts"


@dataclass(slots=True)
class Forgotten:
    """How many rows of each kind were emptied or removed. `more`: of some there is more that is old enough."""

    rows: Counter[Kind] = field(default_factory=Counter)
    more: bool = False


@dataclass(frozen=True, slots=True)
class _Walk:
    """Through a table, the oldest row of a space first. `take` is given ids, and the time; `stays` says which must wait."""

    kind: Kind
    table: Table
    at: str
    take: removal.Take
    stays: Callable[[Connection], ColumnElement[bool]]


class _Step(NamedTuple):
    """`more`: there may be another one like it."""

    taken: int
    more: bool


_OF_EVENT = deliveries.c.event_id == events.c.id
_TO_BE_ANSWERED = inbound_messages.c.needs_review.is_(True)
_OF_SOMEBODY_UNKNOWN = and_(inbound_messages.c.word.is_not(None), inbound_messages.c.phone.is_(None))
"""A word of consent that counts once it is known whose it is."""


def _is_under_way(connection: Connection) -> ColumnElement[bool]:
    """The event has a Delivery that is not final."""
    return exists(days.unfinished(connection, select(deliveries.c.id).where(_OF_EVENT, IS_NOT_FINAL)))


def _always(condition: ColumnElement[bool]) -> Callable[[Connection], ColumnElement[bool]]:
    """The same on both engines."""
    return lambda _connection: condition


_PAYLOADS = _Walk(Kind.PAYLOADS, events, "received_at", removal.payloads, _is_under_way)
_BODIES = _Walk(Kind.BODIES, deliveries, "created_at", removal.bodies, _always(IS_NOT_FINAL))
_INBOUND_BODIES = _Walk(
    Kind.INBOUND_BODIES, inbound_messages, "received_at", removal.inbound_bodies, _always(_TO_BE_ANSWERED)
)
_DELIVERIES = _Walk(Kind.DELIVERIES, deliveries, "created_at", removal.deliveries_of, _always(IS_NOT_FINAL))
_EVENTS = _Walk(Kind.EVENTS, events, "received_at", removal.events_of, _always(exists().where(_OF_EVENT)))
_INBOUND = _Walk(
    Kind.INBOUND_MESSAGES,
    inbound_messages,
    "received_at",
    removal.inbound_messages_of,
    _always(_TO_BE_ANSWERED | _OF_SOMEBODY_UNKNOWN),
)
_UNMATCHED = _Walk(
    Kind.UNMATCHED_CALLBACKS,
    unmatched_callbacks,
    "received_at",
    removal.unmatched_callbacks_of,
    _always(literal(value=False)),
)


async def forget(store: Store, settings: Settings, now: datetime) -> Forgotten:
    """Forget what is old enough; where that is much, some of it."""
    ledger = now - timedelta(days=settings.retention_deliveries_days)
    bodies = now - timedelta(days=settings.retention_bodies_days)
    # What waits to be matched becomes an event with the time at which it was taken, behind where a walk has come by then.
    waits = await store.read(_oldest_request)
    done = Forgotten()
    tended = await retention_days.tend(store, now, ledger, waits)
    for kind, gone in ((Kind.DELIVERIES, tended.gone["deliveries"]), (Kind.EVENTS, tended.gone["events"])):
        _count(done, kind, gone)
    rows = tended.rows_until
    for space in await store.read(_spaces):
        payloads = now - timedelta(days=settings.retention_payloads_days)
        await _walk(store, _PAYLOADS, space, min(waits or now, payloads), now, done)
        await _walk(store, _BODIES, space, bodies, now, done)
        await _walk(store, _INBOUND_BODIES, space, bodies, now, done)
        if rows and await _walk(
            store, _DELIVERIES, space, rows, now, done
        ):  # an event goes after its Deliveries
            await _walk(store, _EVENTS, space, min(waits or now, rows), now, done)
        await _walk(store, _INBOUND, space, ledger, now, done)
        await _walk(store, _UNMATCHED, space, ledger, now, done)
    for walk in (_PAYLOADS, _BODIES, _INBOUND_BODIES, _DELIVERIES, _EVENTS, _INBOUND):
        await _repeat(store, walk.kind, partial(_again, walk=walk, now=now), done)
    for kind, column, before in (
        (Kind.INBOUND_KEYS, inbound_keys.c.received_at, ledger),
        (Kind.IDEMPOTENCY_KEYS, idempotency_keys.c.created_at, now - REPEATABLE),
        (Kind.TOMBSTONES, delivery_tombstones.c.created_at, now - TOMBSTONES),
        (Kind.BACKGROUND_JOBS, background_jobs.c.finished_at, ledger),
        (Kind.WEBHOOK_DELIVERIES, webhook_deliveries.c.created_at, bodies),
        (Kind.OPT_OUT_NOTICES, opt_out_notices.c.told_at, now - NOTICES),
        (Kind.CONFIRMATIONS, confirmations.c.asked_at, now - CONFIRMATIONS),
        (Kind.IMPORT_PLANS, import_plans.c.created_at, now - KEPT),
    ):
        await _repeat(store, kind, partial(_expired, column=column, before=before), done)
    await _repeat(store, Kind.STATS, partial(_old_counts, now=now), done)
    await _repeat(store, Kind.CLAIM_COUNTS, partial(_old_claim_counts, now=now), done)
    await _repeat(store, Kind.UPLOADS, partial(_old_uploads, before=now - uploads.KEPT), done)
    await _give_back(store)
    if done.rows:
        counted = {kind.value: number for kind, number in sorted(done.rows.items())}
        _log.info("Old rows were forgotten", **counted)
    return done


async def _walk(
    store: Store, walk: _Walk, space: str, before: datetime, now: datetime, done: Forgotten
) -> bool:
    return await _repeat(store, walk.kind, partial(_on, walk=walk, space=space, before=before, now=now), done)


async def _repeat(store: Store, kind: Kind, step: Callable[[Connection], _Step], done: Forgotten) -> bool:
    """Take the step until there is no more, or often enough for now; whether there is no more."""
    for _ in range(STEPS):
        one = await store.write(lambda c: step(c) if retention_days.alone(c) else _Step(0, more=False))
        _count(done, kind, one.taken)
        if not one.more:
            return True
    done.more = True
    return False


def _count(done: Forgotten, kind: Kind, taken: int) -> None:
    if taken:
        done.rows[kind] += taken
        metrics.FORGOTTEN.labels(kind).inc(taken)


async def _give_back(store: Store) -> None:
    for _ in range(STEPS):
        if not await store.write(free_space.give_back):
            return  # what is left is for the next time


def _spaces(connection: Connection) -> Sequence[str]:
    return connection.scalars(union(select(sources.c.space), select(destinations.c.space))).all()


def _oldest_request(connection: Connection) -> datetime | None:
    """When the first of the requests that wait to be matched was taken; of those that were put off, nearly so."""
    first = select(jobs.c.created_at).where(jobs.c.kind == "match")
    first = first.order_by(jobs.c.available_at, jobs.c.id).limit(STEP)
    oldest: datetime | None = connection.scalar(select(func.min(first.subquery().c.created_at)))
    return oldest


def _on(connection: Connection, walk: _Walk, space: str, before: datetime, now: datetime) -> _Step:
    """Go on from where the walk has come, up to what is younger than `before`."""
    at, ident = walk.table.c[walk.at], walk.table.c.id
    query = select(ident, at.label("at"), walk.stays(connection).label("stays")).where(
        walk.table.c.space == space, at < before
    )
    mark = _mark_of(connection, walk.kind, space)
    if mark is not None:
        last = tuple_(literal(mark[0], at.type), literal(mark[1], ident.type))
        query = query.where(tuple_(at, ident) > last)
        if walk.table.name in DAY_OF:
            query = query.where(*days.within(connection, at, mark[0]))
    rows = connection.execute(query.order_by(at, ident).limit(STEP).with_for_update(of=walk.table)).all()
    if not rows:
        return _Step(0, more=False)
    ready = [row.id for row in rows if not row.stays]
    waiting = [row.id for row in rows if row.stays]
    if waiting:
        notes = [{"kind": walk.kind.value, "row_id": row_id} for row_id in waiting]
        connection.execute(_insert(connection, retention_waits).on_conflict_do_nothing(), notes)
    taken = walk.take(connection, ready, now, _bounds(connection, walk, rows)) if ready else 0
    _set_mark(connection, walk.kind, space, rows[-1].at, rows[-1].id)
    return _Step(taken, more=len(rows) == STEP)


def _again(connection: Connection, walk: _Walk, now: datetime) -> _Step:
    """Look again at some of what had to stay, from where the last look ended; at the end from the beginning."""
    mark = _mark_of(connection, walk.kind, "")
    noted = select(retention_waits.c.row_id).where(
        retention_waits.c.kind == walk.kind.value, retention_waits.c.row_id > (mark[1] if mark else "")
    )
    ids = connection.scalars(noted.order_by(retention_waits.c.row_id).limit(STEP)).all()
    if not ids:
        if mark is not None:
            _set_mark(connection, walk.kind, "", EPOCH, "")
        return _Step(0, more=False)
    ident = walk.table.c.id
    query = select(ident, walk.table.c[walk.at].label("at"), walk.stays(connection).label("stays"))
    rows = connection.execute(query.where(ident.in_(ids)).with_for_update(of=walk.table)).all()
    ready = [row.id for row in rows if not row.stays]
    over = set(ids) - {row.id for row in rows if row.stays}  # what is gone meanwhile is over, too
    taken = walk.take(connection, ready, now, _bounds(connection, walk, rows)) if ready else 0
    if over:
        connection.execute(
            delete(retention_waits).where(
                retention_waits.c.kind == walk.kind.value, retention_waits.c.row_id.in_(over)
            )
        )
    more = len(ids) == STEP
    _set_mark(connection, walk.kind, "", EPOCH, ids[-1] if more else "")
    return _Step(taken, more=more)


def _bounds(connection: Connection, walk: _Walk, rows: Sequence[Row[Any]]) -> list[ColumnElement[bool]]:
    """Between when and when these rows are."""
    if walk.table.name not in DAY_OF:
        return []
    times = [row.at for row in rows]
    return days.within(connection, walk.table.c[walk.at], min(times), max(times))


def _expired(connection: Connection, column: Column[datetime], before: datetime) -> _Step:
    """Remove what is older, of a table with an index by that time; what is of one moment goes together."""
    gone_with = days.has_no_delivery(connection, before) if column.table is delivery_tombstones else []
    query = select(column).where(column < before, *gone_with)
    oldest = connection.scalars(query.order_by(column).limit(STEP)).all()
    if not oldest:
        return _Step(0, more=False)
    gone = connection.execute(delete(column.table).where(column <= oldest[-1], *gone_with)).rowcount
    return _Step(gone, more=len(oldest) == STEP)


def _old_counts(connection: Connection, now: datetime) -> _Step:
    """Remove counts that are kept no more; younger ones are not by the day yet."""
    old = select(stats.c.id).where(stats.c.size == Bucket.DAY.value, stats.c.at < oldest(Bucket.DAY, now))
    ids = connection.scalars(old.order_by(stats.c.at).limit(STEP)).all()
    if ids:
        connection.execute(delete(stats).where(stats.c.id.in_(ids)))
    return _Step(len(ids), more=len(ids) == STEP)


def _old_claim_counts(connection: Connection, now: datetime) -> _Step:
    """Remove what was counted of days and weeks that are over everywhere."""
    counted = claim_counts.c
    key = (counted.begins, counted.destination_id, counted.phone, counted.purpose)
    day, week = ((now - age).date().isoformat() for age in (DAYS_COUNTED, WEEKS_COUNTED))
    old = (counted.begins < day) & ((counted.purpose == "") | (counted.begins < week))
    rows = connection.execute(select(*key).where(old).order_by(*key).limit(STEP)).all()
    if rows:
        connection.execute(delete(claim_counts).where(tuple_(*key).in_([tuple(row) for row in rows])))
    return _Step(len(rows), more=len(rows) == STEP)


def _old_uploads(connection: Connection, before: datetime) -> _Step:
    """Remove files, piece by piece."""
    gone, more = uploads.forget(connection, before)
    return _Step(gone, more)


def _mark_of(connection: Connection, kind: Kind, space: str) -> tuple[datetime, str] | None:
    marks = retention_marks.c
    row = connection.execute(
        select(marks.at, marks.row_id).where(marks.kind == kind.value, marks.space == space)
    ).one_or_none()
    return None if row is None else (row.at, row.row_id)


def _set_mark(connection: Connection, kind: Kind, space: str, at: datetime, row_id: str) -> None:
    new = _insert(connection, retention_marks)
    new = new.values(kind=kind.value, space=space, at=at, row_id=row_id)
    there = {"at": new.excluded.at, "row_id": new.excluded.row_id}
    connection.execute(
        new.on_conflict_do_update(index_elements=retention_marks.primary_key.columns, set_=there)
    )


def _insert(connection: Connection, table: Table) -> Any:
    """An INSERT that knows ON CONFLICT, which both dialects write alike."""
    return (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)
