"""When a receiver is left alone, and for how long."""

import pytest

from gateway.jobs import Job, JobKind
from gateway.pipeline import rests
from gateway.storage.receivers import Receiver
from gateway.storage.webhook_deliveries import Attempted
from tests.factories import NOW, later

JOB = Job(1, "dst_1", b"whd_1", 1, 0, NOW, None, JobKind.WEBHOOK, later(30))


def longest(_low: float, high: float) -> float:
    return high


def answer(status: int | None, wish: float = 0.0) -> Attempted:
    delivered = status == 200
    return Attempted(JOB, "dst_1", "whd_1", "https://a/", status, "", delivered, None, wish)


def after(before: Receiver, *came: Attempted) -> Receiver:
    return rests.after(before, came, NOW, longest)


@pytest.mark.parametrize("status", [None, 500, 503, 429])
def test_what_takes_nothing_five_times_in_a_row_rests(status: int | None) -> None:
    four = after(Receiver(0), *[answer(status)] * 4)

    assert four == Receiver(4)
    assert after(four, answer(status)) == Receiver(5, later(15))


@pytest.mark.parametrize("status", [200, 204, 302, 400, 404, 410])
def test_any_other_answer_is_one_of_somebody_who_is_there(status: int) -> None:
    assert after(Receiver(7, NOW), answer(status)) == Receiver(0)
    assert after(Receiver(), answer(status)) == Receiver(0)


def test_each_rest_is_twice_as_long_up_to_five_minutes() -> None:
    there, rest = Receiver(4), []

    for _ in range(7):
        there = after(Receiver(there.failures), answer(None))
        assert there.rests_until is not None
        rest.append((there.rests_until - NOW).total_seconds())

    assert rest == [15, 30, 60, 120, 240, 300, 300]


def test_what_was_under_way_when_a_rest_began_makes_it_no_longer() -> None:
    assert after(Receiver(4), *[answer(None)] * 8) == Receiver(5, later(15))
    assert after(Receiver(5, later(15)), answer(None)) == Receiver(5, later(15))


@pytest.mark.parametrize(("wish", "rest"), [(90.0, 90), (1.0, 15), (99_999.0, 3600)])
def test_a_receiver_may_say_how_long_it_wants_to_be_left_alone(wish: float, rest: float) -> None:
    assert after(Receiver(4), answer(503, wish)) == Receiver(5, later(rest))


def test_a_late_good_answer_ends_the_rest() -> None:
    assert after(Receiver(5, later(15)), answer(200)) == Receiver(0)
