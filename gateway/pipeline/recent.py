"""What people wrote in the last day, heard as a destination becomes verified or is verified: until then nobody may have listened.

| | the lists are read |
| --- | --- |
| by the verification, before anything that waits goes on | for `SECONDS`: a page of every list, the newest messages, then the second of every list |
| by a job of the kind INBOUND_IMPORT, in any worker | what is left then, from where it is; what has not left is held by a stop that is found there |
| by the same job again, 15 minutes later or by jobResume | what a page could not be read of |

A page is kept in one transaction with how far its list is read: a process that ends reads no page twice that it kept.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection

from destinations.kit import (
    About,
    Context,
    DestinationDefinition,
    DestinationStatus,
    Fields,
    IntegrationError,
    Recent,
    RetryableError,
    Signal,
)
from gateway import ids, logging
from gateway.background_jobs import BackgroundJob, BackgroundKind, BackgroundStatus
from gateway.errors import StoreBusy, StoreUnavailable
from gateway.pipeline import failures, import_notes, late_messages, syncs
from gateway.services import Services
from gateway.storage import background_jobs, recent_lists, senders, turns
from gateway.storage.recent_lists import RecentList
from gateway.synced import NOTHING_KNOWN
from gateway.workspace import Destination

KIND = BackgroundKind.INBOUND_IMPORT

LAST = timedelta(hours=24)
SECONDS = 6.0
"""For how long a verification reads."""

SHARE = 20.0
"""For how many seconds a worker reads for one destination before it does for the next."""

AGAIN = timedelta(minutes=15)
"""How soon after a page that could not be read."""

TURN_KEPT = timedelta(minutes=1)
"""One process at a time reads for a job; it says with each page that it does."""

AT_ONCE = 8
"""How many pages are read together, and so how many are in memory."""

ACCOUNT = ""
"""In the place of a sender: the list of the account's senders, which is read where no sync has read it."""

_log = logging.get("recent")


@dataclass(frozen=True, slots=True)
class _Run:
    """What a process reads for: a job, and the destination as it is configured."""

    job: BackgroundJob
    definition: DestinationDefinition
    recent: Recent
    destination: Destination
    context: Context[Any]
    holder: str

    @property
    def turn(self) -> str:
        """Its name among the turns."""
        return f"recent {ids.digest(self.job.id)[:16]}"


@dataclass(frozen=True, slots=True)
class _Page:
    """What was read: messages, and where the next page begins; or the senders whose lists are to be read."""

    asked_at: datetime
    messages: Sequence[Sequence[Signal]] = ()
    position: str | None = None
    senders: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Unread:
    """Why a page could not be read. `is_gone`: what was asked for is not there any more."""

    why: str
    is_gone: bool = False


def context_of(services: Services, destination: Destination, settings: Fields) -> Context[Any]:
    """What a definition is asked with about an account, beside any event."""
    return Context(
        settings=settings,
        now=services.clock.now(),
        read=services.reader.fresh,
        allowed_hosts=services.settings.allowed_hosts,
        lookups=True,
        about=About(space=destination.space, destination_id=destination.id),
    )


async def hear(
    services: Services,
    definition: DestinationDefinition,
    destination: Destination,
    context: Context[Any],
    named: Collection[str],
) -> None:
    """Hear what was written to the account's senders, those that mappings name among them: as much as is read in `SECONDS`. A job
    goes on with the rest. Another process that reads for the destination keeps nothing more, should it live.
    """
    recent = definition.recent
    if recent is None:
        return
    known = (await services.store.read(lambda c: senders.known(c, [destination.id]))).get(destination.id)
    own = NOTHING_KNOWN if known is None else known
    active = (one.address for one in own.by_address.values() if one.active)
    wanted = list(recent.lists(sorted({*named, *active}), context.settings))
    if own.good_at is None and definition.sync is not None:
        wanted.append(ACCOUNT)
    if not wanted:
        return
    job = await services.store.write(partial(_begin, destination=destination, wanted=wanted, now=context.now))
    run = _Run(job, definition, recent, destination, context, ids.new("run"))
    try:
        async with asyncio.timeout(SECONDS):
            await _work(services, run, seizes=True)
    except TimeoutError:
        _log.warning(
            "Not all that people wrote in the last day is read yet; a job goes on with it, and a stop that it finds holds what has not left",
            destination=destination.id,
            job=job.id,
        )


def _begin(
    connection: Connection, destination: Destination, wanted: Sequence[str], now: datetime
) -> BackgroundJob:
    """The job that reads these lists: the one that runs or failed, which is not done with others yet, or a new one."""
    job = syncs.start_by_itself(connection, destination, KIND, now)
    recent_lists.want(connection, job.id, wanted, now - LAST)
    return job


async def step(services: Services) -> bool:
    """Go on with each job that is due, for a while; whether there was one. Raises what the store raises."""
    snapshot, now = await services.workspace.current(), services.clock.now()
    running, failed = await services.store.read(
        lambda c: (
            background_jobs.all_running(c, KIND),
            background_jobs.failed_before(c, KIND, now - AGAIN),
        )
    )
    again = [one for one in failed if _works(snapshot.destinations.get(one.subject or ""))]
    if again:
        running += await services.store.write(partial(_again, failed=again))
    worked = False
    for job in running:
        destination = snapshot.destinations.get(job.subject or "")
        if destination is None or destination.deleted_at is not None:
            await _fail(services, job, "The destination was deleted.", BackgroundStatus.CANCELED)
        elif _works(destination):
            worked = await _go_on(services, job, destination) or worked
    return worked


def _works(destination: Destination | None) -> bool:
    return (
        destination is not None
        and destination.deleted_at is None
        and destination.status is DestinationStatus.VERIFIED
    )


def _again(connection: Connection, failed: Sequence[BackgroundJob]) -> list[BackgroundJob]:
    leaving = [BackgroundStatus.FAILED]
    return [
        one for one in failed if background_jobs.bring(connection, one.id, BackgroundStatus.RUNNING, leaving)
    ]


async def _go_on(services: Services, job: BackgroundJob, destination: Destination) -> bool:
    """Read for that job for a while; whether something was to be done."""
    definition = services.workspace.definitions.get(destination.definition)
    if definition is None or definition.recent is None:
        message = f"The destination type {destination.definition} is not installed, or can't be asked what people wrote."
        await _fail(services, job, message)
        return True
    try:
        settings = definition.settings.model_validate(dict(destination.settings))
    except ValidationError as error:
        names = ", ".join(".".join(map(str, one["loc"])) for one in error.errors(include_input=False))
        message = f"The settings of the destination {destination.name} no longer fit its definition: {names}. Change them, and verify it."
        await _fail(services, job, message)
        return True
    context = context_of(services, destination, settings)
    run = _Run(job, definition, definition.recent, destination, context, ids.new("run"))
    try:
        async with asyncio.timeout(SHARE):
            return await _work(services, run)
    except TimeoutError:
        return True


async def _work(services: Services, run: _Run, *, seizes: bool = False) -> bool:
    """Read until the job is at its end, or somebody else has it; whether it was this process's turn. `seizes`: it is, whoever had it."""
    now = services.clock.now()

    def take(connection: Connection) -> bool:
        if seizes:
            turns.end(connection, run.turn)
        return _keeps(connection, run, now)

    try:
        if not await services.store.write(take):
            return False
        await _read(services, run)
    except (StoreBusy, StoreUnavailable):
        raise
    except Exception as error:  # noqa: BLE001  a bug: it must not be met again and again
        failures.log("Hearing what people wrote in the last day failed", error, job=run.job.id)
        await _fail(services, run.job, "The gateway itself failed on it; the log has the cause.", run=run)
    finally:
        await services.store.write(lambda c: turns.give_back(c, run.turn, run.holder))
    return True


def _keeps(connection: Connection, run: _Run, now: datetime) -> bool:
    """Whether it is this process's turn; then it is for a while."""
    return turns.take(connection, run.turn, run.holder, now, now + TURN_KEPT)


async def _read(services: Services, run: _Run) -> None:
    unread: dict[tuple[str, datetime], _Unread] = {}
    while True:
        left = await services.store.read(lambda c: recent_lists.of_job(c, run.job.id))
        some = [one for one in left if one.key not in unread][:AT_ONCE]
        if not some:
            break
        pages = await asyncio.gather(*(_page(services, run, one) for one in some))
        for one, page in zip(some, pages, strict=True):
            if isinstance(page, _Unread):
                unread[one.key] = page
                if page.is_gone:
                    await services.store.write(partial(recent_lists.start_over, one=one))
            elif not await _kept(services, run, one, page):
                return
    await _end(services, run, unread)


async def _page(services: Services, run: _Run, one: RecentList) -> _Page | _Unread:
    asked_at = services.clock.now()
    try:
        if one.sender == ACCOUNT:
            return _Page(asked_at, senders=await _senders(run))
        found = await run.recent.page(run.context, one.sender, one.since, one.position)
    except IntegrationError as error:
        said = " ".join(filter(None, (f"{error.message}.", error.provider_message)))
        return _Unread(said, is_gone=one.position is not None and not isinstance(error, RetryableError))
    if found.position is not None and found.position == one.position:
        return _Unread("The list names a page as the next after itself.", is_gone=True)
    return _Page(asked_at, found.messages, found.position)


async def _senders(run: _Run) -> Sequence[str]:
    sync = run.definition.sync
    listed = () if sync is None else (await sync.senders(run.context)).senders
    return run.recent.lists([one.address for one in listed], run.context.settings)


async def _kept(services: Services, run: _Run, one: RecentList, page: _Page) -> bool:
    """Keep that page; False where this process is not to read any more, since the job was paused or canceled, or is another's."""

    def keep(connection: Connection) -> bool:
        now = services.clock.now()
        job = background_jobs.take(connection, run.job.id) if _keeps(connection, run, now) else None
        if job is None:
            return False
        if page.senders:
            recent_lists.want(connection, job.id, page.senders, one.since)
        heard = late_messages.hear(connection, run.destination, page.messages, now)
        if page.position is None:
            recent_lists.end(connection, one)
        else:
            recent_lists.go_on(connection, one, page.position, page.asked_at)
        result = dict(job.result or {"read": 0, "new": 0, "stops": 0})
        counted = {"read": len(page.messages), **heard}
        total = {name: result[name] + count for name, count in counted.items()}
        message = "The lists of what people wrote are being read."
        background_jobs.count(connection, job.id, len(page.messages), 0, message, total)
        return True

    return await services.store.write(keep)


async def _end(services: Services, run: _Run, unread: Mapping[tuple[str, datetime], _Unread]) -> None:
    if unread:
        whose = dict.fromkeys(sender or "the account's senders" for sender, _since in unread)
        why = next(iter(unread.values())).why
        said = f"The lists of {', '.join(whose)} could not be read to their end: {why}"
        await _fail(services, run.job, said, run=run)
        return
    now = services.clock.now()

    def end(connection: Connection) -> Mapping[str, Any] | None:
        import_notes.lock(connection, run.destination.id)
        job = background_jobs.take(connection, run.job.id) if _keeps(connection, run, now) else None
        if job is None or recent_lists.of_job(connection, job.id):
            return None  # a verification wants more meanwhile, and begins with it
        result = job.result or {"read": 0, "new": 0, "stops": 0}
        done = BackgroundStatus.DONE
        background_jobs.end(connection, job.id, done, now, total=job.done, result=result)
        import_notes.renew(connection, run.destination.id, now)
        return result

    result = await services.store.write(end)
    services.workspace.invalidate()
    if result is not None:
        _log.info(
            "What people wrote in the last day was looked through", destination=run.destination.id, **result
        )


async def _fail(
    services: Services,
    job: BackgroundJob,
    why: str,
    status: BackgroundStatus = BackgroundStatus.FAILED,
    run: _Run | None = None,
) -> None:
    """It ends for now with what it kept, and says why; unless it was to be done by this `run`, and is another's by now."""
    now = services.clock.now()
    said = "What was read is kept"
    canceled = status is BackgroundStatus.CANCELED
    goes_on = (
        f"{said}."
        if canceled
        else f"{said}; it goes on from there by itself in 15 minutes while the destination is verified, and at once by jobResume."
    )

    def end(connection: Connection) -> bool:
        import_notes.lock(connection, job.subject or "")
        if run is not None and not _keeps(connection, run, now):
            return False
        message = f"{why} {goes_on}"
        leaving = [BackgroundStatus.RUNNING]
        background_jobs.bring(connection, job.id, status, leaving, finished_at=now, message=message)
        if canceled:
            recent_lists.drop(connection, job.id)
        import_notes.renew(connection, job.subject or "", now)
        return True

    if not await services.store.write(end):
        return
    services.workspace.invalidate()
    _log.warning(
        "Not all that people wrote in the last day could be read",
        destination=job.subject,
        job=job.id,
        message=why,
    )
