from typing import Any

import pytest

from mappings import compile_fields, doubtful_fields, validate_fields


def shape(*parts: Any, payload: dict[str, Any]) -> Any:
    return compile_fields({"k": {"@arrayPath": list(parts)}})(payload)


ID = {"id": {"@path": "$.v"}}


def test_each_item_takes_the_shape() -> None:
    assert shape("$.l", ID, payload={"l": [{"v": 1}, {}, None, "x"]}) == {
        "k": [{"id": 1}, {}, {"id": None}, {}]
    }


def test_a_single_object_counts_as_a_list_of_one() -> None:
    assert shape("$.l", ID, payload={"l": {"v": 1}}) == {"k": [{"id": 1}]}


@pytest.mark.parametrize("parts", [["$.l"], ["$.l", {}], ["$.l", None]])
def test_without_a_shape_the_value_stays_as_it_is(parts: list[Any]) -> None:
    assert shape(*parts, payload={"l": {"v": 1}}) == {"k": {"v": 1}}


@pytest.mark.parametrize("value", [None, "text", 5, False])
def test_what_is_neither_list_nor_object_is_passed_on(value: Any) -> None:
    assert shape("$.l", ID, payload={"l": value}) == {"k": value}


def test_what_is_missing_stays_missing() -> None:
    assert shape("$.nope", ID, payload={}) == {}


def test_a_shape_may_be_a_directive_and_leaves_null_for_nothing() -> None:
    assert shape("$.l", {"@path": "$.v"}, payload={"l": [{"v": 1}, {}]}) == {"k": [1, None]}


def test_the_list_may_be_given_by_a_directive() -> None:
    assert shape({"@literal": [{"v": 1}, {"v": 2}]}, ID, payload={}) == {"k": [{"id": 1}, {"id": 2}]}


def test_a_shape_that_is_no_object_means_nothing_and_is_doubted() -> None:
    fields = {"k": {"@arrayPath": ["$.l", "x"]}}

    assert compile_fields(fields)({"l": [1]}) == {"k": [1]}
    assert [problem.message for problem in doubtful_fields(fields)] == [
        "A second item that is no object means nothing; an object is the shape of an item."
    ]


def test_an_empty_list_is_refused() -> None:
    assert [problem.message for problem in validate_fields({"k": {"@arrayPath": []}})] == [
        "/k/@arrayPath should be a string or a mapping directive but it is an undefined."
    ]
