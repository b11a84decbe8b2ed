from typing import Any

import pytest

from mappings import MappingError, compile_fields


def decide(**parts: Any) -> Any:
    return compile_fields({"k": {"@if": parts}})({"a": "A", "null": None, "list": [], "object": {}})


@pytest.mark.parametrize("value", [0, False, "", [], {}, "x"])
def test_exists_holds_for_anything_but_null_and_missing(value: Any) -> None:
    assert decide(exists=value, then="yes", **{"else": "no"}) == {"k": "yes"}


@pytest.mark.parametrize("value", [None, {"@path": "$.null"}, {"@path": "$.nope"}])
def test_exists_does_not_hold_for_null_and_missing(value: Any) -> None:
    assert decide(exists=value, then="yes", **{"else": "no"}) == {"k": "no"}


@pytest.mark.parametrize("value", [None, 0, 0.0, False, "", [], {"@path": "$.null"}, {"@path": "$.nope"}])
def test_blank_gives_else_for_what_is_blank(value: Any) -> None:
    assert decide(blank=value, then="yes", **{"else": "no"}) == {"k": "no"}


@pytest.mark.parametrize("value", [1, True, " ", "0", [None], {}, {"@path": "$.object"}])
def test_blank_gives_then_for_what_is_not(value: Any) -> None:
    assert decide(blank=value, then="yes", **{"else": "no"}) == {"k": "yes"}


@pytest.mark.parametrize("value", [False, 0, "", None])
def test_an_else_of_any_value_is_kept(value: Any) -> None:
    assert decide(exists={"@path": "$.nope"}, then=1, **{"else": value}) == {"k": value}


def test_exists_wins_over_blank() -> None:
    assert decide(exists="", blank="", then="yes", **{"else": "no"}) == {"k": "yes"}


def test_a_branch_left_out_gives_nothing() -> None:
    assert decide(exists={"@path": "$.nope"}, then=1) == {}
    assert decide(exists={"@path": "$.a"}, **{"else": 1}) == {}


def test_only_the_branch_that_is_taken_is_worked_out() -> None:
    failing = {"@path": {"@path": "$.nope"}}

    assert decide(exists={"@path": "$.a"}, then={"@path": "$.a"}, **{"else": failing}) == {"k": "A"}


def test_without_a_condition_it_is_refused() -> None:
    with pytest.raises(MappingError, match=r'^@if requires an "exists" key or a "blank" key$') as caught:
        compile_fields({"k": {"@if": {"then": 1}}})

    assert [problem.path for problem in caught.value.problems] == ["/k/@if"]
