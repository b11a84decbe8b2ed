"""What owners are told, as the API shows it; and telling them again, or for a test."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection

from destinations.kit import DestinationDefinition
from gateway.jobs import JobKind
from gateway.pipeline import telling
from gateway.sending.receivers import Answer
from gateway.storage import jobs, webhook_deliveries
from gateway.storage.webhook_deliveries import WebhookDelivery
from gateway.workspace import Role
from tests.gateway.graphql.conftest import Api
from tests.gateway.graphql.destinations.falcons import Loft, falcons
from tests.gateway.graphql.pigeons import PIGEONS

PERCH = "https://owner.example/hook"
SHOWN = "id url event attempts lastStatus lastAnswer dead nextAttemptAt deliveredAt destination { name }"
PAYLOAD = f"webhookDelivery {{ {SHOWN} }} errors {{ __typename code path message }}"


@pytest.fixture
def definitions() -> Mapping[str, DestinationDefinition]:
    return {"falcon-post": falcons(Loft()), PIGEONS.slug: PIGEONS}


@pytest.fixture
async def destination(api: Api) -> str:
    return await made(api, perch=PERCH)


async def made(api: Api, **settings: Any) -> str:
    given = {"name": "Falcons", "settings": {"falconPost": {"loft": "LF1", **settings}}}
    payload = await api.change("destinationCreate", given, "destination { id } errors { message }")
    assert payload["errors"] == []
    return str(payload["destination"]["id"])


async def add(api: Api, destination: str, **more: Any) -> str:
    now = api.clock.now()
    one = telling.new("delivery.sent", "default", destination, "dlv_1", "{}", now)
    one = replace(one, **more)

    def keep(connection: Connection) -> None:
        jobs.ack(connection, [webhook_deliveries.add_held(connection, one, now)])

    await api.services.store.write(keep)
    return one.id


async def stored(api: Api, key: str) -> WebhookDelivery:
    found = await api.services.store.read(lambda c: webhook_deliveries.get(c, key))
    assert found is not None
    return found


async def waiting(api: Api) -> int:
    depth = await api.services.store.read(lambda c: jobs.depth(c, JobKind.WEBHOOK, api.clock.now()))
    return depth[0]


async def listed(api: Api, arguments: str = "", token: str | None = None) -> list[Any]:
    query = f"{{ webhookDeliveries{arguments} {{ edges {{ node {{ {SHOWN} }} }} }} }}"
    data = await (api.data(query) if token is None else api.data(query, token))
    return [edge["node"] for edge in data["webhookDeliveries"]["edges"]]


async def test_they_are_listed_the_newest_first_and_by_what_is_asked(api: Api, destination: str) -> None:
    first = await add(api, destination)
    api.clock.advance(1)
    second = await add(api, destination, dead=True, next_attempt_at=None)
    other = await made_other(api)

    assert [one["id"] for one in await listed(api)] == [second, first]
    assert [one["id"] for one in await listed(api, "(dead: true)")] == [second]
    assert [one["id"] for one in await listed(api, "(dead: false)")] == [first]
    assert [one["id"] for one in await listed(api, f'(destinationId: "{destination}", first: 1)')] == [second]
    assert await listed(api, f'(destinationId: "{other}")') == []
    assert (await listed(api, "(dead: false)"))[0] == {
        "id": first,
        "url": PERCH,
        "event": "delivery.sent",
        "attempts": 0,
        "lastStatus": None,
        "lastAnswer": None,
        "dead": False,
        "nextAttemptAt": "2026-03-01T12:00:00.000Z",
        "deliveredAt": None,
        "destination": {"name": "Falcons"},
    }


async def made_other(api: Api) -> str:
    given = {"name": "Others", "settings": {"falconPost": {"loft": "LF1"}}}
    payload = await api.change("destinationCreate", given, "destination { id }")
    return str(payload["destination"]["id"])


async def test_a_viewer_sees_no_number_of_an_address(api: Api, destination: str) -> None:
    await add(api, destination, url=f"{PERCH}?to=+15551234567", passed_on=True)

    (one,) = await listed(api, token=await api.token(Role.VIEWER))

    assert "5551234567" not in json.dumps(one)


async def test_what_was_given_up_is_told_again_under_its_id_for_another_day(
    api: Api, destination: str
) -> None:
    key = await add(api, destination, dead=True, next_attempt_at=None)
    api.clock.advance(90_000)

    payload = await api.change("webhookDeliveryReplay", {"id": key}, PAYLOAD)

    assert payload["errors"] == []
    assert payload["webhookDelivery"]["id"] == key
    one = await stored(api, key)
    assert (one.dead, one.began_at, one.next_attempt_at) == (False, api.clock.now(), api.clock.now())
    assert await waiting(api) == 1


async def test_what_is_under_way_is_not_told_twice(api: Api, destination: str) -> None:
    key = await add(api, destination)

    payload = await api.change("webhookDeliveryReplay", {"id": key}, PAYLOAD)

    assert payload["webhookDelivery"] is None
    (error,) = payload["errors"]
    assert (error["code"], error["path"]) == ("IN_USE", ["id"])
    assert await waiting(api) == 0


async def test_that_of_another_space_is_not_there(api: Api, destination: str) -> None:
    key = await add(api, destination, dead=True)
    token = await api.token(Role.OPERATOR, "other")

    payload = await api.change("webhookDeliveryReplay", {"id": key}, PAYLOAD, token)

    assert [error["code"] for error in payload["errors"]] == ["NOT_FOUND"]
    assert (await stored(api, key)).dead


async def test_a_test_is_sent_once_and_shows_what_came_back(api: Api, destination: str) -> None:
    api.receivers.answers.append(Answer(200, "200 OK: hello"))
    given = {"id": destination, "idempotencyKey": "t-1"}

    first = await api.change("webhookTest", given, PAYLOAD)
    second = await api.change("webhookTest", given, PAYLOAD)

    assert first == second
    assert first["errors"] == []
    shown = first["webhookDelivery"]
    assert (shown["event"], shown["attempts"], shown["lastStatus"]) == ("webhook.test", 1, 200)
    assert (shown["lastAnswer"], shown["dead"], shown["nextAttemptAt"]) == ("200 OK: hello", False, None)
    (call,) = api.receivers.told
    assert call.url == PERCH
    assert call.headers["webhook-id"] == shown["id"]
    assert json.loads(call.body) == {
        "type": "webhook.test",
        "version": 1,
        "timestamp": "2026-03-01T12:00:00.000Z",
        "data": {"destinationId": destination, "message": "This is a test. Nothing happened."},
    }


async def test_a_test_that_fails_says_so_and_is_not_tried_again(api: Api, destination: str) -> None:
    api.receivers.answers.append(Answer(500, "500 Internal Server Error"))

    payload = await api.change("webhookTest", {"id": destination, "idempotencyKey": "t-1"}, PAYLOAD)

    assert payload["errors"] == [
        {
            "__typename": "ProviderError",
            "code": "PROVIDER_ERROR",
            "path": ["id"],
            "message": "The receiver did not take it. 500 Internal Server Error Nothing else was sent.",
        }
    ]
    assert (payload["webhookDelivery"]["dead"], payload["webhookDelivery"]["nextAttemptAt"]) == (True, None)
    assert await waiting(api) == 0


async def test_without_a_webhook_there_is_nothing_to_test(api: Api) -> None:
    destination = await made(api)

    payload = await api.change("webhookTest", {"id": destination, "idempotencyKey": "t-1"}, PAYLOAD)

    (error,) = payload["errors"]
    assert error["message"] == (
        "The destination has no webhookUrl, so nobody is told. Set it, then replay this."
    )
    assert (api.receivers.told, await listed(api)) == ([], [])
