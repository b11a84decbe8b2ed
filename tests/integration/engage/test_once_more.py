"""What Twilio says of a message after it took it, and what is sent once more for that."""

from typing import Any

import pytest
from sqlalchemy import Connection

from destinations.kit import Channel, MessageStatus as M
from destinations.twilio_engage.simulator import TEMPLATE_SID, WHATSAPP_SENDER
from gateway.deliveries import DeliveryStatus as S
from gateway.storage import conversations
from gateway.storage.conversations import Conversation
from tests.integration.engage.wired import Wired


async def come_along(wired: Wired) -> None:
    """The messages become at Twilio what they will, and it says so."""
    while await wired.simulator.advance():
        pass


async def test_what_twilio_never_sent_is_sent_once_more(wired: Wired) -> None:
    number = await wired.person()
    wired.simulator.steer({"action": "status", "status": "failed", "code": 30001, "to": number})
    await wired.happen(number, "sendSms")

    await come_along(wired)
    await come_along(wired)
    await wired.settle_everything()
    await come_along(wired)

    parent = await wired.delivery()
    [child] = await wired.repeats()
    assert (parent.status, parent.message_status, parent.error_code) == (S.ACCEPTED, M.FAILED, "30001")
    assert (child.fallback_of, child.recipient, child.message_status) == (parent.id, number, M.DELIVERED)
    assert len(wired.requests_to(number)) == 2


@pytest.mark.parametrize("code", [30003, 30005, 30007, 21610])
async def test_what_may_have_arrived_or_never_will_is_not_sent_again(wired: Wired, code: int) -> None:
    number = await wired.person()
    wired.simulator.steer({"action": "status", "status": "undelivered", "code": code, "to": number})
    await wired.happen(number, "sendSms")

    await come_along(wired)
    await wired.settle_everything()

    assert await wired.repeats() == []
    assert len(wired.requests_to(number)) == 1


async def wrote(wired: Wired, number: str) -> None:
    """As far as the gateway knows, the person wrote just now; Twilio knows nothing of it."""
    now = wired.clock.now()
    sender = WHATSAPP_SENDER.removeprefix("whatsapp:")
    said = Conversation("default", number, Channel.WHATSAPP, sender, "dst_twilio", now)

    def hear(connection: Connection) -> None:
        conversations.hear(connection, said)

    await wired.store.write(hear)


def contents(wired: Wired, number: str) -> list[tuple[Any, Any]]:
    """The text and the template of each create."""
    forms = [dict(request.form) for request in wired.requests_to(number)]
    return [(form.get("Body"), form.get("ContentSid")) for form in forms]


async def test_free_text_that_came_too_late_is_sent_as_the_template(wired: Wired) -> None:
    number = await wired.person()
    await wrote(wired, number)
    await wired.happen(number, "sendWhatsApp in words")

    await come_along(wired)
    await wired.settle_everything()
    await come_along(wired)

    parent = await wired.delivery()
    [child] = await wired.repeats()
    assert (parent.message_status, parent.error_code) == (M.FAILED, "63016")
    assert (child.fallback_of, child.message_status) == (parent.id, M.DELIVERED)
    assert contents(wired, number) == [("Hello", None), (None, TEMPLATE_SID)]


async def test_a_create_that_is_refused_for_it_is_made_with_the_template(wired: Wired) -> None:
    number = await wired.person()
    await wrote(wired, number)
    wired.simulator.steer({"action": "error", "code": 63016, "to": f"whatsapp:{number}"})
    await wired.happen(number, "sendWhatsApp in words")

    await wired.settle_everything()

    assert (await wired.delivery()).status is S.REJECTED
    assert [one.status for one in await wired.repeats()] == [S.ACCEPTED]
    assert contents(wired, number) == [("Hello", None), (None, TEMPLATE_SID)]
