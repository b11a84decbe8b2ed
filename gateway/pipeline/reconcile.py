"""What is done where nobody knows whether a message was created: look first, send again only once it is absent.

A create is not idempotent at the provider, a list lags behind, and a slow create can still finish after its caller gave
up. So an absent message counts as absent only after RECONCILE_PATIENCE_SECONDS.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from sqlalchemy import Connection

from destinations.kit import (
    Accepted,
    Context,
    HttpRequest,
    IntegrationError,
    NotKnown,
    Reconciliation,
    UncertainPolicy,
)
from gateway import logging
from gateway.deliveries import Attempt, AttemptOutcome, Delivery, DeliveryStatus, Step
from gateway.facts.compiled import Compiled
from gateway.facts.snapshot import Snapshot
from gateway.jobs import Job
from gateway.pipeline import accounts, retry, settle, steps
from gateway.pipeline.load import Turn
from gateway.pipeline.settle import Reached
from gateway.services import Services
from gateway.storage import attempts, deliveries, destinations, jobs, unfinished
from gateway.storage.attempts import End

ANSWER_WAIT = timedelta(seconds=1)
"""How long a found message is left alone while another request to the same number is under way."""

UNMAPPED = NotKnown("The list could not be read: its mapping was removed, or no longer compiles.")

BUSY = NotKnown("The list was not read: others of this destination are being looked up, which takes long.")

_log = logging.get("reconcile")


def is_doubtful(delivery: Delivery) -> bool:
    """Whether the provider has to be asked: nobody knows if there is a message, or under which SID."""
    without_sid = delivery.status is DeliveryStatus.ACCEPTED and delivery.message_sid is None
    return without_sid or delivery.status is DeliveryStatus.UNCERTAIN


def interrupted(
    connection: Connection, services: Services, turns: Sequence[Turn], now: datetime
) -> list[Reached]:
    """A process died between the intents and the answers: the Attempts end as what they are, and the messages are looked up."""
    message = "The process stopped before the answer was recorded."
    begun = [
        (delivery_id, attempt)
        for delivery_id, tried in attempts.of_many(connection, [turn.delivery.id for turn in turns]).items()
        for attempt in tried
        if attempt.outcome is AttemptOutcome.STARTED
    ]
    pause = retry.next_look(timedelta(0), services.settings.reconcile_patience_seconds)
    look_at = now + timedelta(seconds=pause)
    for turn in turns:
        _log.warning("A delivery was interrupted and is looked up", delivery=turn.delivery.id)
    leases = {turn.delivery.id: turn.job for turn in turns}
    reached = settle.apply(
        connection, [steps.doubtful(turn.delivery.id, message, look_at) for turn in turns], now, leases
    )
    attempts.end(
        connection,
        [
            End(
                attempt.id,
                delivery_id,
                AttemptOutcome.UNCERTAIN,
                message=message,
                # It counts as long as nobody could know: patience begins when somebody looks again.
                duration_ms=max(0, round((now - attempt.started_at).total_seconds() * 1000)),
            )
            for delivery_id, attempt in begun
        ],
    )
    return reached


@dataclass(frozen=True, slots=True)
class _Doubt:
    """A Delivery that is looked up: `since` is when its request was given up, `lost_at` when the first was made of which nobody
    knows what it left behind, since a create that was lost may finish late.
    """

    job: Job
    delivery: Delivery
    one: Compiled | None
    lost_at: datetime
    since: datetime


Found: TypeAlias = "Accepted | NotKnown | None"


async def look_up(services: Services, turns: Sequence[Turn], *, busy: bool = False) -> None:
    """Ask the provider for these messages, those of one action together: ACCEPTED where one is found, sent again (or EXPIRED, where
    the destination's policy says so) where it is absent for long enough. `busy`: nobody is asked now, as if that had failed.

    Without its mapping nobody can be asked for one: that waits for a callback, or for the mapping, like an unreadable list.
    """
    snapshot = await services.workspace.current()
    tried = await services.store.read(lambda c: attempts.of_many(c, [turn.delivery.id for turn in turns]))
    doubts = [_doubt(turn, tried[turn.delivery.id], snapshot) for turn in turns]
    now = services.clock.now()
    groups: dict[tuple[str, str], list[_Doubt]] = {}
    for doubt in doubts:
        key = ("", "") if doubt.one is None else (doubt.one.destination.id, doubt.one.action.slug)
        groups.setdefault(key, []).append(doubt)
    for together in groups.values():
        if busy:
            found: Mapping[str, Found] = {doubt.delivery.id: BUSY for doubt in together}
        else:
            found = await _find(services, together, now)
        await settle.settle(services, lambda c, f=found, t=together: _conclude(c, services, t, f, now))  # type: ignore[misc]
        if any(isinstance(one, Accepted) for one in found.values()):
            services.workspace.invalidate()


def _doubt(turn: Turn, tried: Sequence[Attempt], snapshot: Snapshot) -> _Doubt:
    last = tried[-1]
    lost = [attempt for attempt in tried if attempt.outcome is AttemptOutcome.UNCERTAIN] or [last]
    return _Doubt(
        turn.job,
        turn.delivery,
        snapshot.compiled.get(turn.delivery.mapping_id),
        lost[0].started_at,
        last.started_at + timedelta(milliseconds=last.duration_ms or 0),
    )


async def _find(services: Services, doubts: Sequence[_Doubt], now: datetime) -> Mapping[str, Found]:
    one = doubts[0].one
    if one is None:
        return {doubt.delivery.id: UNMAPPED for doubt in doubts}
    ours = [doubt.delivery.id for doubt in doubts]

    async def taken(message_sids: Sequence[str]) -> frozenset[str]:
        holders = await services.store.read(lambda c: deliveries.of_messages(c, message_sids))
        return frozenset(sid for sid, ids in holders.items() if not set(ids) <= set(ours))

    context = Context(
        settings=one.settings,
        now=now,
        read=services.reader.fresh,
        allowed_hosts=services.settings.allowed_hosts,
    )
    recipients = {doubt.delivery.recipient or "" for doubt in doubts}
    unsettled = await services.store.read(
        lambda c: unfinished.unsettled_to(c, one.destination.id, sorted(recipients))
    )
    asked = [
        Reconciliation(
            key=doubt.delivery.id,
            request=_request(doubt.delivery),
            started_at=doubt.lost_at,
            recipient=doubt.delivery.recipient or "",
            alone=not unsettled[doubt.delivery.recipient or ""] - {doubt.delivery.id},
        )
        for doubt in doubts
    ]
    try:
        return await one.action.reconcile(asked, taken, context)
    except IntegrationError as error:
        return dict.fromkeys(ours, NotKnown(f"The list could not be read: {error.message}"))


def _request(delivery: Delivery) -> HttpRequest:
    intent = delivery.intent or {}
    return HttpRequest(
        intent["method"],
        intent["url"],
        form=tuple((name, value) for name, value in intent["form"]),
        json=intent.get("json"),
    )


def _conclude(
    connection: Connection,
    services: Services,
    doubts: Sequence[_Doubt],
    found: Mapping[str, Found],
    asked_at: datetime,
) -> list[Reached]:
    """What follows from what was found, and from what was not."""
    patience = services.settings.reconcile_patience_seconds
    now = services.clock.now()
    destinations.lock(connection, {doubt.delivery.destination_id for doubt in doubts})
    sids = [one.message_sid for one in found.values() if isinstance(one, Accepted) and one.message_sid]
    holders = deliveries.of_messages(connection, sids)
    sending = unfinished.unsettled_to(
        connection,
        doubts[0].delivery.destination_id,
        sorted({doubt.delivery.recipient or "" for doubt in doubts}),
        statuses=(DeliveryStatus.SENDING,),
    )
    taken: list[Step] = []
    done: list[Job] = []
    for doubt in doubts:
        delivery, what = doubt.delivery, found[doubt.delivery.id]
        if isinstance(what, Accepted):
            taken.append(_found(doubt, what, holders, sending, now))
            continue
        step = _not_found(doubt, what, asked_at, patience)
        if step is None:
            done.append(doubt.job)
        else:
            taken.append(step)
            if step.status is not None:
                _log.info("A doubtful delivery is settled", delivery=delivery.id, status=step.status)
    leases = {doubt.delivery.id: doubt.job for doubt in doubts}
    reached = settle.apply(connection, taken, now, leases)
    jobs.ack(connection, done)
    _tell_accounts(connection, doubts, found, reached, now)
    return reached


def _found(
    doubt: _Doubt,
    found: Accepted,
    holders: Mapping[str, Sequence[str]],
    sending: Mapping[str, set[str]],
    now: datetime,
) -> Step:
    delivery = doubt.delivery
    if any(other != delivery.id for other in holders.get(found.message_sid or "", ())):
        # Two lost answers saw the same message: one of them has it.
        return steps.looked_at_again(delivery.id, now)
    if sending[delivery.recipient or ""] - {delivery.id}:
        # The message may be that one's, whose answer is under way.
        return steps.looked_at_again(delivery.id, now + ANSWER_WAIT)
    _log.info("A message was found in the provider's list", delivery=delivery.id)
    return steps.accepted(delivery.id, found, now, now)


def _not_found(doubt: _Doubt, what: NotKnown | None, asked_at: datetime, patience: float) -> Step | None:
    """What becomes of a Delivery whose message was not found; None: nothing more, since the provider said that it has it."""
    delivery, now = doubt.delivery, asked_at
    uncertain = delivery.status is DeliveryStatus.UNCERTAIN
    doubted, end = now - doubt.since, doubt.since + timedelta(seconds=patience)
    if isinstance(what, NotKnown):
        _log.warning("The provider's list could not be read", delivery=delivery.id, error=what.message)
    if what is None and now >= end:
        if not uncertain:
            return None
        expires = doubt.one is not None and doubt.one.destination.policy.uncertain is UncertainPolicy.EXPIRE
        return steps.not_resent(delivery) if expires else steps.absent(delivery, now)
    if now > (delivery.first_attempt_at or delivery.created_at) + retry.WINDOW:
        why = delivery.error_message or ""
        if isinstance(what, NotKnown):
            why = f"{why} {what.message}"
        return steps.unsettled(delivery, why) if uncertain else None
    if isinstance(what, NotKnown):
        return steps.looked_at_again(delivery.id, now + timedelta(seconds=retry.next_read(doubted)))
    pause = timedelta(seconds=retry.next_look(doubted, patience))
    return steps.looked_at_again(delivery.id, min(now + pause, end))


def _tell_accounts(
    connection: Connection,
    doubts: Iterable[_Doubt],
    found: Mapping[str, Found],
    reached: Sequence[Reached],
    now: datetime,
) -> None:
    """What a look says of the account behind the destination."""
    became = {one.delivery_id: one.status for one in reached}
    for doubt in doubts:
        delivery, what = doubt.delivery, found[doubt.delivery.id]
        status, asked_at = became.get(delivery.id), delivery.first_attempt_at or now
        if status is DeliveryStatus.EXPIRED:
            accounts.pass_on(connection, delivery.destination_id, delivery.id, now)
        elif status is DeliveryStatus.ACCEPTED and isinstance(what, Accepted):
            if what.account is None:
                accounts.works(connection, delivery.destination_id, delivery.id, asked_at, now)
            else:
                accounts.fail(connection, delivery.destination_id, what.account, delivery.id, asked_at, now)
