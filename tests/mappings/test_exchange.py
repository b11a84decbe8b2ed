"""A constant takes the place of another wherever a mapping says it; what the event says is named and left alone."""

from typing import Any

import pytest

from mappings import exchanged
from mappings.exchange import Exchanged

OLD, NEW = "+12025550100", "+12025550101"
FROM_EVENT = {"@path": "$.properties.from"}


def is_old(text: str) -> bool:
    return text.replace(" ", "") == OLD


def moved(value: Any) -> Exchanged:
    return exchanged(value, "/from", is_old, OLD, NEW)


@pytest.mark.parametrize(
    ("value", "now", "places"),
    [
        (OLD, NEW, ["/from"]),
        ("+1 202 555 0100", NEW, ["/from"]),
        ("Loft", "Loft", []),
        ({"@literal": OLD}, {"@literal": NEW}, ["/from/@literal"]),
        ({"@template": OLD}, {"@template": NEW}, ["/from/@template"]),
        (
            {"@if": {"exists": FROM_EVENT, "then": OLD, "else": "Loft"}},
            {"@if": {"exists": FROM_EVENT, "then": NEW, "else": "Loft"}},
            ["/from/@if/then"],
        ),
        (
            {
                "@if": {
                    "blank": FROM_EVENT,
                    "then": "Loft",
                    "else": {"@case": {"operator": "lower", "value": OLD}},
                }
            },
            {
                "@if": {
                    "blank": FROM_EVENT,
                    "then": "Loft",
                    "else": {"@case": {"operator": "lower", "value": NEW}},
                }
            },
            ["/from/@if/else/@case/value"],
        ),
        (
            {"@liquid": "{% if properties.vip %} +12025550100 {% else %}Loft{% endif %}"},
            {"@liquid": "{% if properties.vip %} +12025550101 {% else %}Loft{% endif %}"},
            ["/from/@liquid"],
        ),
    ],
)
def test_it_is_moved_wherever_the_mapping_says_it(value: Any, now: Any, places: list[str]) -> None:
    found = moved(value)

    assert (found.value, list(found.places)) == (now, places)
    assert (found.computed, found.left) == ((), ())


@pytest.mark.parametrize(
    ("value", "place"),
    [
        (FROM_EVENT, "/from/@path"),
        ({"@template": "{{properties.from}}"}, "/from/@template"),
        ({"@liquid": "{{ properties.from }}"}, "/from/@liquid"),
        ({"@replace": {"pattern": "x", "replacement": "y", "value": FROM_EVENT}}, "/from/@replace"),
        ({"@if": {"exists": FROM_EVENT, "then": FROM_EVENT, "else": "Loft"}}, "/from/@if/then/@path"),
    ],
)
def test_what_the_event_says_is_named_and_stays(value: Any, place: str) -> None:
    assert moved(value) == Exchanged(value, (), (place,), ())


@pytest.mark.parametrize(
    ("value", "place", "computed"),
    [
        ({"@liquid": '{{ properties.from | default: "+12025550100" }}'}, "/from/@liquid", ("/from/@liquid",)),
        ({"@if": {"exists": OLD, "then": "Loft"}}, "/from/@if/exists", ()),
        (
            {"@replace": {"pattern": "x", "replacement": OLD, "value": FROM_EVENT}},
            "/from/@replace/replacement",
            ("/from/@replace",),
        ),
        ({"@template": "{{properties.prefix}}+12025550100"}, "/from/@template", ("/from/@template",)),
    ],
)
def test_a_text_that_names_it_as_part_of_something_else_is_named_and_stays(
    value: Any, place: str, computed: tuple[str, ...]
) -> None:
    assert moved(value) == Exchanged(value, (), computed, (place,))


def test_what_a_change_of_case_would_make_another_one_stays_and_is_named() -> None:
    value = {"@case": {"operator": "upper", "value": OLD}}

    found = exchanged(value, "/from", is_old, OLD, "Loft")

    assert found == Exchanged(value, (), (), ("/from/@case/value",))


def test_every_place_is_moved_at_once() -> None:
    value = {
        "@if": {"exists": FROM_EVENT, "then": OLD, "else": {"@liquid": "{% if a %}+12025550100{% endif %}"}}
    }

    found = moved(value)

    assert found.value == {
        "@if": {"exists": FROM_EVENT, "then": NEW, "else": {"@liquid": "{% if a %}+12025550101{% endif %}"}}
    }
    assert found.places == ("/from/@if/then", "/from/@if/else/@liquid")
