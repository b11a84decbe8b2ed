"""Ids that are nobody's."""

import pytest
from hypothesis import given, strategies as st

from gateway.nobody import WORDS, is_nobody

NOBODY = [
    *(
        "",
        "  ",
        "\t\n",
        "\u200b",
        "undefined",
        " Undefined\n",
        "NULL",
        "None",
        "NaN",
        "nil",
        "<nil>",
        "(null)",
        "<null>",
    ),
    *(
        "[object Object]",
        "[object Undefined]",
        "anonymous",
        "GUEST",
        "unknown",
        "n/a",
        "N/A",
        "na",
        "not set",
        "(not set)",
    ),
    *(
        "not_set",
        "'null'",
        '"null"',
        "true",
        "False",
        "0",
        "000",
        "0.0",
        "-0",
        "+0",
        "-1",
        "-1.0",
        "{}",
        "[]",
        "--",
        "...",
    ),
    *("00000000-0000-0000-0000-000000000000", "{00000000-0000-0000-0000-000000000000}", "0" * 32, "\uff10"),
    *("urn:uuid:00000000-0000-0000-0000-000000000000", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"),
    *("visitor", "Anonymous-Visitor", "TBD", "unassigned", "[Filtered]", "[REDACTED]", "Optional(nil)"),
    *("{{ user.id }}", "${userId}", "<%= id %>", "%%UID%%", "user_id", "userId", " " * 100),
]
SOMEBODY = [
    *(
        "ann",
        "1",
        "10",
        "01",
        "test",
        "admin",
        "u-1",
        "ffff",
        "0xf",
        "nullable",
        "none1",
        "guest42",
        "anonymous-7",
        "-12",
    ),
    *(
        "1.0",
        "00000000-0000-0000-0000-000000000001",
        "🎉",
        "ü",
        "日本",
        "a@b.c",
        "naomi",
        "unknown@example.com",
        "0-1",
    ),
    *("+12025550123", "{ann}", "u" * 500),
    *("visitor42", "nil-armstrong", "optional", "007", "deleted-7"),
]


@pytest.mark.parametrize("text", NOBODY)
def test_is_nobodys(text: str) -> None:
    assert is_nobody(text)


@pytest.mark.parametrize("text", SOMEBODY)
def test_is_somebodys(text: str) -> None:
    assert not is_nobody(text)


@given(
    st.sampled_from(sorted(WORDS)),
    st.sampled_from(["", " ", "\t", "<", "("]),
    st.sampled_from([str.upper, str.title, str.lower]),
)
def test_a_word_is_nobodys_in_any_case_and_with_blanks_and_signs_around_it(
    word: str, around: str, case: type[str]
) -> None:
    assert is_nobody(around + case(word) + around)


@given(st.uuids(version=4))
def test_a_random_uuid_is_somebodys(made: object) -> None:
    assert not is_nobody(str(made))
