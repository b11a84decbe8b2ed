"""What is done where nobody knows whether a message was created: look first, send again only once it is absent.

A create is not idempotent at the provider, a list lags behind, and a slow create can still finish after its caller gave
up. So an absent message counts as absent only after RECONCILE_PATIENCE_SECONDS.
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Connection

from destinations.kit import Accepted, Context, HttpRequest, IntegrationError, NotKnown, Reconciliation
from gateway import logging
from gateway.deliveries import Attempt, AttemptOutcome, Delivery, DeliveryStatus
from gateway.facts.workspace import Compiled
from gateway.jobs import Job
from gateway.pipeline import accounts, retry
from gateway.pipeline.send import accept, doubt
from gateway.pipeline.settle import settle
from gateway.services import Services
from gateway.storage import deliveries, jobs
from gateway.storage.jobs import LEASE

ANSWER_WAIT = timedelta(seconds=1)
"""How long a found message is left alone while another request to the same number is under way."""

_NO_MAPPING = NotKnown("It could not be looked up: its mapping was removed, or no longer compiles.")

_log = logging.get("reconcile")


async def interrupted(services: Services, job: Job, delivery: Delivery) -> None:
    """A process died between the intent and the answer: the Attempt ends as what it is, and the message is looked up."""
    message = "The process stopped before the answer was recorded."
    now = services.clock.now()

    def mark(connection: Connection) -> DeliveryStatus | None:
        for attempt in deliveries.attempts_of(connection, delivery.id):
            if attempt.outcome is AttemptOutcome.STARTED:
                # It counts as long as nobody could know: patience begins when somebody looks again.
                lasted = max(0, round((now - attempt.started_at).total_seconds() * 1000))
                deliveries.end_attempt(
                    connection, attempt.id, AttemptOutcome.UNCERTAIN, message=message, duration_ms=lasted
                )
        return doubt(connection, services, job, delivery.id, message, now)

    await settle(services, mark)
    _log.warning("A delivery was interrupted and is looked up", delivery=delivery.id)


async def look_up(services: Services, job: Job, delivery: Delivery, one: Compiled | None) -> None:
    """Ask the provider for the message: ACCEPTED where it is found, sent again where it is absent for long enough.

    Without its mapping nobody can be asked: that waits for a callback, or for the mapping, like an unreadable list.
    """
    attempts = await services.store.read(lambda c: deliveries.attempts_of(c, delivery.id))
    now = services.clock.now()
    found = _NO_MAPPING if one is None else await _find(services, delivery, attempts, one)
    if isinstance(found, NotKnown):
        _log.warning("It could not be looked up", delivery=delivery.id, error=found.message)
        why = f"{delivery.error_message} {found.message}"
        await _look_again(services, job, delivery, why, retry.next_read(job.tries))
        return
    if found is not None:
        await settle(services, lambda c: _found(c, services, job, delivery, found))
        if found.account is not None or (one is not None and one.destination.trouble is not None):
            services.workspace.invalidate()
        _log.info("A message was found in the provider's list", delivery=delivery.id)
        return
    patience = timedelta(seconds=services.settings.reconcile_patience_seconds)
    gave_up_at = attempts[-1].started_at + timedelta(milliseconds=attempts[-1].duration_ms or 0)
    if now < gave_up_at + patience:
        pause = retry.next_look(job.tries, services.settings.reconcile_patience_seconds)
        await _look_again(services, job, delivery, delivery.error_message or "", pause)
        return
    await settle(services, lambda c: _absent(c, services, job, delivery))
    _log.info("A message is absent from the provider's list", delivery=delivery.id)


async def _find(
    services: Services, delivery: Delivery, attempts: Sequence[Attempt], one: Compiled
) -> Accepted | NotKnown | None:
    intent = delivery.intent or {}
    request = HttpRequest(
        intent["method"], intent["url"], form=tuple((name, value) for name, value in intent["form"])
    )

    async def taken(message_sids: Sequence[str]) -> frozenset[str]:
        return await services.store.read(
            lambda c: frozenset(
                sid for sid in message_sids if deliveries.by_message_sid(c, sid, but=delivery.id) is not None
            )
        )

    context = Context(
        settings=one.settings,
        now=services.clock.now(),
        read=services.reader.fresh,
        allowed_hosts=services.settings.allowed_hosts,
    )
    # A create that was lost may finish late: what any of them left behind counts.
    lost = [attempt for attempt in attempts if attempt.outcome is AttemptOutcome.UNCERTAIN] or attempts[-1:]
    unsettled = (DeliveryStatus.SENDING, DeliveryStatus.UNCERTAIN)
    accompanied = await services.store.read(
        lambda c: deliveries.another_is(
            c, unsettled, delivery.destination_id, delivery.recipient, but=delivery.id
        )
    )
    started_at, recipient = lost[0].started_at, delivery.recipient or ""
    asked = Reconciliation(delivery.id, request, started_at, recipient, alone=not accompanied)
    try:
        answers = await one.action.reconcile([asked], taken, context)
    except IntegrationError as error:
        return NotKnown(f"The list could not be read: {error.message}")
    return answers[delivery.id]


def _found(
    connection: Connection, services: Services, job: Job, delivery: Delivery, found: Accepted
) -> DeliveryStatus | None:
    now, sid = services.clock.now(), found.message_sid
    if not jobs.extend(connection, job, now + LEASE):
        return None
    if sid is not None and deliveries.by_message_sid(connection, sid, but=delivery.id) is not None:
        # Two lost answers saw the same message: one of them has it.
        jobs.retry_at(connection, job, now)
        return None
    sending = (DeliveryStatus.SENDING,)
    if deliveries.another_is(
        connection, sending, delivery.destination_id, delivery.recipient, but=delivery.id
    ):  # the message may be that one's, whose answer is under way
        jobs.retry_at(connection, job, now + ANSWER_WAIT)
        return None
    jobs.ack(connection, job)
    asked_at = delivery.first_attempt_at or now
    if found.account is None:
        accounts.works(connection, delivery.destination_id, delivery.id, asked_at, now)
    else:
        accounts.fail(connection, delivery.destination_id, found.account, delivery.id, asked_at, now)
    return accept(connection, delivery.id, found, now)


async def _look_again(services: Services, job: Job, delivery: Delivery, message: str, pause: float) -> None:
    now = services.clock.now()
    first = delivery.first_attempt_at or delivery.created_at
    when = now + timedelta(seconds=pause)

    def again(connection: Connection) -> DeliveryStatus | None:
        if now > first + retry.WINDOW:
            expired = deliveries.change(
                connection,
                delivery.id,
                (DeliveryStatus.UNCERTAIN,),
                now,
                status=DeliveryStatus.EXPIRED,
                error_message=f"{message} It was not settled within four hours and was not sent again.",
                remedy="Look the number up at the provider; send the event again under a new messageId if nothing is there.",
                next_attempt_at=None,
            )
            jobs.ack(connection, job)
            accounts.pass_on(connection, delivery.destination_id, delivery.id, now)
            return DeliveryStatus.EXPIRED if expired else None
        deliveries.change(connection, delivery.id, (DeliveryStatus.UNCERTAIN,), now, next_attempt_at=when)
        jobs.retry_at(connection, job, when)
        return None

    await settle(services, again)


def _absent(
    connection: Connection, services: Services, job: Job, delivery: Delivery
) -> DeliveryStatus | None:
    now = services.clock.now()
    if not jobs.extend(connection, job, now + LEASE):
        return None  # another holds it by now, and decides
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
        jobs.retry_at(connection, job, now)
        return DeliveryStatus.RETRYING
    # A callback proved it meanwhile, or it was taken without a SID: neither is sent again.
    jobs.ack(connection, job)
    return None
