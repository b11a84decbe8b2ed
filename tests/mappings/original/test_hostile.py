"""The original's reading is shown to people of triggers and fields that anybody may have written: it ends, and says so."""

from typing import Any

import pytest
from hypothesis import given, strategies as st

from mappings import UNDEFINED, MappingError, original

PIECES = st.lists(
    st.sampled_from(
        [
            "type",
            "event",
            "userId",
            "properties.a",
            "traits.b.c",
            "foo",
            "and",
            "or",
            "not",
            "=",
            "!=",
            "<",
            ">=",
            "!",
            "(",
            ")",
            ",",
            '"x"',
            "'y'",
            "3",
            "null",
            "true",
            "contains",
            "match",
            "[",
            ".",
            "\\",
            "é",
            "\r",
        ]
    ),
    max_size=12,
)
EVENT = {"type": "track", "event": "x", "userId": "3", "properties": {"a": 3}, "traits": {"b": {"c": "y"}}}


@given(PIECES, st.sampled_from(["", " "]))
def test_any_trigger_has_an_answer(pieces: list[str], between: str) -> None:
    assert original.trigger_matches(between.join(pieces), EVENT) in (True, False)


@pytest.mark.parametrize("event", [None, "text", [], 3])
def test_no_trigger_takes_what_is_no_event(event: Any) -> None:
    assert original.trigger_matches('type != "track"', event) is False


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"k": {"@template": "{" * 10_001}},
            "a template of more than 10000 characters is not compared",
        ),
        (
            {"k": {"@template": {"@path": "$.long"}}},
            "a template of more than 10000 characters is not compared",
        ),
        ({"k": {"@path": 3}}, "/k/@path should be a string or a mapping directive but it is a number."),
        ({"k": {"@nothing": 3}}, "/k has an invalid directive: @nothing."),
    ],
)
def test_what_is_not_compared_is_an_error(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(MappingError) as raised:
        original.apply_fields(fields, {"long": "{" * 10_001})

    assert str(raised.value) == message


def test_fields_that_multiply_themselves_end() -> None:
    doubled: dict[str, Any] = {"@path": "$.text"}
    for _ in range(40):
        doubled = {"@transform": {"apply": {"v": doubled}, "mapping": {"@template": "{{v}}{{v}}"}}}

    with pytest.raises(MappingError):
        original.apply_fields({"k": doubled}, {"text": "ab"})


def test_what_leads_nowhere_is_nothing() -> None:
    assert original.apply_fields({"@path": "$.nothing"}, {}) is UNDEFINED


def _nested(levels: int, key: str) -> Any:
    found: Any = "x"
    for _ in range(levels):
        found = {key: found}
    return found


@pytest.mark.parametrize(
    ("fields", "payload"),
    [
        ({"k": {"@path": "$.a"}}, {"a": _nested(5000, "b")}),
        (_nested(5000, "b"), {}),
        (_nested(5000, "@excludeWhenNull"), {}),
        ([_nested(5000, "@literal")], {}),
    ],
)
def test_what_is_nested_too_deep_is_refused_and_nothing_else_happens(fields: Any, payload: Any) -> None:
    with pytest.raises(MappingError):
        original.apply_fields(fields, payload)


@pytest.mark.parametrize(
    ("number", "text"), [(10**400, "Infinity"), (-(10**400), "-Infinity")], ids=["more", "less"]
)
def test_a_number_beyond_all_is_infinite_as_it_was_there(number: int, text: str) -> None:
    assert original.apply_fields({"k": {"@template": "{{a}}"}}, {"a": number}) == {"k": text}
