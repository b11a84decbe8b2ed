"""Imports of consent: a job in the background, page by page. What a page added and how far the job is are one transaction, so that a
process that is killed between loses nothing and repeats nothing. A dry run adds nothing, and begins anew where it is taken up again.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection

from destinations.kit import ConsentExport
from gateway import audit
from gateway.background_jobs import BackgroundJob, BackgroundKind, BackgroundStatus
from gateway.consent_files import LONGEST_RECORD, Page, Reader, Reading, exports
from gateway.pipeline import job_turns
from gateway.pipeline.import_ledger import Recalled, ledger
from gateway.pipeline.job_turns import JobTurn, Kind
from gateway.services import Services
from gateway.storage import (
    audit as entries,
    background_jobs,
    consent as history,
    consent_imports,
    people,
    uploads,
)
from gateway.storage.consent_imports import ConsentImport
from gateway.storage.locks import lock_numbers

KIND = BackgroundKind.CONSENT_IMPORT

PAGE = 1_000
"""How many lines are read together, and what they say is added in one transaction."""

MOST_PROBLEMS = 100
"""Of how many bad rows is kept why they are bad; all are counted."""

SHARE = 20.0
"""For how many seconds a worker adds for one job before it does for the next."""

TURN_KEPT = timedelta(seconds=30)
"""One process at a time reads for a job; it says with each page that it does."""

COUNTS = ("rows", "subscribed", "unsubscribed", "unchanged", "older", "stopped", "silent", "bad")

GONE = (
    "The file is not kept any more: it was there for 24 hours, or somebody in it was erased meanwhile. What was recorded stays. Upload it "
    "again, without whoever was erased, and import that: what is recorded is not recorded twice."
)

UNKNOWN_EXPORT = (
    "What it is an export of is not known here any more: the destination that knew it is not installed. What was recorded stays. Install it, and "
    "resume the job, or import the file as one of your own."
)
_KIND = Kind(
    KIND,
    "import",
    TURN_KEPT,
    "An import of consent failed",
    "What was recorded stays. Resumed, it goes on with the rest",
)


@dataclass(frozen=True, slots=True)
class _Run:
    """What a process reads for a job."""

    job: BackgroundJob
    asked: ConsentImport
    reading: Reading
    turn: JobTurn
    export: ConsentExport

    @property
    def reader(self) -> Reader:
        """What reads its rows."""
        asked, job = self.asked, self.job
        return Reader(self.reading, job.space, asked.country, job.created_at, asked.actor, self.export)


class _At(NamedTuple):
    """How far it is: so many lines and rows."""

    lines: int
    rows: int


async def step(services: Services) -> bool:
    """Go on with each import that was asked for; whether there was one. Raises what the store raises."""
    return await job_turns.each(services, _KIND, _one)


async def _one(services: Services, job: BackgroundJob, turn: JobTurn) -> bool:
    asked = await services.store.read(lambda c: consent_imports.of_job(c, job.id))
    if asked is None:  # canceled in this moment
        return False
    reading = msgspec.convert(asked.reading, Reading)
    export = exports(services.workspace.definitions.values()).get(reading.export)
    if export is None:
        await job_turns.fail(services, job, UNKNOWN_EXPORT)
        return True
    run = _Run(job, asked, reading, turn, export)
    await (_apply(services, run) if asked.applies else _count(services, run))
    return True


async def _page(services: Services, run: _Run, at: _At) -> Page | None:
    """The next page; None where the file is gone."""
    now = services.clock.now()

    def ahead(connection: Connection) -> list[str] | None:
        if uploads.get(connection, run.asked.upload_id, now) is None:
            return None
        return list(islice(uploads.lines(connection, run.asked.upload_id, at.lines), most))

    most = PAGE + LONGEST_RECORD
    lines = await services.store.read(ahead)
    if lines is None:
        await job_turns.fail(services, run.job, GONE)
        return None
    return await asyncio.to_thread(run.reader.page, lines, at.lines, at.rows, last=len(lines) < most)


# -- applying --------------------------------------------------------------------------------------------------------------


async def _apply(services: Services, run: _Run) -> None:
    """Add what the rows say, until the job is at its end, or somebody else has it, or for a while."""
    until = time.monotonic() + SHARE
    at: _At | None = _At(run.asked.lines, run.asked.rows)
    while at is not None and time.monotonic() < until:
        page, begins = await _page(services, run, at), at
        if page is None:
            return
        read, now = page, services.clock.now()
        at = await services.store.write(lambda c: _add(c, services, run, begins, read, now))  # noqa: B023  it is awaited here


def _is_twice_as_far(before: _At, at: _At) -> bool:
    """Whether it passed one, two, four, eight ... pages."""
    return (before.rows // PAGE).bit_length() < (at.rows // PAGE).bit_length()


def _add(
    connection: Connection, services: Services, run: _Run, begins: _At, page: Page, now: datetime
) -> _At | None:
    """Add a page and go on; None where the job goes no further in this process."""
    job = background_jobs.take(connection, run.job.id) if run.turn.keeps(connection, now) else None
    asked = consent_imports.of_job(connection, run.job.id) if job is not None else None
    if job is None or asked is None or _At(asked.lines, asked.rows) != begins:
        return None
    if uploads.get(connection, asked.upload_id, now, holds=True) is None:
        return begins  # the next look says so
    space, phones = job.space, sorted({word.entry.phone for word in page.words})
    lock_numbers(connection, ((space, phone) for phone in phones))
    counts, new = ledger(connection, services.secrets, space, phones).tell(page.words)
    people.add_contacts(connection, space, {word.entry.phone for word in new}, now)
    history.add_all(connection, [word.entry for word in new])
    result = _result(run, job.result, page, counts)
    consent_imports.go_on(connection, job.id, page.lines, page.rows)
    background_jobs.count(connection, job.id, page.read, len(page.problems), None, result)
    at = _At(page.lines, page.rows)
    if not page.ended:
        if _is_twice_as_far(begins, at):  # and behind this nothing else is locked
            history.grew(connection)
        return at
    _end(connection, run, result, "What the rows say is recorded.", now)
    told = {name: result[name] for name in COUNTS}
    entries.add(
        connection,
        space=space,
        actor=asked.actor,
        action="consentImport.done",
        target_id=job.id,
        now=now,
        changes=audit.changes({}, told),
    )
    return None


def _end(connection: Connection, run: _Run, result: Mapping[str, Any], message: str, now: datetime) -> None:
    done, failed = BackgroundStatus.DONE, result["bad"]
    background_jobs.end(
        connection, run.job.id, done, now, total=result["rows"], failed=failed, message=message, result=result
    )
    consent_imports.end(connection, run.job.id)


def _result(
    run: _Run, before: Mapping[str, Any] | None, page: Page, counts: Mapping[str, int]
) -> dict[str, Any]:
    """What it came to with this page."""
    result: dict[str, Any] = dict(before or beginning(run.reading, applies=run.asked.applies))
    for name, number in (*counts.items(), ("silent", page.silent), ("bad", len(page.problems))):
        result[name] = result.get(name, 0) + number
    result["rows"] = page.rows
    room = MOST_PROBLEMS - len(result["problems"])
    result["problems"] = [*result["problems"], *map(msgspec.to_builtins, page.problems[:room])]
    return result


def beginning(reading: Reading, *, applies: bool) -> dict[str, Any]:
    """What an import came to before its first row."""
    shown = [msgspec.to_builtins(one) for one in reading.shown]
    return {
        "dryRun": not applies,
        **dict.fromkeys(COUNTS, 0),
        "export": reading.export,
        "why": reading.why,
        "channel": reading.channel,
        "columns": shown,
        "leftColumns": [*reading.left],
        "problems": [],
    }


# -- a dry run -------------------------------------------------------------------------------------------------------------


async def _count(services: Services, run: _Run) -> None:
    """Count what the rows would come to, from the first one on. What they would add is remembered in a file that nobody sees."""
    job, at = run.job, _At(run.reading.begins, 0)
    result = beginning(run.reading, applies=False)
    with closing(Recalled()) as recalled:
        while True:
            page = await _page(services, run, at)
            if page is None:
                return
            words, phones = page.words, sorted({word.entry.phone for word in page.words})

            def count(connection: Connection) -> Counter[str]:
                said = ledger(connection, services.secrets, job.space, phones, recalled.of(phones))  # noqa: B023  it is awaited here
                counts, new = said.tell(words)  # noqa: B023  likewise
                recalled.add(new)
                return counts

            result = _result(run, result, page, await services.store.read(count))
            at = _At(page.lines, page.rows)
            if (
                not await services.store.write(_counted(services, run, result, ended=page.ended))
                or page.ended
            ):
                return


def _counted(
    services: Services, run: _Run, result: Mapping[str, Any], *, ended: bool
) -> Callable[[Connection], bool]:
    now = services.clock.now()

    def change(connection: Connection) -> bool:
        job = background_jobs.take(connection, run.job.id) if run.turn.keeps(connection, now) else None
        if job is None:
            return False
        if ended:
            _end(connection, run, result, "Nothing was changed: it was a dry run.", now)
            return True
        bad = result["bad"]
        done = result["rows"] - bad - job.done
        background_jobs.count(connection, job.id, done, bad - job.failed, None, result)
        return True

    return change
