"""A stop is wide and a start is narrow, from Twilio's webhook to the next text; and a remedy names the very person."""

import json

import httpx

from destinations.kit import Reason
from destinations.twilio_engage.simulator import SENDER
from destinations.twilio_engage.simulator.accounts import OTHER_SENDER as OTHER
from gateway.deliveries import DeliveryStatus as S
from tests.integration.engage.wired import Wired


async def say(wired: Wired, number: str, text: str, to: str) -> None:
    """Somebody writes, and the destination is told as the provider tells it."""
    said = {
        "from": number,
        "to": to,
        "body": text,
        "url": "https://texts.example.com/webhooks/dst_twilio/inbound",
    }
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(wired.simulator.app), base_url="http://127.0.0.1"
    ) as client:
        (await client.post("/_simulator/inbound", json=said)).raise_for_status()


async def test_a_start_to_another_number_leaves_a_stop_as_it_is(wired: Wired) -> None:
    number = await wired.person()
    await say(wired, number, "STOP", SENDER)
    wired.clock.advance(1)
    await say(wired, number, "START", OTHER)

    one = await wired.happen(number, "sendSms")

    assert (one.status, one.reason) == (S.SUPPRESSED, Reason.OPTED_OUT)
    assert wired.requests_to(number) == []
    assert one.remedy is not None
    assert one.remedy.startswith(f"The person undoes their own stop: they send START to {SENDER}.")
    assert f'consentUpdate(input: {{phone: "{number}", channel: SMS, status: SUBSCRIBED' in one.remedy


async def test_a_stop_to_another_number_stops_marketing_until_they_start_ours(wired: Wired) -> None:
    number = await wired.person()
    await say(wired, number, "STOP", OTHER)

    stopped = await wired.happen(number, "sendSms")
    wired.clock.advance(1)
    await say(wired, number, "START", SENDER)
    started = await wired.happen(number, "sendSms")

    assert (stopped.status, stopped.reason) == (S.SUPPRESSED, Reason.OPTED_OUT)
    assert started.status is S.ACCEPTED
    assert len(wired.requests_to(number)) == 1


async def test_the_remedy_of_a_refusal_names_the_person_and_their_number(wired: Wired) -> None:
    number = await wired.person(sms_opt_in="no")

    one = await wired.happen(number, "sendSms")

    assert (one.status, one.reason) == (S.SUPPRESSED, Reason.NOT_SUBSCRIBED)
    body = json.dumps({"userId": number, "traits": {"phone": number, "sms_opt_in": True}})
    assert f"/v1/identify: {body} or" in (one.remedy or "")
    assert f'consentUpdate(input: {{phone: "{number}", channel: SMS' in (one.remedy or "")
    assert wired.requests_to(number) == []
