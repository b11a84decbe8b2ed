"""GraphQL over a WebSocket: the protocol graphql-transport-ws, and what becomes of clients that do not keep to it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import delete
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from gateway.graphql.http import socket
from gateway.shared.base import Topic
from gateway.storage.tables import api_tokens
from gateway.workspace import Role
from tests.gateway.graphql.conftest import Api, Ledger
from tests.gateway.wire import PATIENCE, served

pytestmark = pytest.mark.network

PROTOCOL = "graphql-transport-ws"
DELIVERIES = "subscription { deliveryTail { sequence delivery { id } } }"


@pytest.fixture
async def port(api: Api) -> AsyncIterator[int]:
    async with served(api.endpoint) as port:
        yield port


@asynccontextmanager
async def opened(
    port: int, *, protocols: tuple[str, ...] = (PROTOCOL,), origin: str | None = None
) -> AsyncIterator[ClientConnection]:
    spoken = [Subprotocol(one) for one in protocols]
    headers = {} if origin is None else {"Origin": origin}
    address = f"ws://127.0.0.1:{port}/graphql"
    async with connect(
        address, subprotocols=spoken or None, additional_headers=headers, close_timeout=1
    ) as client:
        yield client


async def say(client: ClientConnection, **message: Any) -> None:
    await client.send(json.dumps(message))


async def hear(client: ClientConnection) -> Any:
    return json.loads(await asyncio.wait_for(client.recv(), PATIENCE))


async def closed(client: ClientConnection) -> tuple[int, str]:
    """How the server closed it, which it does next."""
    with pytest.raises(ConnectionClosed) as caught:
        await asyncio.wait_for(client.recv(), PATIENCE)
    frame = caught.value.rcvd
    assert frame is not None
    return frame.code, frame.reason


async def introduce(client: ClientConnection, token: str) -> None:
    await say(client, type="connection_init", payload={"Authorization": f"Bearer {token}"})
    assert await hear(client) == {"type": "connection_ack"}


async def subscribed(api: Api, client: ClientConnection, name: str = "1") -> None:
    """Once the subscription is there."""
    await say(client, type="subscribe", id=name, payload={"query": DELIVERIES})
    await say(client, type="ping")
    assert await hear(client) == {"type": "pong"}
    while not api.endpoint.subscriptions.feeds._feeds:  # noqa: ASYNC110  the protocol has no word for it
        await asyncio.sleep(0)


def tell(api: Api, *delivery_ids: str) -> None:
    told = (("default", one) for one in delivery_ids)
    api.services.shared.tail.publish(Topic.DELIVERY, told, api.clock.now())


# -- as it should be --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "payload", [{"Authorization": "Bearer {}"}, {"authorization": "bearer {}"}, {"token": "{}"}]
)
async def test_what_happens_is_told_until_it_is_no_more_wanted(
    api: Api, ledger: Ledger, port: int, admin_token: str, payload: dict[str, str]
) -> None:
    delivery = await ledger.delivery(1)
    async with opened(port) as client:
        given = {name: value.format(admin_token) for name, value in payload.items()}
        await say(client, type="connection_init", payload=given)
        assert await hear(client) == {"type": "connection_ack"}
        await subscribed(api, client)

        tell(api, delivery)
        item = await hear(client)
        await say(client, type="complete", id="1")
        await say(client, type="ping", payload={"n": 1})
        assert await hear(client) == {"type": "pong", "payload": {"n": 1}}
        tell(api, delivery)
        await subscribed(api, client)

    assert (item["type"], item["id"]) == ("next", "1")
    assert item["payload"]["data"]["deliveryTail"]["delivery"] == {"id": delivery}


async def test_a_query_and_a_mutation_are_answered_with_the_limits_they_have_by_post(
    api: Api, port: int, admin_token: str
) -> None:
    change = 'mutation { sourceCreate(input: {name: "Shop"}) { source { name } errors { message } } }'
    async with opened(port) as client:
        await introduce(client, admin_token)
        await say(client, type="subscribe", id="q", payload={"query": "{ viewer { role } }"})
        query = [await hear(client), await hear(client)]
        await say(client, type="subscribe", id="m", payload={"query": change})
        mutation = [await hear(client), await hear(client)]
        deep = "{ " + "node(id: 1) { ... on Source { destinations { edges { node { sources { " * 4
        await say(client, type="subscribe", id="d", payload={"query": deep + "id" + " }" * 33})
        refused = await hear(client)
    token = await api.token(Role.VIEWER)
    async with opened(port) as client:
        await introduce(client, token)
        await say(client, type="subscribe", id="m", payload={"query": change})
        forbidden = await hear(client)

    assert query[0]["payload"]["data"] == {"viewer": {"role": "ADMIN"}}
    assert query[1] == {"type": "complete", "id": "q"}
    assert mutation[0]["payload"]["data"]["sourceCreate"] == {"source": {"name": "Shop"}, "errors": []}
    assert (refused["type"], refused["id"]) == ("error", "d")
    assert refused["payload"][0]["extensions"]["code"] in {"LIMIT_EXCEEDED", "GRAPHQL_PARSE_FAILED"}
    assert forbidden["payload"]["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    [source] = (await api.data("{ sources { edges { node { name } } } }"))["sources"]["edges"]
    assert source == {"node": {"name": "Shop"}}


async def test_what_can_not_be_watched_is_an_error_of_that_operation_alone(
    api: Api, ledger: Ledger, port: int
) -> None:
    token = await api.token(Role.VIEWER)
    by_number = 'subscription { deliveryTail(filter: {recipient: "+15551234567"}) { sequence } }'
    async with opened(port) as client:
        await introduce(client, token)
        await say(client, type="subscribe", id="n", payload={"query": by_number})
        forbidden = await hear(client)
        await say(client, type="subscribe", id="x", payload={"query": "subscription { nothing }"})
        invalid = await hear(client)
        await subscribed(api, client)
        tell(api, await ledger.delivery(1))
        item = await hear(client)

    assert [(one["type"], one["id"]) for one in (forbidden, invalid, item)] == [
        ("error", "n"),
        ("error", "x"),
        ("next", "1"),
    ]
    assert forbidden["payload"][0]["extensions"]["code"] == "FORBIDDEN"
    assert invalid["payload"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


async def test_whoever_has_a_revoked_token_is_told_so_and_sent_away(
    api: Api, ledger: Ledger, port: int
) -> None:
    token = await api.token(Role.READER)
    async with opened(port) as client, opened(port) as other:
        await introduce(client, token)
        await introduce(other, "hg_bootstrap-admin-token")
        await subscribed(api, client)
        await api.services.store.write(lambda c: c.execute(delete(api_tokens)))
        error = await hear(client)
        end = await closed(client)
        await say(other, type="ping")
        assert await hear(other) == {"type": "pong"}

    assert (error["type"], error["id"]) == ("error", "1")
    assert error["payload"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert end == (4403, "Forbidden: the token was revoked")


async def test_the_server_says_goodbye_as_it_stops(api: Api, port: int, admin_token: str) -> None:
    async with opened(port) as client:
        await introduce(client, admin_token)
        await subscribed(api, client)
        api.endpoint.seats.close()
        end = await closed(client)

    assert end == (1012, "Service restart")


# -- as it should not be ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("protocols", [("graphql-ws",), ()])
async def test_the_older_protocol_and_none_are_not_spoken(port: int, protocols: tuple[str, ...]) -> None:
    async with opened(port, protocols=protocols) as client:
        end = await closed(client)

    assert client.subprotocol is None
    assert end == (4406, "Subprotocol not acceptable: graphql-transport-ws is spoken here")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
async def test_a_page_of_another_origin_gets_no_connection(port: int, origin: str) -> None:
    with pytest.raises(InvalidStatus) as caught:
        async with opened(port, origin=origin):
            pass

    assert caught.value.response.status_code == 403
    assert caught.value.response.body is not None
    [error] = json.loads(caught.value.response.body)["errors"]
    assert error["extensions"]["code"] == "ORIGIN_NOT_ALLOWED"


async def test_a_page_of_ours_is_let_in(port: int, admin_token: str) -> None:
    async with opened(port, origin=f"http://127.0.0.1:{port}") as client:
        await introduce(client, admin_token)


@pytest.mark.parametrize(
    "payload",
    [
        None,
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "hg_bootstrap-admin-token"},
        {"token": ""},
        {"token": 7},
    ],
)
async def test_whoever_is_unknown_is_sent_away(port: int, payload: Any) -> None:
    async with opened(port) as client:
        await say(client, type="connection_init", payload=payload)
        assert await closed(client) == (4403, "Forbidden")


async def test_whoever_asks_before_they_said_who_they_are_is_sent_away(port: int) -> None:
    async with opened(port) as client:
        await say(client, type="subscribe", id="1", payload={"query": DELIVERIES})
        assert await closed(client) == (4401, "Unauthorized")


async def test_whoever_says_nothing_is_sent_away(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "INIT_SECONDS", 0.05)
    async with opened(port) as client:
        assert await closed(client) == (4408, "Connection initialisation timeout")


async def test_whoever_says_twice_who_they_are_is_sent_away(port: int, admin_token: str) -> None:
    async with opened(port) as client:
        await introduce(client, admin_token)
        await say(client, type="connection_init")
        assert await closed(client) == (4429, "Too many initialisation requests")


async def test_whoever_uses_an_id_twice_is_sent_away(api: Api, port: int, admin_token: str) -> None:
    async with opened(port) as client:
        await introduce(client, admin_token)
        await subscribed(api, client)
        await say(client, type="subscribe", id="1", payload={"query": DELIVERIES})
        assert await closed(client) == (4409, "Subscriber for 1 already exists")


@pytest.mark.parametrize(
    "message",
    [
        "",
        "nonsense",
        "[]",
        "{}",
        '{"type": 7}',
        '{"type": "start", "id": "1"}',
        '{"type": "subscribe"}',
        '{"type": "subscribe", "id": "1"}',
        '{"type": "subscribe", "id": "", "payload": {"query": "{ __typename }"}}',
        '{"type": "subscribe", "id": 1, "payload": {"query": "{ __typename }"}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": 7}}',
        '{"type": "subscribe", "id": "1", "payload": [{"query": "{ __typename }"}]}',
        '{"type": "complete"}',
        '{"type": "ping", "payload": "text"}',
        b'{"type": "ping"}',
        "[" * 100_000,
    ],
)
async def test_whoever_makes_no_sense_is_sent_away(port: int, admin_token: str, message: str | bytes) -> None:
    async with opened(port) as client:
        await introduce(client, admin_token)
        await client.send(message)
        assert await closed(client) == (4400, "Invalid message received")


async def test_a_message_that_is_too_large_ends_the_connection(port: int, admin_token: str) -> None:
    async with opened(port) as client:
        await introduce(client, admin_token)
        await client.send("x" * 300_000)
        code, _reason = await closed(client)

    assert code == 1009


async def test_of_ten_thousand_subscriptions_fifty_are_begun_and_others_go_on(
    api: Api, ledger: Ledger, port: int, admin_token: str
) -> None:
    delivery = await ledger.delivery(1)
    async with opened(port) as client, opened(port) as other:
        await introduce(client, admin_token)
        await introduce(other, await api.token(Role.READER))
        await subscribed(api, other)

        async def flood() -> None:
            for number in range(10_000):
                await say(client, type="subscribe", id=str(number), payload={"query": DELIVERIES})

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(flood())
            refused = [await hear(client) for _ in range(10_000 - socket.MOST_AT_ONCE)]
        tell(api, delivery)
        item = await hear(other)

    assert {one["type"] for one in refused} == {"error"}
    codes = {one["payload"][0]["extensions"]["code"] for one in refused}
    assert codes <= {"TOO_MANY_SUBSCRIPTIONS", "RATE_LIMITED"}
    assert item["payload"]["data"]["deliveryTail"]["delivery"] == {"id": delivery}
