"""Having what people write to a sender come here: what is set at the provider is read, and set where it is what was expected.

It is never set twice blindly: whatever became of the request, the provider is asked what is set before anything else.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from destinations.kit import About, Context, InboundUrls, IntegrationError, OwnedSender
from gateway import logging
from gateway.background_jobs import BackgroundJob, BackgroundKind, BackgroundStatus
from gateway.sending import NoAnswer, NotSent
from gateway.services import Services
from gateway.storage import background_jobs, senders
from gateway.synced import Sender
from gateway.workspace import Destination

_log = logging.get("connecting")


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which sender is to call what, and what is expected there."""

    job: BackgroundJob
    sender: OwnedSender
    urls: InboundUrls
    url: str
    expected: str | None
    context: Context[Any]


def job_of(sender: Sender, space: str, shown_url: str, expected: str | None, now: datetime) -> BackgroundJob:
    """The job that connects a sender. `shown_url` is what it is to call, without any secret in it."""
    return BackgroundJob.begun(
        background_jobs.new_id(),
        space,
        BackgroundKind.SENDER_CONNECT,
        now,
        subject=sender.id,
        total=1,
        result={"address": sender.address, "url": shown_url, "expected": expected, "replaced": None},
    )


async def connect(services: Services, job: BackgroundJob) -> None:
    """Do that job, and end it. Raises what the store raises."""
    asked = await _asked(services, job)
    if isinstance(asked, str):
        await _fail(services, job, asked)
        return
    try:
        there = await asked.urls.read(asked.sender, asked.context)
        if there == asked.url:
            await _done(services, asked, None)
        elif there != asked.expected:
            message = f"{there or 'Nothing'} is set there, not {asked.expected or 'nothing'}. To replace it, give that as expectedUrl."
            await _fail(services, job, message)
        else:
            await _set(services, asked, there)
    except IntegrationError as error:
        said = " ".join(filter(None, (f"{error.message}.", error.provider_message, error.remedy)))
        await _fail(services, job, said)


async def _set(services: Services, asked: _Asked, there: str | None) -> None:
    request = asked.urls.write(asked.sender, asked.url, asked.context)
    try:
        response = await services.client.send(request)
    except NotSent as error:
        await _fail(services, asked.job, str(error))
        return
    except NoAnswer:
        response = None
    if response is not None and not response.ok:
        await _fail(services, asked.job, f"The provider answered {response.status}.")
    elif await asked.urls.read(asked.sender, asked.context) == asked.url:
        await _done(services, asked, there)
    else:
        await _fail(services, asked.job, "It was asked to, and what is set there is not that.")


async def _asked(services: Services, job: BackgroundJob) -> _Asked | str:
    """What is to be done; or why nothing is."""
    sender = await services.store.read(lambda c: senders.get(c, job.subject or ""))
    snapshot = await services.workspace.current()
    destination = None if sender is None else snapshot.destinations.get(sender.destination_id)
    if sender is None or destination is None or destination.deleted_at is not None:
        return "The destination was deleted."
    definition = services.workspace.definitions.get(destination.definition)
    url = services.inbound_url(destination)
    if definition is None or definition.sync is None or definition.sync.inbound_urls is None or url is None:
        return "Nothing can be set for this sender from here."
    try:
        settings = definition.settings.model_validate(dict(destination.settings))
    except ValidationError:
        return f"The settings of the destination {destination.name} no longer fit its definition."
    expected = (job.result or {}).get("expected")
    return _Asked(
        job,
        _owned(sender),
        definition.sync.inbound_urls,
        url,
        expected,
        _context(services, destination, settings),
    )


def _owned(sender: Sender) -> OwnedSender:
    return OwnedSender(
        sender.address,
        sender.kind,
        sender.label,
        sender.channels,
        sid=sender.sid,
        country=sender.country,
        inbound_url=sender.inbound_url,
        pool=sender.pool,
        by_pool=sender.by_pool,
    )


def _context(services: Services, destination: Destination, settings: Any) -> Context[Any]:
    return Context(
        settings=settings,
        now=services.clock.now(),
        read=services.reader.fresh,
        allowed_hosts=services.settings.allowed_hosts,
        lookups=True,
        about=About(space=destination.space, destination_id=destination.id),
    )


async def _done(services: Services, asked: _Asked, replaced: str | None) -> None:
    job, now = asked.job, services.clock.now()
    result = {**(job.result or {}), "replaced": replaced}

    def keep(connection: Any) -> None:
        senders.connected(connection, job.subject or "", asked.url)
        background_jobs.end(connection, job.id, BackgroundStatus.DONE, now, total=1, result=result)

    await services.store.write(keep)
    services.workspace.invalidate()
    _log.info("A sender was connected", sender=job.subject, destination=asked.context.about.destination_id)


async def _fail(services: Services, job: BackgroundJob, why: str) -> None:
    now, message = services.clock.now(), f"{why} Nothing else was changed."
    await services.store.write(
        lambda c: background_jobs.end(
            c, job.id, BackgroundStatus.FAILED, now, message=message, result=job.result
        )
    )
    _log.warning("A sender could not be connected", sender=job.subject)
