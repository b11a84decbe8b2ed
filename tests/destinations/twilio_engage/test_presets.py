"""What a preset makes of an event: the payload, and the request it becomes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from destinations import kit
from destinations.kit.testing import facts_of
from destinations.twilio_engage import definition
from destinations.twilio_engage.settings import TwilioEngageSettings
from mappings import compile_fields, compile_trigger
from mappings.presets import Preset

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
NUMBER = "+12025550142"
PERSON = kit.Person(user_id="ada", traits={"first_name": "Ada", "phone": NUMBER}, phone=NUMBER)
AGREED = {NUMBER: kit.Consent(kit.ConsentStatus.SUBSCRIBED, NOW)}
SENDER = "+15005550006"
OWN_FIELDS: dict[str, dict[str, Any]] = {
    "audience_entered_whatsapp": {"contentSid": "HX" + "0" * 32},
    "track_order_whatsapp": {"contentSid": "HX" + "1" * 32},
}
EVENTS: dict[str, dict[str, Any]] = {
    "identify_welcome_sms": {
        "type": "identify",
        "userId": "ada",
        "messageId": "m1",
        "timestamp": "2026-11-20T11:59:00.000Z",
        "traits": {"first_name": "Ada", "phone": NUMBER, "sms_opt_in": True},
    },
    "audience_entered_sms": {
        "type": "track",
        "event": "Audience Entered",
        "userId": "ada",
        "messageId": "m2",
        "timestamp": "2026-11-20T11:59:30.000Z",
        "properties": {"audience_key": "spring_sale", "spring_sale": True},
        "context": {"personas": {"computation_id": "aud_1"}},
    },
    "lapsed_sms": {
        "type": "track",
        "event": "Audience Entered",
        "userId": "ada",
        "messageId": "m3",
        "timestamp": "2026-11-20T11:59:45.000Z",
        "properties": {"audience_key": "lapsed_vips", "lapsed_vips": True},
        "context": {"personas": {"computation_id": "aud_2", "computation_key": "lapsed_vips"}},
    },
    "audience_entered_whatsapp": {
        "type": "track",
        "event": "Audience Entered",
        "userId": "ada",
        "messageId": "m4",
        "timestamp": "2026-11-20T11:59:50.000Z",
        "properties": {"audience_key": "spring_sale", "spring_sale": True},
        "context": {"personas": {"computation_id": "aud_1"}},
    },
    "audience_identify_sms": {
        "type": "identify",
        "userId": "ada",
        "messageId": "m7",
        "timestamp": "2026-11-20T11:59:55.000Z",
        "traits": {"vip_customers": True, "email": "ada@example.com"},
        "context": {"personas": {"computation_id": "aud_3", "computation_key": "vip_customers"}},
    },
    "journey_step_sms": {
        "type": "track",
        "event": "Audience Entered",
        "userId": "ada",
        "messageId": "m8",
        "timestamp": "2026-11-20T11:59:56.000Z",
        "properties": {"audience_key": "j_o_winback__sms_1", "j_o_winback__sms_1": True},
        "context": {
            "personas": {
                "computation_class": "journey_step",
                "computation_id": "aud_4",
                "computation_key": "j_o_winback__sms_1",
            }
        },
    },
    "trait_computed_sms": {
        "type": "track",
        "event": "Trait Computed",
        "userId": "ada",
        "messageId": "m9",
        "timestamp": "2026-11-20T11:59:57.000Z",
        "properties": {"trait_key": "last_category", "last_category": "Shoes"},
        "context": {"personas": {"computation_class": "trait", "computation_id": "tra_1"}},
    },
    "track_order_whatsapp": {
        "type": "track",
        "event": "Order Completed",
        "userId": "ada",
        "messageId": "m5",
        "timestamp": "2026-11-20T11:59:52.000Z",
        "properties": {"order_id": "o-1", "total": "84.50", "currency": "USD"},
    },
    "reply_whatsapp": {
        "type": "track",
        "event": "Support Reply Sent",
        "userId": "ada",
        "messageId": "m6",
        "timestamp": "2026-11-20T11:59:54.000Z",
        "properties": {"channel": "whatsapp", "message": "It left on Monday {{ today }}."},
    },
}


async def no_read(request: kit.HttpRequest) -> kit.HttpResponse:
    raise AssertionError(f"nothing is to be read: {request.url}")


@pytest.mark.parametrize("preset", definition.presets, ids=lambda preset: preset.name)
async def test_a_preset_sends(preset: Preset, snapshot: SnapshotAssertion) -> None:
    event, action = EVENTS[preset.name], definition.action(preset.action)
    settings = TwilioEngageSettings.model_validate({"accountSid": "AC" + "0" * 32, "authToken": "t"})
    fields = {**preset.fields, "from": SENDER, **OWN_FIELDS.get(preset.name, {})}
    facts = facts_of(person=PERSON, consents=AGREED, inbound={(NUMBER, SENDER): NOW - timedelta(hours=1)})

    payload = kit.payload_of(action.payload, compile_fields(fields)(event), settings)
    plan = await action.plan(
        payload,
        kit.Context(
            settings=settings, now=NOW, read=no_read, facts=facts, purpose=kit.Purpose[preset.purpose]
        ),
    )

    assert compile_trigger(preset.trigger).matches(event)
    assert isinstance(plan, kit.Send)
    shown = payload.model_dump(by_alias=True, exclude_unset=True)
    lines = [f"{key}={value}" for key, value in plan.request.form]
    assert {"event": event, "payload": shown, "form": lines} == snapshot
