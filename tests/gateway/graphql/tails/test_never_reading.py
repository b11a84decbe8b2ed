"""A subscriber that never reads costs nobody anything: others are served, and it is cut off after a while."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from gateway.graphql.http import sse
from gateway.shared.base import Topic
from gateway.workspace import Role
from tests.gateway.graphql.conftest import Api, Ledger
from tests.gateway.graphql.tails.test_sockets import introduce, opened, say
from tests.gateway.wire import PATIENCE, served

pytestmark = pytest.mark.network

ALIASES = " ".join(f"a{number}: payload" for number in range(20))
LARGE = f"subscription {{ eventTail {{ sequence event {{ id {ALIASES} }} }} }}"
SMALL = "subscription { eventTail { sequence event { id } } }"
EVENTS = 40


@pytest.fixture
async def port(api: Api) -> AsyncIterator[int]:
    async with served(api.endpoint) as port:
        yield port


async def until_there_are(api: Api, seats: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while len(api.endpoint.seats._taken) != seats:  # noqa: ASYNC110  nothing says so
            await asyncio.sleep(0.01)


async def events(api: Api, ledger: Ledger) -> list[str]:
    """Of 20 kB each, told one after the other, so that none is shown with another."""
    payload = {"type": "track", "event": "Note Written", "userId": "u1", "properties": {"text": "x" * 20_000}}
    found = [await ledger.event(number, payload=payload) for number in range(1, EVENTS + 1)]
    for one in found:
        api.services.shared.tail.publish(Topic.EVENT, [("default", one)], api.clock.now())
    return found


async def begun_by_post(port: int, token: str) -> asyncio.StreamWriter:
    """A stream of which its client reads nothing."""
    _reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
    body = json.dumps({"query": LARGE}).encode()
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nAccept: text/event-stream\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    writer.write(head.encode() + body)
    await writer.drain()
    return writer


async def test_a_stream_that_nobody_reads_is_cut_and_others_are_served(
    api: Api, ledger: Ledger, port: int, admin_token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sse, "STALLED_SECONDS", 0.5)
    writer = await begun_by_post(port, admin_token)
    async with opened(port) as other:
        await introduce(other, await api.token(Role.READER))
        await say(other, type="subscribe", id="1", payload={"query": SMALL})
        await until_there_are(api, 3)

        told = await events(api, ledger)
        shown = [json.loads(await asyncio.wait_for(other.recv(), PATIENCE)) for _ in told]
        await until_there_are(api, 2)

    assert [one["payload"]["data"]["eventTail"]["event"]["id"] for one in shown] == told
    writer.close()


async def test_a_socket_that_nobody_reads_is_cut_and_others_are_served(
    api: Api, ledger: Ledger, port: int, admin_token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sse, "STALLED_SECONDS", 0.5)
    async with opened(port) as silent, opened(port) as other:
        await introduce(silent, admin_token)
        await introduce(other, await api.token(Role.READER))
        await say(other, type="subscribe", id="1", payload={"query": SMALL})
        await say(silent, type="subscribe", id="1", payload={"query": LARGE})
        await until_there_are(api, 4)
        silent.transport.pause_reading()

        told = await events(api, ledger)
        shown = [json.loads(await asyncio.wait_for(other.recv(), PATIENCE)) for _ in told]
        await until_there_are(api, 2)
        silent.transport.abort()

    assert [one["payload"]["data"]["eventTail"]["event"]["id"] for one in shown] == told
