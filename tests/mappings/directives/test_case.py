from typing import Any

import pytest

from mappings import MappingError, compile_fields


def changed(operator: str, value: Any) -> Any:
    return compile_fields({"k": {"@case": {"operator": operator, "value": {"@path": "$.v"}}}})({"v": value})[
        "k"
    ]


@pytest.mark.parametrize(
    ("operator", "value", "text"),
    [
        ("upper", "straße", "STRASSE"),
        ("lower", "ΟΔΥΣΣΕΥΣ İ", "οδυσσευς i\N{COMBINING DOT ABOVE}"),
        ("UPPER", "a", "A"),
        ("Lower", "A", "a"),
        ("upper", "\ud800a", "\ud800A"),
    ],
)
def test_a_text_changes_its_case(operator: str, value: str, text: str) -> None:
    assert changed(operator, value) == text


@pytest.mark.parametrize("value", [5, 1.5, True, None, [], ["A"], {"A": "B"}])
def test_what_is_no_text_is_passed_on(value: Any) -> None:
    assert changed("upper", value) == value


def test_an_operator_that_is_none_fails_when_there_is_a_text() -> None:
    assert changed("title", 7) == 7
    with pytest.raises(MappingError, match=r'^operator key should have a value of "lower" or "upper"$'):
        changed("title", "a b")


def test_without_a_value_it_gives_nothing() -> None:
    assert compile_fields({"k": {"@case": {"operator": "lower"}}, "z": 1})({}) == {"z": 1}


@pytest.mark.parametrize("parts", [{}, {"value": "a"}, {"operator": "", "value": "a"}])
def test_without_an_operator_it_is_refused(parts: Any) -> None:
    with pytest.raises(MappingError, match=r'^@case requires a "operator" key$') as caught:
        compile_fields({"k": {"@case": parts}})

    assert [problem.path for problem in caught.value.problems] == ["/k/@case"]
