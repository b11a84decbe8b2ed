"""Rotating the keys and the auth token of an account through the API, as an operator does it, while events flow."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from destinations.twilio_engage.simulator import (
    ACCOUNT_SID,
    API_KEY_SECRET,
    API_KEY_SID,
    AUTH_TOKEN,
    DEFAULT_ACCOUNTS,
    SENDER,
    ApiKey,
    Simulator,
)
from gateway.app import build
from gateway.clock import ManualClock
from gateway.sending import MemoryClient
from gateway.sending.reading import Reader
from gateway.settings import Settings
from gateway.shared.memory import MemoryCache
from tests.destinations.toy.served import ADMIN, PUBLIC, Gateway
from tests.factories import UNHINDERED
from tests.gateway.asked import Asked
from tests.integration.engage.wired import HOST, Line

NEW_SID, NEW_SECRET = "SK" + "9" * 32, "the-secret-of-the-new-key"
NEW_TOKEN = "94" * 16
STANDS = """
  destination { id status revision
    settings { ... on TwilioEngageSettings { apiKeys { sid state } authTokens { id state } } } }
  errors { code path message }
"""
FIELDS = {"from": SENDER, "body": "Hello", "send": True}


class Account:
    """The account at Twilio, as its owner changes it in the console."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._now = next(one for one in DEFAULT_ACCOUNTS if one.sid == ACCOUNT_SID)

    def change(self, **values: Any) -> None:
        self._now = replace(self._now, **values)
        self._simulator.change(self._now)

    def add_key(self) -> None:
        self.change(keys=(*self._now.keys, ApiKey(NEW_SID, NEW_SECRET)))

    def revoke_the_old_key(self) -> None:
        self.change(keys=tuple(key for key in self._now.keys if key.sid != API_KEY_SID))


class Flow:
    """Events of ever new people, one a second, each worked off as it comes."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._more = asyncio.Condition()
        self.events = 0

    async def run(self) -> None:
        while True:
            await self.one()

    async def one(self) -> None:
        gateway, number = self._gateway, self.events
        gateway.clock.advance(1)
        who = {"userId": f"user-{number}", "messageId": f"m-{number}"}
        traits = {"phone": f"+1202556{number:04d}", "sms_opt_in": True}
        await gateway.event("identify", **{**who, "messageId": f"i-{number}"}, traits=traits)
        await gateway.event("track", **who, event="Order Placed")
        async with self._more:
            self.events += 1
            self._more.notify_all()

    async def more(self, events: int = 2) -> None:
        """Until so many more came, whatever they led to."""
        wanted = self.events + events
        async with self._more:
            await self._more.wait_for(lambda: self.events >= wanted)


class Operator:
    """Changes the destination by the API, each time from the revision that was shown last."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self.shown: Any = None

    async def make(self) -> None:
        gateway = self._gateway
        source = await gateway.change(
            "sourceCreate", "SourceCreateInput", "source { id } writeKey", {"name": "Shop"}
        )
        gateway.write_key = source["writeKey"]
        settings = {"accountSid": ACCOUNT_SID, "apiKeySid": API_KEY_SID, "apiKeySecret": API_KEY_SECRET}
        settings |= {"authToken": AUTH_TOKEN, "twilioHostname": HOST}
        given = {
            "name": "Twilio",
            "settings": {"twilioEngage": settings},
            "policy": {"messagesPerSecond": {"PHONE_NUMBER": 1000}, **UNHINDERED},
        }
        await self.do("destinationCreate", given, "DestinationCreateInput")
        gateway.destination = self.shown["id"]
        await self.do("destinationVerify", {"id": gateway.destination}, "IdInput")
        link = {"sourceId": source["source"]["id"], "destinationId": gateway.destination}
        await gateway.change("sourceConnect", "SourceConnectInput", "errors { message }", link)
        mapping = {
            "destinationId": gateway.destination,
            "action": "sendSms",
            "name": "Orders",
            "trigger": 'event = "Order Placed"',
            "fields": FIELDS,
        }
        made = await gateway.change("mappingCreate", "MappingCreateInput", "errors { message }", mapping)
        assert made["errors"] == []

    async def do(self, name: str, given: dict[str, Any], kind: str) -> None:
        payload = await self._gateway.change(name, kind, STANDS, given)
        assert payload["errors"] == []
        self.shown = payload["destination"]

    async def rotate(self, name: str, **given: Any) -> None:
        kind = re.sub("Promote|Remove", "", name)
        at = {"id": self.shown["id"], "expectedRevision": self.shown["revision"]}
        await self.do(f"destination{name}", {**at, **given}, f"Destination{kind}Input")

    @property
    def keys(self) -> dict[str, str]:
        return {one["sid"]: one["state"] for one in self.shown["settings"]["apiKeys"]}

    @property
    def tokens(self) -> dict[str, str]:
        return {one["id"]: one["state"] for one in self.shown["settings"]["authTokens"]}


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
async def gateway(line: Line, clock: ManualClock, tmp_path: Path) -> AsyncIterator[Gateway]:
    settings = Settings(
        data_dir=tmp_path,
        public_url=PUBLIC,
        admin_token=SecretStr(ADMIN),
        allowed_hosts=frozenset({HOST}),
    )
    reader = Reader(MemoryCache(), Asked(httpx.MockTransport(line.read)))
    built = await build(settings, clock=clock, client=line, reader=reader)
    transport = httpx.ASGITransport(app=built.app)
    async with httpx.AsyncClient(transport=transport, base_url=PUBLIC) as client:
        yield Gateway(built, client, MemoryClient([]), clock)
    await reader.close()
    await built.close()


@pytest.fixture
async def simulator(gateway: Gateway, line: Line) -> AsyncIterator[Simulator]:
    """The stand-in, whose calls come to the gateway."""
    transport = gateway.client._transport
    stand_in = Simulator(step=None, transport=transport, allow_remote_callbacks=True, now=gateway.clock.now)
    line.connect(stand_in)
    yield stand_in
    await line.close()


@pytest.fixture
async def operator(gateway: Gateway, simulator: Simulator) -> Operator:
    assert simulator.messages == []
    one = Operator(gateway)
    await one.make()
    return one


async def beside(flow: Flow, work: Awaitable[None]) -> None:
    """Do that while events flow; raises what either of them raised."""
    running = asyncio.ensure_future(flow.run())
    doing = asyncio.ensure_future(work)
    await asyncio.wait({running, doing}, return_when=asyncio.FIRST_COMPLETED)
    running.cancel()
    if not doing.done():
        doing.cancel()
        await running
    await doing
    await asyncio.wait({running})


async def call_back(simulator: Simulator) -> None:
    """Twilio reports on all that it has, until it has nothing more to say."""
    while await simulator.advance():
        pass


def users(line: Line) -> list[str]:
    """By what each text was sent, in order."""
    return [request.auth.username for request in line.requests if request.auth is not None]


async def test_keys_and_tokens_are_rotated_with_no_pause_and_no_lost_text(
    gateway: Gateway, line: Line, simulator: Simulator, operator: Operator
) -> None:
    account, flow = Account(simulator), Flow(gateway)

    async def rotate() -> None:
        await flow.more()
        account.add_key()
        await operator.rotate("KeyAdd", apiKeySid=NEW_SID, apiKeySecret=NEW_SECRET, label="2026")
        assert operator.keys == {API_KEY_SID: "ACTIVE", NEW_SID: "STANDBY"}
        await flow.more()
        await operator.rotate("KeyPromote", apiKeySid=NEW_SID)
        assert operator.keys == {API_KEY_SID: "STANDBY", NEW_SID: "ACTIVE"}
        await flow.more()
        await operator.rotate("KeyRemove", apiKeySid=API_KEY_SID)
        account.revoke_the_old_key()
        await flow.more()

        account.change(second_token=NEW_TOKEN)
        await operator.rotate("AuthTokenAdd", authToken=NEW_TOKEN)
        [second] = [one for one, state in operator.tokens.items() if state == "STANDBY"]
        await flow.more()
        account.change(auth_token=NEW_TOKEN, second_token=AUTH_TOKEN)
        await flow.more()
        await call_back(simulator)  # signed with the one or the other, as the text was made before or after
        await operator.rotate("AuthTokenPromote", authTokenId=second)
        [first] = [one for one, state in operator.tokens.items() if state == "STANDBY"]
        await operator.rotate("AuthTokenRemove", authTokenId=first)
        account.change(second_token=None)
        await flow.more()
        assert operator.tokens == {second: "ACTIVE"}

    await beside(flow, rotate())
    await call_back(simulator)

    shown = await gateway.deliveries("status messageStatus attemptCount reason explanation { passed }")
    assert len(shown) == len(simulator.messages) >= 14
    assert {one["status"] for one in shown} == {"ACCEPTED"}
    assert {one["messageStatus"] for one in shown} == {"DELIVERED"}
    assert {(one["attemptCount"], one["reason"]) for one in shown} == {(1, None)}
    assert simulator.refusals == []
    by = users(line)
    assert by == sorted(by) == [API_KEY_SID] * by.count(API_KEY_SID) + [NEW_SID] * by.count(NEW_SID)
    assert min(by.count(API_KEY_SID), by.count(NEW_SID)) >= 4
    assert {call.result for message in simulator.messages for call in message.calls} == {"204"}
    assert operator.shown["status"] == "VERIFIED"


async def test_a_key_that_was_revoked_too_early_lets_texts_wait_and_the_next_one_sends_them(
    gateway: Gateway, simulator: Simulator, operator: Operator
) -> None:
    account, flow = Account(simulator), Flow(gateway)
    account.add_key()
    await operator.rotate("KeyAdd", apiKeySid=NEW_SID, apiKeySecret=NEW_SECRET)
    account.revoke_the_old_key()
    await flow.one()
    await flow.one()
    waiting = await gateway.deliveries("status reason")

    await operator.rotate("KeyPromote", apiKeySid=NEW_SID)
    await gateway.work()

    assert waiting == [{"status": "HELD", "reason": "ACCOUNT_NOT_VERIFIED"}] * 2
    assert operator.shown["status"] == "VERIFIED"
    assert await gateway.deliveries("status") == [{"status": "ACCEPTED"}] * 2
    assert len(simulator.messages) == 2


async def test_a_key_that_twilio_does_not_know_is_not_kept(
    gateway: Gateway, simulator: Simulator, operator: Operator
) -> None:
    at = {"id": operator.shown["id"], "expectedRevision": operator.shown["revision"]}

    payload = await gateway.change(
        "destinationKeyAdd",
        "DestinationKeyAddInput",
        STANDS,
        {**at, "apiKeySid": NEW_SID, "apiKeySecret": NEW_SECRET},
    )
    malformed = await gateway.change(
        "destinationKeyAdd",
        "DestinationKeyAddInput",
        STANDS,
        {**at, "apiKeySid": "SK1", "apiKeySecret": NEW_SECRET},
    )

    assert payload["destination"] is None
    assert [(one["code"], one["path"]) for one in payload["errors"]] == [
        ("CREDENTIALS_REJECTED", ["apiKeySecret"])
    ]
    assert "Nothing was kept." in payload["errors"][0]["message"]
    assert malformed["errors"] == [
        {
            "code": "INVALID",
            "path": ["apiKeySid"],
            "message": "The SID of an API key is SK and 32 hexadecimal digits. Nothing was changed.",
        }
    ]
    assert simulator.messages == []
