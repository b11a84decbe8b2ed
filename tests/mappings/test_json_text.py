import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from mappings import UNDEFINED, MappingError
from mappings.bounds import DEEPEST, LONGEST
from mappings.json_text import json_text

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
        ([10**5000, -(10**5000), float("nan"), float("inf")], "[null,null,null,null]"),
        ([-0.0, 1e21, 100.0, 0.1, 10**400], f"[0,1e+21,100,0.1,{10**400}]"),
        ("\ud800\u2028\x7f\x1f/", '"\\ud800\u2028\x7f\\u001f/"'),
        ({"a": UNDEFINED, "b": [UNDEFINED]}, '{"b":[null]}'),
        ([[], {}, [{}]], "[[],{},[{}]]"),
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


def test_a_value_as_deep_as_allowed_is_written_and_a_deeper_one_refused() -> None:
    deep: Any = 1
    for _ in range(DEEPEST):
        deep = [deep]

    assert json_text(deep) == "[" * DEEPEST + "1" + "]" * DEEPEST
    with pytest.raises(MappingError, match=r"^objects and lists are nested deeper than 1000 levels$"):
        json_text({"a": deep})


def test_a_value_that_is_written_too_long_is_refused() -> None:
    with pytest.raises(MappingError, match=r"^the JSON text of a value is longer than 1000000 characters$"):
        json_text([["x" * 1000] * 100] * (LONGEST // 100_000))


@given(st.text())
def test_a_text_is_written_as_python_writes_it(text: str) -> None:
    assert json_text({text: text}) == json.dumps({text: text}, ensure_ascii=False, separators=(",", ":"))
