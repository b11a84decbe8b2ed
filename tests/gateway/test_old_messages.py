"""Which message of another system is the one for an event."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from gateway.old_messages import BEFORE, BEHIND, UnreadableError, Wanted, found

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ANN, BOB = "+12025550141", "+12025550142"


def wanted(message_id: str = "m1", phone: str | None = ANN, minutes: int = 0) -> Wanted:
    return Wanted(message_id, phone, NOON + timedelta(minutes=minutes))


def row(sid: str, to: str = ANN, seconds: float = 0) -> str:
    return f"{sid},{to},{(NOON + timedelta(seconds=seconds)).isoformat()}\n"


HEADER = "Sid,To,DateSent\n"


def test_the_nearest_of_its_number_is_an_events_own_and_of_no_other_event() -> None:
    lines = [HEADER, row("SM1", seconds=5), row("SM2", seconds=605), row("SM3", BOB, 5)]

    assert found(lines, [wanted("m2", minutes=10), wanted("m1"), wanted("m3", minutes=20)]) == [
        "SM2",
        "SM1",
        None,
    ]


@pytest.mark.parametrize(
    ("seconds", "sid"),
    [
        (-BEFORE.total_seconds(), "SM1"),
        (-BEFORE.total_seconds() - 1, None),
        (BEHIND.total_seconds(), "SM1"),
        (BEHIND.total_seconds() + 1, None),
    ],
)
def test_one_of_another_time_is_none_of_its_own(seconds: float, sid: str | None) -> None:
    assert found([HEADER, row("SM1", seconds=seconds)], [wanted()]) == [sid]


def test_a_message_id_is_sure() -> None:
    lines = ["messageId;Message Sid;To;Date Sent\n", f"m1;SM1;{BOB};2020-01-01\n", f"m7;SM7;{ANN};{NOON}\n"]

    assert found(lines, [wanted("m1"), wanted("m2")]) == ["SM1", None]


@pytest.mark.parametrize("to", ["whatsapp:+12025550141", "+1 (202) 555-0141", " +12025550141 "])
def test_a_number_is_read_in_any_spelling(to: str) -> None:
    assert found([HEADER, row("SM1", to)], [wanted()]) == ["SM1"]


@pytest.mark.parametrize(
    "line", ["SM1\n", "SM1,2025550141,2026-03-02T12:00:00Z\n", "SM1,+12025550141,noon\n", ",,\n"]
)
def test_a_row_that_can_not_be_read_is_none(line: str) -> None:
    assert found([HEADER, line], [wanted()]) == [None]


@pytest.mark.parametrize("header", ["", "To,DateSent\n", "Sid,To\n", "Sid\n", "Sid,Body\n"])
def test_a_header_without_what_is_needed_is_refused(header: str) -> None:
    with pytest.raises(UnreadableError, match="Its first line has to name a column `Sid`"):
        found([header], [wanted()])


@given(st.lists(st.text(max_size=30), max_size=8))
def test_any_rows_end(rows: list[str]) -> None:
    assert found([HEADER, *(f"{one}\n" for one in rows)], [wanted(phone=None)]) in ([None], ["m1"])
