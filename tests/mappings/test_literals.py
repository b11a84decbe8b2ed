"""What a mapping itself can give a field, found without an event."""

from typing import Any

import pytest

from mappings import literals

PATH = {"@path": "$.a"}


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("a", [("/k", "a", True)]),
        (5, [("/k", 5, True)]),
        (None, [("/k", None, True)]),
        (["a", PATH], [("/k", ["a", PATH], True)]),
        (PATH, []),
        ({"@liquid": "{{ a }}"}, []),
        ({"@literal": "a"}, [("/k/@literal", "a", True)]),
        (
            {"@if": {"exists": PATH, "then": "a", "else": {"@literal": "b"}}},
            [("/k/@if/then", "a", True), ("/k/@if/else/@literal", "b", True)],
        ),
        (
            {"@case": {"operator": "upper", "value": "a {{ x }}"}},
            [("/k/@case/value", "A {{ x }}", True)],
        ),
        ({"@case": {"operator": "upper", "value": PATH}}, []),
        ({"@template": "a"}, [("/k/@template", "a", True)]),
        ({"@template": "a {{b}}"}, [("/k/@template", "a some value", False)]),
        (
            {"@merge": {"direction": "left", "objects": [{"a": 1}, PATH]}},
            [("/k/@merge/objects/0", {"a": 1}, False)],
        ),
        (
            {"@transform": {"apply": PATH, "mapping": {"a": "b"}}},
            [("/k/@transform/mapping", {"a": "b"}, True)],
        ),
        ({"@replace": {"value": "a", "pattern": "a"}}, []),
    ],
)
def test_the_literals_of_a_value_have_their_places(value: Any, found: list[tuple[str, Any, bool]]) -> None:
    assert [(one.path, one.value, one.whole) for one in literals(value, "/k")] == found


def test_the_characters_of_the_mapping_are_known_apart() -> None:
    [literal] = literals({"@template": "Hi {{properties.name}}!"})

    assert (literal.value, literal.own) == ("Hi some value!", "Hi !")
