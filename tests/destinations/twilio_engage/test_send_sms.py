from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from destinations import kit

PlanSms = Callable[..., Awaitable[Any]]

# CreateMessage of Twilio's published OpenAPI (twilio-oai 2.6.7), and what it leaves out although Twilio takes it.
CREATE_MESSAGE = frozenset(
    [
        "To",
        "StatusCallback",
        "ApplicationSid",
        "MaxPrice",
        "ProvideFeedback",
        "Attempt",
        "ValidityPeriod",
        "ForceDelivery",
        "ContentRetention",
        "AddressRetention",
        "SmartEncoded",
        "PersistentAction",
        "TrafficType",
        "ShortenUrls",
        "ScheduleType",
        "SendAt",
        "SendAsMms",
        "ContentVariables",
        "RiskCheck",
        "From",
        "FallbackFrom",
        "MessagingServiceSid",
        "Body",
        "MediaUrl",
        "ContentSid",
        "MessageIntent",
    ]
)
NOT_PUBLISHED = frozenset({"Tags"})

FORMS: dict[str, dict[str, Any]] = {
    "a plain text": {},
    "a text with media": {"fields": {"media": ["https://example.com/a.png", "https://example.com/b.png"]}},
    "a text through a Messaging Service": {"fields": {"from": "MG" + "0" * 32}},
    "a text with values of the person": {
        "fields": {
            "body": "Hi {{ profile.traits.first_name }} ({{ profile.user_id }})",
            "traits": {"plan": "gold"},
        },
        "person": kit.Person(user_id="ada", traits={"first_name": "Ada", "plan": "free"}),
    },
    "a text with custom arguments and the owner's webhook": {
        "fields": {"customArgs": {"campaign_key": "spring", "other": 7.0}},
        "own_settings": {"webhookUrl": "https://example.com/callback", "spaceId": "spa_1"},
    },
    "a text that reports to us": {
        "callback_url": "https://helio.example.com/webhooks/d1/status?delivery=0197-1",
        "own_settings": {"webhookUrl": "https://example.com/callback"},
    },
    "a text that shortens no links": {"own_settings": {"shortenLinks": False}},
}


@pytest.mark.parametrize("name", FORMS)
async def test_the_form_of(name: str, plan_sms: PlanSms, snapshot: SnapshotAssertion) -> None:
    planned = await plan_sms(**FORMS[name])

    form = planned.plan.request.form
    assert "\n".join(f"{key}={value}" for key, value in form) == snapshot
    assert {key for key, _ in form} <= CREATE_MESSAGE | NOT_PUBLISHED


async def test_posts_to_the_accounts_messages_with_the_active_key(plan_sms: PlanSms) -> None:
    planned = await plan_sms()

    request = planned.plan.request
    assert (request.method, request.url) == (
        "POST",
        f"https://api.twilio.com/2010-04-01/Accounts/AC{'0' * 32}/Messages.json",
    )
    assert request.headers == (("content-type", "application/x-www-form-urlencoded;charset=UTF-8"),)
    assert request.auth.username == f"SK{'0' * 32}"
    assert planned.reads == []


async def test_says_what_the_ledger_shows(plan_sms: PlanSms) -> None:
    text = await plan_sms({"body": "é" * 161})
    media = await plan_sms({"media": "https://example.com/a.png"})

    assert text.plan.channel is kit.Channel.SMS
    assert (text.plan.recipient, text.plan.sender) == ("+12025550142", "+15005550006")
    assert (text.plan.segments, text.plan.encoding) == (2, "GSM-7")
    assert (media.plan.channel, media.plan.segments) == (kit.Channel.MMS, None)


async def test_the_events_traits_lie_over_the_persons(plan_sms: PlanSms) -> None:
    planned = await plan_sms(
        {"body": "{{ profile.traits.a }} {{ profile.traits.b }}", "traits": {"a": "event"}},
        person=kit.Person(traits={"a": "person", "b": "person"}),
    )

    assert planned.form["Body"] == "event person"


async def test_the_default_sender_stands_in_for_from(plan_sms: PlanSms) -> None:
    planned = await plan_sms({"from": None}, own_settings={"defaultSender": "+15005550006"})

    assert planned.form["From"] == "+15005550006"


async def test_known_people_take_the_place_of_a_profile_api_that_is_not_set_up(plan_sms: PlanSms) -> None:
    planned = await plan_sms(
        {"body": "Hi {{ profile.traits.name }}", "traitEnrichment": False, "traits": {"name": "event"}},
        person=kit.Person(traits={"name": "Ada"}),
    )

    assert planned.form["Body"] == "Hi Ada"
    assert planned.reads == []


async def test_says_how_to_get_traits_where_there_are_none_to_be_had(plan_sms: PlanSms) -> None:
    with pytest.raises(kit.PayloadValidationError) as raised:
        await plan_sms({"traitEnrichment": False})

    assert raised.value.message == "No traits are known, and no profile API is set up to ask for them"
    assert str(raised.value.remedy).startswith('Set "traitEnrichment": true')


async def test_a_text_that_renders_to_nothing_is_refused(plan_sms: PlanSms) -> None:
    with pytest.raises(kit.PayloadValidationError) as raised:
        await plan_sms({"body": "{{ profile.traits.nothing }}"})

    assert raised.value.provider_code == "21602"


@pytest.mark.parametrize(("length", "refused"), [(1600, False), (1601, True)])
async def test_a_body_may_have_1600_characters(plan_sms: PlanSms, length: int, refused: bool) -> None:
    body = {"body": "x" * length}

    if not refused:
        assert (await plan_sms(body)).form["Body"] == "x" * length
        return
    with pytest.raises(kit.PayloadValidationError) as raised:
        await plan_sms(body)
    assert raised.value.provider_code == "21617"


async def test_a_template_that_cant_be_read_says_where(plan_sms: PlanSms) -> None:
    with pytest.raises(kit.PayloadValidationError) as raised:
        await plan_sms({"body": "Hi {{ profile.user_id"})

    assert raised.value.message == "Unable to parse templating, invalid liquid"
    assert "line 1" in str(raised.value.remedy)


async def test_an_allowed_host_moves_every_request_and_loopback_goes_without_tls(plan_sms: PlanSms) -> None:
    template = {"types": {"twilio/text": {"body": "Hello"}}}

    planned = await plan_sms(
        {"contentSid": "HX1"},
        own_settings={"twilioHostname": "127.0.0.1:4010"},
        allowed_hosts=frozenset({"127.0.0.1:4010"}),
        answers=((200, template),),
    )

    assert [read.url for read in planned.reads] == ["http://127.0.0.1:4010/v1/Content/HX1"]
    assert planned.plan.request.url.startswith("http://127.0.0.1:4010/2010-04-01/")


async def test_a_host_below_twilio_moves_the_messages_alone(plan_sms: PlanSms) -> None:
    template = {"types": {"twilio/text": {"body": "Hello"}}}

    planned = await plan_sms(
        {"contentSid": "HX/1"},
        own_settings={"twilioHostname": "api.dublin.ie1.twilio.com"},
        answers=((200, template),),
    )

    assert [read.url for read in planned.reads] == ["https://content.twilio.com/v1/Content/HX%2F1"]
    assert planned.plan.request.url.startswith("https://api.dublin.ie1.twilio.com/2010-04-01/")


async def test_settings_that_allow_no_request_stop_at_the_last_line(plan_sms: PlanSms) -> None:
    trace = kit.Trace()

    with pytest.raises(kit.PayloadValidationError):
        await plan_sms(own_settings={"twilioHostname": "evil.example.com"}, trace=trace)

    assert trace.results[-1] == kit.GateResult(
        "request",
        passed=False,
        detail='Invalid Twilio hostname: "evil.example.com". Hostname must be within the twilio.com domain.',
    )


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        ((404, {"code": 20404, "message": "gone"}), kit.IntegrationError, "20404"),
        ((401, {"code": 20003}), kit.InvalidAuthenticationError, "20003"),
        ((403, {}), kit.IntegrationError, None),
        ((408, b""), kit.RetryableError, None),
        ((423, b""), kit.RetryableError, None),
        ((429, {"code": 20429}), kit.RetryableError, "20429"),
        ((500, b"oops"), kit.RetryableError, None),
        ((501, b""), kit.RetryableError, None),
        ((200, b"<html>"), kit.RetryableError, None),
        ((200, []), kit.RetryableError, None),
    ],
)
async def test_a_template_that_cant_be_had_stops_the_plan(
    plan_sms: PlanSms, answer: tuple[int, Any], kind: type[kit.IntegrationError], code: str | None
) -> None:
    with pytest.raises(kit.IntegrationError) as raised:
        await plan_sms({"contentSid": "HX1"}, answers=(answer,))

    assert type(raised.value) is kind
    assert raised.value.provider_code == code
