"""All that people wrote in the last day is heard, however much it is, and whatever fails or ends meanwhile; on both engines."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, func, select, update

from destinations.kit import DestinationStatus
from destinations.twilio_engage.simulator import SENDER, WHATSAPP_SENDER
from destinations.twilio_engage.simulator.accounts import OTHER_SENDER
from gateway import ids
from gateway.background_jobs import BackgroundJob, BackgroundKind, BackgroundStatus
from gateway.deliveries import DeliveryStatus
from gateway.pipeline import recent, verification
from gateway.pipeline.worker import Worker
from gateway.sending.reading import Reader
from gateway.storage import background_jobs, destinations, tables, turns
from gateway.storage.destinations import Standing
from gateway.storage.engine import open_store
from tests.factories import later
from tests.gateway.asked import Asked
from tests.integration.engage.wired import Wired

PAGE = 90
WRITTEN = {SENDER: 1_000, OTHER_SENDER: 900, WHATSAPP_SENDER: 300}
"""How many wrote to a number of a service, to another one, and by WhatsApp. The first to each of them wrote STOP."""

STOPPED = ["+12025570000", "+12025571000", "+12025571900"]


@pytest.fixture
async def wired(
    anyio_backend: str, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Wired]:
    """Not verified yet; a verification of it waits until all is read."""
    monkeypatch.setattr(recent, "SECONDS", 600.0)
    made = Wired(await open_store(address), tmp_path)
    await made.configure()
    await stand(made, DestinationStatus.FAILED)
    yield made
    await made.close()


async def stand(wired: Wired, status: DestinationStatus) -> None:
    now, stands = wired.clock.now(), Standing(status, {}, None)
    await wired.store.write(lambda c: destinations.set_standing(c, "dst_twilio", stands, now))
    wired.services.workspace.invalidate()


async def write(wired: Wired, written: dict[str, int] = WRITTEN) -> None:
    """A second after the other each person writes once, to a number that tells somebody else."""
    person = 0
    transport = httpx.ASGITransport(wired.simulator.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        for sender, count in written.items():
            for number in range(count):
                prefix = "whatsapp:" if sender.startswith("whatsapp:") else ""
                said = {
                    "from": f"{prefix}+1202557{person:04d}",
                    "to": sender,
                    "body": "STOP" if number == 0 else "Hello",
                    "url": "http://127.0.0.1/nobody",
                }
                (await client.post("/_simulator/inbound", json=said)).raise_for_status()
                person += 1
                wired.clock.advance(1)


async def kept(wired: Wired) -> int:
    """How many messages are kept, each once."""
    table = tables.inbound_messages
    query = select(func.count(table.c.message_sid.distinct()), func.count()).select_from(table)
    different, rows = await wired.store.read(lambda c: c.execute(query).one())
    assert different == rows
    return int(rows)


async def stopped(wired: Wired) -> list[str]:
    held = tables.consent_history.c
    query = select(held.phone).where(held.own_word, held.status == "UNSUBSCRIBED").order_by(held.phone)
    return list(await wired.store.read(lambda c: c.scalars(query).all()))


async def job(wired: Wired) -> BackgroundJob:
    """The import, of which there is one."""
    kind = BackgroundKind.INBOUND_IMPORT
    page = await wired.store.read(lambda c: background_jobs.page(c, "default", kind, 9, None))
    [one] = page.items
    return one


async def notes(wired: Wired) -> list[dict[str, Any]]:
    """What the verification says of it."""
    checks = ((await wired.destination()).verification or {}).get("checks", ())
    return [one for one in checks if one["code"] == "INBOUND_IMPORT"]


def lists_read(requests: list[httpx.Request]) -> Counter[tuple[str, int]]:
    """How often each page of each list was asked for."""
    return Counter(
        (one.url.params["To"], int(one.url.params.get("Page", 0)))
        for one in requests
        if "To" in one.url.params
    )


class Pages:
    """What is asked of the lists. Of what `waits` is true it gets no answer before `released`."""

    def __init__(self, wired: Wired) -> None:
        self.requests: list[httpx.Request] = []
        self.waits: Any = lambda _request: False
        self.reached, self.released = asyncio.Event(), asyncio.Event()
        self.most = self._now = 0
        self._line = wired.line
        reader = Reader(wired.services.shared.cache, Asked(httpx.MockTransport(self._read)))
        wired.services = replace(wired.services, reader=reader)

    async def _read(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self.waits(request):
            self.reached.set()
            await self.released.wait()
        self._now += "To" in request.url.params
        self.most = max(self.most, self._now)
        try:
            return await self._line.read(request)
        finally:
            self._now -= "To" in request.url.params


def is_page(request: httpx.Request, sender: str, number: int) -> bool:
    asked = request.url.params
    return (asked.get("To"), asked.get("Page")) == (sender, str(number))


async def test_all_of_two_thousand_messages_are_heard_and_the_stops_among_the_oldest(wired: Wired) -> None:
    await write(wired)
    pages = Pages(wired)

    verified = await wired.verify()

    assert verified.status is DestinationStatus.VERIFIED
    assert await kept(wired) == sum(WRITTEN.values()) == 2_200
    assert await stopped(wired) == STOPPED
    ended = await job(wired)
    assert (ended.status, ended.total, ended.done) == (BackgroundStatus.DONE, 2_200, 2_200)
    assert ended.result == {"read": 2_200, "new": 2_200, "stops": 3}
    assert await notes(wired) == []
    read = lists_read(pages.requests)
    assert {one: count for one, count in read.items() if one[0] in WRITTEN} == {
        (sender, number): 1 for sender, count in WRITTEN.items() for number in range(-(-count // PAGE))
    }
    assert pages.most <= recent.AT_ONCE


async def test_verified_again_it_is_heard_once(wired: Wired) -> None:
    await write(wired, {SENDER: 200})

    await wired.verify()
    await wired.verify()

    kind = BackgroundKind.INBOUND_IMPORT
    page = await wired.store.read(lambda c: background_jobs.page(c, "default", kind, 9, None))
    assert [one.result for one in page.items] == [
        {"read": 200, "new": 0, "stops": 0},
        {"read": 200, "new": 200, "stops": 1},
    ]
    assert await kept(wired) == 200


async def test_a_verified_destination_that_is_looked_at_again_by_itself_reads_nothing(wired: Wired) -> None:
    await stand(wired, DestinationStatus.VERIFIED)
    await write(wired, {SENDER: 3})
    pages = Pages(wired)

    await verification.verify(wired.services, "dst_twilio", by_itself=True)

    kind = BackgroundKind.INBOUND_IMPORT
    page = await wired.store.read(lambda c: background_jobs.page(c, "default", kind, 9, None))
    assert (page.items, lists_read(pages.requests), await kept(wired)) == ([], {}, 0)


async def test_what_does_not_fit_into_the_verification_goes_on_and_a_stop_in_it_holds_what_has_not_left(
    wired: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await wired.person()
    await write_one(wired, number, "STOP")
    await write(wired, {OTHER_SENDER: 400})
    await wired.happen(number, "sendSms")
    monkeypatch.setattr(recent, "SECONDS", 0.0)

    verified = await wired.verify()

    assert verified.status is DestinationStatus.VERIFIED
    assert ((await job(wired)).status, await kept(wired)) == (BackgroundStatus.RUNNING, 0)
    [note] = await notes(wired)
    assert note["passed"]
    assert note["message"] == (
        "Not all that people wrote in the last 24 hours was read yet when this was checked. A job goes on with it; a stop that it finds "
        "holds what has not left by then."
    )
    assert (await job(wired)).id in note["remedy"]

    assert await recent.step(wired.services)
    await wired.settle_everything()

    assert ((await job(wired)).status, await kept(wired)) == (BackgroundStatus.DONE, 401)
    assert await notes(wired) == []
    assert (await wired.delivery()).status is DeliveryStatus.SUPPRESSED
    assert wired.requests_to(number) == []
    assert not await recent.step(wired.services)


async def test_a_worker_reads_on_by_itself(wired: Wired, monkeypatch: pytest.MonkeyPatch) -> None:
    await write(wired, {SENDER: 200})
    monkeypatch.setattr(recent, "SECONDS", 0.0)
    await wired.verify()
    worker = Worker(wired.services)

    running = asyncio.create_task(worker.run())
    async with asyncio.timeout(30):
        while (await job(wired)).status is BackgroundStatus.RUNNING:
            pass
    worker.stop()
    await running

    assert ((await job(wired)).status, await kept(wired)) == (BackgroundStatus.DONE, 200)


async def write_one(wired: Wired, number: str, body: str, to: str = SENDER) -> None:
    said = {"from": number, "to": to, "body": body, "url": "http://127.0.0.1/nobody"}
    transport = httpx.ASGITransport(wired.simulator.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        (await client.post("/_simulator/inbound", json=said)).raise_for_status()


async def test_after_a_page_that_fails_it_goes_on_with_that_page(wired: Wired) -> None:
    await write(wired, {SENDER: 300, OTHER_SENDER: 400})
    pages = Pages(wired)
    wired.line.refuses = lambda request: is_page(request, SENDER, 2)

    verified = await wired.verify()

    assert verified.status is DestinationStatus.VERIFIED
    assert await kept(wired) == 2 * PAGE + 400
    assert await stopped(wired) == ["+12025570300"]
    failed = await job(wired)
    assert (failed.status, failed.done) == (BackgroundStatus.FAILED, 580)
    assert failed.message == (
        f"The lists of {SENDER} could not be read to their end: Internal Server Error. What was read is kept; it goes on from there by "
        "itself in 15 minutes while the destination is verified, and at once by jobResume."
    )
    [note] = await notes(wired)
    assert note["message"] == f"What people wrote in the last 24 hours is not all read. {failed.message}"
    assert f'jobResume(input: {{id: "{failed.id}"}})' in note["remedy"]

    pages.requests.clear()
    wired.line.refuses = lambda _request: False
    assert not await recent.step(wired.services)
    wired.clock.advance(900)
    assert await recent.step(wired.services)

    assert lists_read(pages.requests) == {(SENDER, 2): 1, (SENDER, 3): 1}
    ended = await job(wired)
    assert (ended.id, ended.status, ended.done) == (failed.id, BackgroundStatus.DONE, 700)
    assert (await kept(wired), await stopped(wired)) == (700, ["+12025570000", "+12025570300"])
    assert await notes(wired) == []


async def test_where_a_page_is_not_there_any_more_its_list_is_read_from_the_beginning(wired: Wired) -> None:
    await write(wired, {SENDER: 300})
    pages = Pages(wired)
    wired.line.refuses = lambda request: is_page(request, SENDER, 2)
    await wired.verify()
    wired.line.refuses = lambda _request: False
    lists = tables.recent_lists
    gone = func.replace(lists.c.position, "PageToken=PASM", "PageToken=PAXX")
    await wired.store.write(lambda c: c.execute(update(lists).values(position=gone)))
    pages.requests.clear()

    for _ in range(2):
        wired.clock.advance(900)
        assert await recent.step(wired.services)

    assert lists_read(pages.requests) == {(SENDER, 0): 1, (SENDER, 1): 1, (SENDER, 2): 2, (SENDER, 3): 1}
    assert ((await job(wired)).status, await kept(wired)) == (BackgroundStatus.DONE, 300)


async def test_a_process_that_ends_leaves_it_to_the_next_one_from_where_it_was(wired: Wired) -> None:
    await write(wired, {SENDER: 300})
    pages = Pages(wired)
    pages.waits = lambda request: is_page(request, SENDER, 2)
    wired.clock.advance(600)
    verifying = asyncio.create_task(wired.verify())
    await pages.reached.wait()

    verifying.cancel()
    await asyncio.wait({verifying})

    assert verifying.cancelled()
    wired.services.workspace.invalidate()
    assert (await wired.destination()).status is DestinationStatus.VERIFYING
    assert ((await job(wired)).status, await kept(wired)) == (BackgroundStatus.RUNNING, 2 * PAGE)
    assert not await recent.step(wired.services)

    pages.requests.clear()
    pages.waits = lambda _request: False
    verified = await verification.verify(wired.services, "dst_twilio", by_itself=True)

    assert verified.status is DestinationStatus.VERIFIED
    read = lists_read(pages.requests)
    assert [read[SENDER, number] for number in range(4)] == [1, 0, 1, 1]
    assert ((await job(wired)).status, await kept(wired)) == (BackgroundStatus.DONE, 300)
    assert await stopped(wired) == ["+12025570000"]


async def test_a_process_that_comes_back_after_another_took_over_keeps_nothing(wired: Wired) -> None:
    await write(wired, {SENDER: 300})
    pages = Pages(wired)
    pages.waits = lambda request: is_page(request, SENDER, 2) and not pages.reached.is_set()
    wired.clock.advance(600)
    hanging = asyncio.create_task(wired.verify())
    await pages.reached.wait()

    await wired.verify()
    ended = await job(wired)
    pages.released.set()
    await hanging

    assert (ended.status, ended.result) == (BackgroundStatus.DONE, {"read": 300, "new": 300, "stops": 1})
    assert await job(wired) == ended
    assert await kept(wired) == 300


async def test_a_process_that_comes_back_and_can_not_read_fails_nothing_of_another(wired: Wired) -> None:
    await write(wired, {SENDER: 300})
    pages = Pages(wired)
    pages.waits = lambda request: is_page(request, SENDER, 2)
    hanging = asyncio.create_task(wired.verify())
    await pages.reached.wait()
    one = await job(wired)
    name = f"recent {ids.digest(one.id)[:16]}"

    def take_over(connection: Connection) -> bool:
        turns.end(connection, name)
        return turns.take(connection, name, "run_other", wired.clock.now(), later(999_999))

    assert await wired.store.write(take_over)
    wired.line.refuses = lambda request: is_page(request, SENDER, 2)
    pages.released.set()
    await hanging

    assert ((await job(wired)).status, await kept(wired)) == (BackgroundStatus.RUNNING, 2 * PAGE)
    assert not await recent.step(wired.services)


async def test_before_the_first_sync_the_account_says_which_senders_it_has(wired: Wired) -> None:
    await write(wired, {OTHER_SENDER: 3})
    await wired.store.write(lambda c: c.execute(tables.mappings.delete()))
    wired.services.workspace.invalidate()

    await wired.verify()

    assert (await kept(wired), await stopped(wired)) == (3, ["+12025570000"])


async def test_where_the_account_does_not_say_that_either_the_job_says_so(wired: Wired) -> None:
    await write(wired, {OTHER_SENDER: 3})
    wired.line.refuses = lambda request: request.url.path.endswith("/IncomingPhoneNumbers.json")

    await wired.verify()

    failed = await job(wired)
    assert (failed.status, failed.done) == (BackgroundStatus.FAILED, 0)
    assert (failed.message or "").startswith(
        "The lists of the account's senders could not be read to their end: Internal Server Error. "
    )


async def test_a_job_that_is_canceled_reads_nothing_more(
    wired: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write(wired, {SENDER: 3})
    monkeypatch.setattr(recent, "SECONDS", 0.0)
    await wired.verify()
    canceled, running = BackgroundStatus.CANCELED, [BackgroundStatus.RUNNING]
    one = await job(wired)

    await wired.store.write(lambda c: background_jobs.bring(c, one.id, canceled, running))

    assert not await recent.step(wired.services)
    assert await kept(wired) == 0


async def test_of_a_destination_that_is_deleted_nothing_more_is_read(
    wired: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write(wired, {SENDER: 3})
    monkeypatch.setattr(recent, "SECONDS", 0.0)
    await wired.verify()
    now = wired.clock.now()
    delete = update(tables.destinations).values(deleted_at=now)
    await wired.store.write(lambda c: c.execute(delete))
    wired.services.workspace.invalidate()

    assert not await recent.step(wired.services)

    ended = await job(wired)
    assert (ended.status, ended.message) == (
        BackgroundStatus.CANCELED,
        "The destination was deleted. What was read is kept.",
    )
    lists = select(func.count()).select_from(tables.recent_lists)
    assert (await kept(wired), await wired.store.read(lambda c: c.scalar(lists))) == (0, 0)
