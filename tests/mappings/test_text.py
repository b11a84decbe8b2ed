from typing import Any

import pytest

from mappings import UNDEFINED, MappingError
from mappings.bounds import DEEPEST, LONGEST
from mappings.text import number_in, text_of


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("text", "text"),
        (None, ""),
        (UNDEFINED, ""),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (-0.0, "0"),
        (3.0, "3"),
        (-10.0, "-10"),
        (12.5, "12.5"),
        (0.1, "0.1"),
        (1e-6, "0.000001"),
        (1.5e-6, "0.0000015"),
        (1e-7, "1e-7"),
        (1.5e-10, "1.5e-10"),
        (5e-324, "5e-324"),
        (123456789012345680.0, "123456789012345680"),
        (1e20, "100000000000000000000"),
        (1.5e20, "150000000000000000000"),
        (1e21, "1e+21"),
        (1.2345e25, "1.2345e+25"),
        (-1.7976931348623157e308, "-1.7976931348623157e+308"),
        (9007199254740993, "9007199254740993"),
        (10**30, "1" + "0" * 30),
        (float("nan"), "NaN"),
        (float("-inf"), "-Infinity"),
        ({}, "[object Object]"),
        ({"a": 1}, "[object Object]"),
        ([], ""),
        ([1, None, [2, [3.0]], True, {"x": 1}, "s"], "1,,2,3,true,[object Object],s"),
        ([[], []], ","),
        ([[None]], ""),
    ],
)
def test_prints_as_javascript_does(value: Any, text: str) -> None:
    assert text_of(value) == text


def test_a_number_too_long_for_python_to_write_out_counts_as_infinite() -> None:
    assert text_of(10**5000) == "Infinity"
    assert text_of(-(10**5000)) == "-Infinity"


def test_lists_can_be_joined_with_nothing() -> None:
    assert text_of([1, [2, "b"], None, True], between="") == "12btrue"


def test_a_list_as_deep_as_allowed_prints_and_a_deeper_one_is_refused() -> None:
    deep: list[Any] = [1]
    for _ in range(DEEPEST - 1):
        deep = [deep]

    assert text_of(deep) == "1"
    with pytest.raises(MappingError, match="nested deeper than 1000 levels"):
        text_of([deep])


def test_a_list_that_holds_itself_is_refused() -> None:
    loop: list[Any] = []
    loop += [loop, loop]

    with pytest.raises(MappingError, match="nested deeper"):
        text_of(loop)


def test_a_list_that_prints_too_much_is_refused() -> None:
    many = ["x" * 1000] * (LONGEST // 1000)

    with pytest.raises(MappingError, match="longer than 1000000 characters"):
        text_of(many)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("5", 5),
        (" -2.5 ", -2.5),
        (".5", 0.5),
        ("1e3", 1000),
        ("", None),
        ("abc", None),
        ("0x5", None),
        ("nan", None),
    ],
)
def test_a_text_may_spell_a_number(text: str, number: float | None) -> None:
    assert number_in(text) == number
