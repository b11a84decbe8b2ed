"""When things happened."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st

from gateway.times import MOST_CORRECTION, OLDEST, parse_time, times_of
from tests.factories import NOW

TEN = datetime(2026, 11, 21, 10, tzinfo=UTC)
FIRST, LAST, NEAR, LATER = (
    datetime.fromisoformat(day) for day in ("1990-01-02", "2099-12-30", "2026-11-01", "2026-12-20")
)


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-21T10:00:00Z",
        "2026-11-21t10:00:00z",
        "2026-11-21 10:00:00",
        " 2026-11-21T10:00:00.000Z ",
        "2026-11-21T10:00:00,000Z",
        "2026-11-21T10:00:00.000000000Z",
        "2026-11-21T11:00:00+01:00",
        "2026-11-21T11:00+0100",
        "2026-11-21 11:00:00 +01",
        "2026-11-21 10:00:00 UTC",
        "20261121T100000Z",
        "2026-W47-6T10:00Z",
        "Sat, 21 Nov 2026 10:00:00 GMT",
        1795255200,
        1795255200.0,
        1795255200000,
        1795255200000000,
        1795255200000000000,
        "1795255200",
        "1795255200000",
        "1795255200.000",
    ],
)
def test_a_time_is_read_in_its_usual_forms(written: Any) -> None:
    assert parse_time(written) == TEN


@pytest.mark.parametrize(
    "written",
    [
        *("soon", "", "now", "21/11/2026", "2026-13-01", "2026-11-21T25:00:00Z", "2026", "2026-11-21x10:00"),
        *(
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59Z",
            "1970-01-01T00:00:00Z",
            "NaN",
            "+058818-01-01",
        ),
        *(
            0,
            -1,
            1,
            99999,
            10**30,
            float("1e300"),
            True,
            None,
            [],
            {},
            "9" * 500,
            "0",
            "1e9",
            "Mon, 32 Foo 2026",
        ),
    ],
)
def test_what_is_no_time_of_these_years_is_not_read(written: Any) -> None:
    assert parse_time(written) is None


@given(st.datetimes(FIRST, LAST, timezones=st.timezones()))
def test_every_time_that_python_writes_is_read(time: datetime) -> None:
    assert parse_time(time.isoformat()) == time.astimezone(UTC)
    assert parse_time(int(time.timestamp())) == time.astimezone(UTC).replace(microsecond=0)


@given(st.text() | st.integers() | st.floats())
def test_nothing_that_comes_is_an_error(came: Any) -> None:
    time = parse_time(came)

    assert time is None or 1990 <= time.year < 2100


def test_a_time_is_not_read_where_it_is_garbage_and_absent_where_it_is_blank() -> None:
    unread, absent = times_of({"timestamp": "soon"}, {}, NOW), times_of({"timestamp": " "}, {}, NOW)

    assert (unread.timestamp, unread.occurred_at, unread.earliest, unread.latest) == (
        NOW,
        OLDEST,
        OLDEST,
        NOW,
    )
    assert unread.unread == "soon"
    assert (absent.occurred_at, absent.earliest, absent.latest, absent.unread) == (NOW, NOW, NOW, None)


def ago(hours: float) -> str:
    return (NOW - timedelta(hours=hours)).isoformat()


@pytest.mark.parametrize(
    ("own", "batch", "occurred", "earliest", "latest"),
    [
        (None, None, 10, 10, 10),
        (None, ago(10), 0, 10, 0),  # a batch of a clock that is 10 hours late
        (ago(10), None, 10, 10, 0),  # an event's own word makes it no newer
        (None, ago(11), 10, 10, 10),  # sent before it happened
        (None, ago(-2), 12, 12, 10),  # a clock that is 2 hours early
        (ago(-2), None, 12, 12, 10),
    ],
)
def test_a_yes_counts_from_the_earlier_time_and_a_no_from_the_later(
    own: str | None, batch: str | None, occurred: float, earliest: float, latest: float
) -> None:
    times = times_of({"timestamp": ago(10), "sentAt": own}, {"sentAt": batch}, NOW)

    hours = [(NOW - time) / timedelta(hours=1) for time in (times.occurred_at, times.earliest, times.latest)]
    assert hours == [occurred, earliest, latest]


def test_a_correction_of_more_than_a_day_is_none() -> None:
    times = times_of({"timestamp": ago(30)}, {"sentAt": ago(30)}, NOW)

    assert times.timestamp == times.occurred_at == times.latest == NOW - timedelta(hours=30)


_near = st.datetimes(NEAR, LATER).map(lambda time: time.replace(tzinfo=UTC))


@given(_near, st.none() | _near, st.none() | _near)
def test_no_correction_makes_an_event_much_newer(
    at: datetime, own: datetime | None, batch: datetime | None
) -> None:
    def written(time: datetime | None) -> str | None:
        return None if time is None else time.isoformat()

    times = times_of({"timestamp": written(at), "sentAt": written(own)}, {"sentAt": written(batch)}, NOW)

    assert times.earliest <= times.occurred_at <= times.latest <= NOW
    assert times.earliest <= at
    assert times.occurred_at <= at + MOST_CORRECTION
    if batch is None:
        assert times.occurred_at <= at


@given(
    st.from_regex(
        r"(20[0-9]{2}-[0-3][0-9]-[0-4][0-9])T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\.[0-9]{1,9})?Z", fullmatch=True
    )
)
def test_a_time_as_sdks_write_it_is_read_as_any_other_way_of_writing_it(written: str) -> None:
    other = written.removesuffix("Z").replace("T", " ")

    assert parse_time(written) == parse_time(other)
    assert parse_time(written) is None or parse_time(written).tzinfo is UTC  # type: ignore[union-attr]
