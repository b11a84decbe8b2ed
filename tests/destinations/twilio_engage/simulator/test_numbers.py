from collections.abc import Callable
from typing import Any

import httpx
import pytest

from destinations.twilio_engage.simulator import (
    ACCOUNT_SID,
    MAGIC_SENDER,
    OTHER_SENDER,
    SENDER,
    SHORT_CODE,
    TEST_ACCOUNT_SID,
    TEST_AUTH_TOKEN,
    Simulator,
)

ACCOUNT = f"/2010-04-01/Accounts/{ACCOUNT_SID}"
NUMBERS = f"{ACCOUNT}/IncomingPhoneNumbers.json"
SHORT_CODES = f"{ACCOUNT}/SMS/ShortCodes.json"
STARTED = "Sat, 21 Nov 2026 09:30:00 +0000"
URLS = {"SmsUrl": "http://localhost/inbound", "StatusCallback": "http://localhost/status"}


async def test_lists_the_numbers(twilio: Any) -> None:
    page = (await twilio.http.get(NUMBERS)).json()

    shown = page["incoming_phone_numbers"]
    assert [number["phone_number"] for number in shown] == [SENDER, OTHER_SENDER, MAGIC_SENDER]
    assert {key: value for key, value in page.items() if key != "incoming_phone_numbers"} == {
        "page": 0,
        "page_size": 50,
        "start": 0,
        "end": 2,
        "uri": f"{NUMBERS}?PageSize=50&Page=0",
        "first_page_uri": f"{NUMBERS}?PageSize=50&Page=0",
        "next_page_uri": None,
        "previous_page_uri": None,
    }


async def test_shows_a_number(twilio: Any) -> None:
    [listed] = (await twilio.http.get(NUMBERS, params={"PhoneNumber": SENDER})).json()[
        "incoming_phone_numbers"
    ]

    answer = await twilio.http.get(listed["uri"])

    sid = listed["sid"]
    assert (sid[:2], len(sid)) == ("PN", 34)
    assert answer.json() == listed
    assert listed == {
        "account_sid": ACCOUNT_SID,
        "address_requirements": "none",
        "address_sid": None,
        "api_version": "2010-04-01",
        "beta": False,
        "bundle_sid": None,
        "capabilities": {"voice": True, "sms": True, "mms": True, "fax": False},
        "date_created": STARTED,
        "date_updated": STARTED,
        "emergency_address_sid": None,
        "emergency_address_status": "unregistered",
        "emergency_status": "Inactive",
        "friendly_name": SENDER,
        "identity_sid": None,
        "origin": "twilio",
        "phone_number": SENDER,
        "sid": sid,
        "sms_application_sid": None,
        "sms_fallback_method": "POST",
        "sms_fallback_url": None,
        "sms_method": "POST",
        "sms_url": None,
        "status": "in-use",
        "status_callback": None,
        "status_callback_method": "POST",
        "trunk_sid": None,
        "type": "local",
        "uri": f"{ACCOUNT}/IncomingPhoneNumbers/{sid}.json",
        "voice_application_sid": None,
        "voice_caller_id_lookup": False,
        "voice_fallback_method": "POST",
        "voice_fallback_url": None,
        "voice_method": "POST",
        "voice_receive_mode": "voice",
        "voice_url": None,
    }


async def test_lists_and_shows_the_short_codes(twilio: Any) -> None:
    [listed] = (await twilio.http.get(SHORT_CODES)).json()["short_codes"]

    answer = await twilio.http.get(listed["uri"])

    assert answer.json() == listed
    assert listed == {
        "account_sid": ACCOUNT_SID,
        "api_version": "2010-04-01",
        "date_created": STARTED,
        "date_updated": STARTED,
        "friendly_name": SHORT_CODE,
        "short_code": SHORT_CODE,
        "sid": listed["sid"],
        "sms_fallback_method": "POST",
        "sms_fallback_url": None,
        "sms_method": "POST",
        "sms_url": None,
        "uri": f"{ACCOUNT}/SMS/ShortCodes/{listed['sid']}.json",
    }


async def test_follows_the_pages_and_keeps_the_filter(twilio: Any) -> None:
    first = (await twilio.http.get(NUMBERS, params={"PageSize": 2})).json()
    second = (await twilio.http.get(first["next_page_uri"])).json()
    none = (await twilio.http.get(NUMBERS, params={"PhoneNumber": "+12025550199"})).json()

    numbers = [
        one["phone_number"] for one in first["incoming_phone_numbers"] + second["incoming_phone_numbers"]
    ]
    assert numbers == [SENDER, OTHER_SENDER, MAGIC_SENDER]
    assert second["next_page_uri"] is None
    assert none["incoming_phone_numbers"] == []
    assert none["uri"] == f"{NUMBERS}?PhoneNumber=%2B12025550199&PageSize=50&Page=0"


async def test_what_a_number_receives_goes_where_it_was_told(twilio: Any, webhook: Any) -> None:
    query = {"PhoneNumber": OTHER_SENDER}
    [number] = (await twilio.http.get(NUMBERS, params=query)).json()["incoming_phone_numbers"]

    updated = await twilio.http.post(number["uri"], data=URLS)
    await twilio.hear(**{"from": "+12025550142"}, to=OTHER_SENDER)

    urls = {"sms_url": "http://localhost/inbound", "status_callback": "http://localhost/status"}
    assert (updated.status_code, updated.json()) == (200, number | urls)
    assert (await twilio.http.get(number["uri"])).json() == number | urls
    assert [request.url.path for request in webhook.requests] == ["/inbound"]


async def test_an_empty_url_takes_it_away_and_one_left_out_stays(twilio: Any) -> None:
    [number, *_] = (await twilio.http.get(NUMBERS)).json()["incoming_phone_numbers"]
    await twilio.http.post(number["uri"], data=URLS)

    updated = (await twilio.http.post(number["uri"], data={"SmsUrl": ""})).json()

    assert (updated["sms_url"], updated["status_callback"]) == (None, "http://localhost/status")


async def test_a_url_that_is_none_is_refused(twilio: Any) -> None:
    [number, *_] = (await twilio.http.get(NUMBERS)).json()["incoming_phone_numbers"]

    answer = await twilio.http.post(number["uri"], data={"SmsUrl": "jane"})

    assert (answer.status_code, answer.json()["code"]) == (400, 20001)
    assert (await twilio.http.get(number["uri"])).json() == number


async def test_a_reset_takes_the_urls_away(twilio: Any) -> None:
    [code] = (await twilio.http.get(SHORT_CODES)).json()["short_codes"]
    updated = await twilio.http.post(code["uri"], data={"SmsUrl": "http://localhost/inbound"})

    await twilio.control("reset")

    assert updated.json()["sms_url"] == "http://localhost/inbound"
    assert (await twilio.http.get(code["uri"])).json() == code


@pytest.mark.parametrize("path", [NUMBERS, SHORT_CODES])
async def test_an_unknown_sid_is_not_found(twilio: Any, path: str) -> None:
    one = path.replace(".json", f"/PN{9:032d}.json")

    answers = [await twilio.http.get(one), await twilio.http.post(one, data=URLS)]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, 20404)] * 2


@pytest.mark.parametrize("query", [{"PageSize": "many"}, {"Page": "-1"}, {"PageToken": "PAno-such"}], ids=str)
async def test_a_page_that_cannot_be_read_is_refused(twilio: Any, query: dict[str, str]) -> None:
    answer = await twilio.http.get(NUMBERS, params=query)

    assert (answer.status_code, answer.json()["code"]) == (400, 20001)


@pytest.mark.parametrize("name", ["IncomingPhoneNumbers.json", "SMS/ShortCodes.json"])
async def test_asks_who_calls(
    simulator: Simulator, connect: Callable[..., httpx.AsyncClient], name: str
) -> None:
    async with connect(simulator, None) as client:
        nobody = await client.get(f"{ACCOUNT}/{name}")
    async with connect(simulator, (TEST_ACCOUNT_SID, TEST_AUTH_TOKEN)) as client:
        foreign = await client.get(f"{ACCOUNT}/{name}")
        by_test = await client.get(f"/2010-04-01/Accounts/{TEST_ACCOUNT_SID}/{name}")

    assert [answer.status_code for answer in (nobody, foreign, by_test)] == [401, 401, 403]


async def test_a_number_that_is_released_sends_no_more_and_is_in_no_pool(twilio: Any) -> None:
    [listed] = (await twilio.http.get(NUMBERS, params={"PhoneNumber": SENDER})).json()[
        "incoming_phone_numbers"
    ]

    released = await twilio.http.delete(listed["uri"])

    [service] = (await twilio.http.get("/v1/Services")).json()["services"]
    pool = (await twilio.http.get(service["links"]["phone_numbers"])).json()["phone_numbers"]
    left = (await twilio.http.get(NUMBERS)).json()["incoming_phone_numbers"]
    refused = await twilio.send()
    assert (released.status_code, released.content, pool) == (204, b"", [])
    assert [number["phone_number"] for number in left] == [OTHER_SENDER, MAGIC_SENDER]
    assert (refused.status_code, refused.json()["code"]) == (400, 21606)
    assert (await twilio.http.delete(listed["uri"])).status_code == 404
