"""Every step that a Delivery takes, by name: pure values, which `settle` applies. The machine is drawn in `deliveries`."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from destinations.kit import (
    Accepted,
    AccountTrouble,
    GateResult,
    Hold,
    IntegrationError,
    MessageStatus,
    Reason,
    Rejected,
    Send,
    StatusChanged,
    Suppress,
    Throttled,
    Trace,
)
from gateway.deliveries import (
    NOT_CREATED,
    RETRIES_EXHAUSTED,
    TEMPLATE_AT_HAND,
    TRIED,
    UNSENT,
    UNSETTLED,
    WINDOW_CLOSED,
    Delivery,
    DeliveryStatus,
    Proof,
    Step,
)
from gateway.pipeline import retry

_S = DeliveryStatus
_SENDING = (_S.SENDING,)
_UNCERTAIN = (_S.UNCERTAIN,)
_TROUBLE = (MessageStatus.UNDELIVERED, MessageStatus.FAILED)

_IN_LINE = (Reason.ACCOUNT_NOT_VERIFIED, Reason.PAUSED)
"""What waits for these has its turn still, if it had one: meanwhile nobody of its sender goes."""

_WAITED_FOR = (Reason.ACCOUNT_NOT_VERIFIED, Reason.PAUSED, Reason.PACED)
"""What becomes too old while it waits for these is EXPIRED, whatever it was answered before."""

LOOKED_UP = "Nothing to do: the provider's list is read until it is settled, and only then is it sent again."
"""The remedy of what is UNCERTAIN."""

INTERNAL_ERROR = "INTERNAL_ERROR"
"""The error code of what the gateway itself failed on."""

Jitter = Callable[[float, float], float]
"""Draws a number between the two."""

# -- before anything is sent ---------------------------------------------------------------------------------------


def claimed(delivery: Delivery, plan: Send, trace: Trace, now: datetime) -> Step:
    """PENDING, HELD, RETRYING ─▶ SENDING: the intent is stored before any byte leaves."""
    return Step(
        delivery.id,
        UNSENT,
        _S.SENDING,
        shows={
            "channel": plan.channel,
            "recipient": plan.recipient,
            "sender": plan.sender,
            "segments": plan.segments,
            "attempt_count": delivery.attempt_count + 1,
            "first_attempt_at": delivery.first_attempt_at or now,
            "intent": _intent(delivery, plan),
            "explanation": explained(trace),
            "reason": None,
            "detail": None,
            "remedy": None,
        },
    )


def _intent(delivery: Delivery, plan: Send) -> dict[str, Any]:
    request = plan.request
    intent: dict[str, Any] = {"method": request.method, "url": request.url, "form": request.form}
    if plan.template_at_hand:
        intent[TEMPLATE_AT_HAND] = True
    if delivery.is_window_closed:
        intent[WINDOW_CLOSED] = True
    return intent


def held(delivery: Delivery, plan: Hold, trace: Trace, now: datetime, until: datetime | None = None) -> Step:
    """PENDING, HELD, RETRYING ─▶ HELD: a gate says not yet; it has its next turn `until` then, or as the plan says."""
    return Step(
        delivery.id,
        UNSENT,
        _S.HELD,
        due=until or plan.until,
        shows={
            "reason": plan.reason,
            "detail": plan.detail,
            "remedy": plan.remedy,
            "explanation": explained(trace),
            "held_at": delivery.held_at or now,
        },
        keeps_turn=plan.reason in _IN_LINE,
    )


def paced(delivery: Delivery, plan: Send, hold: Hold, trace: Trace, now: datetime, lane: str) -> Step:
    """PENDING, HELD, RETRYING ─▶ HELD: its sender sends no faster; it waits in its lane for its turn, until it is too old."""
    step = held(delivery, hold, trace, now)
    text = {"recipient": plan.recipient, "sender": plan.sender, "segments": plan.segments}
    return replace(step, lane=lane, shows={**step.shows, **text, "channel": plan.channel})


def suppressed(delivery: Delivery, plan: Suppress, trace: Trace, now: datetime) -> Step:
    """PENDING, HELD, RETRYING ─▶ SUPPRESSED; past its age it is EXPIRED where it was held, and REJECTED where it was tried."""
    stale = plan.reason is Reason.STALE_EVENT
    waited = delivery.status is _S.HELD and delivery.reason in _WAITED_FOR
    shows: dict[str, Any] = {"reason": plan.reason, "detail": plan.detail, "remedy": plan.remedy}
    status = _S.EXPIRED if stale and delivery.held_at else _S.SUPPRESSED
    if (
        stale and delivery.first_attempt_at is not None and not waited
    ):  # it ends with the last error, as that is
        status = _S.REJECTED
        minutes = int((now - delivery.first_attempt_at).total_seconds() // 60)
        tried = f"It was tried for {minutes} minutes, until the event was too old for the mapping."
        again = f"To send it after all, run {replaying(delivery.id)}"
        shows = {"reason": None, "detail": None, "remedy": f"{tried} {again}"}
        shows["error_code"] = delivery.error_code or RETRIES_EXHAUSTED
    shows |= {"recipient": plan.recipient or delivery.recipient, "explanation": explained(trace)}
    return Step(delivery.id, UNSENT, status, shows=shows)


def refused(delivery: Delivery, error: IntegrationError, trace: Trace, now: datetime, jitter: Jitter) -> Step:
    """PENDING, HELD, RETRYING ─▶ RETRYING where a read of the plan failed, REJECTED where its content or fields are wrong."""
    first_try = delivery.first_attempt_at or now
    when = None
    if error.retryable:
        when = retry.next_plan(first_try=first_try, now=now, retry_after=error.retry_after, jitter=jitter)
    return Step(
        delivery.id,
        UNSENT,
        _S.REJECTED if when is None else _S.RETRYING,
        due=when,
        shows={
            "error_code": error.provider_code or error.code,
            "error_message": error.provider_message or error.message,
            "remedy": error.remedy,
            "reason": None,
            "detail": None,
            "explanation": explained(trace),
            "first_attempt_at": first_try,
        },
    )


def without_event(delivery_id: str) -> Step:
    """PENDING, HELD, RETRYING ─▶ REJECTED: the ledger has its event no more, of which its text is made."""
    return Step(
        delivery_id,
        UNSENT,
        _S.REJECTED,
        shows={
            "error_code": INTERNAL_ERROR,
            "error_message": "The ledger has the event of this delivery no more. Nothing was sent.",
            "remedy": "To text the person all the same, send the event again under a new messageId.",
        },
    )


def unmapped(delivery_id: str) -> Step:
    """PENDING, HELD, RETRYING ─▶ REJECTED: its mapping was removed."""
    return Step(
        delivery_id,
        UNSENT,
        _S.REJECTED,
        shows={
            "error_code": "MAPPING_UNAVAILABLE",
            "error_message": "The mapping of this delivery was removed. Nothing was sent.",
            "remedy": "Create the mapping again; events that come then are sent.",
        },
    )


def canceled_by_trigger(delivery_id: str) -> Step:
    """PENDING, HELD, RETRYING ─▶ CANCELED: an event came that the mapping's cancel trigger names."""
    return Step(
        delivery_id,
        UNSENT,
        _S.CANCELED,
        shows={
            "reason": Reason.CANCELED_BY_TRIGGER,
            "detail": "An event that the mapping's cancel trigger names came before the text was sent.",
        },
    )


def canceled_by_person(delivery_id: str, name: str) -> Step:
    """PENDING, HELD, RETRYING ─▶ CANCELED: whoever has the token of that name canceled it."""
    return Step(
        delivery_id,
        UNSENT,
        _S.CANCELED,
        shows={
            "reason": None,
            "detail": None,
            "error_code": "CANCELED",
            "error_message": f"{name} canceled it before it was sent.",
            "remedy": f"To send it after all, run {replaying(delivery_id)}",
        },
    )


def canceled_by_arrival(delivery_id: str, parent_id: str) -> Step:
    """PENDING, HELD, RETRYING ─▶ CANCELED: the message that it was to be sent again for arrived after all."""
    return Step(
        delivery_id,
        UNSENT,
        _S.CANCELED,
        shows={
            "reason": None,
            "detail": None,
            "error_code": "CANCELED",
            "error_message": f"The message of {parent_id}, which it was to repeat, was delivered after all.",
            "remedy": "Nothing to do: the person has the text.",
        },
    )


# -- the answer to its request -------------------------------------------------------------------------------------


def accepted(
    delivery_id: str, found: Accepted, now: datetime, look_at: datetime, *, follows: bool = True
) -> Step:
    """Anything ─▶ ACCEPTED: the provider has the message, and is asked later what became of it where it can be (`follows`); without a
    SID it is looked up at `look_at`.
    """
    problem = (found.provider_code, found.message, found.remedy)
    proof = Proof(found.message_sid, found.status, found.segments, found.price, problem)
    if found.message_sid is None:
        return Step(delivery_id, TRIED, _S.ACCEPTED, due=look_at, proof=proof)
    follow_at = now + retry.FIRST_FOLLOW if follows else None
    return Step(delivery_id, TRIED, _S.ACCEPTED, follow_at=follow_at, proof=proof)


def throttled(delivery_id: str, number: int, outcome: Throttled | Rejected, when: datetime | None) -> Step:
    """SENDING ─▶ RETRYING: nothing was created, and it is sent again then; REJECTED where the window is over (None)."""
    if when is None:
        return rejected(delivery_id, number, outcome)
    return Step(
        delivery_id,
        _SENDING,
        _S.RETRYING,
        due=when,
        answers=number,
        shows={
            "error_code": outcome.provider_code,
            "error_message": outcome.message,
            "remedy": outcome.remedy if isinstance(outcome, Rejected) else None,
        },
    )


def rejected(delivery_id: str, number: int, outcome: Rejected | Throttled) -> Step:
    """SENDING ─▶ REJECTED: a final refusal, or one that lasted for the whole window."""
    code: str | None = outcome.provider_code
    remedy: str | None = f"It was tried for four hours. To try again, run {replaying(delivery_id)}"
    if isinstance(outcome, Rejected):
        code, remedy = code or outcome.code, outcome.remedy
    else:
        code = code or RETRIES_EXHAUSTED
    return Step(
        delivery_id,
        _SENDING,
        _S.REJECTED,
        answers=number,
        shows={
            "error_code": code,
            "error_message": outcome.message,
            "remedy": remedy,
        },
    )


def waits_for_account(delivery_id: str, number: int, trouble: AccountTrouble, now: datetime) -> Step:
    """SENDING ─▶ HELD: the account was refused, not the message. Its next turn, at once, sees how the account stands then."""
    return Step(
        delivery_id,
        _SENDING,
        _S.HELD,
        due=now,
        answers=number,
        shows={
            "reason": Reason.ACCOUNT_NOT_VERIFIED,
            "detail": trouble.message,
            "error_code": trouble.provider_code,
            "error_message": trouble.message,
            "remedy": trouble.remedy,
            "held_at": now,
        },
        keeps_turn=True,
    )


def doubtful(
    delivery_id: str, message: str, look_at: datetime, number: int | None = None, code: str | None = None
) -> Step:
    """SENDING ─▶ UNCERTAIN: nobody knows whether a message exists; it is looked up, and nothing is sent meanwhile."""
    return Step(
        delivery_id,
        _SENDING,
        _S.UNCERTAIN,
        due=look_at,
        answers=number,
        shows={"error_code": code, "error_message": message, "remedy": LOOKED_UP},
    )


# -- looking it up ------------------------------------------------------------------------------------------------


def looked_at_again(delivery_id: str, when: datetime) -> Step:
    """UNCERTAIN, or ACCEPTED without a SID, stays: it is looked up again then."""
    return Step(delivery_id, (_S.UNCERTAIN, _S.ACCEPTED), None, due=when)


def _nothing_was_created(delivery: Delivery) -> str:
    return f"{delivery.error_message} The provider's list shows that nothing was created."


def absent(delivery: Delivery, now: datetime) -> Step:
    """UNCERTAIN ─▶ RETRYING: the provider's list shows that nothing was created."""
    return Step(
        delivery.id,
        _UNCERTAIN,
        _S.RETRYING,
        due=now,
        shows={
            "error_message": _nothing_was_created(delivery),
            "remedy": None,
        },
    )


def not_resent(delivery: Delivery) -> Step:
    """UNCERTAIN ─▶ EXPIRED: nothing was created, and the destination's policy is to send nothing again after a doubt."""
    return Step(
        delivery.id,
        _UNCERTAIN,
        _S.EXPIRED,
        shows={
            "error_code": NOT_CREATED,
            "error_message": _nothing_was_created(delivery),
            "remedy": "The destination's policy `uncertain` is EXPIRE: nothing is sent again after a doubt. To send it all the same, run "
            + replaying(delivery.id),
        },
    )


def unsettled(delivery: Delivery, why: str) -> Step:
    """UNCERTAIN ─▶ EXPIRED: nobody will ever know."""
    return Step(
        delivery.id,
        _UNCERTAIN,
        _S.EXPIRED,
        shows={
            "error_code": delivery.error_code or UNSETTLED,
            "error_message": f"{why} It was not settled within four hours and was not sent again.",
            "remedy": "Look the number up at the provider; if nothing is there, an ADMIN runs "
            + replaying(delivery.id, "includeAccepted: true"),
        },
    )


def given_back(delivery_id: str, now: datetime) -> Step:
    """ACCEPTED ─▶ UNCERTAIN: the message that a look-up took for its own is proven another's."""
    return Step(
        delivery_id,
        (_S.ACCEPTED,),
        _S.UNCERTAIN,
        due=now,
        shows={
            "message_sid": None,
            "message_status": None,
            "error_code": None,
            "error_message": "The message that was found for it turned out to be another delivery's.",
            "remedy": LOOKED_UP,
        },
    )


# -- what the provider says later ------------------------------------------------------------------------------------


def reported(delivery_id: str, signal: StatusChanged, now: datetime) -> Step:
    """Anything ─▶ ACCEPTED: the message exists, whatever the answer to its create was."""
    trouble = signal.status in _TROUBLE
    problem = (signal.provider_code, signal.message, signal.remedy) if trouble else (None, None, None)
    return Step(
        delivery_id,
        TRIED,
        _S.ACCEPTED,
        follow_at=now + retry.FIRST_FOLLOW,
        proof=Proof(signal.message_sid, signal.status, signal.segments, signal.price, problem),
    )


# -- failures of our own ----------------------------------------------------------------------------------------------


def given_up(delivery_id: str, failed: str) -> list[Step]:
    """What becomes of a Delivery on which the gateway itself failed too often: REJECTED where it was not sent, else EXPIRED."""
    looks = "Look the number up at the provider; if nothing is there, an ADMIN runs "
    in_doubt = looks + replaying(delivery_id, "includeAccepted: true")
    endings = (
        (UNSENT, _S.REJECTED, "It was not sent.", f"Once that is mended, run {replaying(delivery_id)}"),
        (_SENDING, _S.UNCERTAIN, "It may have been sent.", in_doubt),
        (_UNCERTAIN, _S.EXPIRED, "Nobody knows whether it was sent.", in_doubt),
    )
    return [
        Step(
            delivery_id,
            leaving,
            following,
            shows={
                "error_code": INTERNAL_ERROR,
                "error_message": f"{failed} {what}",
                "remedy": f"The log says what failed. {remedy}",
            },
        )
        for leaving, following, what, remedy in endings
    ]


def explained(trace: Trace) -> tuple[GateResult, ...]:
    """The lines of a trace as the ledger keeps them."""
    return tuple(trace.results)


def replaying(delivery_id: str, *more: str) -> str:
    """The mutation that sends it after all, to be pasted."""
    given = ", ".join((f'id: "{delivery_id}"', 'idempotencyKey: "<a new one>"', *more))
    return f"mutation {{ deliveryReplay(input: {{{given}}}) {{ delivery {{ id }} errors {{ message }} }} }}"
