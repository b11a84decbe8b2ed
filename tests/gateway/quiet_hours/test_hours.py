"""Hours that are open and hours that are not, by the clock on a wall."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from gateway.quiet_hours import LAWS, LONGEST_WAIT, QuietHours, opens_at, own_hours

NIGHT = QuietHours(time(21), time(8))
NEW_YORK, HONOLULU, BERLIN = (
    ZoneInfo("America/New_York"),
    ZoneInfo("Pacific/Honolulu"),
    ZoneInfo("Europe/Berlin"),
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-11-21 01:59:59", "2026-11-21 01:59:59"),  # 20:59:59
        ("2026-11-21 02:00:00", "2026-11-21 13:00:00"),  # 21:00:00 sharp
        ("2026-11-21 12:59:59", "2026-11-21 13:00:00"),
        ("2026-11-21 13:00:00", "2026-11-21 13:00:00"),  # 08:00:00 sharp
        ("2026-11-21 04:59:59", "2026-11-21 13:00:00"),  # just before midnight
        ("2026-11-21 05:00:00", "2026-11-21 13:00:00"),  # midnight
    ],
)
def test_a_night_begins_and_ends_to_the_second(now: str, opens: str) -> None:
    assert opens_at(utc(now), [NEW_YORK], [NIGHT]) == utc(opens)


@pytest.mark.parametrize(
    ("zone", "now", "opens"),
    [
        (
            NEW_YORK,
            "2026-03-08 04:00:00",
            "2026-03-08 12:00:00",
        ),  # the clocks go forward: 08:00 comes an hour sooner
        (NEW_YORK, "2026-11-01 03:00:00", "2026-11-01 13:00:00"),  # and back: an hour later
        (BERLIN, "2026-03-28 22:00:00", "2026-03-29 06:00:00"),
        (BERLIN, "2026-10-24 22:00:00", "2026-10-25 07:00:00"),
        (HONOLULU, "2026-03-08 08:00:00", "2026-03-08 18:00:00"),  # no clock changes there
    ],
)
def test_a_night_ends_at_eight_by_the_wall_on_the_days_on_which_clocks_change(
    zone: ZoneInfo, now: str, opens: str
) -> None:
    assert opens_at(utc(now), [zone], [NIGHT]) == utc(opens)


@pytest.mark.parametrize(
    "now", ["2026-03-08 04:00:00", "2026-03-08 06:10:17", "2026-03-08 06:59:59", "2026-03-08 07:00:00"]
)
def test_an_end_in_the_hour_that_a_clock_leaves_out_has_come_where_the_clock_goes_on(now: str) -> None:
    until_half_past_two = QuietHours(time(21), time(2, 30))

    opens = opens_at(utc(now), [NEW_YORK], [until_half_past_two])

    assert opens is not None
    assert opens.astimezone(NEW_YORK).strftime("%d %H:%M:%S %Z") == "08 03:00:00 EDT"


def test_an_hour_that_a_clock_shows_twice_is_quiet_both_times() -> None:
    until_half_past_one = QuietHours(time(21), time(1, 30))

    first = opens_at(utc("2026-11-01 05:10:00"), [NEW_YORK], [until_half_past_one])
    second = opens_at(utc("2026-11-01 06:10:00"), [NEW_YORK], [until_half_past_one])

    assert (first, second) == (utc("2026-11-01 05:30:00"), utc("2026-11-01 06:30:00"))


def test_hours_that_do_not_pass_midnight_are_quiet_in_between() -> None:
    noon = QuietHours(time(12), time(14))

    assert opens_at(utc("2026-11-21 11:59:59"), [BERLIN], [noon]) == utc("2026-11-21 13:00:00")
    assert opens_at(utc("2026-11-21 10:59:59"), [BERLIN], [noon]) == utc("2026-11-21 10:59:59")


def test_hours_that_begin_when_they_end_are_none() -> None:
    assert own_hours("08:00", "08:00") is None
    assert own_hours("21:00", "08:00") == NIGHT


def test_it_opens_once_it_is_open_in_all_zones() -> None:
    now = utc("2026-11-21 13:30:00")  # 08:30 in New York, 03:30 in Honolulu

    assert opens_at(now, [NEW_YORK, HONOLULU], [NIGHT]) == utc("2026-11-21 18:00:00")


def test_zones_that_are_never_awake_together_never_open() -> None:
    an_hour = QuietHours(time(9), time(8))

    assert opens_at(utc("2026-11-21 13:30:00"), [NEW_YORK, HONOLULU], [an_hour]) is None


def test_without_a_zone_nothing_opens() -> None:
    assert opens_at(utc("2026-11-21 13:30:00"), [], [NIGHT]) is None


@pytest.mark.parametrize(
    ("region", "now", "opens"),
    [
        ("FL", "2026-11-21 00:59:59", "2026-11-21 00:59:59"),
        ("FL", "2026-11-21 01:00:00", "2026-11-21 13:00:00"),  # 20:00
        ("OK", "2026-11-21 01:00:00", "2026-11-21 13:00:00"),
        ("MD", "2026-11-21 01:00:00", "2026-11-21 13:00:00"),
        ("TX", "2026-11-21 13:30:00", "2026-11-21 14:00:00"),  # a Saturday: from 09:00
        ("TX", "2026-11-22 13:30:00", "2026-11-22 17:00:00"),  # a Sunday: from noon
        (
            "TX",
            "2026-11-22 02:00:00",
            "2026-11-22 17:00:00",
        ),  # Saturday, 21:00: Sunday's noon is the next hour
        ("TX", "2026-11-23 02:00:00", "2026-11-23 14:00:00"),  # Sunday, 21:00
    ],
)
def test_of_the_law_and_the_destinations_own_hours_the_strictest_counts(
    region: str, now: str, opens: str
) -> None:
    laws = [law for law in LAWS if law.country == "US" and law.region in {None, region}]

    assert opens_at(utc(now), [NEW_YORK], [NIGHT, *laws]) == utc(opens)


def test_every_law_says_where_it_is_found() -> None:
    assert {law.region for law in LAWS} == {None, "FL", "MD", "OK", "TX"}
    assert all(law.source for law in LAWS)


TWO_YEARS = 2 * 365 * 86_400
moments = st.integers(0, TWO_YEARS).map(lambda passed: utc("2026-01-01") + timedelta(seconds=passed))
times = st.times().map(lambda one: one.replace(second=0, microsecond=0))
zones = st.sampled_from(
    [
        *map(ZoneInfo, ("America/St_Johns", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Kathmandu")),
        NEW_YORK,
        BERLIN,
    ]
)


@given(moments, st.lists(zones, min_size=1, max_size=2), times, times)
def test_whatever_the_hours_it_opens_at_the_first_minute_that_is_quiet_nowhere(
    now: datetime, there: list[ZoneInfo], start: time, end: time
) -> None:
    rule = QuietHours(start, end)
    opens = opens_at(now, there, [rule])

    def is_open(moment: datetime) -> bool:
        return not any(rule.quiet(moment.astimezone(zone)) for zone in there)

    opens_or_last = opens or now + LONGEST_WAIT
    waits = int((opens_or_last - now).total_seconds())
    looks = (now + timedelta(seconds=passed) for passed in range(0, waits, 900))
    assert [look for look in looks if is_open(look)] == []
    assert opens is None or is_open(opens)
