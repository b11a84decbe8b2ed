from typing import Any

import pytest

from mappings import compile_trigger

MISSING: Any = object()


def holds(condition: str, value: Any) -> bool:
    return compile_trigger(condition).matches(
        {"properties": {}} if value is MISSING else {"properties": {"x": value}}
    )


@pytest.mark.parametrize(
    ("condition", "for_these", "not_for_these"),
    [
        ("length(properties.x) = 2", ["ab", ["a", "b"], "\U0001f600é"], ["a", [], 2, {"a": 1, "b": 2}]),
        ("length(properties.x) = 0", ["", [], None, MISSING], ["a", {}, 0]),
        ("length(properties.x) != 2", ["a", [], "", None, MISSING], ["ab", 5, {}]),
        ("length(properties.x) >= 2", ["ab", "abc", [1, 2]], ["a", [1], 5, None, MISSING]),
        ('length(properties.x) < "2"', ["a", "", None, MISSING], ["ab", 1, {}]),
        ("length(properties.x) = null", [5, {}, True], ["", [], None, MISSING]),
        ('lowercase(properties.x) = "york"', ["York", "YORK", "york"], ["New York", ["york"], MISSING]),
        ('lowercase(properties.x) != "york"', ["New York", 5, None, MISSING], ["York"]),
        ("lowercase(properties.x) = null", [5, ["A"], None, MISSING], ["", "A"]),
        ('contains(lowercase(properties.x), "york")', ["New York", "york"], ["Yor", ["York"], MISSING]),
        ('!contains(lowercase(properties.x), "york")', ["Yor", ""], ["New York", 5, MISSING]),
        ('match(lowercase(properties.x), "new*k")', ["New York"], ["York", "newly"]),
        ("typeof(properties.x) = string", ["", "5"], [5, ["a"], None, MISSING]),
        ('typeof(properties.x) = "number"', [5, 0, 2.5, 10**400], [True, "5", None]),
        ("typeof(properties.x) = boolean", [True, False], [0, 1, "true", MISSING]),
        ("typeof(properties.x) = 'bool'", [True, False], [0, 1, "true", MISSING]),
        ('typeof(properties.x) = "array"', [[], ["a"]], [{}, "[]", None]),
        ("typeof(properties.x) = list", [[], ["a"]], [{}, "[]", None]),
        ("typeof(properties.x) = object", [{}, {"a": 1}], [[], None, MISSING]),
        ('typeof(properties.x) = "null"', [None, MISSING], ["", 0, False, "null"]),
        ("typeof(properties.x) = null", [None, MISSING], ["", 0, False, "null"]),
        ("typeof(properties.x) != string", [5, None, MISSING], ["a"]),
        ('match(typeof(properties.x), "*o*")', [True, {}], ["a", 5]),
        ("length(properties.x[0]) = 1", [["a", "bc"], {"0": "a"}], [["ab"], [], "a"]),
    ],
)
def test_a_function_holds_for_some_values_and_not_for_others(
    condition: str, for_these: list[Any], not_for_these: list[Any]
) -> None:
    assert [value for value in for_these if not holds(condition, value)] == []
    assert [value for value in not_for_these if holds(condition, value)] == []


def test_functions_of_plain_fields_compare_what_the_function_gives() -> None:
    event = {"type": "track", "event": "Order Placed", "name": "12345"}

    assert compile_trigger("length(name) = 5").matches(event) is True
    assert compile_trigger("length(name) = 12345").matches(event) is False
    assert compile_trigger('lowercase(event) = "order placed"').matches(event) is True
    assert compile_trigger('typeof(userId) = "null"').matches(event) is True


def test_what_a_function_gives_tells_an_index_nothing() -> None:
    trigger = compile_trigger('lowercase(event) = "a" and lowercase(type) = "track"')

    assert (trigger.types, trigger.names) == (None, None)
