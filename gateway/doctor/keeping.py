"""What will hurt later: what waits and was given up, how long things are kept, and when the disk is full."""

import shlex
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from gateway.doctor.checks import Check, Group, Level, mend, note, ok
from gateway.doctor.facts import Facts
from gateway.jobs import JobKind
from gateway.settings import Settings
from gateway.storage import keeping
from gateway.storage.engine import Store
from gateway.storage.keeping import MOST, Waits

_GROUP = Group.KEEPING
PATIENCE = timedelta(minutes=10)
"""What is due for longer is worked on by nobody, or by too few."""

DOUBT = timedelta(hours=1)
FULL_NOW = 3
"""Days."""

USUAL_DAYS = 7
"""For how many days a backtest and a replay find what events said, unless that is set shorter."""

_GIGABYTE = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Kept:
    """What was read. `size` is that of the store in bytes, `free` what its disk has left where that can be seen from here; `since` is when
    the oldest event came that is kept; `days_ahead`: for how many days there are partitions.
    """

    now: datetime
    payload_days: int
    row_days: int
    waits: Mapping[JobKind, Waits]
    buried: Mapping[str, int]
    uncertain: Mapping[str, tuple[str, int]]
    """By destination: its name, and how many."""
    size: int
    since: datetime | None
    free: int | None
    file: Path | None
    days_ahead: int | None


async def read(store: Store, settings: Settings, facts: Facts) -> Kept:
    """How it stands now."""
    now = facts.now
    names = {one.id: one.name for one in facts.destinations}
    unknown = await store.read(lambda c: keeping.uncertain(c, list(names), now - DOUBT))
    file, free = settings.database_file, None
    if file is not None:
        with suppress(OSError):
            free = shutil.disk_usage(file.parent).free
    return Kept(
        now=now,
        payload_days=settings.retention_payloads_days,
        row_days=settings.retention_deliveries_days,
        waits=await store.read(lambda c: keeping.waiting(c, now)),
        buried=await store.read(keeping.buried),
        uncertain={key: (names[key], count) for key, count in unknown.items()},
        size=await store.read(keeping.size),
        since=await store.read(lambda c: keeping.oldest_event(c, facts.spaces)),
        free=free,
        file=file,
        days_ahead=await store.read(lambda c: keeping.days_ahead(c, now)),
    )


def findings(kept: Kept) -> Iterator[Check]:
    """A line for each thing that matters."""
    yield _queue(kept)
    yield from _given_up(kept)
    yield _retention(kept)
    yield _room(kept)
    yield from _partitions(kept)
    yield _backups(kept)


def _queue(kept: Kept) -> Check:
    late = {kind: one for kind, one in kept.waits.items() if one.due and one.oldest > PATIENCE}
    if not late:
        return ok(_GROUP, "queue", "nothing that is due waits")
    said = ", ".join(
        f"{kind.value}: {_number(one.due)} due, the oldest for {_span(one.oldest)}"
        for kind, one in late.items()
    )
    return mend(
        _GROUP,
        "queue",
        f"{said}. Nobody works on it, or too few do.",
        "Start `heliograph serve` on this store, or look at its log and at query { queues { sender waiting held oldestSeconds paused } }",
    )


def _given_up(kept: Kept) -> Iterator[Check]:
    if kept.buried:
        said = ", ".join(f"{_number(count)} of {kind}" for kind, count in sorted(kept.buried.items()))
        shown = "query { queues { destination { name } sender buried } }"
        yield mend(
            _GROUP,
            "given up",
            f"the gateway gave up jobs after failures of its own: {said}.",
            f"The log says of each why (`A job was buried`). Where: {shown}",
        )
    for key, (name, count) in kept.uncertain.items():
        listed = f'query {{ deliveries(filter: {{destinationId: "{key}", status: [UNCERTAIN]}}) {{ edges {{ node {{ id remedy }} }} }} }}'
        yield note(
            _GROUP,
            f"destination {name!r}",
            f"has {_number(count)} deliveries for over an hour of which nobody knows whether they went out; none is sent again by itself.",
            f"Each says what to do: {listed}",
            key,
        )


def _retention(kept: Kept) -> Check:
    said = f"payloads are kept for {kept.payload_days} days, rows for {kept.row_days}"
    if kept.payload_days < USUAL_DAYS:
        return note(
            _GROUP,
            "retention",
            f"{said}: a backtest, a preview and a replay of an event find nothing of what is older.",
            f"HELIOGRAPH_RETENTION_PAYLOADS_DAYS={USUAL_DAYS}",
        )
    if kept.payload_days > kept.row_days:
        way = f"HELIOGRAPH_RETENTION_PAYLOADS_DAYS={kept.row_days}"
        return note(_GROUP, "retention", f"{said}, so that payloads go with their rows.", way)
    return ok(_GROUP, "retention", said)


def _room(kept: Kept) -> Check:
    said = f"the store has {_size(kept.size)}"
    held = None if kept.since is None else (kept.now - kept.since) / timedelta(days=1)
    grows = None if held is None or held < 1 else kept.size / held
    if grows is not None:
        said += f", about {_size(grows)} for each day"
    if kept.free is None or kept.file is None:
        return ok(_GROUP, "room", said)
    said += f", and its disk {_size(kept.free)} free"
    # What is as old as rows may be goes as fast as new ones come.
    to_come = 0.0 if grows is None or held is None else max(0.0, kept.row_days - held) * grows
    if grows is None or to_come < kept.free:
        return ok(_GROUP, "room", said)
    days = kept.free / grows
    level = Level.MEND if days < FULL_NOW else Level.NOTE
    where = shlex.quote(str(kept.file.parent))
    remedy = f"Give {where} a larger disk, or keep rows for fewer days: HELIOGRAPH_RETENTION_DELIVERIES_DAYS={max(1, int((kept.size + kept.free) / grows * 0.8))}"
    return Check(_GROUP, "room", level, f"{said}: it is full in about {days:.0f} days.", remedy)


def _partitions(kept: Kept) -> Iterator[Check]:
    if kept.days_ahead is not None and kept.since is not None and kept.days_ahead < 1:
        yield mend(
            _GROUP,
            "partitions",
            "there is no partition for tomorrow, so that rows come to lie where they are removed one by one.",
            "They are made by `heliograph serve` and by a worker, within a minute: start one, and see what its log says of retention.",
        )


def _backups(kept: Kept) -> Check:
    if kept.file is None:
        way = 'pg_dump --format=custom --file=heliograph.dump "<the address of the database>"'
    else:
        copied = f"sqlite3.connect({str(kept.file)!r}).backup(sqlite3.connect('heliograph-backup.db'))"
        way = f"python -c {shlex.quote(f'import sqlite3; {copied}')}"
    keys = "Keep the keys (HELIOGRAPH_SECRET_KEYS, or secret.key) apart from it: without them no stored secret can be read."
    return note(_GROUP, "backups", "whether there are any can't be seen from here.", f"{way} {keys}")


def _number(count: int) -> str:
    return f"{MOST} or more" if count >= MOST else str(count)


def _size(count: float) -> str:
    return f"{count / _GIGABYTE:,.1f} GB" if count >= _GIGABYTE else f"{count / 1_000_000:,.1f} MB"


def _span(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    return f"{minutes} min" if span < timedelta(hours=2) else f"{minutes // 60} h"
