"""The second job: one Delivery, decided, claimed, sent, recorded."""

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, assert_never

from sqlalchemy import Connection

from destinations.kit import Hold, IntegrationError, Reason, Send, Suppress
from gateway import logging
from gateway.deliveries import UNSENT, Delivery, DeliveryStatus
from gateway.events import StoredEvent
from gateway.facts.consent import ConsentFacts
from gateway.facts.conversations import ConversationFacts
from gateway.facts.people import PeopleFacts
from gateway.facts.workspace import Compiled
from gateway.jobs import Job
from gateway.pipeline import accounts, retry
from gateway.pipeline.decide import Decision, Subject, decide, decide_unready
from gateway.pipeline.reconcile import interrupted, look_up
from gateway.pipeline.repetitions import is_copy
from gateway.pipeline.send import Claim, send
from gateway.pipeline.settle import settle
from gateway.services import Services
from gateway.storage import consent, deliveries, destinations, events, jobs
from gateway.storage.jobs import LEASE
from gateway.storage.locks import lock_number

PROFILE_WAIT = timedelta(seconds=10)
"""How long a text waits for somebody to be identified; an identify of them has it looked at again at once."""

_UNTIL_WOKEN = (Reason.ACCOUNT_NOT_VERIFIED, Reason.PAUSED)
"""What waits for these is woken when it may go out, and due before that only to expire."""

_log = logging.get("deliver")


@dataclass(frozen=True, slots=True)
class _Loaded:
    delivery: Delivery
    event: StoredEvent


async def deliver(services: Services, job: Job) -> None:
    """Bring one Delivery as far as it will go now, and settle its job."""
    loaded = await services.store.read(lambda c: _load(c, job.subject or ""))
    snapshot = await services.workspace.current()
    one = snapshot.compiled.get(loaded.delivery.mapping_id) if loaded else None
    if loaded is None or (loaded.delivery.status.final and not _without_sid(loaded.delivery)):
        await services.store.write(lambda c: jobs.ack(c, job))
    elif loaded.delivery.status is DeliveryStatus.SENDING:
        await interrupted(services, job, loaded.delivery)
    elif loaded.delivery.status is DeliveryStatus.UNCERTAIN or _without_sid(loaded.delivery):
        await look_up(services, job, loaded.delivery, one)
    elif one is None and (mapping := snapshot.mappings.get(loaded.delivery.mapping_id)) is not None:
        now = services.clock.now()
        there = snapshot.destinations[mapping.destination_id]
        decision = decide_unready(services.workspace.definitions, there, mapping, loaded.event, now)
        await settle(services, lambda c: _stop(c, services, job, loaded.delivery, decision, now))
    elif one is None:
        await _end_unmapped(services, job, loaded.delivery)
    else:
        await _try(services, job, loaded, one)


def _without_sid(delivery: Delivery) -> bool:
    """Whether the provider took the message without saying under which SID."""
    return delivery.status is DeliveryStatus.ACCEPTED and delivery.message_sid is None


def _load(connection: Connection, delivery_id: str) -> _Loaded | None:
    delivery = deliveries.get(connection, delivery_id)
    event = events.get(connection, delivery.event_id) if delivery else None
    return None if delivery is None or event is None else _Loaded(delivery, event)


async def _try(services: Services, job: Job, loaded: _Loaded, one: Compiled) -> None:
    delivery, event = loaded.delivery, loaded.event
    snapshot = await services.workspace.current()
    source = snapshot.sources[delivery.source_id]
    now = services.clock.now()
    facts = ConsentFacts(services.store, delivery.space)
    people = PeopleFacts(services.store, delivery.space, event, delivery.person_id)
    wait = delivery.created_at + PROFILE_WAIT
    subject = Subject(
        source=source,
        event=event,
        one=one,
        consent=facts,
        people=people,
        conversations=ConversationFacts(services.store, delivery.space),
        callback_url=services.callback_url(one, delivery.id),
        delivery_id=delivery.id,
        recipient=delivery.recipient,
        profile_hold_until=wait if now < wait else None,
    )
    decision = await decide(services, subject, now)
    plan = decision.plan
    if isinstance(plan, Send) and is_copy(event, source, one, delivery.id):
        decision = replace(decision, plan=_copy_stays(decision, event))
        plan = decision.plan
    if not isinstance(plan, Send):
        await settle(
            services, lambda c: _stop_unless_known(c, services, job, delivery, decision, now, people)
        )
        return
    claim = await services.store.write(lambda c: _claim(c, services, job, delivery, plan, decision, facts))
    if claim is not None:
        await send(services, job, claim, one)
    else:  # somebody spoke meanwhile, or the Delivery was taken: look again
        await services.store.write(lambda c: jobs.retry_at(c, job, now))


def _copy_stays(decision: Decision, event: StoredEvent) -> Suppress:
    """What its source might not send when it came is not sent later: the same event of another source may have been."""
    reason = Reason.STALE_EVENT if event.imported else Reason.UNTRUSTED_SOURCE
    detail = "When the event came, the mapping did not take it from this source. That it does now is for later events."
    decision.trace.stopped("fresh" if event.imported else "trusted", reason, detail)
    return Suppress(reason, detail, "Send it again under a new messageId.")


def _claim(
    connection: Connection,
    services: Services,
    job: Job,
    delivery: Delivery,
    plan: Send,
    decision: Decision,
    facts: ConsentFacts,
) -> Claim | None:
    """Store the intent, once: None where consent changed since it was read, or the Delivery is not ours to send.

    A conversation is not asked for again: what was heard of one since only makes it later.
    """
    now = services.clock.now()
    if not jobs.extend(connection, job, now + LEASE):
        return None
    stands = destinations.standing(connection, delivery.destination_id)
    if not accounts.is_open(stands, delivery.id, now):
        services.workspace.invalidate()
        return None
    for phone in sorted({phone for phone, _channel in facts.read}):
        lock_number(connection, delivery.space, phone)
    for (phone, channel), seen in facts.read.items():
        if consent.count(connection, delivery.space, phone, channel) != seen:
            return None
    number = delivery.attempt_count + 1
    claimed = deliveries.change(
        connection,
        delivery.id,
        UNSENT,
        now,
        status=DeliveryStatus.SENDING,
        channel=plan.channel,
        recipient=plan.recipient,
        sender=plan.sender,
        segments=plan.segments,
        attempt_count=number,
        first_attempt_at=delivery.first_attempt_at or now,
        intent={"method": plan.request.method, "url": plan.request.url, "form": plan.request.form},
        explanation=_explained(decision),
        reason=None,
        detail=None,
        remedy=None,
        next_attempt_at=None,
    )
    if not claimed:
        return None
    attempt_id = deliveries.start_attempt(connection, delivery.id, number, now)
    return Claim(
        delivery_id=delivery.id,
        space=delivery.space,
        destination_id=delivery.destination_id,
        attempt_id=attempt_id,
        number=number,
        first_attempt_at=delivery.first_attempt_at or now,
        started_at=now,
        recipient=plan.recipient,
        request=plan.request,
        sender=plan.sender,
        probing=accounts.is_prober(stands, delivery.id),
    )


def _explained(decision: Decision) -> list[dict[str, Any]]:
    return [
        {"gate": line.gate, "passed": line.passed, "reason": line.reason, "detail": line.detail}
        for line in decision.trace.results
    ]


def _stop(
    connection: Connection,
    services: Services,
    job: Job,
    delivery: Delivery,
    decision: Decision,
    now: datetime,
) -> DeliveryStatus | None:
    """Store why nothing is sent now; the status it reached, None where the Delivery went on meanwhile."""
    reached: DeliveryStatus | None
    waits = False
    match decision.plan:
        case Hold() as plan:
            reached = _hold(connection, services, job, delivery, plan, decision, now)
            waits = plan.reason not in _UNTIL_WOKEN
        case Suppress() as plan:
            reached = _suppress(connection, job, delivery, plan, decision, now)
        case IntegrationError() as error:
            reached = _refuse(connection, job, delivery, error, decision, now)
        case Send():
            raise TypeError("What is sent is claimed")
        case _ as never:
            assert_never(never)
    if decision.probing and reached is not None and (waits or reached.final):
        accounts.pass_on(connection, delivery.destination_id, delivery.id, now)
    return reached


def _stop_unless_known(
    connection: Connection,
    services: Services,
    job: Job,
    delivery: Delivery,
    decision: Decision,
    now: datetime,
    people: PeopleFacts,
) -> DeliveryStatus | None:
    """The same; but what waits for an identify that came since the decision looks again: nobody else would wake it."""
    waits = isinstance(decision.plan, Hold) and decision.plan.reason is Reason.PROFILE_PENDING
    if waits and people.has_changed(connection):
        jobs.retry_at(connection, job, now)
        return None
    return _stop(connection, services, job, delivery, decision, now)


def _settle_job(
    connection: Connection,
    job: Job,
    when: datetime | None,
    *,
    changed: bool,
    now: datetime,
) -> None:
    """What changed is done, or due again at `when`; what did not went on meanwhile, and the next turn sees how."""
    if changed and when is None:
        jobs.ack(connection, job)
    else:
        jobs.retry_at(connection, job, when if changed and when is not None else now)


def _hold(
    connection: Connection,
    services: Services,
    job: Job,
    delivery: Delivery,
    plan: Hold,
    decision: Decision,
    now: datetime,
) -> DeliveryStatus | None:
    until = plan.until
    if plan.reason in _UNTIL_WOKEN:
        stands = destinations.standing(
            connection, delivery.destination_id, for_update=plan.reason is Reason.PAUSED
        )
        if accounts.is_over(plan.reason, stands, delivery.id, now):
            services.workspace.invalidate()
            jobs.retry_at(connection, job, now)
            return None
    if plan.reason is Reason.ACCOUNT_NOT_VERIFIED:
        turn = accounts.take_over(connection, delivery.destination_id, delivery.id, now)
        until = plan.until if turn is None else min(plan.until, turn)
    changed = deliveries.change(
        connection,
        delivery.id,
        UNSENT,
        now,
        status=DeliveryStatus.HELD,
        reason=plan.reason,
        detail=plan.detail,
        remedy=plan.remedy,
        explanation=_explained(decision),
        next_attempt_at=until,
        held_at=delivery.held_at or now,
    )
    _settle_job(connection, job, until, changed=changed, now=now)
    return DeliveryStatus.HELD if changed else None


def _suppress(
    connection: Connection,
    job: Job,
    delivery: Delivery,
    plan: Suppress,
    decision: Decision,
    now: datetime,
) -> DeliveryStatus | None:
    stale = plan.reason is Reason.STALE_EVENT
    values: dict[str, Any] = {"reason": plan.reason, "detail": plan.detail, "remedy": plan.remedy}
    waited = delivery.status is DeliveryStatus.HELD and delivery.reason in _UNTIL_WOKEN
    if (
        stale and delivery.first_attempt_at is not None and not waited
    ):  # it ends with the last error, which stays as it is
        status = DeliveryStatus.REJECTED
        minutes = int((now - delivery.first_attempt_at).total_seconds() // 60)
        tried = f"It was tried for {minutes} minutes, until the event was too old for the mapping."
        values = {"reason": None, "detail": None, "remedy": f"{tried} Send the event under a new messageId."}
    else:
        status = DeliveryStatus.EXPIRED if stale and delivery.held_at else DeliveryStatus.SUPPRESSED
    changed = deliveries.change(
        connection,
        delivery.id,
        UNSENT,
        now,
        status=status,
        recipient=plan.recipient or delivery.recipient,
        explanation=_explained(decision),
        next_attempt_at=None,
        **values,
    )
    _settle_job(connection, job, None, changed=changed, now=now)
    return status if changed else None


def _refuse(
    connection: Connection,
    job: Job,
    delivery: Delivery,
    error: IntegrationError,
    decision: Decision,
    now: datetime,
) -> DeliveryStatus | None:
    """A plan that failed: tried again where a read failed, final where the content or the fields are wrong."""
    when = None
    if error.retryable:
        when = retry.next_try(
            tries=job.tries,
            first_try=delivery.first_attempt_at or now,
            now=now,
            retry_after=None,
            jitter=random.uniform,
        )
    status = DeliveryStatus.REJECTED if when is None else DeliveryStatus.RETRYING
    changed = deliveries.change(
        connection,
        delivery.id,
        UNSENT,
        now,
        status=status,
        error_code=error.provider_code or error.code,
        error_message=error.provider_message or error.message,
        remedy=error.remedy,
        reason=None,
        detail=None,
        explanation=_explained(decision),
        first_attempt_at=delivery.first_attempt_at or now,
        next_attempt_at=when,
    )
    _settle_job(connection, job, when, changed=changed, now=now)
    return status if changed else None


async def _end_unmapped(services: Services, job: Job, delivery: Delivery) -> None:
    """The mapping is gone: say so. Nothing is under way."""
    now = services.clock.now()

    def end(connection: Connection) -> DeliveryStatus | None:
        changed = deliveries.change(
            connection,
            delivery.id,
            UNSENT,
            now,
            status=DeliveryStatus.REJECTED,
            error_code="MAPPING_UNAVAILABLE",
            error_message="The mapping of this delivery was removed. Nothing was sent.",
            remedy="Create the mapping again; events that come then are sent.",
            next_attempt_at=None,
        )
        _settle_job(connection, job, None, changed=changed, now=now)
        return DeliveryStatus.REJECTED if changed else None

    await settle(services, end)
    _log.warning("A delivery ended without its mapping", delivery=delivery.id, mapping=delivery.mapping_id)
