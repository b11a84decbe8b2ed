"""The fields, settings and default mappings of the original's Twilio destination."""

import json
from pathlib import Path
from typing import Any

import pytest

from destinations.kit import Field, default_fields, fields_of
from destinations.twilio_engage import definition
from mappings import compile_fields

_RECORDED: dict[str, Any] = json.loads((Path(__file__).parent / "defaults.json").read_text("utf-8"))
_ACTIONS: dict[str, Any] = _RECORDED["actions"]
_OURS_ALONE = {"sendSms": {"to", "contentVariables"}, "sendWhatsApp": {"to", "body"}}
_CASES = _RECORDED["default_mapping_cases"]


def _as_recorded(field: Field) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "key": field.key,
        "type": field.type,
        "required": field.required,
        "multiple": field.multiple,
        "label": field.label,
    }
    if field.default is not None:
        shown["default"] = field.default
    if field.items is not None:
        inside = fields_of(field.items)
        shown["properties"] = [{"key": one.key, "type": one.type, "required": one.required} for one in inside]
    return shown


@pytest.mark.parametrize("slug", _ACTIONS)
def test_has_the_fields_of_the_original_in_their_order(slug: str) -> None:
    action = definition.action(slug)

    ours = [_as_recorded(field) for field in fields_of(action.payload) if field.key not in _OURS_ALONE[slug]]

    recorded = _ACTIONS[slug]
    assert ours == [{key: field[key] for key in field if key != "meaning"} for field in recorded["fields"]]
    assert (action.title, action.default_trigger) == (recorded["title"], recorded["default_subscription"])


@pytest.mark.parametrize("case", _CASES, ids=lambda case: f"{case['id']} {case['about']}")
def test_a_new_mapping_gives_what_the_originals_defaults_give(case: dict[str, Any]) -> None:
    fields = default_fields(definition.action(case["action"]).payload)

    assert compile_fields(fields)(case["event"]) == case["expect"]


def test_takes_every_setting_of_the_original() -> None:
    assert definition.original_settings is not None
    ours = {field.key: field for field in fields_of(definition.original_settings)}

    for setting in _RECORDED["destination"]["settings"]:
        field = ours[setting["key"]]
        assert (field.label, field.secret) == (setting["label"], setting["type"] == "password")
        assert list(field.choices) == setting.get("choices", [])
        assert field.format == setting.get("format")
