"""Somebody asks how many texts there were yesterday, of which mapping, and what they cost."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx
import msgspec
import pytest

from destinations import kit
from destinations.kit import HttpRequest, HttpResponse, MessageStatus
from gateway.workspace import Role
from tests.gateway.graphql.conftest import Api
from tests.gateway.graphql.pigeons import PIGEONS
from tests.gateway.turns import HandWorker

YESTERDAY = {"from": "2026-03-01T00:00:00Z", "to": "2026-03-02T00:00:00Z"}
HOW_MANY = """query HowManyYesterday($range: TimeRangeInput!) {
  byMapping: statsBy(range: $range, by: MAPPING) {
    totalCount
    edges { node { name point { matched accepted delivered failed segments price } } }
  }
  byError: statsBy(range: $range, by: ERROR_CODE) { edges { node { key point { failed } } } }
  inAll: stats(range: $range, bucket: DAY) { points { at events accepted price } }
}"""


def interpret(response: HttpResponse) -> kit.Accepted:
    """Of a loft that says at once how it went, and what it takes."""
    said = msgspec.json.decode(response.body)
    return kit.Accepted(**{**said, "status": MessageStatus(said["status"])})


def answer(request: HttpRequest) -> HttpResponse:
    note = dict(request.form)["Body"]
    said: dict[str, Any] = {"message_sid": f"PG {note}", "status": "DELIVERED", "segments": 1}
    said |= {"price": "-0.00790 USD"}
    if note == "order 2":
        said |= {"segments": 2, "price": "-0.01580 USD"}
    if note == "order 3":
        said |= {"status": "UNDELIVERED", "provider_code": "30003", "message": "No loft."}
    return HttpResponse(201, {}, msgspec.json.encode(said))


@pytest.fixture
def definitions() -> Mapping[str, kit.DestinationDefinition]:
    (action,) = PIGEONS.actions
    return {PIGEONS.slug: replace(PIGEONS, actions=(replace(action, interpret=interpret),))}


async def working(api: Api) -> str:
    """The write key of a source that is connected to pigeons, with a mapping for orders and one for reminders."""
    source_id, key = await api.keyed_source()
    destination_id = await api.destination()
    await api.change("destinationVerify", {"id": destination_id}, "errors { message }")
    given = {"sourceId": source_id, "destinationId": destination_id}
    await api.change("sourceConnect", given, "errors { message }")
    fields = {"to": "+12025550101", "body": {"@path": "$.properties.note"}}
    for name, event in (("Orders", "Order Placed"), ("Reminders", "Reminder Due")):
        await api.mapping(destination_id, fields, name=name, trigger=f'event = "{event}"')
    return key


async def send(api: Api, ingest: httpx.AsyncClient, key: str, event: str, *notes: str) -> None:
    """Events that each lead to a text, as an SDK posts them, brought as far as they go."""
    batch = [
        {"type": "track", "userId": note, "event": event, "messageId": note, "properties": {"note": note}}
        for note in notes
    ]
    posted = await ingest.post("/v1/batch", json={"batch": batch}, auth=(key, ""))
    assert posted.status_code == 200
    worker = HandWorker(api.services)
    await worker._match()
    for _ in notes:  # a sender sends no faster
        await worker._deliver()
        await worker._outbox.finished()
        api.clock.advance(2)


async def test_how_many_yesterday_by_mapping_and_what_they_cost(api: Api, ingest: httpx.AsyncClient) -> None:
    api.sent._answer = answer
    key = await working(api)
    await send(api, ingest, key, "Order Placed", "order 1", "order 2", "order 3")
    await send(api, ingest, key, "Reminder Due", "reminder 1")
    await send(api, ingest, key, "Page Seen", "nothing of this")
    api.clock.advance(24 * 3600)
    await send(api, ingest, key, "Order Placed", "order 4")
    reader = await api.token(Role.READER)

    seen = await api.data(HOW_MANY, reader, range=YESTERDAY)

    orders = {"matched": 3, "accepted": 3, "delivered": 2, "failed": 1, "segments": 4, "price": "USD 0.0316"}
    reminders = dict.fromkeys(("matched", "accepted", "delivered", "segments"), 1)
    assert seen["byMapping"] == {
        "totalCount": 2,
        "edges": [
            {"node": {"name": "Orders", "point": orders}},
            {"node": {"name": "Reminders", "point": {**reminders, "failed": 0, "price": "USD 0.0079"}}},
        ],
    }
    assert seen["byError"]["edges"] == [{"node": {"key": "30003", "point": {"failed": 1}}}]
    assert seen["inAll"]["points"] == [
        {"at": "2026-03-01T00:00:00.000Z", "events": 5, "accepted": 4, "price": "USD 0.0395"}
    ]
