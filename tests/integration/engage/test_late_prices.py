"""Twilio knows what a message costs some time after it arrived, and calls nobody for that: it is asked again."""

import httpx

from destinations.kit import MessageStatus
from gateway.pipeline import retry
from tests.integration.engage.wired import Wired

LAG = 300.0


async def test_a_price_that_comes_late_is_read_when_the_message_is_asked_for_again(wired: Wired) -> None:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(wired.simulator.app), base_url="http://127.0.0.1"
    ) as client:
        (await client.post("/_simulator/settings", json={"price_lag": LAG})).raise_for_status()
    await wired.happen(await wired.person(), "sendSms")
    while await wired.simulator.advance():
        pass
    told = await wired.delivery()

    wired.clock.advance(retry.FIRST_FOLLOW.total_seconds())
    await wired.follow()
    early = await wired.delivery()
    wired.clock.advance(600)
    await wired.follow()

    assert (told.message_status, told.price) == (MessageStatus.DELIVERED, None)
    assert (early.message_status, early.price) == (MessageStatus.DELIVERED, None)
    assert (await wired.delivery()).price == "-0.00750 USD"
