"""Every step of a Delivery of which no request is under way, by name: pure values, which `settle` applies. See `steps`."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from destinations.kit import GateResult, Hold, IntegrationError, Reason, Send, Suppress, Trace, mapping_update
from gateway.deliveries import (
    FORWARD_URL,
    RECIPIENT_OPEN,
    RETRIES_EXHAUSTED,
    TEMPLATE_AT_HAND,
    UNSENT,
    Delivery,
    DeliveryStatus,
    Step,
    lasting,
)
from gateway.pipeline import retry
from gateway.pipeline.quiet import NOT_SPREAD, spread_of
from gateway.pipeline.steps import INTERNAL_ERROR, replaying
from gateway.stops import CONFIRMED_WITHIN
from gateway.workspace import Destination, Mapping as ConfiguredMapping

_S = DeliveryStatus

MAPPING_DISABLED = "MAPPING_DISABLED"
MAPPING_DELETED = "MAPPING_DELETED"
MAPPING_ASKS = "MAPPING_ASKS"
DESTINATION_DELETED = "DESTINATION_DELETED"
"""The error codes of what is CANCELED with its mapping."""

ERASED = "ERASED"
"""The error code of what is CANCELED since its person is erased."""

_IN_LINE = (Reason.ACCOUNT_NOT_VERIFIED, Reason.PAUSED)
"""What waits for these has its turn still, if it had one: meanwhile nobody of its sender goes."""

_WAITED_FOR = (Reason.ACCOUNT_NOT_VERIFIED, Reason.PAUSED, Reason.PACED, Reason.SENDER_REMOVED)
"""What becomes too old while it waits for these is EXPIRED, whatever it was answered before."""

Jitter = Callable[[float, float], float]
"""Draws a number between the two."""


def claimed(
    delivery: Delivery, plan: Send, trace: Trace, now: datetime, counted_on: str | None = None
) -> Step:
    """PENDING, HELD, RETRYING ─▶ SENDING: the intent is stored before any byte leaves; where there is a limit it counts on that day."""
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
            **_rested(delivery, now),
            **({} if counted_on is None else {"counted_on": counted_on}),
        },
    )


def _rested(delivery: Delivery, now: datetime) -> dict[str, Any]:
    """For how long it was in quiet hours, of what leaves them."""
    return {"rested_seconds": int(delivery.rested(now).total_seconds())} if delivery.is_resting else {}


def _intent(delivery: Delivery, plan: Send) -> dict[str, Any]:
    request = plan.request
    intent: dict[str, Any] = {"method": request.method, "url": request.url, "form": request.form}
    if request.json is not None:
        intent["json"] = request.json
    if plan.template_at_hand:
        intent[TEMPLATE_AT_HAND] = True
    intent |= lasting(delivery.intent) or {}
    if plan.forward_url is not None:
        intent[FORWARD_URL] = plan.forward_url
    return intent


def shadowed(delivery: Delivery, plan: Send, trace: Trace, now: datetime) -> Step:
    """PENDING, HELD, RETRYING ─▶ SHADOWED: its mapping is in SHADOW, or was when it was made; what would be sent is shown."""
    return Step(
        delivery.id,
        UNSENT,
        _S.SHADOWED,
        shows={
            "channel": plan.channel,
            "recipient": plan.recipient,
            "sender": plan.sender,
            "segments": plan.segments,
            "intent": _intent(delivery, plan),
            "explanation": explained(trace),
            "reason": None,
            "detail": "The mapping was in SHADOW: no request was made, and none will be.",
            "remedy": None,
            **_rested(delivery, now),
        },
    )


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
            **({} if plan.sender is None else {"sender": plan.sender}),
            **({} if _goes_on(delivery, plan) else {"held_at": now, **_rested(delivery, now)}),
            **_meant_for(delivery, trace),
        },
        keeps_turn=plan.reason in _IN_LINE,
        spread=spread_of(trace.recipient) if plan.reason is Reason.QUIET_HOURS else NOT_SPREAD,
    )


def _goes_on(delivery: Delivery, plan: Hold) -> bool:
    """Whether it waits for the same as before."""
    return delivery.status is _S.HELD and delivery.reason is plan.reason and delivery.held_at is not None


def paced(delivery: Delivery, plan: Send, hold: Hold, trace: Trace, now: datetime, lane: str) -> Step:
    """PENDING, HELD, RETRYING ─▶ HELD: its sender sends no faster; it waits in its lane for its turn, until it is too old."""
    step = held(delivery, hold, trace, now)
    text = {"recipient": plan.recipient, "sender": plan.sender, "segments": plan.segments}
    fixed = {"intent": lasting(delivery.intent)} if delivery.fixed_recipient is None else {}
    return replace(step, lane=lane, shows={**step.shows, **text, **fixed, "channel": plan.channel})


def suppressed(delivery: Delivery, plan: Suppress, trace: Trace, now: datetime) -> Step:
    """PENDING, HELD, RETRYING ─▶ SUPPRESSED; past its age it is EXPIRED where it was held, and REJECTED where it was tried."""
    stale = plan.reason is Reason.STALE_EVENT
    if stale and delivery.is_stop_confirmation:
        return _confirmed_too_late(delivery, trace)
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
    shows |= {**_meant_for(delivery, trace, plan.recipient), "explanation": explained(trace)}
    return Step(delivery.id, UNSENT, status, shows=shows)


def _confirmed_too_late(delivery: Delivery, trace: Trace) -> Step:
    minutes = int(CONFIRMED_WITHIN.total_seconds() // 60)
    held = "" if delivery.detail is None else f" It waited: {delivery.detail}"
    return Step(
        delivery.id,
        UNSENT,
        _S.EXPIRED,
        shows={
            "reason": Reason.STALE_EVENT,
            "detail": f"A stop is confirmed within {minutes} minutes or not at all, and this could not be sent by then.{held}",
            "remedy": "Nothing to do: the stop holds all the same.",
            "explanation": explained(trace),
        },
    )


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
            **_rested(delivery, now),
            **_meant_for(delivery, trace),
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
            "remedy": None,
        },
    )


def _canceled(delivery_id: str, code: str, message: str, remedy: str | None) -> Step:
    """With what became of it told as an error, whatever it waited for."""
    return Step(
        delivery_id,
        UNSENT,
        _S.CANCELED,
        shows={
            "reason": None,
            "detail": None,
            "error_code": code,
            "error_message": message,
            "remedy": remedy,
        },
    )


def unconfirmed(delivery_id: str) -> Step:
    """PENDING, HELD, RETRYING ─▶ CANCELED: the settings of its destination no longer fit, so that it can confirm no stop."""
    return _canceled(
        delivery_id,
        "STOP_NOT_CONFIRMED",
        "The settings of the destination no longer fit its definition, so that nothing could be sent.",
        "Nothing to do: the stop holds all the same. heliograph doctor says what to mend.",
    )


def canceled_with_mapping(delivery_id: str, mapping: ConfiguredMapping) -> Step:
    """PENDING, HELD, RETRYING ─▶ CANCELED: its mapping was disabled, or deleted."""
    deleted = mapping.deleted_at is not None
    remedy = (
        "To text the person all the same, make the mapping again (mappingCreate) and send the event again under a new messageId."
        if deleted
        else f"To send it after all, {mapping_update(mapping.id, 'enabled: true')}, then run {replaying(delivery_id)}"
    )
    return _canceled(
        delivery_id,
        MAPPING_DELETED if deleted else MAPPING_DISABLED,
        f"The mapping {mapping.name} was {'deleted' if deleted else 'disabled'} before it was sent.",
        remedy,
    )


def canceled_as_no_question(delivery_id: str, mapping: ConfiguredMapping) -> Step:
    """PENDING, HELD, RETRYING ─▶ CANCELED: its mapping asks people to confirm a yes since then, and sends nothing else."""
    return _canceled(
        delivery_id,
        MAPPING_ASKS,
        f"The mapping {mapping.name} became the one that asks people to confirm a yes (confirmationMappingId) before it was sent.",
        "To text the person all the same, make another mapping (mappingCreate) and send the event again under a new messageId.",
    )


def canceled_with_destination(delivery_id: str, destination: Destination) -> Step:
    """PENDING, HELD, RETRYING ─▶ CANCELED: its destination was deleted."""
    return _canceled(
        delivery_id,
        DESTINATION_DELETED,
        f"The destination {destination.name} was deleted before it was sent.",
        "To text the person all the same, give another destination the mapping (mappingCreate) and send the event again "
        "under a new messageId.",
    )


def canceled_by_person(delivery_id: str, name: str) -> Step:
    """PENDING, HELD, RETRYING ─▶ CANCELED: whoever has the token of that name canceled it."""
    return _canceled(
        delivery_id,
        "CANCELED",
        f"{name} canceled it before it was sent.",
        f"To send it after all, run {replaying(delivery_id)}",
    )


def canceled_by_erasure(delivery_id: str) -> Step:
    """PENDING, HELD, RETRYING ─▶ CANCELED: the person whom it was for is erased."""
    return _canceled(
        delivery_id,
        ERASED,
        "The person was erased before it was sent.",
        None,
    )


def canceled_by_arrival(delivery_id: str, parent_id: str) -> Step:
    """PENDING, HELD, RETRYING ─▶ CANCELED: the message that it was to be sent again for arrived after all."""
    return _canceled(
        delivery_id,
        "CANCELED",
        f"The message of {parent_id}, which it was to repeat, was delivered after all.",
        "Nothing to do: the person has the text.",
    )


def _meant_for(delivery: Delivery, trace: Trace, recipient: str | None = None) -> dict[str, Any]:
    """Whom it would have reached, as far as a gate has found that, so that it is found by their number. It fixes nothing: while
    nothing is to be sent, the next plan chooses anew.
    """
    number = recipient or trace.recipient
    if number is None or number == delivery.recipient or delivery.fixed_recipient is not None:
        return {}
    return {"recipient": number, "intent": {**(delivery.intent or {}), RECIPIENT_OPEN: True}}


def explained(trace: Trace) -> tuple[GateResult, ...]:
    """The lines of a trace as the ledger keeps them."""
    return tuple(trace.results)
