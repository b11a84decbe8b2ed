from datetime import UTC, datetime

import httpx
import pytest

from destinations import kit
from destinations.kit.testing import facts_of, run_action

SETTINGS = {"twilioAccountSID": "AC1", "twilioApiKeySID": "SK1", "twilioApiKeySecret": "s"}
FIELDS = {"from": "+15005550006", "body": "Hi", "send": True, "traitEnrichment": True}
NUMBER = "+12025550142"


class Transport(httpx.AsyncBaseTransport):
    """Answers every request alike, and keeps them."""

    def __init__(self, answer: httpx.Response | Exception | None = None) -> None:
        self._answer = answer or httpx.Response(201, json={"sid": "SM1", "status": "queued"})
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


async def test_facts_decide_where_the_event_says_nothing() -> None:
    transport = Transport()
    consent = kit.Consent(kit.ConsentStatus.SUBSCRIBED, datetime(2026, 1, 1, tzinfo=UTC))

    outcome = await run_action(
        "twilio-engage",
        "sendSms",
        settings=SETTINGS,
        event={"type": "track"},
        fields=FIELDS,
        facts=facts_of(person=kit.Person(phone=NUMBER), consents={NUMBER: consent}),
        transport=transport,
    )

    assert outcome == kit.Accepted("SM1", kit.MessageStatus.QUEUED)
    assert len(transport.requests) == 1


async def test_takes_our_own_names_of_settings_as_well() -> None:
    transport = Transport()

    outcome = await run_action(
        "twilio-engage",
        "sendSms",
        settings={"accountSid": "AC1", "authToken": "t", "region": "IE1"},
        event={"type": "track"},
        fields={**FIELDS, "toNumber": NUMBER},
        trigger='type = "track"',
        transport=transport,
    )

    assert outcome == kit.Accepted("SM1", kit.MessageStatus.QUEUED)
    assert transport.requests[0].url.host == "api.dublin.ie1.twilio.com"


async def test_settings_of_the_wrong_type_are_a_validation_error() -> None:
    transport = Transport()

    with pytest.raises(kit.PayloadValidationError, match="The value at /spaceId"):
        await run_action(
            "twilio-engage",
            "sendSms",
            settings={**SETTINGS, "spaceId": {"a": 1}},
            fields=FIELDS,
            transport=transport,
        )

    assert transport.requests == []


async def test_a_number_that_is_none_raises_with_its_code() -> None:
    transport = Transport()

    with pytest.raises(kit.IntegrationError) as raised:
        await run_action(
            "twilio-engage",
            "sendSms",
            settings=SETTINGS,
            fields={**FIELDS, "toNumber": "abcd"},
            transport=transport,
        )

    assert (raised.value.code, raised.value.status) == ("INVALID_PHONE", 400)
    assert transport.requests == []


async def test_an_empty_trigger_matches_nothing() -> None:
    transport = Transport()

    outcome = await run_action(
        "twilio-engage",
        "sendSms",
        settings=SETTINGS,
        event={},
        fields=FIELDS,
        trigger=" ",
        transport=transport,
    )

    assert outcome is None
    assert transport.requests == []


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx.ConnectError("refused"), kit.Throttled),
        (httpx.ConnectTimeout("no connection"), kit.Throttled),
        (httpx.PoolTimeout("no free connection"), kit.Throttled),
        (httpx.ReadTimeout("no answer"), kit.Uncertain),
        (httpx.WriteError("broken pipe"), kit.Uncertain),
        (httpx.RemoteProtocolError("closed"), kit.Uncertain),
    ],
)
async def test_a_failed_send_is_throttled_only_where_nothing_can_have_arrived(
    error: Exception, kind: type
) -> None:
    transport = Transport(error)

    outcome = await run_action(
        "twilio-engage",
        "sendSms",
        settings=SETTINGS,
        fields={**FIELDS, "toNumber": NUMBER},
        transport=transport,
    )

    assert isinstance(outcome, kind)
    assert len(transport.requests) == 1


@pytest.mark.parametrize(
    ("error", "code"),
    [(httpx.ReadTimeout("no answer"), "ETIMEDOUT"), (httpx.ConnectError("refused"), "NETWORK_ERROR")],
)
async def test_a_failed_read_raises_an_error_that_may_be_retried(error: Exception, code: str) -> None:
    transport = Transport(error)

    with pytest.raises(kit.RetryableError) as raised:
        await run_action(
            "twilio-engage",
            "sendSms",
            settings=SETTINGS,
            fields={**FIELDS, "toNumber": NUMBER, "contentSid": "HX1"},
            transport=transport,
        )

    assert raised.value.code == code
    assert len(transport.requests) == 1


async def test_names_what_is_installed_where_a_destination_is_not() -> None:
    with pytest.raises(LookupError, match=r"No destination 'nope' is installed; installed: twilio-engage"):
        await run_action("nope", "sendSms", settings={}, transport=Transport())
