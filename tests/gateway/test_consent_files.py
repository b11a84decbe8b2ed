"""Files of consent: what a row says, and why one says nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from destinations.kit import Channel, ConsentStatus
from gateway import consent_files
from gateway.consent_files import GIVEN, HeaderError, Page, Problem, Reader, Reading, reading
from gateway.times import OLDEST
from tests.factories import ANN, NOW

YES, NO = ConsentStatus.SUBSCRIBED, ConsentStatus.UNSUBSCRIBED
HEADER = "phone,channel,status,at,note\n"


def page(*rows: str, header: str = HEADER, country: str | None = None, last: bool = True) -> Page:
    how = reading([header])
    reader = Reader(how, "default", country, NOW, "ops")
    return reader.page([f"{row}\n" for row in rows], how.begins, 0, last=last)


def problem(row: str, header: str = HEADER) -> Problem:
    found = page(row, header=header)
    assert (found.words, found.rows) == ([], 1)
    [one] = found.problems
    return one


@pytest.mark.parametrize(
    "header",
    [
        "phone,channel,status,at\n",
        "Phone Number;CHANNEL;Opt-In;Occurred_At\n",
        '"phoneNumber"\t"channel"\t"consentStatus"\t"occurredAt"\n',
    ],
)
def test_a_header_names_columns_in_any_spelling_and_with_any_separator(header: str) -> None:
    assert reading(["\n", header]).columns == {"phone": 0, "channel": 1, "status": 2, "at": 3}
    assert reading(["\n", header]).begins == 2


def test_columns_that_nobody_reads_are_named() -> None:
    assert reading(["id,phone,status,first name,channel\n"]).left == ["id", "first name"]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("", "It has no header"),
        ("name,status,channel\n", "no column `phone`; it has status, channel, name"),
        ("phone,status\n", "Say SMS or WHATSAPP in each row"),
        ("+12025550101,SMS,yes\n", "it has +•••••••••01, SMS, yes"),
        ("phone,channel,status,mobile\n", "two columns for `phone`, the second of which is the 4th"),
    ],
)
def test_a_header_that_does_not_say_enough_is_refused(header: str, said: str) -> None:
    with pytest.raises(HeaderError) as refused:
        reading([header])

    assert said in str(refused.value)


def test_a_row_is_a_word_of_the_import() -> None:
    [word] = page(f'{ANN},mms,Yes,2026-01-02T03:04:05Z,"said, ""yes""\nby phone"').words

    entry = word.entry
    assert (entry.phone, entry.channel, entry.status, entry.sender) == (ANN, Channel.SMS, YES, None)
    assert entry.occurred_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert (entry.received_at, entry.source, entry.own_word, entry.lifts) == (
        NOW,
        "consentImport",
        False,
        False,
    )
    assert entry.evidence == {
        "method": "import",
        "note": 'said, "yes"\nby phone',
        "recordedBy": "ops",
        "at": "2026-01-02T03:04:05.000Z",
    }


def test_a_yes_without_a_time_is_the_oldest_and_a_no_is_one_of_now() -> None:
    yes, no = page(f"{ANN},SMS,yes,,", f"{ANN},SMS,no,,").words

    assert (yes.entry.occurred_at, yes.fixed) == (OLDEST, True)
    assert (no.entry.occurred_at, no.fixed) == (NOW, False)


def test_a_no_of_a_day_alone_counts_from_the_end_of_that_day_and_a_yes_from_its_begin() -> None:
    day = datetime(2026, 1, 2, tzinfo=UTC)
    today = NOW.date().isoformat()

    yes, no, now = page(
        f"{ANN},SMS,yes,2026-01-02,", f"{ANN},SMS,no,2026-01-02,", f"{ANN},SMS,no,{today},"
    ).words

    assert yes.entry.occurred_at == day
    assert no.entry.occurred_at == day + timedelta(days=1) - timedelta(microseconds=1)
    assert (now.entry.occurred_at, now.fixed) == (NOW, False)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (",SMS,yes,,", Problem(2, "phone", "It is empty.")),
        (
            "555-0101,SMS,yes,,",
            Problem(2, "phone", "'•••-••01' is no phone number: write it with a + and its country's code."),
        ),
        (
            "1.20256E+10,SMS,yes,,",
            Problem(
                2, "phone", "'•.•••••E+10' is no phone number: write it with a + and its country's code."
            ),
        ),
        (f"{ANN},,yes,,", Problem(2, "channel", "It is empty: write SMS, MMS or WHATSAPP.")),
        (f"{ANN},FAX,yes,,", Problem(2, "channel", "'FAX' is not read: write SMS, MMS or WHATSAPP.")),
        (
            f"{ANN},SMS,perhaps,,",
            Problem(2, "status", "'perhaps' is not read: write SUBSCRIBED or UNSUBSCRIBED."),
        ),
        (f"{ANN},SMS,,,", Problem(2, "status", "It is empty: write SUBSCRIBED or UNSUBSCRIBED.")),
        (
            f"{ANN},SMS,yes,03/04/2025,",
            Problem(
                2,
                "at",
                "'••/••/••25' is no time that is read in one way alone: write it as 2026-03-01T12:00:00Z.",
            ),
        ),
        (f"{ANN},SMS,no,2099-01-01,", Problem(2, "at", "'••••-••-01' is still to come.")),
        (f"{ANN},SMS,yes,,{'x' * 1001}", Problem(2, "note", "It has more than 1000 characters.")),
        (
            f"{ANN},SMS,yes,,Hello, Ann",
            Problem(
                2, "", "It has 6 cells, and the header has 5: put what has a separator in it between quotes."
            ),
        ),
        (
            f'{ANN},SMS,yes,,"5" wide',
            Problem(2, "", "It is no row of CSV: a quote in it is not closed, or not doubled."),
        ),
    ],
)
def test_a_row_that_is_not_clear_says_nothing_and_why(row: str, expected: Problem) -> None:
    assert problem(row) == expected


def test_a_quote_that_nobody_closed_costs_its_own_row_alone() -> None:
    found = page(f'{ANN},SMS,yes,,"open', f"{ANN},SMS,no,,", "", f"{ANN},SMS,no,2026-01-01,")

    assert [one.line for one in found.problems] == [2]
    assert [word.entry.status for word in found.words] == [NO, NO]
    assert (found.rows, found.lines, found.ended) == (3, 5, True)


def test_a_quote_in_the_middle_of_a_cell_is_part_of_it() -> None:
    found = page(f'{ANN},SMS,yes,,5" wide', f"{ANN},SMS,no,,")

    assert [(word.entry.evidence or {}).get("note") for word in found.words] == ['5" wide', None]


def test_a_national_number_is_read_in_the_country_and_only_there() -> None:
    row = "(202) 555-0101,SMS,yes,,"

    assert [word.entry.phone for word in page(row, country="US").words] == [ANN]
    assert problem(row).column == "phone"


def test_a_row_that_may_go_on_behind_the_lines_is_left_for_the_next_page() -> None:
    rows = [f"{ANN},SMS,yes,," for _ in range(consent_files.LONGEST_RECORD + 3)]

    found = page(*rows, last=False)

    assert (found.rows, found.lines, found.ended) == (4, 5, False)


def test_rows_that_are_given_are_counted_by_their_place() -> None:
    told = {"phone": ANN, "channel": "SMS", "status": "SUBSCRIBED", "note": "two\nlines"}
    text = consent_files.row(told) + consent_files.row({**told, "phone": "nobody"})
    reader = Reader(GIVEN, "default", None, NOW, "ops")

    found = reader.page(text.splitlines(keepends=True), 0, 0, last=True)

    assert [word.entry.status for word in found.words] == [YES]
    assert [(one.line, one.column) for one in found.problems] == [(2, "phone")]


def test_how_a_file_is_read_is_kept_as_json() -> None:
    how = reading(["phone;channel;status;pet\n"])

    assert how.kept() == {
        "columns": {"phone": 0, "channel": 1, "status": 2},
        "width": 4,
        "delimiter": ";",
        "begins": 1,
        "left": ["pet"],
        "given": False,
        "export": "plain",
        "is_json": False,
        "channel": None,
        "shown": [
            {"column": name, "reads": name, "example": None} for name in ("phone", "channel", "status")
        ],
        "why": "no export is known by its columns",
    }
    assert isinstance(how, Reading)
