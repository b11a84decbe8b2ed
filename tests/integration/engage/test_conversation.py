"""A conversation as it is held on the phone page: what a person writes there opens the 24 hours, and they close by themselves."""

from datetime import timedelta

import httpx

from destinations.kit import Purpose, Reason
from destinations.twilio_engage.simulator import WHATSAPP_SENDER
from gateway.deliveries import DeliveryStatus
from gateway.storage import mappings
from tests import factories
from tests.integration.engage.wired import Wired

WORDS = "Answer in words"
OPENED = timedelta(hours=24)
S = DeliveryStatus


async def answering(wired: Wired) -> None:
    """A mapping that sends free text, which WhatsApp takes within 24 hours of what the person wrote alone."""
    mapping = factories.mapping(
        id="map_words",
        destination_id="dst_twilio",
        action="sendWhatsApp",
        trigger=f'type = "track" and event = "{WORDS}"',
        fields={"from": WHATSAPP_SENDER, "body": "With pleasure!", "send": True, "traitEnrichment": True},
        purpose=Purpose.TRANSACTIONAL,
    )
    await wired.store.write(lambda c: mappings.add(c, mapping))
    wired.services.workspace.invalidate()


async def write_on_the_phone(wired: Wired, number: str, words: str) -> None:
    """What the page does when somebody presses Enter: see `phone.js`."""
    said = {"from": f"whatsapp:{number}", "to": WHATSAPP_SENDER, "body": words}
    transport = httpx.ASGITransport(wired.simulator.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as page:
        answer = await page.post("/_simulator/inbound", json=said)
    answer.raise_for_status()


async def shown_on_the_phone(wired: Wired, number: str) -> list[str]:
    """The texts of that person, as the page reads them."""
    transport = httpx.ASGITransport(wired.simulator.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as page:
        listed = (await page.get("/_simulator/messages", params={"after": 0, "newest": 100})).json()
    return [one["body"] for one in listed["messages"] if one["to"].endswith(number)]


async def test_a_conversation_on_the_phone_page_opens_and_closes_the_window(wired: Wired) -> None:
    await answering(wired)
    number = await wired.person()
    begun = await wired.happen(number, "sendWhatsApp")
    before = await wired.happen(number, WORDS)

    wired.clock.advance(60)
    await write_on_the_phone(wired, number, "Is it on its way?")
    open_ = await wired.happen(number, WORDS)
    wired.clock.advance((OPENED - timedelta(seconds=1)).total_seconds())
    last = await wired.happen(number, WORDS)
    wired.clock.advance(1)
    closed = await wired.happen(number, WORDS)
    await write_on_the_phone(wired, number, "Hello?")
    again = await wired.happen(number, WORDS)

    told = [(one.status, one.reason) for one in (begun, before, open_, last, closed, again)]
    assert told == [
        (S.ACCEPTED, None),
        (S.SUPPRESSED, Reason.WINDOW_CLOSED),
        (S.ACCEPTED, None),
        (S.ACCEPTED, None),
        (S.SUPPRESSED, Reason.WINDOW_CLOSED),
        (S.ACCEPTED, None),
    ]
    assert (await shown_on_the_phone(wired, number)).count("With pleasure!") == 3
