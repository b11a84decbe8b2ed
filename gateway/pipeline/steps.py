"""Every step that a Delivery takes once a request of it left, by name: pure values, which `settle` applies; those before that are in
`unsent_steps`. The machine is drawn in `deliveries`.
"""

from datetime import datetime

from destinations.kit import (
    Accepted,
    AccountTrouble,
    MessageStatus,
    Reason,
    Rejected,
    StatusChanged,
    Throttled,
)
from gateway.deliveries import (
    NOT_CREATED,
    RETRIES_EXHAUSTED,
    TRIED,
    UNSENT,
    UNSETTLED,
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

LOOKED_UP = "Nothing to do: the provider's list is read until it is settled, and only then is it sent again."
"""The remedy of what is UNCERTAIN."""

INTERNAL_ERROR = "INTERNAL_ERROR"
"""The error code of what the gateway itself failed on."""

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


def waits_for_sender(
    delivery_id: str, number: int, outcome: Rejected, now: datetime, until: datetime
) -> Step:
    """SENDING ─▶ HELD: the provider refused the sender, not the message. Whether the account still has it is looked up."""
    return Step(
        delivery_id,
        _SENDING,
        _S.HELD,
        due=until,
        answers=number,
        shows={
            "reason": Reason.SENDER_REMOVED,
            "detail": f"The provider refused the sender: {outcome.message} Whether the account still has it is looked up.",
            "error_code": outcome.provider_code or outcome.code,
            "error_message": outcome.message,
            "remedy": "Nothing to do yet: if the account has the sender, it is tried once more by itself; if not, this says what to do.",
            "held_at": now,
        },
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


def replaying(delivery_id: str, *more: str) -> str:
    """The mutation that sends it after all, to be pasted. Its key is its own: pasted twice it sends once, and of two each is sent."""
    given = ", ".join((f'id: "{delivery_id}"', f'idempotencyKey: "again-{delivery_id}"', *more))
    return f"mutation {{ deliveryReplay(input: {{{given}}}) {{ delivery {{ id }} errors {{ message }} }} }}"
