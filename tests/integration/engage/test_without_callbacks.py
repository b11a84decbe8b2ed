"""A gateway that Twilio can't reach: what became of its messages is asked for."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from destinations.kit import Channel, MessageStatus as M, Reason
from gateway.deliveries import DeliveryStatus as S
from gateway.storage.sqlite import SqliteStore
from tests.integration.engage.wired import Wired

TWO_MINUTES = 120


@pytest.fixture
async def unreachable(anyio_backend: str, database: Path) -> AsyncIterator[Wired]:
    wired = Wired(SqliteStore.open(database), database.parent, public_url=None)
    await wired.configure()
    yield wired
    await wired.close()


async def come_along(wired: Wired) -> None:
    """The messages have become at Twilio what they will, and it is time to ask."""
    while await wired.simulator.advance():
        pass
    wired.clock.advance(TWO_MINUTES)
    await wired.follow()


@pytest.mark.parametrize("event", ["sendSms", "sendWhatsApp"])
async def test_a_text_is_known_to_be_delivered_without_a_callback(unreachable: Wired, event: str) -> None:
    number = await unreachable.person()
    sent = await unreachable.happen(number, event)
    [request] = unreachable.requests_to(number)

    await come_along(unreachable)

    one = await unreachable.delivery()
    assert "StatusCallback" not in dict(request.form)
    assert (sent.status, sent.message_status in {M.QUEUED, M.ACCEPTED}) == (S.ACCEPTED, True)
    assert (one.status, one.message_status, one.segments, one.price) == (
        S.ACCEPTED,
        M.DELIVERED,
        1,
        "-0.00750 USD",
    )


async def test_a_stop_that_twilio_tells_late_is_learned_by_asking(unreachable: Wired) -> None:
    number = await unreachable.person()
    unreachable.simulator.steer({"action": "status", "status": "failed", "code": 21610, "to": number})
    await unreachable.happen(number, "sendSms")

    await come_along(unreachable)

    one = await unreachable.delivery()
    assert (one.status, one.message_status, one.error_code) == (S.ACCEPTED, M.FAILED, "21610")
    assert await unreachable.stops(number) == [(Channel.SMS, {"method": "Twilio error 21610"})]
    unreachable.clock.advance(1)
    again = await unreachable.happen(number, "sendSms")
    assert (again.status, again.reason) == (S.SUPPRESSED, Reason.OPTED_OUT)
    assert len(unreachable.requests_to(number)) == 1


async def test_many_of_one_sender_are_asked_for_by_its_list(unreachable: Wired) -> None:
    for _ in range(25):
        await unreachable.happen(await unreachable.person(), "sendSms")
    unreachable.line.reads.clear()
    unreachable.clock.advance(TWO_MINUTES)

    await come_along(unreachable)

    assert len([read for read in unreachable.line.reads if read.endswith("/Messages.json")]) == 1
    assert (await unreachable.delivery()).message_status is M.DELIVERED
    assert [read for read in unreachable.line.reads if "/Messages/" in read] == []
