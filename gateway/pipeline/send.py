"""The one request of a Send, and what is recorded of it however it ended."""

import random
from collections.abc import Iterable, Mapping as Object, Sequence
from datetime import datetime, timedelta
from typing import assert_never

import msgspec
from sqlalchemy import Connection

from destinations.kit import (
    Accepted,
    AccountTrouble,
    Channel,
    HttpRequest,
    HttpResponse,
    Outcome,
    Rejected,
    Throttled,
    Uncertain,
    canonical,
)
from gateway import logging, metrics
from gateway.deliveries import AttemptOutcome, Step
from gateway.facts.compiled import Compiled
from gateway.jobs import Job, JobKind
from gateway.pipeline import accounts, gates, resend, retry, settle, steps, syncs, words
from gateway.pipeline.settle import Reached
from gateway.sending import NoAnswer, NotSent
from gateway.services import Services
from gateway.shared.base import SenderKey, Wanted
from gateway.storage import attempts, consent, deliveries, destinations, senders
from gateway.storage.attempts import End
from gateway.storage.leases import LEASE
from gateway.storage.locks import lock_numbers
from gateway.synced import NOTHING_KNOWN

LATEST = LEASE / 2
"""How long after its claim a request may still leave: at its time limits it ends before its lease does, so whoever has the next
turn never looks for a message that is yet to be made.
"""

WAITED = Throttled(
    "It waited behind other texts for longer than a request may leave after its claim. Nothing was sent."
)
"""What came of such a request. It is tried again at once, so that those to one number stay in their order."""

SPOKEN = Throttled("The person spoke of consent after it was claimed. Nothing was sent: it is decided anew.")
"""What came of a request that waited behind others meanwhile. It is decided again at once."""

_log = logging.get("send")
_ENDINGS: dict[type[Outcome], AttemptOutcome] = {
    Accepted: AttemptOutcome.ACCEPTED,
    Rejected: AttemptOutcome.REJECTED,
    AccountTrouble: AttemptOutcome.REJECTED,
    Throttled: AttemptOutcome.THROTTLED,
    Uncertain: AttemptOutcome.UNCERTAIN,
}


class Claim(msgspec.Struct, frozen=True):
    """The right to make one request: its intent and its Attempt are on disk."""

    job: Job
    one: Compiled
    delivery_id: str
    space: str
    attempt_id: str
    number: int
    first_attempt_at: datetime
    started_at: datetime
    recipient: str
    request: HttpRequest
    probing: bool
    sender: str | None = None
    turn: Wanted | None = None
    """What it asks for as it leaves, where several workers send."""
    words: Object[tuple[str, Channel], int] = {}
    """How many words of consent its plan read, by number and channel: see `is_outspoken`."""


class Answer(msgspec.Struct, frozen=True):
    """What came of a request."""

    claim: Claim
    outcome: Outcome
    response: HttpResponse | None
    at: datetime


async def send(services: Services, claim: Claim) -> Answer:
    """Make the request. A process that dies before the answer is recorded leaves SENDING behind, which is looked up before
    anything is sent again. One whose turn comes too late after its claim is not made, but tried again.
    """
    if services.clock.now() - claim.started_at > LATEST:
        return waited(services, claim)
    response: HttpResponse | None = None
    outcome: Outcome
    try:
        response = await services.client.send(claim.request)
        outcome = claim.one.action.interpret(response)
    except NotSent as error:
        outcome = Throttled(str(error))
    except NoAnswer as error:
        outcome = Uncertain(str(error))
    return Answer(claim, outcome, response, services.clock.now())


async def is_outspoken(services: Services, claim: Claim) -> bool:
    """Whether somebody whom the request is for spoke of consent since it was claimed. To be asked of one that was held up after that: a
    stop holds from the moment that it is on disk.
    """
    phones = {phone for phone, _channel in claim.words}
    if not phones:
        return False
    now = await services.store.read(lambda c: consent.counts(c, claim.space, phones))
    return any(now.get(asked, 0) != seen for asked, seen in claim.words.items())


def spoken(services: Services, claim: Claim) -> Answer:
    """What comes of a request before whose turn somebody spoke of consent."""
    return Answer(claim, SPOKEN, None, services.clock.now())


def waited(services: Services, claim: Claim) -> Answer:
    """What comes of a request that got no turn to leave while it may."""
    return Answer(claim, WAITED, None, services.clock.now())


async def record(services: Services, answers: Sequence[Answer]) -> None:
    """Keep what came of these requests, in one transaction."""
    now = services.clock.now()
    doubted: list[SenderKey] = []
    await settle.settle(services, lambda c: _record(c, services, answers, now, doubted))
    if any(one.claim.probing or isinstance(one.outcome, AccountTrouble) for one in answers):
        services.workspace.invalidate()
    if doubted:
        await _stop_all_of(services, doubted, now)
    refusing = {one.claim.one.destination.id for one in answers if _doubts_sender(one)}
    await syncs.wanted(services, refusing, syncs.APART)
    too_fast = {
        (one.claim.one.destination.id, one.claim.sender) for one in answers if _is_too_fast(one.outcome)
    }
    await slow_down(
        services, {(destination_id, sender) for destination_id, sender in too_fast if sender}, now
    )
    for one in answers:
        # What went well is in the ledger; a line for each text would cost more than deciding it.
        log = _log.debug if isinstance(one.outcome, Accepted) else _log.info
        log(
            "A request was answered",
            delivery=one.claim.delivery_id,
            attempt=one.claim.number,
            outcome=type(one.outcome).__name__,
            status=one.response.status if one.response else None,
        )


async def slow_down(services: Services, senders: Iterable[SenderKey], now: datetime) -> None:
    """The provider says that these senders send too fast."""
    for sender in senders:
        await services.shared.pace.slow(sender, now)
        metrics.SLOWED.inc()
        _log.warning("A sender was too fast and has half its pace for a while", destination=sender[0])


def _doubts_sender(answer: Answer) -> bool:
    return isinstance(answer.outcome, Rejected) and answer.outcome.doubts_sender


async def _stop_all_of(services: Services, doubted: Sequence[SenderKey], now: datetime) -> None:
    """Nothing else of these senders goes out before it is known whether their accounts have them: what waits in line for its turn is
    decided anew, and a sync looks soon.
    """

    def recall(connection: Connection) -> None:
        for destination_id, address in doubted:
            senders.recall(connection, destination_id, [address], now)

    services.workspace.invalidate()
    await services.store.write(recall)
    await syncs.wanted(services, {destination_id for destination_id, _address in doubted}, syncs.CONFIRM)
    services.shared.wakeups.ring(JobKind.DELIVER)
    for destination_id, address in doubted:
        _log.warning(
            "The provider refused a sender; its texts wait until it is known whether the account has it",
            destination=destination_id,
            sender=address,
        )


def _in_doubt(connection: Connection, answers: Sequence[Answer]) -> dict[str, SenderKey]:
    """The Deliveries, with their senders, whose sender was refused though the account had it when it was last looked, which was before
    that. Where a look found it since it was refused the first time, the refusal is of something else, such as a country.
    """
    refused = [one for one in answers if _doubts_sender(one)]
    known = senders.known(connection, sorted({one.claim.one.destination.id for one in refused}))
    tried_before = attempts.of_many(
        connection, [one.claim.delivery_id for one in refused if one.claim.number > 1]
    )
    doubted: dict[str, SenderKey] = {}
    for one in refused:
        destination_id, address = one.claim.one.destination.id, one.claim.sender or ""
        of_it = known.get(destination_id, NOTHING_KNOWN)
        there = of_it.by_address.get(address)
        earlier = (
            each.started_at
            for each in tried_before.get(one.claim.delivery_id, ())
            if each.outcome is AttemptOutcome.REJECTED
        )
        if there is not None and of_it.looked_at(there) < next(earlier, one.claim.started_at):
            doubted[one.claim.delivery_id] = (destination_id, address)
    return doubted


def _is_too_fast(outcome: Outcome) -> bool:
    """What never reached the provider says nothing of the pace."""
    if isinstance(outcome, Throttled):
        return outcome.http_status is not None
    return isinstance(outcome, Rejected) and outcome.too_fast


def _record(
    connection: Connection,
    services: Services,
    answers: Sequence[Answer],
    now: datetime,
    newly_doubted: list[SenderKey],
) -> list[Reached]:
    """`newly_doubted` has then the senders of which nothing else is to go out for now."""
    patience = services.settings.reconcile_patience_seconds
    _lock(connection, answers)
    doubted = _in_doubt(connection, answers) if any(map(_doubts_sender, answers)) else {}
    taken = [
        step_of(
            one,
            patience,
            follows=services.workspace.follows(one.claim.one.destination),
            in_doubt=one.claim.delivery_id in doubted,
        )
        for one in answers
    ]
    leases = {one.claim.delivery_id: one.claim.job for one in answers}
    reached = settle.apply(connection, taken, now, leases)
    attempts.end(connection, [_end(one) for one in answers])
    newly_doubted[:] = senders.doubt(connection, set(doubted.values()), now)
    for one in answers:
        _tell(connection, one)
    for one in answers:
        if isinstance(one.outcome, Rejected) and one.outcome.resend is not None:
            policy, failed = one.claim.one.destination.policy, (one.claim.delivery_id, one.outcome.resend)
            reached += resend.resend(connection, policy, [failed], now)
    return reached + give_back(
        connection,
        {
            one.outcome.message_sid: one.claim.delivery_id
            for one in answers
            if isinstance(one.outcome, Accepted) and one.outcome.message_sid is not None
        },
        now,
        late=True,
    )


def step_of(answer: Answer, patience: float, *, follows: bool = True, in_doubt: bool = False) -> Step:
    """What becomes of the Delivery by the answer to its request. `follows`: see steps.accepted; `in_doubt`: whether the account has its
    sender is to be looked up.
    """
    claim, outcome, now = answer.claim, answer.outcome, answer.at
    first_look = now + timedelta(seconds=retry.next_look(timedelta(0), patience))
    match outcome:
        case Accepted():
            return steps.accepted(claim.delivery_id, outcome, now, first_look, follows=follows)
        case Rejected() if in_doubt:
            until = now + gates.SENDER_LOOKS
            return steps.waits_for_sender(claim.delivery_id, claim.number, outcome, now, until)
        case Rejected() if not outcome.retryable:
            return steps.rejected(claim.delivery_id, claim.number, outcome)
        case Rejected() | Throttled():
            when = retry.next_try(
                tries=claim.number,
                first_try=claim.first_attempt_at,
                now=now,
                retry_after=outcome.retry_after if isinstance(outcome, Throttled) else None,
                jitter=_at_once if outcome in (WAITED, SPOKEN) else random.uniform,
            )
            return steps.throttled(claim.delivery_id, claim.number, outcome, when)
        case AccountTrouble():
            return steps.waits_for_account(claim.delivery_id, claim.number, outcome, now)
        case Uncertain():
            return steps.doubtful(
                claim.delivery_id, outcome.message, first_look, claim.number, outcome.provider_code
            )
        case _ as never:
            assert_never(never)


def _at_once(_low: float, _high: float) -> float:
    return 0.0


def _lock(connection: Connection, answers: Sequence[Answer]) -> None:
    """What these answers may change beyond their Deliveries, before those: everybody takes it in that order (`storage.locks`)."""
    troubled = {
        one.claim.one.destination.id
        for one in answers
        if one.claim.probing or isinstance(one.outcome, AccountTrouble) or _doubts_sender(one)
    }
    destinations.lock(connection, troubled)
    said = [
        (one.claim.space, canonical(one.outcome.consent.number or one.claim.recipient))
        for one in answers
        if isinstance(one.outcome, Rejected) and one.outcome.consent is not None
    ]
    lock_numbers(connection, said)


def _tell(connection: Connection, answer: Answer) -> None:
    """What an answer says beyond its Delivery: of the account, and of the person."""
    claim, outcome = answer.claim, answer.outcome
    destination_id = claim.one.destination.id
    if isinstance(outcome, AccountTrouble):
        accounts.fail(connection, destination_id, outcome, claim.delivery_id, claim.started_at, answer.at)
    elif claim.probing and isinstance(outcome, Accepted | Rejected):
        accounts.works(connection, destination_id, claim.delivery_id, claim.started_at, answer.at)
    if isinstance(outcome, Rejected) and outcome.consent is not None:
        number, evidence = outcome.consent.number or claim.recipient, {"deliveryId": claim.delivery_id}
        words.hear(connection, claim.space, number, outcome.consent, evidence, answer.at, claim.sender)


def give_back(
    connection: Connection, owners: dict[str, str], now: datetime, *, late: bool = False
) -> list[Reached]:
    """These messages, by SID, are proven to be these Deliveries': whoever took one for its own by a look-up is looked up anew. `late`:
    see deliveries.of_messages.
    """
    holders = deliveries.of_messages(connection, sorted(owners), late=late)
    others = {
        other: owner for sid, owner in owners.items() for other in holders.get(sid, ()) if other != owner
    }
    if not others:
        return []
    tried = attempts.of_many(connection, sorted(others))
    mistaken: list[Step] = []
    for other, owner in sorted(others.items()):
        if any(attempt.outcome is AttemptOutcome.ACCEPTED for attempt in tried.get(other, ())):
            _log.error("Two deliveries were answered with one message", delivery=owner, other=other)
        else:
            mistaken.append(steps.given_back(other, now))
    return settle.apply(connection, mistaken, now)


def _end(answer: Answer) -> End:
    claim, outcome, response = answer.claim, answer.outcome, answer.response
    code, message = (
        (None, None) if isinstance(outcome, Accepted) else (outcome.provider_code, outcome.message)
    )
    return End(
        claim.attempt_id,
        claim.delivery_id,
        _ENDINGS[type(outcome)],
        duration_ms=max(0, round((answer.at - claim.started_at).total_seconds() * 1000)),
        http_status=response.status if response else None,
        provider_code=code,
        message=message,
        request_id=_request_id(response),
    )


def _request_id(response: HttpResponse | None) -> str | None:
    if response is None:
        return None
    return next((value for name, value in response.headers.items() if name.endswith("request-id")), None)
