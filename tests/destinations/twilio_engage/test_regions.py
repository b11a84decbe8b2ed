"""Where requests go: each region of Twilio has hosts of its own, and a host that Twilio switched off gets nothing."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from destinations import kit
from destinations.kit.testing import run_action
from destinations.twilio_engage import definition
from destinations.twilio_engage.mending import setting
from destinations.twilio_engage.settings import TwilioEngageSettings
from tests.destinations.twilio_engage.conftest import FIELDS, NUMBER, SETTINGS, WHATSAPP_FIELDS, Reader

ACCOUNT = SETTINGS["accountSid"]
ACTIONS = {"sendSms": FIELDS, "sendWhatsApp": WHATSAPP_FIELDS}
HOSTS = {
    "US1": "api.twilio.com",
    "IE1": "api.dublin.ie1.twilio.com",
    "AU1": "api.sydney.au1.twilio.com",
}


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("region", HOSTS)
async def test_a_message_goes_to_the_host_of_its_region(region: str, action: str) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(201, json={"sid": "SM1", "status": "queued"})

    outcome = await run_action(
        "twilio-engage",
        action,
        settings={**SETTINGS, "region": region},
        fields=ACTIONS[action],
        transport=httpx.MockTransport(answer),
    )

    assert outcome == kit.Accepted("SM1", kit.MessageStatus.QUEUED)
    assert [str(one.url) for one in seen] == [
        f"https://{HOSTS[region]}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    ]
    assert seen[0].headers["host"] == HOSTS[region]


@pytest.mark.parametrize("region", ["US1", "IE1"])
async def test_what_is_read_goes_to_the_host_of_its_region(
    settings: Callable[..., TwilioEngageSettings], reader: Callable[..., Reader], region: str
) -> None:
    read = reader((200, {"status": "active"}), (200, {}), (200, {}))

    assert all([one.passed async for one in definition.checks(settings(region=region), read, frozenset())])

    account = f"https://{HOSTS[region]}/2010-04-01/Accounts/{ACCOUNT}"
    assert [one.url for one in read.requests] == [
        f"{account}.json",
        f"{account}/Messages.json?PageSize=1",
        f"{account}.json",
    ]


@pytest.mark.parametrize(
    ("dead", "alive"),
    [
        ("api.ie1.twilio.com", "api.dublin.ie1.twilio.com"),
        ("api.au1.twilio.com", "api.sydney.au1.twilio.com"),
    ],
)
async def test_a_dead_host_is_never_verified_and_never_called(
    settings: Callable[..., TwilioEngageSettings], reader: Callable[..., Reader], dead: str, alive: str
) -> None:
    read = reader()

    checks = [one async for one in definition.checks(settings(twilioHostname=dead), read, frozenset())]

    assert tuple(checks) == (
        kit.Check(
            "host",
            passed=False,
            code="HOST_SWITCHED_OFF",
            message=f"Twilio switched {dead} off in April 2026. Use {alive}.",
            remedy=f"Change twilioHostname, or clear it for the host of the region US1: {setting('twilioHostname: null')}.",
        ),
    )
    assert read.requests == []


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("host", ["twilio.com.example.com", "api.nottwilio.com"])
async def test_a_message_goes_to_no_host_that_is_not_twilios(host: str, action: str) -> None:
    seen: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(201, json={"sid": "SM1"})

    with pytest.raises(kit.PayloadValidationError, match=r"must be within the twilio\.com domain"):
        await run_action(
            "twilio-engage",
            action,
            settings={**SETTINGS, "twilioHostname": host},
            fields={**ACTIONS[action], "toNumber": NUMBER},
            transport=httpx.MockTransport(answer),
        )

    assert seen == []
