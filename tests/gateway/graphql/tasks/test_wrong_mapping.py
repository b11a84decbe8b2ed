"""An operator finds a mapping that says the wrong thing: it is switched off at once, or mended, and what it missed is sent after all."""

import json
from typing import Any, NamedTuple

import httpx
import pytest

from destinations.kit import HttpRequest, HttpResponse
from gateway.pipeline import bulk_replays
from gateway.workspace import Role
from tests.gateway.graphql.conftest import Api
from tests.gateway.turns import HandWorker

DISABLE = """mutation Disable($id: ID!, $revision: Int!) {
  mappingUpdate(input: {id: $id, expectedRevision: $revision, enabled: false}) {
    mapping { enabled revision } errors { code path message }
  }
}"""
MEND = """mutation Mend($id: ID!, $revision: Int!, $fields: JSON!) {
  mappingUpdate(input: {id: $id, expectedRevision: $revision, fields: $fields, enabled: true}) {
    mapping { enabled revision problems { message } } errors { code path message }
  }
}"""
PREVIEW = """query Preview($id: ID!, $event: ID!, $at: DateTime) {
  mappingPreview(input: {mappingId: $id, eventId: $event, at: $at}) {
    decision text explanation { gate passed detail } problems { message } errors { message }
  }
}"""
WAITING = """query($mapping: ID!) {
  mapping(id: $mapping) { enabled revision }
  deliveries(filter: {mappingId: $mapping}) { edges { node { id status errorCode errorMessage remedy event { id } } } }
}"""
REPLAY = """mutation Replay($filter: DeliveryFilterInput!, $key: String!, $dryRun: Boolean) {
  deliveriesReplay(input: {filter: $filter, idempotencyKey: $key, dryRun: $dryRun}) {
    matching job { id } errors { code message }
  }
}"""


class Desk(NamedTuple):
    """What the operator has: a token, and a mapping that texts whoever orders."""

    api: Api
    ingest: httpx.AsyncClient
    token: str
    key: str
    mapping: str
    destination: str

    async def ask(self, query: str, **variables: Any) -> Any:
        return await self.api.data(query, self.token, **variables)

    async def waiting(self) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        found = await self.ask(WAITING, mapping=self.mapping)
        return found["mapping"], [edge["node"] for edge in found["deliveries"]["edges"]]

    async def order(self, *names: str) -> None:
        """Orders come in, and are brought as far as they go."""
        batch = [
            {
                "type": "track",
                "event": "Order Placed",
                "userId": name,
                "messageId": name,
                "properties": {"text": f"Thanks, {name}"},
            }
            for name in names
        ]
        posted = await self.ingest.post("/v1/batch", json={"batch": batch}, auth=(self.key, ""))
        assert posted.status_code == 200
        await self.work()

    async def work(self) -> None:
        """What is due has its turn."""
        worker = HandWorker(self.api.services)
        await worker._match()
        for _turn in range(4):  # a sender sends no faster
            await worker._deliver()
            await worker._outbox.finished()
            self.api.clock.advance(1)

    @property
    def texts(self) -> list[str]:
        """What left."""
        return [dict(request.form)["Body"] for request in self.api.sent.requests]


def taken(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(201, {}, json.dumps({"sid": "PG1"}).encode())


@pytest.fixture
async def desk(api: Api, ingest: httpx.AsyncClient) -> Desk:
    """The mapping has its text from a path that orders do not have, so that a note says nothing at all."""
    api.sent._answer = taken
    source, key = await api.keyed_source()
    destination = await api.destination()
    await api.change("destinationVerify", {"id": destination}, "errors { message }")
    given = {"sourceId": source, "destinationId": destination}
    await api.change("sourceConnect", given, "errors { message }")
    fields = {"to": "+12025550101", "body": "Dear CUSTOMER_NAME"}
    mapping = await api.mapping(destination, fields, name="Orders", trigger='event = "Order Placed"')
    return Desk(api, ingest, await api.token(Role.OPERATOR), key, mapping, destination)


async def test_a_wrong_mapping_is_disabled_and_nothing_more_of_it_leaves(desk: Desk) -> None:
    api = desk.api
    await desk.order("ann")
    await api.change("destinationPause", {"id": desk.destination}, "errors { message }", desk.token)
    await desk.order("bob", "cid")
    mapping, before = await desk.waiting()
    assert [one["status"] for one in before] == ["HELD", "HELD", "ACCEPTED"]

    off = await desk.ask(DISABLE, id=desk.mapping, revision=mapping["revision"])
    await desk.work()
    await desk.order("dan")
    await api.change("destinationResume", {"id": desk.destination}, "errors { message }", desk.token)
    await desk.work()

    _mapping, now = await desk.waiting()
    assert off["mappingUpdate"] == {"mapping": {"enabled": False, "revision": 2}, "errors": []}
    assert [(one["status"], one["errorCode"]) for one in now] == [
        ("CANCELED", "MAPPING_DISABLED"),
        ("CANCELED", "MAPPING_DISABLED"),
        ("ACCEPTED", None),
    ]
    assert now[0]["errorMessage"] == "The mapping Orders was disabled before it was sent."
    assert desk.texts == ["Dear CUSTOMER_NAME"]
    unmatched = await desk.ask("{ events(first: 1) { edges { node { outcome whyNot { matched found } } } } }")
    [edge] = unmatched["events"]["edges"]
    assert edge["node"]["outcome"] == "UNMATCHED"
    assert "the mapping is disabled" in edge["node"]["whyNot"][0]["found"]


async def test_a_mapping_is_mended_and_what_it_missed_is_replayed(desk: Desk) -> None:
    api = desk.api
    await api.change("destinationPause", {"id": desk.destination}, "errors { message }", desk.token)
    await desk.order("ann", "bob")
    await desk.ask(DISABLE, id=desk.mapping, revision=1)
    await desk.work()
    await api.change("destinationResume", {"id": desk.destination}, "errors { message }", desk.token)
    _mapping, missed = await desk.waiting()
    assert [one["status"] for one in missed] == ["CANCELED", "CANCELED"]

    # Too soon: it is disabled still, and says what to do.
    [early] = (
        await api.change(
            "deliveryReplay",
            {"id": missed[0]["id"], "idempotencyKey": "soon"},
            "errors { message }",
            desk.token,
        )
    )["errors"]
    assert (
        f'mappingUpdate(input: {{id: "{desk.mapping}", expectedRevision: 2, enabled: true}})'
        in early["message"]
    )

    fields = {
        "from": "+15550001111",
        "to": "+12025550101",
        "body": {"@path": "$.properties.text"},
        "send": True,
    }
    mended = await desk.ask(MEND, id=desk.mapping, revision=2, fields=fields)
    tried = await desk.ask(PREVIEW, id=desk.mapping, event=missed[0]["event"]["id"], at=None)
    chosen = {"mappingId": desk.mapping, "status": ["CANCELED"]}
    counted = await desk.ask(REPLAY, filter=chosen, key="orders-mended", dryRun=True)
    replayed = await desk.ask(REPLAY, filter=chosen, key="orders-mended", dryRun=False)
    while await bulk_replays.step(api.services):
        pass
    await desk.work()

    assert mended["mappingUpdate"] == {
        "mapping": {"enabled": True, "revision": 3, "problems": []},
        "errors": [],
    }
    assert tried["mappingPreview"]["decision"] == "SEND"
    assert tried["mappingPreview"]["text"] in ("Thanks, ann", "Thanks, bob")
    assert (counted["deliveriesReplay"]["matching"], replayed["deliveriesReplay"]["matching"]) == (2, 2)
    assert sorted(desk.texts) == ["Thanks, ann", "Thanks, bob"]
    _mapping, now = await desk.waiting()
    assert sorted(one["status"] for one in now) == ["ACCEPTED", "ACCEPTED", "CANCELED", "CANCELED"]
