"""The one request of a Send, and what is recorded of it however it ended."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, assert_never

from sqlalchemy import Connection

from destinations.kit import (
    Accepted,
    AccountTrouble,
    HttpRequest,
    HttpResponse,
    Outcome,
    Reason,
    Rejected,
    Throttled,
    Uncertain,
)
from gateway import logging
from gateway.deliveries import AttemptOutcome, DeliveryStatus
from gateway.facts.workspace import Compiled
from gateway.jobs import Job, JobKind
from gateway.pipeline import accounts, retry, signals, words
from gateway.pipeline.settle import settle
from gateway.sending import NoAnswer, NotSent
from gateway.services import Services
from gateway.storage import deliveries, jobs

_log = logging.get("send")


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to make one request: its intent and its Attempt are on disk."""

    delivery_id: str
    space: str
    destination_id: str
    attempt_id: str
    number: int
    first_attempt_at: datetime
    started_at: datetime
    recipient: str
    request: HttpRequest
    probing: bool
    sender: str | None = None


async def send(services: Services, job: Job, claim: Claim, one: Compiled) -> None:
    """Make the request and record what came of it. A process that dies in between leaves SENDING behind, which is
    looked up before anything is sent again.
    """
    response: HttpResponse | None = None
    outcome: Outcome
    try:
        response = await services.client.send(claim.request)
        outcome = one.action.interpret(response)
    except NotSent as error:
        outcome = Throttled(str(error))
    except NoAnswer as error:
        outcome = Uncertain(str(error))
    now = services.clock.now()

    def record(connection: Connection) -> DeliveryStatus | None:
        if claim.probing and isinstance(outcome, Accepted | Rejected):
            accounts.works(connection, claim.destination_id, claim.delivery_id, claim.started_at, now)
        return _record(connection, services, job, claim, outcome, response, now)

    await settle(services, record)
    if claim.probing or isinstance(outcome, AccountTrouble):
        services.workspace.invalidate()
        services.shared.wakeups.ring(JobKind.DELIVER)
    _log.info(
        "A request was answered",
        delivery=claim.delivery_id,
        attempt=claim.number,
        outcome=type(outcome).__name__,
        status=response.status if response else None,
    )


def _record(
    connection: Connection,
    services: Services,
    job: Job,
    claim: Claim,
    outcome: Outcome,
    response: HttpResponse | None,
    now: datetime,
) -> DeliveryStatus | None:
    """The status that the Delivery reached by it; None where it had gone on meanwhile."""
    ended: dict[str, Any] = {
        "duration_ms": max(0, round((now - claim.started_at).total_seconds() * 1000)),
        "http_status": response.status if response else None,
        "request_id": _request_id(response),
    }
    if isinstance(outcome, Accepted):
        deliveries.end_attempt(connection, claim.attempt_id, AttemptOutcome.ACCEPTED, **ended)
        if outcome.message_sid is None:  # taken, but under which SID is still to be looked up
            jobs.retry_at(connection, job, now + _first_look(services))
        else:
            jobs.ack(connection, job)
        reached = accept(connection, claim.delivery_id, outcome, now)
        if outcome.message_sid is not None:
            signals.give_back(connection, claim.delivery_id, outcome.message_sid, now)
        return reached
    if isinstance(outcome, Rejected):
        ended |= {"provider_code": outcome.provider_code, "message": outcome.message}
        deliveries.end_attempt(connection, claim.attempt_id, AttemptOutcome.REJECTED, **ended)
        if outcome.consent is not None:
            number, evidence = outcome.consent.number or claim.recipient, {"deliveryId": claim.delivery_id}
            words.hear(connection, claim.space, number, outcome.consent, evidence, now, claim.sender)
        if outcome.retryable:
            return _again(connection, job, claim, outcome, None, now)
        return _reject(connection, job, claim, outcome, now)
    if isinstance(outcome, AccountTrouble):
        ended |= {"provider_code": outcome.provider_code, "message": outcome.message}
        deliveries.end_attempt(connection, claim.attempt_id, AttemptOutcome.REJECTED, **ended)
        return _wait(connection, job, claim, outcome, now)
    if isinstance(outcome, Throttled):
        ended |= {"provider_code": outcome.provider_code, "message": outcome.message}
        deliveries.end_attempt(connection, claim.attempt_id, AttemptOutcome.THROTTLED, **ended)
        return _again(connection, job, claim, outcome, outcome.retry_after, now)
    if isinstance(outcome, Uncertain):
        ended |= {"provider_code": outcome.provider_code, "message": outcome.message}
        deliveries.end_attempt(connection, claim.attempt_id, AttemptOutcome.UNCERTAIN, **ended)
        return doubt(
            connection, services, job, claim.delivery_id, outcome.message, now, outcome.provider_code
        )
    assert_never(outcome)


def accept(
    connection: Connection, delivery_id: str, accepted: Accepted, now: datetime
) -> DeliveryStatus | None:
    """The provider has the message. A callback may have said more already: its status only moves up."""
    delivery = deliveries.get(connection, delivery_id, for_update=True)
    if delivery is None:
        return None
    known = delivery.message_status
    higher = known if known is not None and known.rank > accepted.status.rank else accepted.status
    changed = deliveries.change(
        connection,
        delivery_id,
        DeliveryStatus,
        now,
        status=DeliveryStatus.ACCEPTED,
        message_sid=delivery.message_sid or accepted.message_sid,
        message_status=higher,
        segments=accepted.segments or delivery.segments,
        price=accepted.price or delivery.price,
        next_attempt_at=None,
        reason=None,
        detail=None,
        **(
            {}
            if delivery.status is DeliveryStatus.ACCEPTED
            else {"error_code": None, "error_message": None, "remedy": None}
        ),
    )
    return DeliveryStatus.ACCEPTED if changed and delivery.status is not DeliveryStatus.ACCEPTED else None


def doubt(
    connection: Connection,
    services: Services,
    job: Job,
    delivery_id: str,
    message: str,
    now: datetime,
    code: str | None = None,
) -> DeliveryStatus | None:
    """Nobody knows whether a message exists: it is looked up soon, and nothing is sent meanwhile."""
    when = now + _first_look(services)
    changed = deliveries.change(
        connection,
        delivery_id,
        (DeliveryStatus.SENDING,),
        now,
        status=DeliveryStatus.UNCERTAIN,
        error_code=code,
        error_message=message,
        remedy=signals.LOOKED_UP,
        next_attempt_at=when,
    )
    jobs.retry_at(connection, job, when)
    return DeliveryStatus.UNCERTAIN if changed else None


def _first_look(services: Services) -> timedelta:
    return timedelta(seconds=retry.next_look(0, services.settings.reconcile_patience_seconds))


def _again(
    connection: Connection,
    job: Job,
    claim: Claim,
    outcome: Throttled | Rejected,
    retry_after: float | None,
    now: datetime,
) -> DeliveryStatus | None:
    when = retry.next_try(
        tries=claim.number,
        first_try=claim.first_attempt_at,
        now=now,
        retry_after=retry_after,
        jitter=random.uniform,
    )
    if when is None:
        return _reject(connection, job, claim, outcome, now)
    changed = deliveries.change(
        connection,
        claim.delivery_id,
        (DeliveryStatus.SENDING,),
        now,
        status=DeliveryStatus.RETRYING,
        error_code=outcome.provider_code,
        error_message=outcome.message,
        remedy=outcome.remedy if isinstance(outcome, Rejected) else None,
        next_attempt_at=when,
    )
    # Else it went on meanwhile, by a callback or another's look: the next turn sees how.
    jobs.retry_at(connection, job, when if changed else now)
    return DeliveryStatus.RETRYING if changed else None


def _wait(
    connection: Connection,
    job: Job,
    claim: Claim,
    trouble: AccountTrouble,
    now: datetime,
) -> DeliveryStatus | None:
    """Nothing was created, and nothing would be for anybody: the destination fails, and this waits with the others. Its next
    turn, at once, sees how the account stands then.
    """
    accounts.fail(connection, claim.destination_id, trouble, claim.delivery_id, claim.started_at, now)
    changed = deliveries.change(
        connection,
        claim.delivery_id,
        (DeliveryStatus.SENDING,),
        now,
        status=DeliveryStatus.HELD,
        reason=Reason.ACCOUNT_NOT_VERIFIED,
        detail=trouble.message,
        error_code=trouble.provider_code,
        error_message=trouble.message,
        remedy=trouble.remedy,
        next_attempt_at=now,
        held_at=now,
    )
    jobs.retry_at(connection, job, now)
    return DeliveryStatus.HELD if changed else None


def _reject(
    connection: Connection,
    job: Job,
    claim: Claim,
    outcome: Rejected | Throttled,
    now: datetime,
) -> DeliveryStatus | None:
    code = outcome.provider_code or (outcome.code if isinstance(outcome, Rejected) else None)
    remedy = (
        outcome.remedy
        if isinstance(outcome, Rejected)
        else "It was tried for four hours. Send the event again."
    )
    changed = deliveries.change(
        connection,
        claim.delivery_id,
        (DeliveryStatus.SENDING,),
        now,
        status=DeliveryStatus.REJECTED,
        error_code=code,
        error_message=outcome.message,
        remedy=remedy,
        next_attempt_at=None,
    )
    if not changed:
        jobs.retry_at(connection, job, now)
        return None
    jobs.ack(connection, job)
    return DeliveryStatus.REJECTED


def _request_id(response: HttpResponse | None) -> str | None:
    if response is None:
        return None
    return next((value for name, value in response.headers.items() if name.endswith("request-id")), None)
