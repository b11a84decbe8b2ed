"""What people wrote while nobody listened: heard as the destination is verified, as far as it opens and stops."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from destinations.kit import Channel, DestinationStatus, Policy
from destinations.twilio_engage.simulator import SENDER, WHATSAPP_SENDER
from destinations.twilio_engage.simulator.accounts import OTHER_SENDER
from gateway.consent import state
from gateway.deliveries import DeliveryStatus
from gateway.jobs import JobKind
from gateway.pipeline import syncs
from gateway.storage import consent, conversations, destinations, inbound_messages, jobs
from gateway.storage.destinations import Standing
from gateway.storage.engine import open_store
from tests.integration.engage.wired import Wired

A_DAY = 86_400


@pytest.fixture
async def wired(anyio_backend: str, address: str, tmp_path: Path) -> AsyncIterator[Wired]:
    """Whose replies would become events."""
    made = Wired(await open_store(address), tmp_path)
    await made.configure(Policy(inbound_source_id="src_server"))
    yield made
    await made.close()


async def write(wired: Wired, number: str, text: str, to: str = SENDER) -> None:
    """Somebody writes to a number that tells somebody else."""
    said = {
        "from": number,
        "to": to,
        "body": text,
        "url": "https://elsewhere.example.com/webhooks/dst_gone/inbound",
    }
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(wired.simulator.app), base_url="http://127.0.0.1"
    ) as client:
        (await client.post("/_simulator/inbound", json=said)).raise_for_status()


async def written(wired: Wired) -> list[tuple[str, Any]]:
    page = await wired.store.read(lambda c: inbound_messages.page(c, "default", 50, None))
    return [(one.body or "", one.received_at) for one in reversed(page.items)]


async def test_it_opens_windows_and_stops_and_never_becomes_an_event(wired: Wired) -> None:
    number = await wired.person()
    wrote_at = wired.clock.now()
    await write(wired, f"whatsapp:{number}", "Hello", WHATSAPP_SENDER)
    await write(wired, number, "STOP")
    wired.clock.advance(3600)
    assert await written(wired) == []

    await wired.verify()

    assert sorted(await written(wired)) == [("Hello", wrote_at), ("STOP", wrote_at)]
    found = (await wired.store.read(lambda c: conversations.last_inbound(c, "default", [number])))[number]
    assert found[Channel.WHATSAPP, WHATSAPP_SENDER.removeprefix("whatsapp:")] == wrote_at
    words = await wired.store.read(lambda c: consent.of_number(c, "default", number, Channel.SMS))
    stands = state(words)
    assert stands is not None
    assert (stands.stopped, stands.changed_at) == (True, wrote_at)
    assert await wired.store.read(lambda c: jobs.next_due(c, JobKind.MATCH)) is None
    one = await wired.happen(number, "sendSms")
    assert one.status is DeliveryStatus.SUPPRESSED
    assert wired.requests_to(number) == []


async def test_it_is_heard_once_and_nothing_older_than_a_day(wired: Wired) -> None:
    number = await wired.person()
    await write(wired, number, "Too old")
    wired.clock.advance(A_DAY + 1)
    await write(wired, number, "Lately")

    await wired.verify()
    await wired.verify()

    assert [body for body, _at in await written(wired)] == ["Lately"]


async def test_it_never_grants(wired: Wired) -> None:
    number = await wired.person(sms_opt_in="no")
    wired.clock.advance(1)
    await write(wired, number, "START")

    await wired.verify()

    words = await wired.store.read(lambda c: consent.of_number(c, "default", number, Channel.SMS))
    assert [(word.status.value, word.own_word) for word in words] == [("UNSUBSCRIBED", False)]
    assert [body for body, _at in await written(wired)] == ["START"]


async def test_what_waits_for_the_verification_is_stopped_by_it(wired: Wired) -> None:
    number = await wired.person()
    failed = Standing(DestinationStatus.FAILED, {}, None)
    await wired.store.write(lambda c: destinations.set_standing(c, "dst_twilio", failed, wired.clock.now()))
    wired.services.workspace.invalidate()
    held = await wired.happen(number, "sendSms")
    await write(wired, number, "STOP")

    await wired.verify()
    await wired.settle_everything()

    assert held.status is DeliveryStatus.HELD
    assert (await wired.delivery()).status is DeliveryStatus.SUPPRESSED
    assert wired.requests_to(number) == []


async def test_where_it_can_not_be_read_the_destination_is_verified_all_the_same(wired: Wired) -> None:
    number = await wired.person()
    await write(wired, number, "STOP")
    wired.line.refuses = lambda request: "To" in request.url.params

    assert (await wired.verify()).status is DestinationStatus.VERIFIED
    assert await written(wired) == []

    wired.line.refuses = lambda _request: False
    await wired.verify()
    assert [body for body, _at in await written(wired)] == ["STOP"]


async def test_every_sender_of_the_account_is_asked_for_and_not_only_those_that_mappings_name(
    wired: Wired,
) -> None:
    number = await wired.person()
    while await syncs.step(wired.services):
        pass
    await write(wired, number, "Hello", OTHER_SENDER)

    await wired.verify()

    assert [body for body, _at in await written(wired)] == ["Hello"]
