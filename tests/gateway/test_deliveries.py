"""The state machine of a Delivery, step by step."""

import itertools

import pytest

from gateway.deliveries import UNSENT, DeliveryStatus

S = DeliveryStatus
STEPS = {
    S.PENDING: "HELD SENDING RETRYING SUPPRESSED REJECTED CANCELED SHADOWED EXPIRED",
    S.HELD: "HELD SENDING RETRYING SUPPRESSED REJECTED CANCELED SHADOWED EXPIRED ACCEPTED",
    S.RETRYING: "HELD SENDING RETRYING SUPPRESSED REJECTED CANCELED SHADOWED EXPIRED ACCEPTED",
    S.SENDING: "ACCEPTED HELD REJECTED RETRYING UNCERTAIN",
    S.UNCERTAIN: "ACCEPTED RETRYING EXPIRED",
    S.ACCEPTED: "ACCEPTED UNCERTAIN",
    S.SUPPRESSED: "ACCEPTED",
    S.REJECTED: "ACCEPTED",
    S.CANCELED: "ACCEPTED",
    S.SHADOWED: "ACCEPTED",
    S.EXPIRED: "ACCEPTED",
}


@pytest.mark.parametrize(("status", "following"), list(itertools.product(S, S)))
def test_only_these_steps_may_be_taken(status: DeliveryStatus, following: DeliveryStatus) -> None:
    assert status.may_become(following) is (following.value in STEPS[status].split())


def test_what_is_final_is_not_tried_again() -> None:
    assert [status for status in S if status.final] == [
        S.ACCEPTED,
        S.SUPPRESSED,
        S.REJECTED,
        S.CANCELED,
        S.SHADOWED,
        S.EXPIRED,
    ]


def test_a_claim_is_made_only_where_no_request_is_under_way() -> None:
    assert set(UNSENT) == {S.PENDING, S.HELD, S.RETRYING}


def test_a_callback_proves_a_message_wherever_one_can_have_been_made() -> None:
    assert {status for status in S if status.may_become(S.ACCEPTED)} == set(S) - {S.PENDING}
