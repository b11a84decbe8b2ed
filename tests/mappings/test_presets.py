import json
import pkgutil
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from mappings import Template, compile_fields, compile_trigger, presets, validate_fields
from mappings.presets import PRESETS, Preset

SMS = {"id": "+15055550100", "type": "phone", "channelType": "sms", "isSubscribed": True}
WHATSAPP = SMS | {"channelType": "whatsapp"}
EMAIL = {"id": "ada@example.com", "type": "email", "isSubscribed": None}


def event_of(message_id: str, **given: Any) -> dict[str, Any]:
    return {"userId": "u1", "messageId": message_id, "timestamp": "2026-01-02T03:04:05.000Z", **given}


def audience(message_id: str, event: str, key: str) -> dict[str, Any]:
    return event_of(
        message_id,
        type="track",
        event=event,
        properties={"audience_key": key, key: event == "Audience Entered", "first_name": "Ada"},
        external_ids=[SMS | {"encoding": "none"}, WHATSAPP, EMAIL],
        context={"personas": {"computation_id": "aud_1", "computation_key": key}},
    )


def track(message_id: str, event: str, **properties: Any) -> dict[str, Any]:
    return event_of(
        message_id, type="track", event=event, properties=properties, context={"externalIds": [WHATSAPP]}
    )


def computed(message_id: str, kind: str, key: str, **given: Any) -> dict[str, Any]:
    """An event of what Segment computes."""
    personas = {"computation_class": kind, "computation_id": "aud_2", "computation_key": key}
    return event_of(
        message_id, context={"personas": personas, "traits": {"email": "ada@example.com"}}, **given
    )


def in_audience(message_id: str, key: str, value: object) -> dict[str, Any]:
    return computed(message_id, "audience", key, type="identify", traits={key: value, "first_name": "Ada"})


def at_step(message_id: str, key: str, event: str = "Audience Entered") -> dict[str, Any]:
    entered = {
        "audience_key": key,
        key: event == "Audience Entered",
        "journey_metadata": {"step_name": "SMS 1"},
    }
    return computed(message_id, "journey_step", key, type="track", event=event, properties=entered)


def trait(message_id: str, key: str, event: str = "Trait Computed") -> dict[str, Any]:
    return computed(
        message_id, "trait", key, type="track", event=event, properties={"trait_key": key, key: "Shoes"}
    )


EVENTS: dict[str, dict[str, Any]] = {
    "identify_welcome_sms": event_of(
        "m1",
        type="identify",
        traits={"first_name": "Ada", "phone": "+15055550100", "sms_opt_in": True},
        context={"externalIds": [SMS | {"collection": "users"}]},
    ),
    "audience_entered_sms": audience("m2", "Audience Entered", "vip"),
    "lapsed_sms": audience("m3", "Audience Entered", "lapsed_vips"),
    "reply_whatsapp": track(
        "m4", "Support Reply Sent", channel="whatsapp", message="Your parcel left today, {{ Ada }}."
    ),
    "audience_entered_whatsapp": audience("m5", "Audience Entered", "vip"),
    "audience_identify_sms": in_audience("m7", "vip_customers", True),
    "journey_step_sms": at_step("m8", "j_o_winback__sms_1"),
    "trait_computed_sms": trait("m9", "last_category"),
    "track_order_whatsapp": track(
        "m6", "Order Completed", order_id="A-10391", total=84.5, currency="GBP", products=[{"sku": "MUG-01"}]
    ),
}
NEAR_MISSES: dict[str, list[dict[str, Any]]] = {
    "identify_welcome_sms": [EVENTS["identify_welcome_sms"] | {"type": "group"}],
    "audience_entered_sms": [audience("m2", "Audience Exited", "vip")],
    "lapsed_sms": [
        audience("m3", "Audience Exited", "lapsed_vips"),
        audience("m3", "Audience Entered", "lapsed_vips_2025"),
        event_of("m3", type="identify", traits={"audience_key": "lapsed_vips"}),
    ],
    "reply_whatsapp": [
        track("m4", "Support Reply Sent", channel="email", message="Your parcel left today."),
        track("m4", "Support Reply Received", channel="whatsapp", message="Where is my parcel?"),
    ],
    "audience_entered_whatsapp": [EVENTS["audience_entered_whatsapp"] | {"type": "identify"}],
    "audience_identify_sms": [
        in_audience("m7", "vip_customers", False),
        in_audience("m7", "vip_customers", "true"),
        in_audience("m7", "vip_customers_2025", True),
        event_of("m7", type="identify", traits={"vip_customers": True}),
        audience("m7", "Audience Entered", "vip_customers"),
        {
            **in_audience("m7", "vip_customers", True),
            "context": {"personas": {"computation_key": "vip_customers", "unchanged": True}},
        },
    ],
    "journey_step_sms": [
        at_step("m8", "j_o_winback__sms_1", "Audience Exited"),
        at_step("m8", "j_o_winback__sms_2"),
        audience("m8", "Audience Entered", "j_o_winback__sms_1"),
    ],
    "trait_computed_sms": [
        trait("m9", "last_brand"),
        trait("m9", "last_category", "Trait Removed"),
    ],
    "track_order_whatsapp": [
        track("m6", "order completed", order_id="A-10391"),
        track("m6", "Order Updated", order_id="A-10391"),
    ],
}
BY_NAME = pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)


@BY_NAME
def test_turns_an_event_into_this_payload(preset: Preset, snapshot: SnapshotAssertion) -> None:
    event = EVENTS[preset.name]

    payload = compile_fields(preset.fields)(event)

    assert {"event": event, "payload": payload} == snapshot(extension_class=JSONSnapshotExtension)


@BY_NAME
def test_takes_its_event_and_not_a_near_miss(preset: Preset) -> None:
    trigger = compile_trigger(preset.trigger)

    taken = [near for near in NEAR_MISSES[preset.name] if trigger.matches(near)]

    assert trigger.matches(EVENTS[preset.name])
    assert taken == []


def test_only_presets_for_audiences_share_an_event() -> None:
    triggers = {preset.name: compile_trigger(preset.trigger) for preset in PRESETS}

    takers = {
        of: [name for name, trigger in triggers.items() if trigger.matches(event)]
        for of, event in EVENTS.items()
    }

    assert takers == {
        "identify_welcome_sms": ["identify_welcome_sms"],
        "audience_entered_sms": ["audience_entered_sms", "audience_entered_whatsapp"],
        "lapsed_sms": ["audience_entered_sms", "lapsed_sms", "audience_entered_whatsapp"],
        "reply_whatsapp": ["reply_whatsapp"],
        "audience_entered_whatsapp": ["audience_entered_sms", "audience_entered_whatsapp"],
        "audience_identify_sms": ["identify_welcome_sms", "audience_identify_sms"],
        "journey_step_sms": ["audience_entered_sms", "journey_step_sms", "audience_entered_whatsapp"],
        "trait_computed_sms": ["trait_computed_sms"],
        "track_order_whatsapp": ["track_order_whatsapp"],
    }


@BY_NAME
def test_is_complete_but_for_what_an_account_owns(preset: Preset) -> None:
    assert validate_fields(preset.fields) == []
    assert preset.fields["send"] is True
    assert preset.fields.keys() & {"from", "contentSid", "to", "toNumber"} == set()
    assert json.loads(json.dumps(preset.fields)) == preset.fields


@BY_NAME
def test_says_what_is_to_be_filled_in(preset: Preset) -> None:
    _, _, rest = preset.description.partition(" Fill in: `from`")

    assert rest.endswith(".")
    assert ("`contentSid`" in rest) is ("contentVariables" in preset.fields)


@BY_NAME
def test_fills_in_fields_of_its_action_only(preset: Preset) -> None:
    defaults = json.loads(
        (Path(__file__).parents[1] / "conformance" / "defaults.json").read_text(encoding="utf-8")
    )
    ours = {"sendSms": {"to"}, "sendWhatsApp": {"to", "body"}}
    fields = {field["key"] for field in defaults["actions"][preset.action]["fields"]} | ours[preset.action]

    assert preset.fields.keys() - fields == set()


def test_each_is_the_module_of_its_name_and_none_is_left_out() -> None:
    modules = {module.name for module in pkgutil.iter_modules(presets.__path__)} - {"preset"}

    assert {name: getattr(presets, name).PRESET for name in modules} == {
        preset.name: preset for preset in PRESETS
    }
    assert len(PRESETS) == 9


def test_only_what_a_person_asked_for_is_transactional() -> None:
    assert {preset.name: (preset.action, preset.purpose) for preset in PRESETS} == {
        "identify_welcome_sms": ("sendSms", "MARKETING"),
        "audience_entered_sms": ("sendSms", "MARKETING"),
        "lapsed_sms": ("sendSms", "MARKETING"),
        "audience_identify_sms": ("sendSms", "MARKETING"),
        "journey_step_sms": ("sendSms", "MARKETING"),
        "trait_computed_sms": ("sendSms", "MARKETING"),
        "reply_whatsapp": ("sendWhatsApp", "TRANSACTIONAL"),
        "audience_entered_whatsapp": ("sendWhatsApp", "MARKETING"),
        "track_order_whatsapp": ("sendWhatsApp", "TRANSACTIONAL"),
    }


def said(preset: Preset, traits: dict[str, Any]) -> list[str]:
    texts = preset.fields.get("contentVariables") or {"body": preset.fields["body"]}
    return [Template(text).render({"profile": {"traits": traits}}) for text in texts.values()]


@BY_NAME
def test_says_what_its_event_says(preset: Preset) -> None:
    expected = {
        "identify_welcome_sms": ["Hi Ada, thank you for joining us! Reply STOP to opt out."],
        "audience_entered_sms": ["Hi Ada, there is news for you. Reply STOP to opt out."],
        "lapsed_sms": ["Hi Ada, it has been a while! Come back and see what is new. Reply STOP to opt out."],
        "reply_whatsapp": ["Your parcel left today, {{ Ada }}."],
        "audience_entered_whatsapp": ["Ada"],
        "audience_identify_sms": ["Hi Ada, there is news for you. Reply STOP to opt out."],
        "journey_step_sms": ["Hi there, we miss you! Reply STOP to opt out."],
        "trait_computed_sms": ["Hi there, there is more in Shoes now. Reply STOP to opt out."],
        "track_order_whatsapp": ["A-10391", "84.5 GBP"],
    }

    words = said(preset, compile_fields(preset.fields)(EVENTS[preset.name])["traits"])

    assert words == expected[preset.name]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("identify_welcome_sms", "Hi there, thank you for joining us! Reply STOP to opt out."),
        ("audience_entered_sms", "Hi there, there is news for you. Reply STOP to opt out."),
        (
            "lapsed_sms",
            "Hi there, it has been a while! Come back and see what is new. Reply STOP to opt out.",
        ),
        ("audience_entered_whatsapp", "there"),
    ],
)
def test_greets_those_without_a_name_as_well(name: str, words: str) -> None:
    [preset] = [preset for preset in PRESETS if preset.name == name]

    assert said(preset, {"first_name": None}) == [words]
    assert said(preset, {}) == [words]


def test_a_total_without_a_currency_is_printed_alone() -> None:
    [preset] = [preset for preset in PRESETS if preset.name == "track_order_whatsapp"]

    assert said(preset, {"order_id": 7, "total": "84.50"}) == ["7", "84.50"]


def test_the_external_ids_of_the_event_win_over_those_of_its_context() -> None:
    event = EVENTS["identify_welcome_sms"] | {"external_ids": [{"id": "x", "isSubscribed": False}]}

    payload = compile_fields(PRESETS[0].fields)(event)

    assert payload["externalIds"] == [{"id": "x", "subscriptionStatus": False}]


def test_without_external_ids_there_are_none_in_the_payload() -> None:
    payload = compile_fields(PRESETS[0].fields)({"type": "identify", "traits": {"phone": "+15055550100"}})

    assert "externalIds" not in payload
    assert payload["traits"] == {"phone": "+15055550100"}
