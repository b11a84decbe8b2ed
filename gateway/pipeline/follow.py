"""Asks what became of messages: the provider's word does not depend on its callbacks.

| a message | is asked for, after it was accepted |
| --- | --- |
| without a final status | after 2, 10 and 60 minutes and a day |
| without a price alone | after 10 minutes and a day |
| with both | never again |

A look that fails comes again within a minute, and has no part in when the next one is. After the last one it ends.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple

from pydantic import ValidationError
from sqlalchemy import Connection

from destinations.kit import Context, Following, IntegrationError, NotKnown, Signal, StatusChanged
from gateway import logging
from gateway.deliveries import Delivery, DeliveryStatus
from gateway.jobs import Job
from gateway.pipeline import retry, settle, signals
from gateway.pipeline.send import slow_down
from gateway.pipeline.settle import Reached
from gateway.pipeline.signals import Told
from gateway.services import Services
from gateway.storage import deliveries, jobs
from gateway.workspace import Destination

AT_ONCE = 500
"""How many messages are asked for together."""

_Answer = tuple[Signal, ...] | NotKnown
_log = logging.get("follow")


class _Look(NamedTuple):
    """The job by which a message is asked for, and its Delivery."""

    job: Job
    delivery: Delivery


async def follow(services: Services, leased: Sequence[Job]) -> None:
    """Ask for the messages that these jobs are about, those of one destination together, and settle the jobs.

    Nothing is asked of a destination that is gone, or can't be asked. Raises what the store raises.
    """
    asked = {job.subject or "" for job in leased}
    found = await services.store.read(lambda c: deliveries.by_ids(c, sorted(asked)))
    missed = sorted(asked - found.keys())
    if missed:  # removed; or led to another partition since that read began
        found |= await services.store.read(lambda c: deliveries.by_ids(c, missed))
    now = services.clock.now()
    looks: dict[str, list[_Look]] = {}
    done: list[Job] = []
    for job in leased:
        delivery = found.get(job.subject or "")
        if delivery is None or not _is_open(delivery):
            done.append(job)
        else:
            looks.setdefault(delivery.destination_id, []).append(_Look(job, delivery))
    if done:
        await services.store.write(lambda c: jobs.ack(c, done))
    async with asyncio.TaskGroup() as tasks:
        for destination_id, together in looks.items():
            tasks.create_task(_look(services, destination_id, together, now))


def _is_open(delivery: Delivery) -> bool:
    """Whether there is a message of which something is not known yet."""
    if delivery.status is not DeliveryStatus.ACCEPTED or delivery.message_sid is None:
        return False
    return delivery.price is None or not _is_final(delivery)


def _is_final(delivery: Delivery) -> bool:
    return delivery.message_status is not None and delivery.message_status.final


async def _look(services: Services, destination_id: str, looks: Sequence[_Look], now: datetime) -> None:
    destination = (await services.workspace.current()).destinations.get(destination_id)
    due = [one for one in looks if _is_due(one, now)]
    answers = {} if destination is None else await _ask(services, destination, [one.delivery for one in due])
    reached = await settle.settle(services, lambda c: _settle(c, destination, looks, answers, now))
    known = [one for one in answers.values() if not isinstance(one, NotKnown)]
    if any(isinstance(one, StatusChanged) and one.account_trouble for said in known for one in said):
        services.workspace.invalidate()
    too_fast = {
        (destination_id, one.delivery.sender)
        for one in due
        if one.delivery.sender and not _is_final(one.delivery) and _is_too_fast(answers.get(one.delivery.id))
    }
    await slow_down(services, too_fast, now)
    if answers:
        _log.info(
            "Messages were asked for",
            destination=destination_id,
            asked=len(answers),
            unknown=len(answers) - len(known),
            reached=len(reached),
        )


def _is_too_fast(answer: _Answer | None) -> bool:
    return isinstance(answer, tuple) and any(
        isinstance(one, StatusChanged) and one.too_fast for one in answer
    )


def _is_due(look: _Look, now: datetime) -> bool:
    """A final status may have been told since the job was due: then the looks at the price remain."""
    looks = retry.PRICE_FOLLOWS if _is_final(look.delivery) else retry.FOLLOWS
    return now - look.job.created_at >= looks[0]


async def _ask(
    services: Services, destination: Destination, asked: Sequence[Delivery]
) -> Mapping[str, _Answer]:
    """What the provider says of these, by Delivery; of none where it can't be asked."""
    definition = services.workspace.definitions.get(destination.definition)
    if definition is None or definition.follow is None or not asked:
        return {}
    try:
        settings = definition.settings.model_validate(dict(destination.settings))
    except ValidationError:
        return {}
    context = Context(
        settings=settings,
        now=services.clock.now(),
        read=services.reader.fresh,
        allowed_hosts=services.settings.allowed_hosts,
    )
    following = [
        Following(
            key=one.id,
            message_sid=one.message_sid or "",
            sender=one.sender or "",
            recipient=one.recipient or "",
            channel=one.channel,
            sent_at=one.first_attempt_at or one.created_at,
        )
        for one in asked
    ]
    try:
        return await definition.follow(sorted(following, key=attrgetter("sent_at")), context)
    except IntegrationError as error:
        return dict.fromkeys((one.id for one in asked), NotKnown(error.message))


def _settle(
    connection: Connection,
    destination: Destination | None,
    looks: Sequence[_Look],
    answers: Mapping[str, _Answer],
    now: datetime,
) -> list[Reached]:
    told: list[Told] = []
    done: list[Job] = []
    again: list[tuple[Job, datetime]] = []
    for job, delivery in looks:
        answer = answers.get(delivery.id)
        final, has_price = _is_final(delivery), delivery.price is not None
        if isinstance(answer, tuple):
            told.append(Told(delivery, answer))
            statuses = [one for one in answer if isinstance(one, StatusChanged)]
            final = final or any(one.status.final for one in statuses)
            has_price = has_price or any(one.price is not None for one in statuses)
        following = retry.next_failed_follow if isinstance(answer, NotKnown) else retry.next_follow
        age = None if final and has_price else following(now - job.created_at, final=final)
        if age is None:
            done.append(job)
        else:
            again.append((job, job.created_at + age))
    reached = [] if destination is None else signals.asked_for(connection, destination, told, now)
    jobs.ack(connection, done)
    jobs.retry_at(connection, again)
    return reached
