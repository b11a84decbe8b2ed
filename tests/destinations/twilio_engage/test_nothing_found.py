"""A directive that finds nothing is no field that was left out: nothing stands in for it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from destinations import kit
from destinations.kit.testing import facts_of, run_action
from tests.destinations.twilio_engage.conftest import PlanSms

SENDER = "+12025550100"
PERSON = "+12025550142"
DRIVER = "+12025550143"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
AGREED = kit.Consent(kit.ConsentStatus.SUBSCRIBED, datetime(2026, 1, 1, tzinfo=UTC))
SETTINGS = {
    "accountSid": "AC" + "0" * 32,
    "apiKeys": [{"sid": "SK1", "secret": "s"}],
    "defaultSender": SENDER,
    "defaultCountry": "US",
}
FIELDS = {
    "sendSms": {"from": SENDER, "body": "Your order is here.", "send": True, "traitEnrichment": True},
    "sendWhatsApp": {"from": SENDER, "contentSid": "HX1", "send": True, "traitEnrichment": True},
}
OWN_IDS = [
    {"id": PERSON, "type": "phone", "channelType": channel, "isSubscribed": True}
    for channel in ("sms", "whatsapp")
]
NOTHING = (
    pytest.param({}, id="missing"),
    pytest.param({"x": None}, id="null"),
    pytest.param({"x": ""}, id="empty"),
    pytest.param({"x": "  \t"}, id="blank"),
    pytest.param({"y": DRIVER}, id="misspelt"),
)
ACTIONS = pytest.mark.parametrize("action", ["sendSms", "sendWhatsApp"])
X = {"@path": "$.properties.x"}


class Provider:
    """Takes every message, and keeps the forms."""

    def __init__(self) -> None:
        self.forms: list[dict[str, str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.forms.append(dict(httpx.QueryParams(request.content.decode())))
        return httpx.Response(201, json={"sid": "SM1", "status": "queued"})


@pytest.fixture
def provider() -> Provider:
    return Provider()


async def run(
    provider: Provider,
    action: str,
    fields: Mapping[str, Any],
    properties: Mapping[str, Any],
    *,
    external_ids: list[dict[str, Any]] | None = None,
    inbound: Mapping[tuple[str, str], datetime] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Any:
    """One event about somebody whose phone is known and who agreed."""
    return await run_action(
        "twilio-engage",
        action,
        settings={**SETTINGS, **(settings or {})},
        event={"type": "track", "userId": "u1", "properties": properties, "external_ids": external_ids or []},
        fields={**FIELDS[action], **fields},
        facts=facts_of(
            person=kit.Person("u1", {}, PERSON, frozenset({PERSON})),
            consents={PERSON: AGREED, DRIVER: AGREED},
            inbound=inbound or {},
        ),
        transport=httpx.MockTransport(provider),
        now=NOW,
    )


@ACTIONS
@pytest.mark.parametrize("properties", NOTHING)
@pytest.mark.parametrize("field", ["to", "toNumber", "externalIds"])
@pytest.mark.parametrize(
    "directive",
    [
        pytest.param(X, id="path"),
        pytest.param({"@if": {"exists": X, "then": X}}, id="if"),
        pytest.param({"@case": {"operator": "lower", "value": X}}, id="case"),
        pytest.param({"@replace": {"value": X, "pattern": "-"}}, id="replace"),
        pytest.param({"@template": "{{ properties.x }}"}, id="template"),
        pytest.param({"@liquid": "{{ properties.x }}"}, id="liquid"),
    ],
)
async def test_a_recipient_that_is_not_found_is_nobody(
    provider: Provider, action: str, field: str, directive: Any, properties: dict[str, Any]
) -> None:
    outcome = await run(provider, action, {field: directive}, properties, external_ids=OWN_IDS)

    assert (outcome.reason, f"`{field}`" in outcome.detail, "properties.x" in outcome.detail) == (
        "NO_SUPPORTED_IDS",
        True,
        True,
    )
    assert provider.forms == []


@ACTIONS
@pytest.mark.parametrize("field", ["to", "toNumber"])
async def test_a_recipient_of_blanks_is_nobody(provider: Provider, action: str, field: str) -> None:
    outcome = await run(provider, action, {field: "  "}, {}, external_ids=OWN_IDS)

    assert outcome.reason == "NO_SUPPORTED_IDS"
    assert provider.forms == []


@ACTIONS
async def test_a_to_whose_liquid_shows_nothing_is_nobody(provider: Provider, action: str) -> None:
    outcome = await run(provider, action, {"to": "{{ profile.traits.driver }}"}, {}, external_ids=OWN_IDS)

    assert (outcome.reason, outcome.detail) == (
        "NO_SUPPORTED_IDS",
        "`to` names nobody once its values are filled in, and nobody else is texted in its place.",
    )
    assert provider.forms == []


@ACTIONS
@pytest.mark.parametrize("field", ["to", "toNumber", "externalIds", "userId", "traits"])
@pytest.mark.parametrize("constant", ["", None])
async def test_a_constant_of_nothing_counts_as_left_out(
    provider: Provider, action: str, field: str, constant: Any
) -> None:
    assert isinstance(await run(provider, action, {field: constant}, {}), kit.Accepted)

    [form] = provider.forms
    assert form["To"].removeprefix("whatsapp:") == PERSON


@ACTIONS
@pytest.mark.parametrize("path", ["$.external_ids", "$.context.externalIds"])
async def test_an_event_without_external_ids_is_about_its_person(
    provider: Provider, action: str, path: str
) -> None:
    shape = {"id": {"@path": "$.id"}, "type": {"@path": "$.type"}}
    outcome = await run(provider, action, {"externalIds": {"@arrayPath": [path, shape]}}, {})

    assert isinstance(outcome, kit.Accepted)
    [form] = provider.forms
    assert form["To"].removeprefix("whatsapp:") == PERSON


@ACTIONS
@pytest.mark.parametrize("found", [[], [{"id": "a@b.example", "type": "email"}], [{"type": "phone"}], {}])
async def test_external_ids_of_ones_own_that_hold_no_phone_are_nobody(
    provider: Provider, action: str, found: Any
) -> None:
    outcome = await run(provider, action, {"externalIds": X}, {"x": found})

    assert (outcome.reason, "`externalIds`" in outcome.detail) == ("NO_SUPPORTED_IDS", True)
    assert provider.forms == []


@ACTIONS
@pytest.mark.parametrize(
    ("phone", "status", "reason"),
    [
        (DRIVER, "unsubscribed", "NOT_SUBSCRIBED"),
        ("+12025550155", None, "NOT_SUBSCRIBED"),
        ("  ", "subscribed", "INVALID_PHONE"),
        ("x", "subscribed", "INVALID_PHONE"),
        (None, "subscribed", "NO_SUPPORTED_IDS"),
        ("", "subscribed", "NO_SUPPORTED_IDS"),
    ],
)
async def test_the_person_does_not_stand_in_for_external_ids_of_ones_own(
    provider: Provider, action: str, phone: Any, status: str | None, reason: str
) -> None:
    channel = "sms" if action == "sendSms" else "whatsapp"
    one = {"id": X, "type": "phone", "channelType": channel, "subscriptionStatus": status}

    try:
        outcome = (await run(provider, action, {"externalIds": [one]}, {"x": phone})).reason
    except kit.IntegrationError as error:
        outcome = error.code

    assert outcome == reason
    assert provider.forms == []


@ACTIONS
async def test_to_goes_before_the_external_ids(provider: Provider, action: str) -> None:
    reads = {
        "@arrayPath": [
            "$.external_ids",
            {
                "id": {"@path": "$.id"},
                "type": {"@path": "$.type"},
                "channelType": {"@path": "$.channelType"},
                "subscriptionStatus": {"@path": "$.isSubscribed"},
            },
        ]
    }
    fields = {"to": X, "externalIds": reads}

    await run(provider, action, fields, {"x": DRIVER}, external_ids=OWN_IDS)
    no = [{**one, "id": DRIVER, "isSubscribed": False} for one in OWN_IDS]
    refused = await run(provider, action, fields, {"x": DRIVER}, external_ids=no)

    assert [form["To"].removeprefix("whatsapp:") for form in provider.forms] == [DRIVER]
    assert refused.reason == "NOT_SUBSCRIBED"


@ACTIONS
@pytest.mark.parametrize("properties", NOTHING)
async def test_the_default_sender_stands_in_for_no_sender_that_was_not_found(
    provider: Provider, action: str, properties: dict[str, Any]
) -> None:
    with pytest.raises(kit.PayloadValidationError, match="'from'") as raised:
        await run(provider, action, {"from": X}, properties)

    assert "Nothing was found for `from` at $.properties.x" in (raised.value.remedy or "")
    assert provider.forms == []


@ACTIONS
@pytest.mark.parametrize("properties", NOTHING)
async def test_send_that_was_not_found_is_false(
    provider: Provider, action: str, properties: dict[str, Any]
) -> None:
    outcome = await run(provider, action, {"send": X}, properties)

    assert (outcome.reason, outcome.detail) == ("SEND_DISABLED", "`send` found nothing at $.properties.x.")
    assert provider.forms == []


@pytest.mark.parametrize("properties", NOTHING)
async def test_an_opt_out_model_that_was_not_found_is_none(
    provider: Provider, properties: dict[str, Any]
) -> None:
    outcome = await run(provider, "sendSms", {"sendBasedOnOptOut": X, "to": "+12025550144"}, properties)

    assert outcome.reason == "NOT_SUBSCRIBED"
    assert provider.forms == []


@pytest.mark.parametrize("properties", NOTHING)
@pytest.mark.parametrize(
    ("action", "fields", "inbound", "named"),
    [
        ("sendSms", {"body": X}, False, "body"),
        ("sendSms", {"contentSid": X}, False, "contentSid"),
        ("sendWhatsApp", {"contentSid": X, "body": "Hello"}, False, "contentSid"),
        ("sendWhatsApp", {"body": X}, True, "body"),
        ("sendWhatsApp", {"contentVariables": X}, False, "contentVariables"),
    ],
)
async def test_nothing_else_is_said_in_place_of_what_was_not_found(
    provider: Provider,
    properties: dict[str, Any],
    action: str,
    fields: dict[str, Any],
    inbound: bool,
    named: str,
) -> None:
    heard = {(PERSON, SENDER): NOW} if inbound else {}

    with pytest.raises(kit.PayloadValidationError, match=f"`{named}` found nothing at"):
        await run(provider, action, fields, properties, inbound=heard)

    assert provider.forms == []


async def test_what_is_not_found_and_not_needed_stops_nothing(provider: Provider) -> None:
    fields = {"customArgs": X, "connectionOverrides": X, "media": X, "traits": X, "segmentComputationId": X}

    assert isinstance(await run(provider, "sendSms", fields, {}), kit.Accepted)

    [form] = provider.forms
    assert (form["To"], form["Body"], "MediaUrl" in form) == (PERSON, "Your order is here.", False)


async def test_waits_for_somebody_to_be_identified_only_where_that_may_help(plan_sms: PlanSms) -> None:
    until = NOW + timedelta(seconds=10)
    waits: dict[str, Any] = {"now": NOW, "profile_hold_until": until, "person": None}

    by_profile = await plan_sms({"to": "{{ profile.traits.driver }}"}, **waits)
    by_path = await plan_sms({"to": None}, configured={"to": "$.properties.x"}, **waits)

    assert isinstance(by_profile.plan, kit.Hold)
    assert (by_profile.plan.until, by_profile.plan.reason) == (until, kit.Reason.PROFILE_PENDING)
    assert isinstance(by_path.plan, kit.Suppress)
    assert by_path.plan.reason is kit.Reason.NO_SUPPORTED_IDS
