"""What is done where nobody knows whether a message was created: look first, send again only once it is absent.

A create is not idempotent at the provider, a list lags behind, and a slow create can still finish after its caller gave
up. So an absent message counts as absent only after RECONCILE_PATIENCE_SECONDS.
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Connection

from destinations.kit import Accepted, Context, HttpRequest, IntegrationError, Reconciliation
from gateway import logging, metrics
from gateway.deliveries import Attempt, AttemptOutcome, Delivery, DeliveryStatus
from gateway.facts.workspace import Compiled
from gateway.pipeline import retry
from gateway.pipeline.core import Pipeline
from gateway.pipeline.send import accept, doubt
from gateway.queue.base import Job
from gateway.storage import deliveries

_log = logging.get("reconcile")


async def interrupted(pipeline: Pipeline, job: Job, delivery: Delivery) -> None:
    """A process died between the intent and the answer: the Attempt ends as what it is, and the message is looked up."""
    message = "The process stopped before the answer was recorded."
    now = pipeline.clock.now()

    def mark(connection: Connection) -> None:
        for attempt in deliveries.attempts_of(connection, delivery.id):
            if attempt.outcome is AttemptOutcome.STARTED:
                deliveries.end_attempt(connection, attempt.id, AttemptOutcome.UNCERTAIN, message=message)
        doubt(connection, pipeline, job, delivery.id, message, now)

    await pipeline.store.write(mark)
    _log.warning("A delivery was interrupted and is looked up", delivery=delivery.id)


async def look_up(pipeline: Pipeline, job: Job, delivery: Delivery, one: Compiled | None) -> None:
    """Ask the provider for the message: ACCEPTED where it is found, sent again where it is absent for long enough.

    Without its mapping nobody can be asked: that waits for a callback, or for the mapping, like an unreadable list.
    """
    attempts = await pipeline.store.read(lambda c: deliveries.attempts_of(c, delivery.id))
    now = pipeline.clock.now()
    try:
        if one is None:
            raise IntegrationError("its mapping was removed, or no longer compiles")  # noqa: TRY301  one way to wait
        found = await _find(pipeline, delivery, attempts, one)
    except IntegrationError as error:
        _log.warning("The provider's list could not be read", delivery=delivery.id, error=error.message)
        why = f"{delivery.error_message} The list could not be read: {error.message}"
        await _look_again(pipeline, job, delivery, why, retry.next_read(job.tries))
        return
    if found is not None:
        await pipeline.store.write(lambda c: _found(c, pipeline, job, delivery, found))
        _log.info("A lost answer was found", delivery=delivery.id)
        return
    patience = timedelta(seconds=pipeline.settings.reconcile_patience_seconds)
    gave_up_at = attempts[-1].started_at + timedelta(milliseconds=attempts[-1].duration_ms or 0)
    if now < gave_up_at + patience:
        pause = retry.next_look(job.tries, pipeline.settings.reconcile_patience_seconds)
        await _look_again(pipeline, job, delivery, delivery.error_message or "", pause)
        return
    await pipeline.store.write(lambda c: _absent(c, pipeline, job, delivery))
    _log.info("A message is absent from the provider's list", delivery=delivery.id)


async def _find(
    pipeline: Pipeline, delivery: Delivery, attempts: Sequence[Attempt], one: Compiled
) -> Accepted | None:
    intent = delivery.intent or {}
    request = HttpRequest(
        intent["method"], intent["url"], form=tuple((name, value) for name, value in intent["form"])
    )

    async def taken(message_sid: str) -> bool:
        other = await pipeline.store.read(lambda c: deliveries.by_message_sid(c, message_sid))
        return other is not None and other.id != delivery.id

    context = Context(
        settings=one.settings,
        now=pipeline.clock.now(),
        read=pipeline.reader.fresh,
        allowed_hosts=pipeline.settings.allowed_hosts,
    )
    # A create that was lost may finish late: what any of them left behind counts.
    lost = [attempt for attempt in attempts if attempt.outcome is AttemptOutcome.UNCERTAIN] or attempts[-1:]
    asked = Reconciliation(request, lost[0].started_at, delivery.recipient or "", taken)
    return await one.action.reconcile(asked, context)


def _found(connection: Connection, pipeline: Pipeline, job: Job, delivery: Delivery, found: Accepted) -> None:
    other = deliveries.by_message_sid(connection, found.message_sid) if found.message_sid else None
    if (
        other is not None and other.id != delivery.id
    ):  # two lost answers saw the same message: one of them has it
        pipeline.queue.retry_at(connection, job, pipeline.clock.now())
        return
    accept(connection, delivery.id, found, pipeline.clock.now())
    pipeline.queue.ack(connection, job)


async def _look_again(pipeline: Pipeline, job: Job, delivery: Delivery, message: str, pause: float) -> None:
    now = pipeline.clock.now()
    first = delivery.first_attempt_at or delivery.created_at
    when = now + timedelta(seconds=pause)

    def again(connection: Connection) -> None:
        if now > first + retry.WINDOW:
            deliveries.change(
                connection,
                delivery.id,
                (DeliveryStatus.UNCERTAIN,),
                now,
                status=DeliveryStatus.EXPIRED,
                error_message=f"{message} It was not settled within four hours and was not sent again.",
                remedy="Look the number up at the provider; send the event again under a new messageId if nothing is there.",
                next_attempt_at=None,
            )
            pipeline.queue.ack(connection, job)
            metrics.DELIVERIES.labels(DeliveryStatus.EXPIRED).inc()
            return
        deliveries.change(connection, delivery.id, (DeliveryStatus.UNCERTAIN,), now, next_attempt_at=when)
        pipeline.queue.retry_at(connection, job, when)

    await pipeline.store.write(again)


def _absent(connection: Connection, pipeline: Pipeline, job: Job, delivery: Delivery) -> None:
    now = pipeline.clock.now()
    again = deliveries.change(
        connection,
        delivery.id,
        (DeliveryStatus.UNCERTAIN,),
        now,
        status=DeliveryStatus.RETRYING,
        error_message=f"{delivery.error_message} The provider's list shows that nothing was created.",
        remedy=None,
        next_attempt_at=now,
    )
    if again:
        pipeline.queue.retry_at(connection, job, now)
    else:  # a callback proved it meanwhile, or it was taken without a SID: neither is sent again
        pipeline.queue.ack(connection, job)
