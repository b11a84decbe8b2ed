"""STOP, written by a person while a thousand texts wait for them: Twilio calls, and none leaves after that is on disk."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from destinations.kit import HttpRequest, HttpResponse, Reason
from destinations.twilio_engage.simulator import SENDER
from gateway.deliveries import DeliveryStatus
from gateway.pipeline.match import Taken, match
from gateway.pipeline.worker import Worker
from gateway.storage import tables
from gateway.storage.engine import open_store
from tests import factories
from tests.integration.engage.wired import Wired

TEXTS = 1_000
WORKERS = {"sqlite": 1, "postgresql": 2}
PATIENCE = 120.0
"""Seconds for what should never run out, on however slow a machine."""
INBOUND = "https://texts.example.com/webhooks/dst_twilio/inbound"


@pytest.fixture
async def wired(anyio_backend: str, address: str, tmp_path: Path) -> AsyncIterator[Wired]:
    made = Wired(await open_store(address), tmp_path)
    await made.configure()
    yield made
    await made.close()


async def wait_for_texts(wired: Wired, number: str) -> None:
    """A thousand events of that person, each of which leads to a text."""
    snapshot = await wired.services.workspace.current()
    events = [
        factories.event(
            {"type": "track", "event": "sendSms", "userId": number, "messageId": f"m-stop-{place}"},
            wired.clock.now(),
        )
        for place in range(TEXTS)
    ]
    taken = [Taken(snapshot.sources["src_server"], one) for one in events]
    await wired.store.write(lambda c: match(c, wired.services.secrets, snapshot, taken, wired.clock.now()))


async def outcomes(wired: Wired) -> dict[tuple[str, str | None], int]:
    """How many texts stand where, and why."""
    columns = tables.deliveries.c.status, tables.deliveries.c.reason

    def count(connection: Connection) -> dict[tuple[str, str | None], int]:
        rows = connection.execute(select(*columns, func.count()).group_by(*columns)).all()
        return {(status, reason): many for status, reason, many in rows}

    return await wired.store.read(count)


def waiting(found: dict[tuple[str, str | None], int]) -> int:
    return sum(many for (status, _reason), many in found.items() if not DeliveryStatus(status).final)


async def test_a_stop_that_twilio_tells_of_lets_no_request_leave_after_its_commit(
    wired: Wired, address: str
) -> None:
    number = await wired.person()
    await wait_for_texts(wired, number)
    left, go_on = asyncio.Event(), asyncio.Event()
    original = wired.line.send

    async def send(request: HttpRequest) -> HttpResponse:
        answer = await original(request)
        left.set()
        await go_on.wait()
        return answer

    wired.line.send = send  # type: ignore[method-assign]  # Twilio takes its time
    workers = [Worker(wired.services) for _ in range(WORKERS[address.partition(":")[0].partition("+")[0]])]
    running = [asyncio.create_task(one.run()) for one in workers]
    async with asyncio.timeout(PATIENCE):
        await left.wait()

    heard = await wired.simulator.hear({"from": number, "to": SENDER, "body": "STOP", "url": INBOUND})
    at_the_stop = len(wired.requests_to(number))
    go_on.set()
    async with asyncio.timeout(PATIENCE):
        while waiting(found := await outcomes(wired)):  # noqa: ASYNC110  the worker tells nobody that nothing is left
            await asyncio.sleep(0.05)
    for one in workers:
        one.stop()
    await asyncio.gather(*running)

    assert [call.result for call in heard.calls] == ["200"]
    assert at_the_stop <= len(workers)
    assert len(wired.requests_to(number)) == at_the_stop
    assert found.pop((DeliveryStatus.SUPPRESSED, Reason.OPTED_OUT)) == TEXTS - at_the_stop
    # What had left by then was accepted, or came to Twilio behind the stop and was refused.
    assert sum(found.values()) == at_the_stop
    assert {status for status, _reason in found} <= {DeliveryStatus.ACCEPTED, DeliveryStatus.REJECTED}
