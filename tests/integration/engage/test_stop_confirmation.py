"""A stop that Twilio does not answer is confirmed by one message; one that it answers by none of ours."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from destinations.kit import Policy
from destinations.twilio_engage.simulator import SENDER, WHATSAPP_SENDER
from gateway.deliveries import DeliveryStatus
from gateway.storage import delivery_lists
from gateway.storage.sqlite import SqliteStore
from tests.integration.engage.wired import Wired

WORDS = "You get no more messages from us."
OUR_WHATSAPP = f"whatsapp:{WHATSAPP_SENDER.removeprefix('whatsapp:')}"


@pytest.fixture
async def wired(anyio_backend: str, database: Path) -> AsyncIterator[Wired]:
    """A destination that confirms stops."""
    wired = Wired(SqliteStore.open(database), database.parent)
    await wired.configure(Policy(stop_confirmation=WORDS))
    yield wired
    await wired.close()


async def say(wired: Wired, number: str, text: str, to: str, **more: str) -> None:
    """Somebody writes, and the destination is told as Twilio tells it."""
    said = {
        "from": number,
        "to": to,
        "body": text,
        "url": "https://texts.example.com/webhooks/dst_twilio/inbound",
        **more,
    }
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(wired.simulator.app), base_url="http://127.0.0.1"
    ) as client:
        (await client.post("/_simulator/inbound", json=said)).raise_for_status()


def sent(wired: Wired) -> list[tuple[str | None, str, str]]:
    """What the stand-in was given to send: from, to and the words of each."""
    return [(one.from_, one.draft.to.text, one.draft.content.body) for one in wired.simulator.messages]


async def test_a_stop_on_whatsapp_is_confirmed_once_however_often_it_is_told(wired: Wired) -> None:
    number = await wired.person()
    for _ in range(2):
        await say(wired, f"whatsapp:{number}", "STOP", OUR_WHATSAPP, MessageSid="SM" + "a" * 32)
        await wired.turn()

    assert sent(wired) == [(OUR_WHATSAPP, f"whatsapp:{number}", WORDS)]
    page = await wired.store.read(
        lambda c: delivery_lists.page(c, "default", 9, None, delivery_lists.DeliveryFilter())
    )
    (one,) = page.items
    assert (one.status, one.recipient) == (DeliveryStatus.ACCEPTED, number)
    assert {
        "gate": "consent",
        "passed": True,
        "detail": "the confirmation of their own stop, which Twilio does not send: the one message that a stop lets through",
    }.items() <= next(dict(line) for line in one.explanation if line["gate"] == "consent").items()


async def test_a_word_that_only_is_a_stop_here_is_confirmed(wired: Wired) -> None:
    number = await wired.person()

    await say(wired, number, "stop please", SENDER)
    await wired.turn()

    assert sent(wired) == [(SENDER, number, WORDS)]


@pytest.mark.parametrize(
    "more", [{}, {"OptOutType": "STOP"}], ids=["a keyword of Twilio's", "Advanced Opt-Out"]
)
async def test_what_twilio_answers_is_not_confirmed(wired: Wired, more: dict[str, str]) -> None:
    number = await wired.person()

    await say(wired, number, "STOP", SENDER, **more)
    await wired.turn()

    assert sent(wired) == []
    assert await wired.due() is None
