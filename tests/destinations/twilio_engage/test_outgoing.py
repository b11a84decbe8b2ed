"""Where the owner of an account is told what becomes of messages, in each of the two formats."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # ships no types

from destinations import kit
from destinations.kit import OwnerEvent
from destinations.kit.testing import run_action
from destinations.twilio_engage import definition
from destinations.twilio_engage.settings import TwilioEngageSettings, WebhookFormat
from destinations.twilio_engage.status_callback import forward_url, status_callback

MakeSettings = Callable[..., TwilioEngageSettings]

HOOK = "https://example.com/hook?a=1"
OWN = "https://helio.example.com/webhooks/dst_1/status?delivery=dlv_1"
PHONE = "+12025550142"
INTERNAL = "__segment_internal_external_id_key__=phone&__segment_internal_external_id_value__"
FORM = (("MessageSid", "SM1"), ("MessageStatus", "delivered"), ("To", PHONE), ("Body", "ü & +"))

assert definition.outgoing is not None
OUTGOING = definition.outgoing


def callback(settings: TwilioEngageSettings, own_url: str | None) -> str | None:
    return status_callback(
        settings, own_url=own_url, phone=PHONE, custom_args={"b": "2"}, connection_overrides=None
    )


@pytest.mark.parametrize(
    ("webhook_format", "own_url", "called"),
    [
        ("EVENTS", None, None),
        ("EVENTS", OWN, f"{OWN}#rp=all&rc=5"),
        ("TWILIO_FORM", OWN, f"{OWN}#rp=all&rc=5"),
        (
            "TWILIO_FORM",
            None,
            f"{HOOK}&b=2&{INTERNAL}=%2B12025550142#rp=all&rc=5",
        ),
    ],
)
def test_twilio_is_given_the_owners_webhook_only_where_it_is_to_call_that_itself(
    settings: MakeSettings, webhook_format: str, own_url: str | None, called: str | None
) -> None:
    chosen = settings(webhookUrl=HOOK, webhookFormat=webhook_format)

    assert callback(chosen, own_url) == called


def test_what_is_passed_on_goes_to_where_twilio_would_have_called(settings: MakeSettings) -> None:
    chosen = settings(webhookUrl=HOOK, webhookFormat="TWILIO_FORM", connectionOverrides="rc=2")

    onward = forward_url(chosen, phone=PHONE, custom_args={"b": "2"})

    assert f"{onward}#rc=2" == callback(chosen, None)


@pytest.mark.parametrize("given", [{}, {"webhookUrl": HOOK, "webhookFormat": "EVENTS"}, {"webhookUrl": ""}])
def test_nothing_is_passed_on_to_whoever_did_not_ask_for_it(
    settings: MakeSettings, given: dict[str, Any]
) -> None:
    assert forward_url(settings(**given), phone=PHONE, custom_args={}) is None


def test_a_webhook_of_before_there_were_formats_gets_what_it_always_got(settings: MakeSettings) -> None:
    assert settings(webhookUrl=HOOK).webhook_format is WebhookFormat.TWILIO_FORM
    assert settings().webhook_format is WebhookFormat.EVENTS
    assert settings(webhookUrl="").webhook_format is WebhookFormat.EVENTS


async def test_a_text_with_events_names_no_webhook() -> None:
    forms: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        forms.append(request.content)
        return httpx.Response(201, json={"sid": "SM1", "status": "queued"})

    for webhook_format in ("EVENTS", "TWILIO_FORM"):
        await run_action(
            "twilio-engage",
            "sendSms",
            settings={
                "accountSid": "AC1",
                "apiKeys": [{"sid": "SK1", "secret": "s"}],
                "webhookUrl": HOOK,
                "webhookFormat": webhook_format,
            },
            fields={
                "from": "+15005550006",
                "body": "Hello",
                "send": True,
                "traitEnrichment": True,
                "toNumber": PHONE,
            },
            event={"type": "track", "userId": "ann"},
            transport=httpx.MockTransport(answer),
        )

    assert [b"StatusCallback" in form for form in forms] == [False, True]


def test_the_events_are_those_that_are_asked_for_or_all(settings: MakeSettings) -> None:
    some = OUTGOING.of(
        settings(webhookUrl=f"{HOOK}#rc=2", webhookFormat="EVENTS", webhookEvents=["delivery.failed"])
    )
    every = OUTGOING.of(settings(webhookUrl=HOOK, webhookFormat="EVENTS"))

    assert some == kit.Outgoing(HOOK, frozenset({OwnerEvent.DELIVERY_FAILED}))
    assert every == kit.Outgoing(HOOK, frozenset(OwnerEvent))


def test_without_a_webhook_nobody_is_told(settings: MakeSettings) -> None:
    assert OUTGOING.of(settings(webhookFormat="EVENTS")) is None


def test_an_event_that_is_none_is_refused_at_save(settings: MakeSettings) -> None:
    ((path, message),) = OUTGOING.problems(
        settings(webhookUrl=HOOK, webhookFormat="EVENTS", webhookEvents=["delivery.failed", "delivery.lost"])
    )

    assert path == "webhookEvents"
    assert message.startswith("There is no event 'delivery.lost'. There are delivery.accepted, ")


def test_twilios_form_is_refused_at_save_without_an_auth_token(settings: MakeSettings) -> None:
    bare = settings(webhookUrl=HOOK, webhookFormat="TWILIO_FORM", authTokens=[])

    assert OUTGOING.problems(bare) == (
        (
            "webhookFormat",
            "TWILIO_FORM passes Twilio's callbacks on, signed with an authToken that is not there. Give it too, or take EVENTS.",
        ),
    )
    assert OUTGOING.problems(settings(webhookUrl=HOOK, webhookFormat="TWILIO_FORM", authToken="t0ken")) == ()


def test_twilios_own_validator_takes_what_is_passed_on(settings: MakeSettings) -> None:
    chosen = settings(webhookUrl=HOOK, webhookFormat="TWILIO_FORM", authToken="t0ken")
    url = forward_url(chosen, phone=PHONE, custom_args={"b": "ü 2"})
    assert url is not None

    headers = OUTGOING.headers(url, FORM, "whd_1", chosen)

    validator = RequestValidator("t0ken")
    assert validator.validate(url, dict(FORM), headers["X-Twilio-Signature"])
    assert not validator.validate(url, {**dict(FORM), "MessageStatus": "read"}, headers["X-Twilio-Signature"])
    assert not RequestValidator("another").validate(url, dict(FORM), headers["X-Twilio-Signature"])
    assert headers["I-Twilio-Idempotency-Token"] == "whd_1"


def test_a_sample_has_the_address_and_the_form_of_a_callback(settings: MakeSettings) -> None:
    chosen = settings(webhookUrl=HOOK, webhookFormat="TWILIO_FORM", authToken="t0ken")

    url, form = OUTGOING.sample(HOOK, chosen)

    assert url == f"{HOOK}&{INTERNAL}=%2B15005550006"
    assert dict(form)["MessageStatus"] == "delivered"


def test_without_a_token_a_call_is_not_signed_and_it_is_said_why(settings: MakeSettings) -> None:
    bare = settings(webhookUrl=HOOK, webhookFormat="TWILIO_FORM", authTokens=[])

    with pytest.raises(kit.PayloadValidationError, match="no auth token to sign"):
        OUTGOING.headers(HOOK, FORM, "whd_1", bare)
