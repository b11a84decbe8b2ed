"""Who was told how to opt out is remembered by the claim of the text that told them, and forgotten where it never arrived."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from destinations.kit import HttpResponse, Policy
from gateway.deliveries import DeliveryStatus
from gateway.pipeline.preview import preview
from gateway.storage import notices
from gateway.storage.engine import open_store
from tests.integration.engage.wired import MAPPINGS, Wired

WORDS = "Reply STOP to opt out."
TOLD, PLAIN = f"Hello Ada\n{WORDS}", "Hello Ada"
DAY = 86_400


@pytest.fixture
async def wired(anyio_backend: str, address: str, tmp_path: Path) -> AsyncIterator[Wired]:
    made = Wired(await open_store(address), tmp_path)
    await made.configure(Policy(opt_out_words=True))
    yield made
    await made.close()


def bodies(wired: Wired, number: str) -> list[str]:
    return [dict(request.form)["Body"] for request in wired.requests_to(number)]


async def test_the_first_text_tells_and_so_does_one_after_thirty_days(wired: Wired) -> None:
    ada = await wired.person()

    for wait in (0, DAY, 28 * DAY, 2 * DAY, DAY):
        wired.clock.advance(wait)
        await wired.happen(ada, "sendSms")

    assert bodies(wired, ada) == [TOLD, PLAIN, PLAIN, TOLD, PLAIN]


async def test_each_person_is_told(wired: Wired) -> None:
    ada, ben = await wired.person(), await wired.person()

    for number in (ada, ben, ada):
        await wired.happen(number, "sendSms")

    assert (bodies(wired, ada), bodies(wired, ben)) == ([TOLD, PLAIN], [TOLD])


async def test_a_text_that_is_tried_again_says_it_again(wired: Wired) -> None:
    ada = await wired.person()
    wired.line.answers.append(HttpResponse(429, {}, b'{"code": 20429, "message": "Too Many Requests"}'))

    await wired.happen(ada, "sendSms")
    one = await wired.settle()

    assert one.status is DeliveryStatus.ACCEPTED
    assert bodies(wired, ada) == [TOLD, TOLD]


async def test_a_text_that_twilio_refused_told_nobody(wired: Wired) -> None:
    ada = await wired.person()
    refusal = b'{"code": 21211, "message": "Invalid \'To\' Phone Number", "status": 400}'
    wired.line.answers.append(HttpResponse(400, {}, refusal))

    refused = await wired.happen(ada, "sendSms")
    await wired.happen(ada, "sendSms")

    assert refused.status is DeliveryStatus.REJECTED
    assert bodies(wired, ada) == [TOLD, TOLD]


async def test_the_dry_run_shows_the_words_and_tells_nobody(wired: Wired) -> None:
    ada = await wired.person()
    there = await wired.destination()
    mapping = (await wired.services.workspace.current()).mappings["map sendSms"]
    event = {"type": "track", "event": "sendSms", "userId": ada, "messageId": "m-dry"}

    seen = await preview(wired.services, there, mapping, event)

    assert seen.sent is not None
    assert seen.sent.text == TOLD
    found = await wired.store.read(lambda c: notices.of_numbers(c, "default", [ada]))
    assert found == {ada: []}


async def test_no_template_is_followed_by_them(wired: Wired) -> None:
    assert "sendSms with a template" in MAPPINGS
    ada = await wired.person()

    await wired.happen(ada, "sendSms with a template")

    (request,) = wired.requests_to(ada)
    assert "Body" not in dict(request.form)
