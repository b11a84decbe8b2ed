"""Consent in words, and the one table of them."""

import json
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given, strategies as st

from destinations.kit import Said, opt_in_says, status_says

ROWS: list[dict[str, str]] = json.loads(
    files("destinations.kit").joinpath("consent_words.json").read_text("utf-8")
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["word"])
def test_each_word_of_the_table_means_what_it_says_and_names_its_source(row: dict[str, str]) -> None:
    assert opt_in_says(row["word"]) is Said[row["means"].upper()]
    assert row["source"]


@pytest.mark.parametrize("row", [row for row in ROWS if row["means"] == "no"], ids=lambda row: row["word"])
def test_a_no_is_read_as_widely_in_a_status(row: dict[str, str]) -> None:
    assert status_says(row["word"]) is Said.NO


@pytest.mark.parametrize("value", [True, "true", "TRUE", "subscribed", " Subscribed "])
def test_a_status_says_yes_by_two_words(value: Any) -> None:
    assert status_says(value) is Said.YES


@pytest.mark.parametrize(
    "value",
    [row["word"] for row in ROWS if row["means"] == "yes" and row["word"] not in ("true", "subscribed")]
    + [1, 1.0, 2, "maybe", [True], {}],
)
def test_no_other_word_is_a_yes_of_a_status(value: Any) -> None:
    assert status_says(value) is Said.UNREADABLE


@pytest.mark.parametrize("value", [2**70, 1.5, float("nan"), float("inf"), "yes?", "no way of knowing", "?"])
def test_what_can_not_be_read_is_neither(value: Any) -> None:
    assert opt_in_says(value) is Said.UNREADABLE
    assert status_says(value) is Said.UNREADABLE


_decorations = st.sampled_from(["", " ", "\t", "\n", "\u200b", "\u00a0", '"'])
_WRITTEN = {row["word"]: opt_in_says(row["word"]) for row in ROWS}


@given(
    st.sampled_from(ROWS),
    _decorations,
    st.sampled_from([" ", "-", "_", "", "\u2013"]),
    st.randoms(),
    st.booleans(),
)
def test_case_blanks_and_what_joins_its_parts_do_not_count(
    row: dict[str, str], around: str, between: str, random: Any, wide: bool
) -> None:
    word = row["word"].replace("_", between)
    word = "".join(random.choice([letter.upper(), letter.lower()]) for letter in word)
    if wide:
        word = "".join(chr(ord(one) + 0xFEE0) if one.isascii() and one.isalnum() else one for one in word)

    assert opt_in_says(f"{around}{word}{around}") is _WRITTEN[row["word"]]


@given(st.text(max_size=12))
def test_whatever_a_status_takes_for_a_yes_is_one_of_its_two_words(text: str) -> None:
    if status_says(text) is Said.YES:
        assert opt_in_says(text) is Said.YES
