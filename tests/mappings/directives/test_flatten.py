from typing import Any

import pytest

from mappings import MappingError, compile_fields
from mappings.bounds import DEEPEST


def flat(value: Any, separator: str = ".", **parts: Any) -> Any:
    return compile_fields({"@flatten": {"value": {"@path": "$.v"}, "separator": separator, **parts}})(
        {"v": value}
    )


@pytest.mark.parametrize(
    ("value", "result"),
    [
        ({"a": 1, "b": {"c": {"d": [2, {"e": None}]}}}, {"a": 1, "b.c.d.0": 2, "b.c.d.1.e": None}),
        ({"a": {}, "b": [], "c": [[]]}, {}),
        ({"a": {"": 1}, "": {"b": 2, "": 3}}, {"a.": 1, ".b": 2, ".": 3}),
        ({"a.b": 1, "a": {"b": 2}}, {"a.b": 2}),
        ([[1], 2], {"0.0": 1, "1": 2}),
        ("text", {"": "text"}),
        (None, {"": None}),
        ([], {}),
    ],
)
def test_keys_are_joined_on_the_way_to_each_value(value: Any, result: Any) -> None:
    assert flat(value) == result


@pytest.mark.parametrize(
    ("value", "result"),
    [
        ({"a": [1, {"b": 2}], "c": {"d": [], "e": {}}}, {"a": [1, {"b": 2}], "c.d": []}),
        ([1], {"": [1]}),
    ],
)
def test_lists_can_be_kept_whole(value: Any, result: Any) -> None:
    assert flat(value, omitArrays=True) == result


def test_what_is_missing_is_left_out() -> None:
    fields = {"@flatten": {"value": {"a": {"@path": "$.nope"}, "b": {"c": 1}}, "separator": "_"}}

    assert compile_fields(fields)({}) == {"b_c": 1}
    assert compile_fields({"@flatten": {"value": {"@path": "$.nope"}, "separator": "_"}})({}) == {}


@pytest.mark.parametrize("parts", [{}, {"separator": ""}])
def test_without_a_separator_it_is_refused(parts: Any) -> None:
    with pytest.raises(MappingError, match=r'^@flatten requires a "separator" key$') as caught:
        compile_fields({"k": {"@flatten": {"value": 1, **parts}}})

    assert [problem.path for problem in caught.value.problems] == ["/k/@flatten"]


def test_a_value_as_deep_as_allowed_is_flattened_and_a_deeper_one_refused() -> None:
    value: Any = 1
    for _ in range(DEEPEST):
        value = {"a": value}

    assert flat(value, "/") == {"/".join("a" * 1000): 1}
    with pytest.raises(MappingError, match=r"^objects and lists are nested deeper than 1000 levels$"):
        flat([value])


def test_keys_that_would_grow_without_end_are_refused() -> None:
    value: Any = 1
    for _ in range(900):
        value = {"a": value, "b": 1}

    with pytest.raises(
        MappingError, match=r"^the mapping makes or goes through more than 4000000 characters of one event$"
    ):
        flat(value, "." * 5_000)
