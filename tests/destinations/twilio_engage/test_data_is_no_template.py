"""Characters of an event or a profile are never a template, in whatever field they end up."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from syrupy.assertion import SnapshotAssertion

from destinations import kit
from destinations.kit.testing import facts_of, run_action

SENDER = "+12025550100"
PERSON = "+12025550142"
ADMIN = "+12025550199"
PIN = "{{ profile.traits.pin }}"
NUMBER_OF_ANOTHER = "{{ profile.traits.admin_phone }}"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
AGREED = kit.Consent(kit.ConsentStatus.SUBSCRIBED, datetime(2026, 1, 1, tzinfo=UTC))
TRAITS = {"pin": "1234", "admin_phone": ADMIN, "name": "Ada", "braced": PIN}
SETTINGS = {
    "accountSid": "AC" + "0" * 32,
    "apiKeys": [{"sid": "SK1", "secret": "s"}],
    "defaultCountry": "US",
}
X = {"@path": "$.properties.x"}
SMS = {"from": SENDER, "body": "Hello", "send": True, "traitEnrichment": True}
WHATSAPP = {"from": SENDER, "contentSid": "HX1", "send": True, "traitEnrichment": True}


async def forms(action: str, fields: Mapping[str, Any], x: object) -> tuple[Any, list[dict[str, str]]]:
    """What one event with that property led to, and the messages that were made."""
    made: list[dict[str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        made.append(dict(httpx.QueryParams(request.content.decode())))
        return httpx.Response(201, json={"sid": "SM1", "status": "queued"})

    person = kit.Person("u1", TRAITS, PERSON, frozenset({PERSON, ADMIN}), TRAITS)
    try:
        outcome: Any = await run_action(
            "twilio-engage",
            action,
            settings=SETTINGS,
            event={"type": "track", "userId": "u1", "properties": {"x": x}},
            fields=fields,
            facts=facts_of(person=person, consents={PERSON: AGREED, ADMIN: AGREED}),
            transport=httpx.MockTransport(answer),
            now=NOW,
        )
    except kit.IntegrationError as error:
        outcome = error.code
    return outcome, made


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("sendSms", SMS | {"body": X}),
        ("sendSms", SMS | {"body": {"@template": "Hi {{properties.x}}"}}),
        (
            "sendSms",
            SMS | {"body": {"@template": "{% if profile.traits.name %}Hi {{properties.x}}{% endif %}"}},
        ),
        ("sendSms", SMS | {"body": {"@if": {"exists": X, "then": X, "else": "Hello"}}}),
        ("sendSms", SMS | {"body": {"@liquid": "Hi {{ properties.x }}"}}),
        ("sendSms", SMS | {"body": {"@json": {"mode": "encode", "value": {"x": X}}}}),
        ("sendSms", SMS | {"body": "{{ profile.traits.braced }}"}),
        ("sendSms", SMS | {"body": "{{ profile.traits.x }}", "traits": {"x": X}}),
        ("sendSms", SMS | {"media": X}),
        ("sendSms", SMS | {"media": [{"@template": "https://example.com/{{properties.x}}.png"}]}),
        ("sendSms", SMS | {"customArgs": {"audience_id": X}}),
        ("sendWhatsApp", WHATSAPP | {"contentVariables": {"1": X, "2": "{{ profile.traits.name }}"}}),
        (
            "sendWhatsApp",
            WHATSAPP | {"contentVariables": {"1": {"@template": "{% if true %}{{properties.x}}{% endif %}"}}},
        ),
        ("sendWhatsApp", WHATSAPP | {"contentVariables": {"1": [X]}}),
        ("sendWhatsApp", WHATSAPP | {"contentSid": X}),
        ("sendWhatsApp", WHATSAPP | {"contentSid": None, "body": X}),
    ],
)
async def test_braces_of_an_event_arrive_as_they_are(
    action: str, fields: Mapping[str, Any], snapshot: SnapshotAssertion
) -> None:
    outcome, [form] = await forms(action, fields, PIN)

    assert isinstance(outcome, kit.Accepted)
    assert "\n".join(f"{key}={value}" for key, value in form.items()) == snapshot


@pytest.mark.parametrize("field", ["to", "toNumber"])
@pytest.mark.parametrize(("action", "whole"), [("sendSms", SMS), ("sendWhatsApp", WHATSAPP)])
async def test_braces_of_an_event_choose_no_number(field: str, action: str, whole: dict[str, Any]) -> None:
    outcome, made = await forms(action, whole | {field: X}, NUMBER_OF_ANOTHER)

    assert outcome == "INVALID_PHONE"
    assert made == []


async def test_braces_of_an_event_are_no_id_and_no_sender() -> None:
    ids = [{"id": X, "type": "phone", "subscriptionStatus": "subscribed"}]

    assert await forms("sendSms", SMS | {"externalIds": ids}, NUMBER_OF_ANOTHER) != (None, [])
    outcome, made = await forms("sendSms", SMS | {"from": X}, NUMBER_OF_ANOTHER)

    assert outcome.reason == "SENDER_NOT_ALLOWED"
    assert made == []


_TEXTS = st.lists(
    st.sampled_from(
        ["{{", "}}", "{%", "%}", " profile.traits.pin ", "| upcase", "{", "}", "raw", "a", "\u00e9"]
    ),
    min_size=1,
    max_size=8,
).map(lambda pieces: f"[{''.join(pieces)}]")


@given(text=_TEXTS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@pytest.mark.parametrize(
    "body",
    [
        X,
        {"@template": "{% if true %}{{properties.x}}{% endif %}"},
        {"@case": {"operator": "lower", "value": X}},
    ],
)
async def test_no_text_of_an_event_is_interpreted(body: Any, text: str) -> None:
    _, [form] = await forms("sendSms", SMS | {"body": body}, text)

    assert form["Body"] == text


@pytest.mark.parametrize(
    ("variables", "x", "sent"),
    [
        ('{"1": "{{ profile.traits.name }}"}', "-", '{"1":"Ada"}'),
        ({"@literal": '{"1": "Hi {{ profile.traits.name }}"}'}, "-", '{"1":"Hi Ada"}'),
        ({"@template": '{"1": "{{properties.x}}"}'}, PIN, '{"1":"{{ profile.traits.pin }}"}'),
        (X, '{"1": "{{ profile.traits.pin }}"}', '{"1":"{{ profile.traits.pin }}"}'),
    ],
)
async def test_variables_in_the_text_of_a_json_object_are_templates_where_the_mapping_wrote_them(
    variables: Any, x: str, sent: str
) -> None:
    yes = [{"id": PERSON, "type": "phone", "channelType": "whatsapp", "subscriptionStatus": "subscribed"}]
    fields = {**WHATSAPP, "externalIds": yes, "contentVariables": variables}

    _, [made] = await forms("sendWhatsApp", fields, x)

    assert made["ContentVariables"] == sent
