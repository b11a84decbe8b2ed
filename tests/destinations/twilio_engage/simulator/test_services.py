from collections.abc import Callable
from typing import Any

import httpx
import pytest

from destinations.twilio_engage.simulator import (
    ACCOUNT_SID,
    ALPHANUMERIC_SENDER,
    SENDER,
    SERVICE_SID,
    SHORT_CODE,
    TEST_ACCOUNT_SID,
    TEST_AUTH_TOKEN,
    WHATSAPP_SENDER,
    Simulator,
)

URL = f"http://127.0.0.1/v1/Services/{SERVICE_SID}"
STARTED = "2026-11-21T09:30:00Z"
SHOWN = {
    "account_sid": ACCOUNT_SID,
    "sid": SERVICE_SID,
    "date_created": STARTED,
    "date_updated": STARTED,
    "friendly_name": "Simulated service",
    "inbound_request_url": None,
    "inbound_method": "POST",
    "fallback_url": None,
    "fallback_method": "POST",
    "status_callback": None,
    "sticky_sender": True,
    "mms_converter": True,
    "smart_encoding": False,
    "scan_message_content": "inherit",
    "fallback_to_long_code": True,
    "area_code_geomatch": True,
    "synchronous_validation": False,
    "validity_period": 36000,
    "usecase": "undeclared",
    "us_app_to_person_registered": False,
    "use_inbound_webhook_on_number": False,
    "links": {
        "phone_numbers": f"{URL}/PhoneNumbers",
        "short_codes": f"{URL}/ShortCodes",
        "alpha_senders": f"{URL}/AlphaSenders",
        "channel_senders": f"{URL}/ChannelSenders",
    },
    "url": URL,
}


async def test_lists_and_shows_the_services(twilio: Any) -> None:
    listed = (await twilio.http.get("/v1/Services")).json()
    shown = (await twilio.http.get(f"/v1/Services/{SERVICE_SID}")).json()

    assert listed["services"] == [SHOWN]
    assert (listed["meta"]["key"], listed["meta"]["next_page_url"]) == ("services", None)
    assert shown == SHOWN


@pytest.mark.parametrize(
    ("name", "key", "prefix", "own"),
    [
        (
            "PhoneNumbers",
            "phone_numbers",
            "PN",
            {
                "service_sid": SERVICE_SID,
                "phone_number": SENDER,
                "country_code": "US",
                "capabilities": ["SMS", "MMS"],
            },
        ),
        (
            "ShortCodes",
            "short_codes",
            "SC",
            {
                "service_sid": SERVICE_SID,
                "short_code": SHORT_CODE,
                "country_code": "US",
                "capabilities": ["SMS"],
            },
        ),
        (
            "AlphaSenders",
            "alpha_senders",
            "AI",
            {"service_sid": SERVICE_SID, "alpha_sender": ALPHANUMERIC_SENDER, "capabilities": ["SMS"]},
        ),
        (
            "ChannelSenders",
            "senders",
            "XE",
            {
                "messaging_service_sid": SERVICE_SID,
                "sender": WHATSAPP_SENDER,
                "sender_type": "WhatsApp",
                "country_code": "US",
            },
        ),
    ],
)
async def test_lists_the_pool_by_kind(
    twilio: Any, name: str, key: str, prefix: str, own: dict[str, Any]
) -> None:
    page = (await twilio.http.get(f"/v1/Services/{SERVICE_SID}/{name}")).json()

    [shown] = page[key]
    assert page["meta"]["key"] == key
    assert (shown["sid"][:2], len(shown["sid"])) == (prefix, 34)
    assert shown == own | {
        "sid": shown["sid"],
        "account_sid": ACCOUNT_SID,
        "date_created": STARTED,
        "date_updated": STARTED,
        "url": f"{URL}/{name}/{shown['sid']}",
    }
    assert (await twilio.http.get(shown["url"])).json() == shown


async def test_the_urls_of_a_service_are_set_and_called(
    twilio: Any, simulator: Simulator, webhook: Any
) -> None:
    form = {
        "InboundRequestUrl": "http://localhost/inbound",
        "StatusCallback": "http://localhost/status",
        "FriendlyName": "Orders",
    }

    updated = await twilio.http.post(f"/v1/Services/{SERVICE_SID}", data=form)
    await twilio.hear()
    await twilio.send(From=None, MessagingServiceSid=SERVICE_SID)
    await simulator.advance()

    own = {
        "friendly_name": "Orders",
        "inbound_request_url": "http://localhost/inbound",
        "status_callback": "http://localhost/status",
    }
    assert (updated.status_code, updated.json()) == (200, SHOWN | own)
    assert [request.url.path for request in webhook.requests] == ["/inbound", "/status"]


async def test_what_an_update_leaves_out_stays_and_what_is_empty_goes(twilio: Any) -> None:
    path = f"/v1/Services/{SERVICE_SID}"
    await twilio.http.post(
        path, data={"InboundRequestUrl": "http://localhost/a", "StatusCallback": "http://localhost/b"}
    )

    left_out = (await twilio.http.post(path, data={"UseInboundWebhookOnNumber": "true"})).json()
    emptied = (await twilio.http.post(path, data={"InboundRequestUrl": ""})).json()

    assert (left_out["inbound_request_url"], left_out["use_inbound_webhook_on_number"]) == (
        "http://localhost/a",
        True,
    )
    assert (emptied["inbound_request_url"], emptied["status_callback"]) == (None, "http://localhost/b")
    assert emptied["use_inbound_webhook_on_number"] is True


async def test_a_url_that_is_none_is_refused(twilio: Any) -> None:
    answer = await twilio.http.post(f"/v1/Services/{SERVICE_SID}", data={"InboundRequestUrl": "jane"})

    assert (answer.status_code, answer.json()["code"]) == (400, 20001)
    assert (await twilio.http.get(f"/v1/Services/{SERVICE_SID}")).json() == SHOWN


async def test_a_sender_that_is_not_in_the_pool_is_not_found(twilio: Any) -> None:
    answer = await twilio.http.get(f"/v1/Services/{SERVICE_SID}/PhoneNumbers/PN{9:032d}")

    assert (answer.status_code, answer.json()["code"]) == (404, 20404)


@pytest.mark.parametrize("path", ["", "/PhoneNumbers", "/ShortCodes", "/AlphaSenders", "/ChannelSenders"])
async def test_an_unknown_service_is_not_found(twilio: Any, path: str) -> None:
    answer = await twilio.http.get(f"/v1/Services/MG{9:032d}{path}")

    assert (answer.status_code, answer.json()["code"]) == (404, 20404)


@pytest.mark.parametrize(
    ("auth", "status"), [(None, 401), ((TEST_ACCOUNT_SID, TEST_AUTH_TOKEN), 403)], ids=["nobody", "test"]
)
@pytest.mark.parametrize("path", ["", f"/{SERVICE_SID}", f"/{SERVICE_SID}/PhoneNumbers"])
async def test_asks_who_calls(
    simulator: Simulator,
    connect: Callable[..., httpx.AsyncClient],
    path: str,
    auth: tuple[str, str] | None,
    status: int,
) -> None:
    async with connect(simulator, auth) as client:
        answer = await client.get(f"/v1/Services{path}")

    assert answer.status_code == status


async def test_an_alphanumeric_sender_of_the_pool_is_passed_over_in_north_america(
    make_simulator: Callable[..., Simulator], connect: Callable[..., httpx.AsyncClient]
) -> None:
    simulator = make_simulator()
    form = {"From": ALPHANUMERIC_SENDER, "MessagingServiceSid": SERVICE_SID, "Body": "Hello"}

    async with connect(simulator) as client:
        path = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
        at_home = await client.post(path, data=form | {"To": "+12025550142"})
        abroad = await client.post(path, data=form | {"To": "+447700900123"})

    assert (at_home.status_code, at_home.json()["code"]) == (400, 21612)
    assert (abroad.status_code, abroad.json()["from"]) == (201, ALPHANUMERIC_SENDER)
