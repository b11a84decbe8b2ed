"""Who works on what: a job is leased for a while, and one whose lease runs out is another's.

Whoever lives extends what they hold, see `Worker`; whoever does not is followed by another within a lease. `extend` and `give_back` do
nothing for whoever holds a job by a lease that another took over since: its `tries` tell them apart.

Over PostgreSQL several workers lease side by side:

| jobs | what keeps the order |
| --- | --- |
| MATCH | one worker leases at a time, and nothing whose lanes an earlier job of its source has that it does not lease with it |
| WEBHOOK | the same of a receiver's, see `receivers` |
| DELIVER | of a person the first that is worked on, or due at least soon, and no other |
| all others | none is kept |
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import Any, Final

from msgspec.structs import replace
from sqlalchemy import Connection, and_, bindparam, exists, func, literal_column, null, or_, select, update

from gateway.jobs import SUSPICIOUS_DEATHS, Job, JobKind
from gateway.storage.jobs import AS_THE_INDEX_HAS_THEM, IS_DUE, IS_STILL, MOST, OF_KIND
from gateway.storage.prepared import Ask, Each, among
from gateway.storage.tables import jobs as _jobs

LEASE: Final = timedelta(seconds=30)
"""How long a job is held without a word: so long after its worker died another has it."""

HEARTBEAT: Final = LEASE / 3
"""How often a worker says that it still holds what it does."""

LOOKED_THROUGH: Final = (8, 256)
"""How many times as many jobs as are leased are looked at, to find whose turn it is: more only where the first ones have to wait for
others.
"""

LANES_AT_ONCE: Final = 4
"""How many lanes of a source one worker takes at a time where that is enough to do, so that others find some. Where it is not, such as where
most events name two ids, it takes what is next whatever lanes that has: others would find nothing beside it either.
"""

CLOCKS_APART: Final = timedelta(seconds=1)
"""What another worker made due now may be due a little later by the clock of this one: what a person is sent next waits for it."""

TURN_LASTS: Final = timedelta(seconds=5)
"""How long after it was let go a text has its sender's leave to go out, where several workers send: later it would come on top of what
goes by then.
"""

_ALL_LANES: Final = -1
"""What was put into the queue without its lanes is of all of them."""

_LEASING: Final = 4_170_013
"""Of the workers over one PostgreSQL, one at a time leases what is to be matched: what another takes would be seen too late."""

_LEASED = tuple(
    _jobs.c[name]
    for name in ("id", "subject", "payload", "tries", "failures", "created_at", "lane", "leased_until")
)
_DUE = Ask(
    select(*_LEASED)
    .where(OF_KIND, IS_DUE)
    .order_by(*AS_THE_INDEX_HAS_THEM)
    .limit(MOST)
    .with_for_update(skip_locked=True),
    *("of_kind", "now", "most"),
)
_EARLIER = _jobs.alias("earlier")
_IS_BEHIND = exists().where(
    _EARLIER.c.person == _jobs.c.person,
    _EARLIER.c.id < _jobs.c.id,
    or_(
        and_(
            _EARLIER.c.kind == JobKind.DELIVER.value,
            or_(_EARLIER.c.available_at <= bindparam("soon"), _EARLIER.c.leased_until > bindparam("now")),
        ),
        # It lost its turn, and will have another; the later one has its own still.
        and_(_EARLIER.c.kind == JobKind.PACED.value, _EARLIER.c.lane == _jobs.c.lane),
    ),
)
_FIRST_OF_A_PERSON = Ask(
    select(*_LEASED)
    .where(OF_KIND, IS_DUE, or_(_jobs.c.person.is_(None), ~_IS_BEHIND))
    .order_by(*AS_THE_INDEX_HAS_THEM)
    .limit(MOST)
    .with_for_update(of=_jobs, skip_locked=True),
    *("of_kind", "now", "most", "soon"),
)
_BEHIND = Ask(
    select(_jobs.c.id).where(among(_jobs.c.id, "job_ids"), _IS_BEHIND),
    *("job_ids", "now", "soon"),
)
_WHOSE_TURN = (
    select(_jobs.c.id, _jobs.c.subject, _jobs.c.lanes)  # no row is read, but the index alone
    .where(OF_KIND, _jobs.c.subject.not_in(bindparam("without", expanding=True)), IS_DUE)
    .order_by(*AS_THE_INDEX_HAS_THEM)
    .limit(MOST)
)
_LEASED_LANES = select(_jobs.c.subject, _jobs.c.lanes).where(OF_KIND, _jobs.c.leased_until > bindparam("now"))
_BY_ID = Ask(
    select(*_LEASED).where(among(_jobs.c.id, "job_ids")).with_for_update(skip_locked=True), "job_ids"
)
_TAKE = Each(
    update(_jobs)
    .where(among(_jobs.c.id, "job_ids"))
    .values(
        leased_until=bindparam("until"),
        tries=_jobs.c.tries + literal_column("1"),
        lane=null(),  # the turn is the holder's, and goes with it
    ),
    *("job_ids", "until"),
)
_EXTEND = Each(
    update(_jobs).where(IS_STILL, _jobs.c.leased_until.is_not(None)), "job_id", "lease", "leased_until"
)
_GIVE_BACK = Each(update(_jobs).where(IS_STILL).values(leased_until=null()), "job_id", "lease", "lane")
_HELD = Ask(
    select(_jobs.c.id, _jobs.c.tries)
    .where(among(_jobs.c.id, "job_ids"))
    .order_by(_jobs.c.id)
    .with_for_update(),
    "job_ids",
)
_RECOVER = update(_jobs).where(_jobs.c.leased_until.is_not(None)).values(leased_until=None)


def lease(
    connection: Connection,
    kind: JobKind,
    limit: int,
    now: datetime,
    period: timedelta,
    *,
    one_of_a_person: bool = False,
) -> list[Job]:
    """The first so many that are due: the caller's for that long. `one_of_a_person`: of each the first, and none of whom somebody works
    on one, so that what others send stays behind it. Whose turn is over asks its sender for another.
    """
    if one_of_a_person:
        rows = _FIRST_OF_A_PERSON.rows(connection, kind.value, now, limit, now + CLOCKS_APART)
    else:
        rows = _DUE.rows(connection, kind.value, now, limit)
    return _taken(connection, _leased(rows, kind, now, now + period))


def behind(connection: Connection, held: Sequence[Job], now: datetime) -> set[int]:
    """The ids of those of these jobs whose person has an earlier one by now that is due or worked on: it waited for its sender when these
    were leased, and was let go since.
    """
    rows = _BEHIND.rows(connection, [job.id for job in held], now, now + CLOCKS_APART) if held else ()
    return {job_id for (job_id,) in rows}


def lease_by_turns(
    connection: Connection,
    kind: JobKind,
    limit: int,
    now: datetime,
    period: timedelta,
    without: frozenset[str],
) -> list[Job]:
    """As `lease`, but the subjects take turns: of each as many, the one that is due longest first, none of `without`, and none with a
    lane that something before it has and the caller does not lease with it.

    A request to be matched with SUSPICIOUS_DEATHS comes alone, and only where `without` is empty: it ends what is leased before it.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LEASING)))
    turns = _turns(connection, kind, limit, now, without)
    if not turns:
        return []
    share = max(1, limit // len(turns))
    wanted = [one[:share] for one in islice(turns.values(), limit)]
    found = _free(connection, kind, wanted, now, period)
    return _taken(connection, _without_suspects(found, alone=not without))


def take(
    connection: Connection, kind: JobKind, wanted: Sequence[Sequence[int]], now: datetime, period: timedelta
) -> list[Job]:
    """Lease the jobs of these ids; of each sequence none behind one that somebody else holds."""
    return _taken(connection, _free(connection, kind, wanted, now, period))


def _free(
    connection: Connection, kind: JobKind, wanted: Sequence[Sequence[int]], now: datetime, period: timedelta
) -> list[Job]:
    rows = _BY_ID.rows(connection, [job_id for one in wanted for job_id in one])
    by_id = {job.id: job for job in _leased(rows, kind, now, now + period)}
    return [by_id[job_id] for one in wanted for job_id in takewhile(by_id.__contains__, one)]


def leased_lanes(connection: Connection, kind: JobKind, now: datetime) -> dict[str, int]:
    """The lanes of what is leased of a kind, by subject."""
    leased: dict[str, int] = {}
    for subject, lanes in connection.execute(_LEASED_LANES, {"of_kind": kind.value, "now": now}):
        leased[subject] = leased.get(subject, 0) | (_ALL_LANES if lanes is None else lanes)
    return leased


def _turns(
    connection: Connection, kind: JobKind, limit: int, now: datetime, without: frozenset[str]
) -> dict[str, list[int]]:
    """The ids of the jobs that may be leased, in their order, by subject."""
    asked = {"of_kind": kind.value, "now": now}
    leased = leased_lanes(connection, kind, now)
    found: dict[str, list[int]] = {}
    for times in LOOKED_THROUGH:
        most = limit * times
        rows = connection.execute(_WHOSE_TURN, {**asked, "without": tuple(without), "most": most}).all()
        waiting = [(one.id, one.subject, one.lanes) for one in rows]
        for lanes_at_once in (LANES_AT_ONCE, None):
            found = unblocked(waiting, leased, lanes_at_once)
            if sum(map(len, found.values())) >= limit:
                return found
        if len(rows) < most:
            break
    return found


def unblocked(
    rows: Iterable[tuple[int, str, int | None]], leased: Mapping[str, int], lanes_at_once: int | None
) -> dict[str, list[int]]:
    """Those of these jobs that nothing before them blocks, by subject, of so many lanes each at most; None: of all. What is not taken
    blocks what comes after it.
    """
    blocked, taken = dict(leased), dict[str, int]()
    found: dict[str, list[int]] = {}
    for job_id, subject, given in rows:
        lanes = _ALL_LANES if given is None else given
        mine = taken.get(subject, 0)
        together = mine | lanes
        room = lanes_at_once is None or mine in (0, together) or together.bit_count() <= lanes_at_once
        if room and not lanes & blocked.get(subject, 0):
            taken[subject] = mine | lanes
            found.setdefault(subject, []).append(job_id)
        else:
            blocked[subject] = blocked.get(subject, 0) | lanes
    return found


def still_held(connection: Connection, held: Sequence[Job]) -> set[int]:
    """The ids of those of these jobs that are still the caller's; nobody else takes one before this transaction ends."""
    if not held:
        return set()
    tries = {job.id: job.tries for job in held}
    return {job_id for job_id, lease in _HELD.rows(connection, list(tries)) if lease == tries[job_id]}


def extend(connection: Connection, held: Sequence[Job], until: datetime) -> None:
    """Hold these until then, where they are still the caller's. What was let go of since, and is due later, stays free."""
    _EXTEND.run(connection, [(job.id, job.tries, until) for job in held])


def give_back(connection: Connection, held: Sequence[Job]) -> None:
    """Hold these no more: each is due as it was, before what came after it."""
    _GIVE_BACK.run(connection, [(job.id, job.tries, job.lane) for job in held])


def recover(connection: Connection) -> int:
    """Free every lease of a process that is gone; how many there were. For a gateway that is one process, at its start: its
    leases outlive only that process.
    """
    return connection.execute(_RECOVER).rowcount


def _leased(rows: Sequence[Sequence[Any]], kind: JobKind, now: datetime, until: datetime) -> list[Job]:
    return [
        Job(
            *(job_id, subject, payload, tries, failures, created_at),
            lane=lane if let_go_at is None or let_go_at > now - TURN_LASTS else None,
            kind=kind,
            until=until,
        )
        for job_id, subject, payload, tries, failures, created_at, lane, let_go_at in rows
    ]


def _taken(connection: Connection, found: Sequence[Job]) -> list[Job]:
    """These, leased: they have one try more."""
    if found:
        _TAKE.run(connection, [([job.id for job in found], found[0].until)])
    return [replace(job, tries=job.tries + 1) for job in found]


def _without_suspects(found: Sequence[Job], *, alone: bool) -> Sequence[Job]:
    """Those before the first that the process may die of, or that one alone."""
    for place, job in enumerate(found):
        if job.tries - job.failures >= SUSPICIOUS_DEATHS:
            return found[:1] if place == 0 and alone else found[:place]
    return found
