import json
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from mappings import Template, compile_fields, compile_trigger, validate_fields
from mappings.presets import PRESETS, Preset

EVENTS: dict[str, dict[str, Any]] = {
    "identify_welcome_sms": {
        "type": "identify",
        "userId": "u1",
        "messageId": "m1",
        "timestamp": "2026-01-02T03:04:05.000Z",
        "traits": {"first_name": "Ada", "phone": "+15055550100", "sms_opt_in": True},
        "context": {
            "externalIds": [
                {
                    "id": "+15055550100",
                    "type": "phone",
                    "channelType": "sms",
                    "isSubscribed": True,
                    "collection": "users",
                }
            ]
        },
    },
    "audience_entered_sms": {
        "type": "track",
        "event": "Audience Entered",
        "userId": "u1",
        "messageId": "m2",
        "timestamp": "2026-01-02T03:04:05.000Z",
        "properties": {"audience_key": "vip", "first_name": "Ada"},
        "external_ids": [
            {
                "id": "+15055550100",
                "type": "phone",
                "channelType": "sms",
                "isSubscribed": True,
                "encoding": "none",
            },
            {"id": "ada@example.com", "type": "email", "isSubscribed": None},
        ],
        "context": {"personas": {"computation_id": "aud_1"}},
    },
}
BY_NAME = pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)


@BY_NAME
def test_turns_an_event_into_this_payload(preset: Preset, snapshot: SnapshotAssertion) -> None:
    event = EVENTS[preset.name]

    payload = compile_fields(preset.fields)(event)

    assert compile_trigger(preset.trigger).matches(event)
    assert {"event": event, "payload": payload} == snapshot(extension_class=JSONSnapshotExtension)


@BY_NAME
def test_is_complete_but_for_the_sender(preset: Preset) -> None:
    assert validate_fields(preset.fields) == []
    assert "from" not in preset.fields
    assert preset.fields["send"] is True
    assert json.loads(json.dumps(preset.fields)) == preset.fields


@BY_NAME
def test_is_for_marketing_and_only_its_own_events(preset: Preset) -> None:
    trigger = compile_trigger(preset.trigger)

    matched = [name for name, event in EVENTS.items() if trigger.matches(event)]

    assert matched == [preset.name]
    assert (preset.action, preset.purpose) == ("sendSms", "MARKETING")


@BY_NAME
def test_greets_by_name_and_those_without_a_name_as_well(preset: Preset) -> None:
    body = Template(preset.fields["body"])

    assert body.render({"profile": {"traits": {"first_name": "Ada"}}}).startswith("Hi Ada, ")
    assert body.render({"profile": {"traits": {"first_name": None}}}).startswith("Hi there, ")


def test_the_external_ids_of_the_event_win_over_those_of_its_context() -> None:
    event = EVENTS["identify_welcome_sms"] | {"external_ids": [{"id": "x", "isSubscribed": False}]}

    payload = compile_fields(PRESETS[0].fields)(event)

    assert payload["externalIds"] == [{"id": "x", "subscriptionStatus": False}]


def test_without_external_ids_there_are_none_in_the_payload() -> None:
    payload = compile_fields(PRESETS[0].fields)({"type": "identify", "traits": {"phone": "+15055550100"}})

    assert "externalIds" not in payload
    assert payload["traits"] == {"phone": "+15055550100"}
