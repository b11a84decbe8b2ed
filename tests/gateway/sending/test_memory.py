"""The sending client in memory."""

from __future__ import annotations

import pytest

from destinations.kit.http import HttpRequest, HttpResponse
from gateway.sending import MemoryClient, NoAnswer, NotSent, Phase, SendingClient

FIRST = HttpRequest("POST", "https://api.example/1", form=(("To", "+15005550006"),))
SECOND = HttpRequest("GET", "https://api.example/2")


async def test_gives_its_answers_in_order_and_keeps_the_requests() -> None:
    lost = NoAnswer("api.example", Phase.ANSWER, "no answer in time")
    client = MemoryClient([HttpResponse(201), lost])

    answer = await client.send(FIRST)
    with pytest.raises(NoAnswer) as caught:
        await client.send(SECOND)

    assert answer == HttpResponse(201)
    assert caught.value is lost
    assert client.requests == [FIRST, SECOND]


async def test_a_function_answers_by_request() -> None:
    client: SendingClient = MemoryClient(
        lambda request: HttpResponse(201 if request.method == "POST" else 404)
    )

    statuses = [(await client.send(request)).status for request in (FIRST, SECOND, FIRST)]

    assert statuses == [201, 404, 201]


async def test_a_request_too_many_is_the_test_s_own_fault() -> None:
    client = MemoryClient([])

    with pytest.raises(LookupError, match=r"no answer is left for POST https://api\.example/1"):
        await client.send(FIRST)


async def test_after_closing_nothing_is_sent() -> None:
    client = MemoryClient([HttpResponse(201)])

    await client.close()
    with pytest.raises(NotSent):
        await client.send(FIRST)

    assert client.requests == []
