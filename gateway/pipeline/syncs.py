"""Learning what accounts have: a job in the background for the senders of a destination, and one for its templates.

| a sync begins | |
| --- | --- |
| once a destination is verified, and then every hour | |
| where somebody asks for one | `senderSync`, `templateSync` |
| where the provider refuses a sender, or a mapping names one that is not known | two minutes after the last one at the earliest |
| where all texts of a sender wait, since it was refused | 15 s after the last one at the earliest |
| 15 s after one that misses something for the first time | what two in a row do not list is removed |
| 15 minutes after one that failed | which changed nothing; it is the same job again |
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
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
    OwnedTemplate,
    Reason,
    SenderList,
    Sync as Listing,
    TemplateApproval,
)
from gateway import alerts, ids, logging
from gateway.alerts import AlertCode
from gateway.background_jobs import BackgroundJob, BackgroundKind, BackgroundStatus
from gateway.errors import StoreBusy, StoreUnavailable
from gateway.facts.snapshot import Snapshot
from gateway.jobs import JobKind
from gateway.pipeline import connecting, failures
from gateway.services import Services
from gateway.storage import background_jobs, destinations, senders, syncs, templates, turns
from gateway.synced import Changes, Sync, Template
from gateway.workspace import Destination

KINDS = (BackgroundKind.SENDER_SYNC, BackgroundKind.TEMPLATE_SYNC)

EVERY = timedelta(hours=1)
AGAIN = timedelta(minutes=15)
"""How soon after one that failed."""

APART = timedelta(minutes=2)
"""Between two that only something, and nobody, asked for."""

CONFIRM = timedelta(seconds=15)
"""How soon after a sync that misses something another one looks whether it is gone."""

LONGEST = timedelta(seconds=120)
"""How long one may take."""

_log = logging.get("syncs")


@dataclass(frozen=True, slots=True)
class _Begun:
    """A sync that this process does: of which destination, as it is configured, since when."""

    job: BackgroundJob
    destination: Destination
    listing: Listing
    settings: Fields
    at: datetime


def is_due(destination: Destination, sync: Sync | None, now: datetime) -> bool:
    """Whether a destination is to be synced now, though nobody asked for it by a mutation."""
    works = destination.deleted_at is None and destination.enabled
    if not works or destination.status is not DestinationStatus.VERIFIED:
        return False
    begun = None if sync is None else sync.started_at
    if sync is None or begun is None:
        return True
    if sync.asked_at is not None and begun < sync.asked_at:
        return now >= sync.asked_at
    failed = sync.good_at is None or sync.good_at < begun
    return now >= begun + (AGAIN if failed else EVERY) or begun < _verified_at(destination)


def names_unknown(snapshot: Snapshot, destination: Destination, sync: Sync, now: datetime) -> bool:
    """Whether a mapping that was saved since the last sync names a sender that is not known: the account may have it by now."""
    begun = sync.started_at
    if begun is None or now < begun + APART or destination.status is not DestinationStatus.VERIFIED:
        return False
    return any(
        one.sender is not None and one.sender.address not in one.known.by_address and one.named_since > begun
        for one in snapshot.compiled.values()
        if one.destination.id == destination.id and one.mapping.enabled and one.mapping.deleted_at is None
    )


def _verified_at(destination: Destination) -> datetime:
    at = (destination.verification or {}).get("finishedAt")
    return datetime.fromisoformat(at) if isinstance(at, str) else destination.created_at


def start(
    connection: Connection, destination: Destination, kind: BackgroundKind, now: datetime
) -> tuple[BackgroundJob, bool]:
    """The sync of a destination that runs, and whether that is a new one: there may be one already."""
    new = BackgroundJob.begun(background_jobs.new_id(), destination.space, kind, now, subject=destination.id)
    if background_jobs.add_only(connection, new):
        return new, True
    return background_jobs.running_of(connection, kind, destination.id) or new, False


def start_by_itself(
    connection: Connection, destination: Destination, kind: BackgroundKind, now: datetime
) -> BackgroundJob:
    """The job of that kind about a destination that nobody asked for. After one that failed it is that one again: what fails for days is
    one job, with what was wrong the last time.
    """
    again = background_jobs.run_again(connection, kind, destination.id)
    return start(connection, destination, kind, now)[0] if again is None else again


async def wanted(services: Services, destination_ids: Collection[str], apart: timedelta) -> None:
    """The provider refused a sender of these: what the account has is to be looked up, so long after the last time at the earliest."""
    able = [
        key
        for key, one in (await services.workspace.current()).destinations.items()
        if key in destination_ids and _offers(services, one) is not None
    ]
    if not able:
        return
    now, kind = services.clock.now(), BackgroundKind.SENDER_SYNC

    def ask(connection: Connection) -> None:
        stand = {one.destination_id: one for one in syncs.everything(connection, kind)}
        for key in able:
            there = stand.get(key)
            begun = None if there is None else there.started_at
            asked = None if there is None else there.asked_at
            when = now if begun is None else max(now, begun + apart)
            if (
                begun is None or asked is None or asked <= begun or when < asked
            ):  # else one is asked for already
                syncs.asked(connection, key, kind, when)

    await services.store.write(ask)


async def step(services: Services) -> bool:
    """Start the syncs that are due, and do the one that was asked for first; whether there was one to do. Raises what the store raises."""
    snapshot, now = await services.workspace.current(), services.clock.now()
    stand, running = await services.store.read(
        lambda c: (syncs.everything(c), background_jobs.all_running(c, *KINDS, BackgroundKind.SENDER_CONNECT))
    )
    due = _due(services, snapshot, stand, running, now)
    if due:
        running += await services.store.write(
            lambda c: [start_by_itself(c, one, kind, now) for one, kind in due]
        )
    for job in running:
        if await _do(services, job):
            return True
    return False


def _due(
    services: Services,
    snapshot: Snapshot,
    stand: Sequence[Sync],
    running: Sequence[BackgroundJob],
    now: datetime,
) -> list[tuple[Destination, BackgroundKind]]:
    by_key = {(one.destination_id, one.kind): one for one in stand}
    under_way = {(job.subject, job.kind) for job in running}
    due = [
        (one, kind)
        for one in snapshot.destinations.values()
        if _offers(services, one) is not None
        for kind in KINDS
        if is_due(one, by_key.get((one.id, kind)), now)
    ]
    for one in snapshot.destinations.values():
        key = (one.id, BackgroundKind.SENDER_SYNC)
        if (one, key[1]) not in due and key in by_key and names_unknown(snapshot, one, by_key[key], now):
            due.append((one, key[1]))
    return [(one, kind) for one, kind in due if (one.id, kind) not in under_way]


def _offers(services: Services, destination: Destination) -> Listing | None:
    definition = services.workspace.definitions.get(destination.definition)
    return None if definition is None else definition.sync


async def _do(services: Services, job: BackgroundJob) -> bool:
    """Do that sync; False where another process does, or it is over."""
    holder, name = ids.new("run"), f"sync {ids.digest(job.id)[:16]}"
    now = services.clock.now()

    def take(connection: Connection) -> BackgroundJob | None:
        if not turns.take(connection, name, holder, now, now + 2 * LONGEST):
            return None
        taken = background_jobs.take(connection, job.id)
        if taken is not None and taken.kind.is_sync and taken.subject is not None:
            syncs.started(connection, taken.subject, taken.kind, now)
        return taken

    taken = await services.store.write(take)
    if taken is None:
        await services.store.write(lambda c: turns.give_back(c, name, holder))
        return False
    try:
        await (_listed(services, taken, now) if taken.kind.is_sync else connecting.connect(services, taken))
    except (StoreBusy, StoreUnavailable):
        raise
    except Exception as error:  # noqa: BLE001  a bug: it must not be met again and again
        failures.log("A sync failed", error, job=job.id)
        await _fail(services, taken, "The gateway itself failed on it; the log has the cause.")
    finally:
        await services.store.write(lambda c: turns.give_back(c, name, holder))
    return True


async def _listed(services: Services, job: BackgroundJob, now: datetime) -> None:
    """Read the lists, and keep them."""
    snapshot = await services.workspace.current()
    destination = snapshot.destinations.get(job.subject or "")
    if destination is None or destination.deleted_at is not None:
        await _fail(services, job, "The destination was deleted.")
        return
    definition = services.workspace.definitions.get(destination.definition)
    if definition is None or definition.sync is None:
        message = f"The destination type {destination.definition} is not installed, or lists nothing of its accounts."
        await _fail(services, job, message)
        return
    try:
        settings = definition.settings.model_validate(dict(destination.settings))
    except ValidationError as error:
        names = ", ".join(".".join(map(str, one["loc"])) for one in error.errors(include_input=False))
        message = f"The settings of the destination {destination.name} no longer fit its definition: {names}. Change them, and verify it."
        await _fail(services, job, message)
        return
    begun = _Begun(job, destination, definition.sync, settings, now)
    try:
        async with asyncio.timeout(LONGEST.total_seconds()):
            found = await _read(services, begun)
    except IntegrationError as error:
        said = " ".join(filter(None, (f"{error.message}.", error.provider_message, error.remedy)))
        await _fail(services, job, said)
    except TimeoutError:
        await _fail(services, job, f"The provider took more than {LONGEST.seconds} s.")
    else:
        await _keep(services, begun, found, definition)


async def _read(services: Services, begun: _Begun) -> SenderList | tuple[OwnedTemplate, ...]:
    destination = begun.destination
    context: Context[Any] = Context(
        settings=begun.settings,
        now=begun.at,
        read=services.reader.fresh,
        allowed_hosts=services.settings.allowed_hosts,
        lookups=True,
        about=About(space=destination.space, destination_id=destination.id),
    )
    if begun.job.kind is BackgroundKind.SENDER_SYNC:
        return await begun.listing.senders(context)
    return await begun.listing.templates(context)


async def _keep(
    services: Services,
    begun: _Begun,
    found: SenderList | tuple[OwnedTemplate, ...],
    definition: DestinationDefinition,
) -> None:
    """Keep what was listed, and end the job, in one transaction."""
    key, job, finished = begun.destination.id, begun.job, services.clock.now()

    fallen: list[OwnedTemplate] = []
    there: dict[str, Template] = {}

    def keep(connection: Connection) -> Changes | None:
        now = destinations.get(connection, key, services.secrets, for_update=True)
        if now is None or now.deleted_at is not None or now.settings != begun.destination.settings:
            return None
        if background_jobs.take(connection, job.id) is None:  # paused or canceled meanwhile
            return None
        if isinstance(found, SenderList):
            changes = senders.keep(connection, key, found, begun.at)
            _let_go(connection, key, changes, finished)
        else:
            there.update(templates.of_destination(connection, key))
            fallen[:] = _fallen(there, found)
            changes = templates.keep(connection, key, found, begun.at)
        if changes.missed:
            syncs.asked(connection, key, job.kind, finished + CONFIRM)
        background_jobs.end(
            connection,
            job.id,
            BackgroundStatus.DONE,
            finished,
            total=changes.listed,
            result=changes.result,
        )
        return changes

    changes = await services.store.write(keep)
    if changes is None:
        await _fail(
            services,
            job,
            "The destination was changed meanwhile, so that nothing is known of what it is now.",
        )
        return
    services.workspace.invalidate()
    services.shared.wakeups.ring(JobKind.DELIVER)
    _log.info(
        "What an account has was synced",
        destination=key,
        definition=definition.slug,
        kind=job.kind.value,
        **changes.result,
    )
    for one in fallen:
        _log.warning(
            alerts.template_not_approved(one.name, one.sid, one.approval, one.rejection_reason),
            alert=AlertCode.TEMPLATE_NOT_APPROVED.value,
            destination=key,
            template=one.sid,
            name=one.name,
            approval=one.approval.value,
            reason=one.rejection_reason,
        )
    of_senders = isinstance(found, SenderList)
    code = AlertCode.SENDER_REMOVED if of_senders else AlertCode.TEMPLATE_REMOVED
    for name in changes.removed:
        words = alerts.sender_gone(name) if of_senders else alerts.template_gone(there[name].name, name)
        _log.warning(words, alert=code.value, destination=key, removed=name)


def _fallen(before: Mapping[str, Template], listed: Sequence[OwnedTemplate]) -> list[OwnedTemplate]:
    """The templates that were approved when they were last listed, and are not any more."""
    approved = {sid for sid, one in before.items() if one.approval is TemplateApproval.APPROVED}
    return [one for one in listed if one.sid in approved and one.approval is not TemplateApproval.APPROVED]


def _let_go(connection: Connection, destination_id: str, changes: Changes, now: datetime) -> None:
    """What waits for a sender is decided anew once it is known whether the account has it, and so is what waits in line at one that it
    has no more.
    """
    if changes.removed:
        senders.recall(connection, destination_id, changes.removed, now)
    if not changes.missed:
        senders.go_on(connection, destination_id, Reason.SENDER_REMOVED)


async def _fail(services: Services, job: BackgroundJob, why: str) -> None:
    """It changed nothing, and says why."""
    now = services.clock.now()
    message = (
        f"{why} Nothing was changed: what is known is what the last good sync listed. It is tried again by itself while the destination "
        "is verified."
    )
    await services.store.write(
        lambda c: background_jobs.end(c, job.id, BackgroundStatus.FAILED, now, message=message)
    )
    _log.warning("A sync failed", destination=job.subject, kind=job.kind.value, message=why)
