from typing import Any

from destinations.twilio_engage.simulator import WHATSAPP_SENDER

SENDERS = "/v2/Channels/Senders"


async def test_lists_and_shows_the_senders_of_whatsapp(twilio: Any) -> None:
    page = (await twilio.http.get(SENDERS, params={"Channel": "whatsapp"})).json()

    [listed] = page["senders"]
    assert (listed["sid"][:2], listed["sender_id"], listed["status"]) == ("XE", WHATSAPP_SENDER, "ONLINE")
    assert (listed["webhook"]["callback_url"], listed["profile"]) == (None, {"name": "Simulated account"})
    assert (page["meta"]["key"], page["meta"]["next_page_url"]) == ("senders", None)
    assert (await twilio.http.get(f"{SENDERS}/{listed['sid']}")).json() == listed


async def test_lists_none_of_another_channel(twilio: Any) -> None:
    answer = await twilio.http.get(SENDERS)

    assert (answer.status_code, answer.json()["code"]) == (400, 20001)


async def test_changes_where_what_people_write_goes(twilio: Any) -> None:
    [listed] = (await twilio.http.get(SENDERS, params={"Channel": "whatsapp"})).json()["senders"]
    own = f"{SENDERS}/{listed['sid']}"
    webhook = {"callback_url": "http://localhost/inbound", "callback_method": "POST"}

    changed = await twilio.http.post(own, json={"webhook": webhook})
    refused = await twilio.http.post(own, json={"webhook": {"callback_url": "nowhere"}})

    assert (changed.status_code, changed.json()["webhook"]["callback_url"]) == (
        202,
        "http://localhost/inbound",
    )
    assert (refused.status_code, refused.json()["code"]) == (400, 20001)
    assert (await twilio.http.get(own)).json()["webhook"]["callback_url"] == "http://localhost/inbound"


async def test_shows_none_that_is_not_there(twilio: Any) -> None:
    answer = await twilio.http.get(f"{SENDERS}/XE{'0' * 32}")

    assert (answer.status_code, answer.json()["code"]) == (404, 20404)
