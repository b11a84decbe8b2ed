from typing import Any

import pytest

from mappings import MappingError, compile_fields

NOPE = {"@path": "$.nope"}


def merged(*objects: Any, direction: str = "right", **payload: Any) -> Any:
    return compile_fields({"k": {"@merge": {"objects": list(objects), "direction": direction}}})(payload)["k"]


def test_the_side_that_direction_names_wins() -> None:
    objects = [{"a": 1, "b": 1}, {"b": 2, "c": 2}, {"c": 3}]

    assert merged(*objects, direction="right") == {"a": 1, "b": 2, "c": 3}
    assert merged(*objects, direction="LEFT") == {"a": 1, "b": 1, "c": 2}


@pytest.mark.parametrize("value", ["text", ["a"], 5, True, None])
def test_what_is_no_object_counts_as_an_empty_one(value: Any) -> None:
    assert merged({"@path": "$.v"}, {"a": 1}, NOPE, v=value) == {"a": 1}


@pytest.mark.parametrize(
    "nothing",
    [
        {"a": NOPE},
        {"@literal": {"a": NOPE}},
        {"@if": {"exists": 1, "then": {"a": NOPE}}},
        {"@if": {"exists": NOPE, "then": 1, "else": {"a": NOPE}}},
        {"@merge": {"objects": [{"a": NOPE}], "direction": "right"}},
        {"@transform": {"apply": {}, "mapping": {"a": NOPE}}},
        {"@excludeWhenNull": {"a": NOPE}},
        {"@excludeWhenNull": {"a": None}},
        {"@json": {"mode": "decode", "value": {"a": NOPE}}},
        {"@case": {"operator": "lower", "value": {"@literal": {"a": NOPE}}}},
    ],
)
def test_a_key_without_a_value_takes_the_key_of_another_away(nothing: Any) -> None:
    assert merged({"a": 1, "b": 1}, nothing) == {"b": 1}
    assert merged({"a": 1, "b": 1}, nothing, direction="left") == {"a": 1, "b": 1}
    assert merged(nothing, {"a": 1, "b": 1}, direction="left") == {"b": 1}


def test_a_key_without_a_value_further_inside_is_only_left_out() -> None:
    assert merged({"a": 1}, {"a": {"b": NOPE, "c": 1}}) == {"a": {"c": 1}}


def test_the_objects_themselves_are_not_touched() -> None:
    payload: dict[str, Any] = {"o": {"a": 1}}

    assert merged({"@path": "$.o"}, {"b": 2}, **payload) == {"a": 1, "b": 2}
    assert payload == {"o": {"a": 1}}


def test_without_a_direction_it_is_refused() -> None:
    with pytest.raises(MappingError, match=r'^@merge requires a "direction" key$') as caught:
        compile_fields({"k": {"@merge": {"objects": []}}})

    assert [problem.path for problem in caught.value.problems] == ["/k/@merge"]
