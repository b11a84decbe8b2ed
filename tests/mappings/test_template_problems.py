"""Templates that can't be read are found when a mapping is saved, at any depth."""

from typing import Any

import pytest

from mappings import template_problems

BAD = "Hi {{ profile.traits.name"
NOT_CLOSED = "the template cannot be read: the output is not closed (line 1)"


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (BAD, "/body"),
        ({"@literal": BAD}, "/body/@literal"),
        ({"@excludeWhenNull": BAD}, "/body/@excludeWhenNull"),
        ({"@if": {"exists": {"@path": "$.a"}, "then": BAD}}, "/body/@if/then"),
        (
            {"@if": {"exists": {"@path": "$.a"}, "then": "a", "else": {"@literal": BAD}}},
            "/body/@if/else/@literal",
        ),
        ({"@case": {"operator": "lower", "value": BAD}}, "/body/@case/value"),
        ({"@template": BAD}, "/body/@template"),
        ([{"a": BAD}], "/body/0/a"),
    ],
)
def test_a_text_that_is_no_template_is_told_with_its_place(value: Any, path: str) -> None:
    assert [(one.path, one.message) for one in template_problems(value, "/body")] == [(path, NOT_CLOSED)]


def test_a_value_of_the_event_inside_of_a_tag_is_told() -> None:
    [problem] = template_problems({"@template": "{% if '{{properties.x}}' == 'a' %}b{% endif %}"}, "/body")

    assert problem.path == "/body/@template"
    assert problem.message.startswith("a value of the event stands inside of {{ }} or {% %}")


@pytest.mark.parametrize(
    "value",
    [
        None,
        5,
        "Hi {{ profile.traits.name }}",
        {"@path": "$.a"},
        {"@liquid": "{{ a }}"},
        {"@template": "Hi {{properties.x}} and {{{ properties.y }}}"},
        {"@template": "{% if profile.traits.vip %}{{properties.x}}{% endif %}"},
        {"@template": {"@path": "$.a"}},
        {"@if": {"exists": "{{", "then": "a"}},
        {"@replace": {"value": "[[ a ]]", "pattern": "[", "replacement": "{"}},
    ],
)
def test_all_else_is_left_to_the_event(value: Any) -> None:
    assert list(template_problems(value)) == []
