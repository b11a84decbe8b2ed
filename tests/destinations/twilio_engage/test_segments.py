import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from destinations.twilio_engage import segments

DATA = json.loads(Path(__file__).with_name("segments.json").read_text("utf-8"))


@pytest.mark.parametrize("vector", DATA["vectors"], ids=lambda vector: str(vector["id"]))
def test_counts_as_the_calculator_does(vector: dict[str, Any]) -> None:
    counted = segments.count(vector["text"], smart=vector.get("smart_encoding", False))

    assert (counted.encoding, counted.segments, counted.units) == (
        vector["encoding"],
        vector["segments"],
        vector["units"],
    )
    assert (counted.because is None) == (counted.encoding == "GSM-7")


@pytest.mark.parametrize(("look_alike", "plain"), DATA["smart_encoding_map"].items(), ids=ascii)
def test_smart_encoding_counts_a_look_alike_as_what_replaces_it(look_alike: str, plain: str) -> None:
    counted = segments.count(f"a{look_alike}b", smart=True)

    assert counted == segments.count(f"a{plain}b")


def test_a_full_width_small_letter_stays_as_it_is() -> None:
    counted = segments.count("\uff41", smart=True)

    assert (counted.encoding, counted.segments, counted.units) == ("UCS-2", 1, 1)


def test_a_grapheme_longer_than_a_segment_is_cut_after_all() -> None:
    counted = segments.count("e" + "\u0301" * 100)

    assert (counted.segments, counted.units) == (2, 101)


def test_a_syllable_of_jamo_is_not_cut() -> None:
    counted = segments.count("\u044f" * 65 + "\u1112\u1161\u11ab" + "\u044f" * 65)

    assert (counted.segments, counted.units) == (3, 133)


@pytest.mark.parametrize(
    ("length", "expected"), [(0, 1), (160, 1), (161, 2), (306, 2), (307, 3), (459, 3), (460, 4)]
)
def test_a_long_text_has_153_characters_in_each_segment(length: int, expected: int) -> None:
    assert segments.count("a" * length) == segments.Segments("GSM-7", expected, length)


@given(st.text("aZ\u2019Жя中🚚", max_size=250))
def test_where_nothing_joins_it_is_packed_as_where_something_does(text: str) -> None:
    plain, joining = "\u2019" + "x" * 66, "e\u0301" * 33 + "x"  # a whole segment each

    counted = segments.count(plain + plain + text)

    assert segments.count(plain + joining + text) == counted
