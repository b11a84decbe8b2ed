"""Text that is a JSON object is read, and each text in it still says who wrote it."""

from typing import Any

import pytest
from hypothesis import given, strategies

from mappings import compile_fields, rendered
from mappings.written_json import read_object

SCOPE = {"profile": {"traits": {"pin": "0000", "name": "Ada"}}}
PIN = "{{ profile.traits.pin }}"


def said(field: Any, **properties: Any) -> dict[str, Any] | None:
    """What each text of a field says that comes as JSON."""
    text = compile_fields({"k": field})({"properties": properties})["k"]
    found = read_object(text)
    return (
        None
        if found is None
        else {
            key: rendered(value, SCOPE) if isinstance(value, str) else value for key, value in found.items()
        }
    )


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ('{"1": "Hi {{ profile.traits.name }}"}', {"1": "Hi Ada"}),
        ({"@literal": '{"1": "{{ profile.traits.pin }}"}'}, {"1": "0000"}),
        ({"@path": "$.properties.json"}, {"1": PIN}),
        ({"@template": '{"1": "{{properties.own}}", "2": "b"}'}, {"1": PIN, "2": "b"}),
        ({"@template": '{"1": "Hi {{properties.quoted}}!"}'}, {"1": 'Hi a", "2": "b!'}),
        ({"@template": '{"1": {{properties.total}}, "2": "{{properties.own}}"}'}, {"1": 12.5, "2": PIN}),
        ({"@template": '{"1": {{properties.own}} }'}, None),
        ({"@template": '{"1": "a"{{properties.more}}}'}, None),
        ('{"1": "a", "1": "b"}', None),
        ('{"1": Infinity}', None),
        ("[" * 100_00, None),
        ("Ada", None),
        ("[1]", None),
    ],
)
def test_what_the_mapping_wrote_is_a_template_and_what_the_event_has_is_not(
    field: Any, expected: dict[str, Any] | None
) -> None:
    properties = {
        "own": PIN,
        "json": '{"1": "{{ profile.traits.pin }}"}',
        "quoted": 'a", "2": "b',
        "total": 12.5,
        "more": ', "2": "b"',
    }

    assert said(field, **properties) == expected


@given(strategies.text())
def test_whatever_an_event_has_stays_in_its_text(value: str) -> None:
    found = said({"@template": '{"1": "<{{properties.own}}>", "2": "b"}'}, own=value)

    assert found is not None
    assert found.keys() == {"1", "2"}
    assert "0000" not in found["1"] or "0000" in value
