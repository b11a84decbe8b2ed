"""When to try again."""

from datetime import datetime, timedelta

import pytest

from gateway.pipeline import retry
from tests.factories import NOW, later


def when(
    tries: int = 1, retry_after: float | None = None, drawn: float = 1.0, first: datetime = NOW
) -> datetime | None:
    """With a jitter that takes so much of what it may."""
    return retry.next_try(
        tries=tries,
        first_try=first,
        now=NOW,
        retry_after=retry_after,
        jitter=lambda low, high: low + (high - low) * drawn,
    )


@pytest.mark.parametrize(("tries", "most"), [(1, 2), (2, 4), (3, 8), (8, 256), (9, 300), (1000, 300)])
def test_the_wait_doubles_up_to_five_minutes_with_full_jitter(tries: int, most: float) -> None:
    assert when(tries, drawn=1) == later(most)
    assert when(tries, drawn=0.5) == later(most / 2)
    assert when(tries, drawn=0) == NOW


def test_the_providers_wish_is_obeyed_where_it_is_longer() -> None:
    assert when(retry_after=30) == later(30)
    assert when(tries=9, retry_after=30) == later(300)


def test_after_four_hours_it_is_over() -> None:
    assert when(drawn=0, first=NOW - timedelta(hours=4)) == NOW
    assert when(drawn=1, first=NOW - timedelta(hours=4)) is None
    assert when(retry_after=4 * 3600) == later(4 * 3600)
    assert when(retry_after=4 * 3600 + 1) is None


@pytest.mark.parametrize(
    ("doubted", "patience", "pause"),
    [(0, 60, 1), (1, 60, 1), (2, 60, 2), (8, 60, 8), (15, 60, 15), (9_999, 60, 15), (0, 0, 0.2)],
)
def test_an_uncertain_message_is_looked_up_soon_and_then_steadily(
    doubted: float, patience: float, pause: float
) -> None:
    assert retry.next_look(timedelta(seconds=doubted), patience) == pause


def test_a_provider_in_trouble_is_left_alone_for_longer() -> None:
    doubted = [timedelta(seconds=seconds) for seconds in (0, 10, 50, 600, 9_999)]

    assert [retry.next_read(one) for one in doubted] == [1, 1, 5, 60, 60]


@pytest.mark.parametrize(
    ("minutes", "following", "for_a_price"),
    [(0, 2, 10), (2, 10, 10), (9, 10, 10), (10, 60, 1440), (60, 1440, 1440), (1440, None, None)],
)
def test_a_message_is_asked_for_after_2_10_and_60_minutes_and_a_day(
    minutes: int, following: int | None, for_a_price: int | None
) -> None:
    age = timedelta(minutes=minutes)

    assert retry.next_follow(age, final=False) == (following and timedelta(minutes=following))
    assert retry.next_follow(age, final=True) == (for_a_price and timedelta(minutes=for_a_price))


@pytest.mark.parametrize(
    ("seconds", "following"),
    [
        (120, 165),
        (165, 210),
        (210, 300),
        (500, 600),
        (600, 645),
        (86_400, 86_445),
        (86_400 + 4 * 3600 - 1, 86_400 + 2 * (4 * 3600 - 1)),
        (86_400 + 4 * 3600, None),
    ],
)
def test_a_look_that_failed_comes_again_soon_and_then_after_twice_as_long(
    seconds: int, following: int | None
) -> None:
    found = retry.next_failed_follow(timedelta(seconds=seconds), final=False)

    assert found == (following and timedelta(seconds=following))


@pytest.mark.parametrize(("minutes", "most"), [(0, 2), (0.5, 30), (2, 120), (5, 300), (60, 300)])
def test_a_read_of_a_plan_waits_longer_the_longer_it_fails(minutes: float, most: float) -> None:
    def waits(drawn: float, retry_after: float | None = None) -> datetime | None:
        first = NOW - timedelta(minutes=minutes)
        return retry.next_plan(
            first_try=first, now=NOW, retry_after=retry_after, jitter=lambda _low, high: high * drawn
        )

    assert (waits(1), waits(0)) == (later(most), NOW)
    assert waits(0, retry_after=90) == later(90)
    assert waits(0, retry_after=5 * 3600) is None


def test_a_text_that_failed_is_sent_once_more_within_the_window_alone() -> None:
    def due(generation: int, hours: float) -> datetime | None:
        first = NOW - timedelta(hours=hours)
        return retry.next_resend(
            generation=generation, first_try=first, now=NOW, jitter=lambda _low, high: high
        )

    assert [due(generation, 1) for generation in range(3)] == [later(300), later(600), later(1200)]
    assert due(0, 4) is None
