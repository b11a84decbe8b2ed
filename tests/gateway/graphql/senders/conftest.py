"""A gateway whose account is the stand-in's, on each engine."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import func, select

from destinations import kit
from destinations.kit import Policy, Reason
from destinations.kit.registry import installed
from destinations.twilio_engage import simulator
from destinations.twilio_engage.simulator.addresses import Address
from destinations.twilio_engage.simulator.owned import sid_of
from gateway.clock import ManualClock
from gateway.deliveries import AttemptOutcome, DeliveryStatus
from gateway.graphql.http.budget import Budget
from gateway.graphql.http.limits import Limits
from gateway.pipeline import syncs
from gateway.pipeline.outbox import Outbox
from gateway.pipeline.pacer import Pacer
from gateway.sending.reading import Reader
from gateway.settings import Settings
from gateway.storage.engine import Store
from gateway.storage.tables import attempts, deliveries
from tests import factories
from tests.factories import AT_ONCE, identify, track
from tests.gateway.graphql.endpoints import endpoint_of
from tests.gateway.world import World

HOST = "127.0.0.1:4010"
OURS, OTHER = simulator.SENDER, simulator.OTHER_SENDER
S = DeliveryStatus


class ToSimulator:
    """Makes each request of the gateway, in the process."""

    def __init__(self, app: Any) -> None:
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app))

    async def send(self, request: kit.HttpRequest) -> kit.HttpResponse:
        headers = {"content-type": request.media_type, **dict(request.headers)}
        if request.auth is not None:
            headers["authorization"] = request.auth.header()
        answer = await self.http.request(request.method, request.url, content=request.body, headers=headers)
        return kit.HttpResponse(answer.status_code, dict(answer.headers.items()), answer.content)

    async def close(self) -> None:
        await self.http.aclose()


@dataclass
class Shop:
    """A gateway whose account is the stand-in's."""

    world: World
    twilio: simulator.Simulator
    http: httpx.AsyncClient
    api: httpx.AsyncClient

    async def seconds(self, count: int, *, syncing: bool = True, together: bool = False) -> None:
        """What a worker does in so many seconds: one text after the other, or many `together`; or a worker without syncs."""
        for _ in range(count):
            self.world.clock.advance(1)
            if together:
                await self.world.pacer.let_go(100)
                await self.world.work_on(await self.world.lease())
            else:
                await self.world.deliver()
            if syncing:
                await syncs.step(self.world.services)

    async def change(self, query: str, **variables: Any) -> Any:
        answer = await self.api.post("/graphql", json={"query": query, "variables": variables})
        assert "errors" not in answer.json(), answer.json()
        return answer.json()["data"]

    async def give_up(self, address: str) -> None:
        """Release a number, in the provider's console."""
        sid = sid_of(simulator.DEFAULT_ACCOUNTS[0], Address.read(address))
        path = f"/2010-04-01/Accounts/{simulator.ACCOUNT_SID}/IncomingPhoneNumbers/{sid}.json"
        answer = await self.http.delete(path, auth=(simulator.ACCOUNT_SID, simulator.AUTH_TOKEN))
        assert answer.status_code == 204

    async def queue(self, count: int) -> None:
        """That many people order something."""
        calls = []
        for n in range(count):
            who = {"userId": f"u{n}"}
            traits = {"phone": f"+1202555{1000 + n}", "sms_opt_in": True}
            calls += [identify(messageId=f"i{n}", **who, traits=traits), track(messageId=f"m{n}", **who)]
        await self.world.take(*calls)

    async def send_one_a_second_from(self, address: str) -> None:
        """Its pace from now on; all others send at once."""
        paces = {**AT_ONCE, address: 1.0}
        await self.change(
            """mutation($paces: JSON) { destinationUpdate(input: {
              id: "dst_paper", expectedRevision: 1, policy: {messagesPerSecond: $paces}}) { errors { message } } }""",
            paces=paces,
        )

    async def stands(self) -> dict[tuple[DeliveryStatus, Reason | None], int]:
        """How many deliveries stand so."""
        of = deliveries.c
        query = select(of.status, of.reason, func.count()).group_by(of.status, of.reason)
        rows = await self.world.store.read(lambda c: c.execute(query).all())
        return {
            (DeliveryStatus(status), None if reason is None else Reason(reason)): n
            for status, reason, n in rows
        }

    async def remedies(self) -> set[str | None]:
        """What each delivery says is to be done."""
        query = select(deliveries.c.remedy)
        return set(await self.world.store.read(lambda c: c.scalars(query).all()))

    async def outcomes(self) -> dict[AttemptOutcome, int]:
        """How many requests ended so."""
        query = select(attempts.c.outcome, func.count()).group_by(attempts.c.outcome)
        rows = await self.world.store.read(lambda c: c.execute(query).all())
        return {AttemptOutcome(outcome): n for outcome, n in rows}

    @property
    def senders(self) -> list[str | None]:
        """From where each message went."""
        return [message.received.get("From") for message in self.twilio.messages]


@pytest.fixture
async def shop(store: Store, tmp_path: Path, clock: ManualClock) -> AsyncIterator[Shop]:
    """On each engine, synced, with a mapping that names a number of the account."""
    settings = Settings(
        data_dir=tmp_path,
        allowed_hosts=frozenset({HOST}),
        admin_token=SecretStr("an-admin"),
        public_url="https://texts.example.com",
    )
    definition = installed()["twilio-engage"]
    world = World(store, tmp_path / "heliograph.db", clock, settings, installed=definition)
    twilio = simulator.Simulator(step=None, now=clock.now)
    client = ToSimulator(twilio.app)
    world.services = replace(
        world.services, client=client, reader=Reader(world.services.shared.cache, client)
    )
    world.outbox = Outbox(world.services, world._failed)
    world.pacer = Pacer(world.services, world.outbox)
    account = {
        "accountSid": simulator.ACCOUNT_SID,
        "apiKeys": [{"sid": simulator.API_KEY_SID, "secret": simulator.API_KEY_SECRET}],
        "authToken": simulator.AUTH_TOKEN,
        "twilioHostname": HOST,
    }
    fields = {"from": OURS, "body": "Thanks!", "send": True}
    await world.configure(
        factories.source(),
        factories.destination(
            definition="twilio-engage", settings=account, policy=Policy(messages_per_second=AT_ONCE)
        ),
        factories.mapping(action="sendSms", fields=fields, purpose=kit.Purpose.TRANSACTIONAL),
    )
    endpoint = endpoint_of(world.services, {definition.slug: definition}, Limits(), Budget())
    async with (
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app=endpoint),
            base_url="http://heliograph",
            headers={"Authorization": "Bearer an-admin"},
        ) as api,
        httpx.AsyncClient(transport=httpx.ASGITransport(twilio.app), base_url="http://twilio") as http,
    ):
        made = Shop(world, twilio, http, api)
        while await syncs.step(world.services):
            pass
        clock.advance(600)
        yield made
    await client.close()
    await world.services.authenticator.close()
