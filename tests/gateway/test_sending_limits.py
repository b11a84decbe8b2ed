"""What is counted together, and when a day or a week is over: where the destination counts, across every change of its clocks."""

from datetime import UTC, datetime

import pytest

from destinations.kit import Policy, Purpose, Reason
from gateway.sending_limits import Counter, Limit, begin_of, of_destination, today
from tests.factories import ANN, NOW

THERE = "dst_paper"
ALL = Policy(daily_message_limit=1000, per_recipient_daily_limit=10, per_recipient_weekly_limit=20)


def limits(policy: Policy, at: datetime = NOW, purpose: Purpose = Purpose.MARKETING) -> list[Limit]:
    there = today(policy, THERE, at)
    return [] if there is None else list(there.of_text(ANN, purpose))


def test_a_new_destination_has_no_limit() -> None:
    assert today(Policy(), THERE, NOW) is None
    assert of_destination(Policy(), THERE, NOW) is None


def test_a_text_counts_for_the_persons_day_their_week_of_its_purpose_and_the_destinations_day() -> None:
    midnight = datetime(2026, 11, 22, tzinfo=UTC)

    assert limits(ALL) == [
        Limit(
            Counter("2026-11-21", THERE, ANN), 10, Reason.FREQUENCY_CAP, "perRecipientDailyLimit", midnight
        ),
        Limit(
            Counter("2026-11-16", THERE, ANN, "MARKETING"),
            20,
            Reason.FREQUENCY_CAP,
            "perRecipientWeeklyLimit",
            datetime(2026, 11, 23, tzinfo=UTC),
        ),
        Limit(Counter("2026-11-21", THERE), 1000, Reason.BUDGET, "dailyMessageLimit", midnight),
    ]


def test_a_code_to_sign_in_with_and_a_test_count_for_the_destination_alone() -> None:
    whole = [Counter("2026-11-21", THERE)]

    assert [one.counter for one in limits(ALL, purpose=Purpose.AUTHENTICATION)] == whole
    there = today(ALL, THERE, NOW)
    assert there is not None
    assert [one.counter for one in there.of_text(ANN, Purpose.MARKETING, alone=True)] == whole


def test_every_form_of_a_number_is_one_person() -> None:
    there = today(Policy(per_recipient_daily_limit=1), THERE, NOW)
    forms = ("+5215512345678", "+525512345678")
    assert there is not None

    keys = {one.counter.phone for form in forms for one in there.of_text(form, Purpose.MARKETING)}

    assert len(keys) == 1


@pytest.mark.parametrize(
    ("zone", "at", "begins", "began", "over"),
    [
        ("UTC", "2026-11-21T12:00", "2026-11-21", "2026-11-21T00:00", "2026-11-22T00:00"),
        ("UTC", "2026-11-22T00:00", "2026-11-22", "2026-11-22T00:00", "2026-11-23T00:00"),
        ("America/New_York", "2026-11-22T04:59", "2026-11-21", "2026-11-21T05:00", "2026-11-22T05:00"),
        ("America/New_York", "2026-11-22T05:00", "2026-11-22", "2026-11-22T05:00", "2026-11-23T05:00"),
        # 23 hours long, and 25.
        ("America/New_York", "2027-03-14T12:00", "2027-03-14", "2027-03-14T05:00", "2027-03-15T04:00"),
        ("America/New_York", "2026-11-01T12:00", "2026-11-01", "2026-11-01T04:00", "2026-11-02T05:00"),
        # A day that has no midnight: the clocks of Santiago go forward at it.
        ("America/Santiago", "2026-09-06T12:00", "2026-09-06", "2026-09-06T04:00", "2026-09-07T03:00"),
        ("Pacific/Kiritimati", "2026-11-21T12:00", "2026-11-22", "2026-11-21T10:00", "2026-11-22T10:00"),
        ("Nowhere/Gone", "2026-11-21T12:00", "2026-11-21", "2026-11-21T00:00", "2026-11-22T00:00"),
    ],
)
def test_a_day_is_the_one_of_the_destinations_zone(
    zone: str, at: str, begins: str, began: str, over: str
) -> None:
    policy = Policy(daily_message_limit=5, time_zone=zone)

    limit = of_destination(policy, THERE, utc(at))

    assert limit is not None
    assert (limit.counter.begins, limit.over_at) == (begins, utc(over))
    assert begin_of(policy, limit.counter) == utc(began)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "monday"),
    [
        ("2026-11-22T23:59", "2026-11-16"),
        ("2026-11-23T00:00", "2026-11-23"),
        ("2027-01-01T12:00", "2026-12-28"),
    ],
)
def test_a_week_begins_on_monday(at: str, monday: str) -> None:
    [limit] = limits(Policy(per_recipient_weekly_limit=1), utc(at))

    assert limit.counter.begins == monday


@pytest.mark.parametrize(
    ("counted_on", "day", "week"),
    [
        (None, False, False),
        ("2026-11-21", True, True),
        ("2026-11-20", False, True),
        ("2026-11-15", False, False),
        ("2026-11-16", False, True),
        ("2026-11-23", False, False),
    ],
)
def test_what_counted_on_a_day_is_counted_that_day_and_that_week(
    counted_on: str | None, day: bool, week: bool
) -> None:
    assert Counter("2026-11-21", THERE, ANN).has(counted_on) is day
    assert Counter("2026-11-16", THERE, ANN, "MARKETING").has(counted_on) is week


@pytest.mark.parametrize(("most", "nearly"), [(1, 1), (2, 2), (5, 4), (6, 5), (10, 8), (1000, 800)])
def test_eighty_percent_are_nearly_all(most: int, nearly: int) -> None:
    [limit] = limits(Policy(daily_message_limit=most))

    assert limit.nearly == nearly
