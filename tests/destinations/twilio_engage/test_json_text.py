import json

import pytest
from hypothesis import given, strategies as st

from destinations.twilio_engage.json_text import json_text

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": 7.0, "b": [1, 2.5, None], "c": {"d": True}}, '{"a":7,"b":[1,2.5,null],"c":{"d":true}}'),
        ('é 日本 "x"', '"é 日本 \\"x\\""'),
        (5e-7, "5e-7"),
        (12345678901234567890, "12345678901234567890"),
    ],
)
def test_writes_values_as_they_were_recorded(value: object, text: str) -> None:
    assert json_text(value) == text


@given(VALUES)
def test_is_json_that_reads_back_the_same(value: object) -> None:
    assert json.loads(json_text(value)) == value


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_keeps_every_digit_of_a_number(value: float) -> None:
    assert float(json_text(value)) == value
