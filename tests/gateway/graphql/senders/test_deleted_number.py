"""A number that is given up while texts wait: all of them are held, and after a swap each goes out once. Through the stand-in."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from destinations import kit
from destinations.kit import Policy, Reason
from destinations.kit.registry import installed
from destinations.twilio_engage import simulator
from destinations.twilio_engage.simulator.addresses import Address
from destinations.twilio_engage.simulator.owned import sid_of
from gateway.clock import ManualClock
from gateway.deliveries import DeliveryStatus
from gateway.graphql.http.budget import Budget
from gateway.graphql.http.limits import Limits
from gateway.pipeline import syncs
from gateway.pipeline.outbox import Outbox
from gateway.pipeline.pacer import Pacer
from gateway.sending.reading import Reader
from gateway.settings import Settings
from gateway.storage.engine import Store
from tests import factories
from tests.factories import AT_ONCE, identify, track
from tests.gateway.graphql.endpoints import endpoint_of
from tests.gateway.world import World

HOST = "127.0.0.1:4010"
OURS, OTHER = simulator.SENDER, simulator.OTHER_SENDER
WAITING = 30
S = DeliveryStatus


class ToSimulator:
    """Makes each request of the gateway, in the process."""

    def __init__(self, app: Any) -> None:
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app))

    async def send(self, request: kit.HttpRequest) -> kit.HttpResponse:
        headers = dict(request.headers)
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

    async def seconds(self, count: int) -> None:
        """What a worker does in so many seconds."""
        for _ in range(count):
            self.world.clock.advance(1)
            await self.world.deliver()
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
        for n in range(count):
            who = {"userId": f"u{n}"}
            traits = {"phone": f"+1202555{1000 + n}", "sms_opt_in": True}
            await self.world.take(
                identify(messageId=f"i{n}", **who, traits=traits), track(messageId=f"m{n}", **who)
            )

    async def stands(self) -> dict[tuple[DeliveryStatus, Reason | None], int]:
        counted: dict[tuple[DeliveryStatus, Reason | None], int] = {}
        for one in await self.world.deliveries():
            key = (one.status, one.reason)
            counted[key] = counted.get(key, 0) + 1
        return counted

    @property
    def senders(self) -> list[str | None]:
        """From where each message went."""
        return [message.received.get("From") for message in self.twilio.messages]


@pytest.fixture
async def shop(store: Store, tmp_path: Path, clock: ManualClock) -> AsyncIterator[Shop]:
    """On each engine, synced, with a mapping that names a number of the account."""
    settings = Settings(data_dir=tmp_path, allowed_hosts=frozenset({HOST}), admin_token=SecretStr("an-admin"))
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


SWAP = """mutation($from: String!, $to: String!) {
  senderSwap(input: {destinationId: "dst_paper", from: $from, to: $to}) { destination { id } errors { message code path } } }"""


async def test_all_that_waits_for_a_deleted_number_is_held_within_a_minute_and_goes_once_after_a_swap(
    shop: Shop,
) -> None:
    await shop.queue(WAITING)
    await shop.give_up(OURS)

    await shop.seconds(60)
    held = await shop.stands()
    remedies = {one.remedy for one in await shop.world.deliveries()}
    swapped = await shop.change(SWAP, **{"from": OURS, "to": OTHER})
    await shop.seconds(5)

    assert held == {(S.HELD, Reason.SENDER_REMOVED): WAITING}
    swap = (
        f'senderSwap(input: {{destinationId: "dst_paper", from: "{OURS}", to: "<a sender of the account>"}})'
    )
    back = "Give the account this sender back, or let others take its place"
    run = f"mutation {{ {swap} {{ destination {{ id }} errors {{ message }} }} }}"
    assert remedies == {f"{back}: run {run}. What waits then goes on by itself."}
    assert swapped == {"senderSwap": {"destination": {"id": "dst_paper"}, "errors": []}}
    assert await shop.stands() == {(S.ACCEPTED, None): WAITING}
    assert shop.senders == [OTHER] * WAITING
    assert len({message.received.get("To") for message in shop.twilio.messages}) == WAITING


async def test_what_waits_goes_on_by_itself_where_the_number_is_there_again(shop: Shop) -> None:
    before = simulator.DEFAULT_ACCOUNTS[0]
    await shop.queue(3)
    await shop.give_up(OURS)
    await shop.seconds(60)

    shop.twilio.change(before)
    await shop.change('mutation { senderSync(input: {id: "dst_paper"}) { job { id } errors { message } } }')
    await shop.seconds(3)

    assert await shop.stands() == {(S.ACCEPTED, None): 3}
    assert shop.senders == [OURS] * 3


async def test_a_sender_that_is_there_after_all_is_refused_for_good_once_that_was_looked_up(
    shop: Shop,
) -> None:
    await shop.queue(1)
    shop.twilio.steer({"action": "error", "code": 21606, "times": 2})

    await shop.seconds(1)
    first = await shop.world.delivery()
    await shop.seconds(5)

    last = await shop.world.delivery()
    assert (first.status, first.reason, first.error_code) == (S.HELD, Reason.SENDER_REMOVED, "21606")
    assert (last.status, last.error_code, last.attempt_count) == (S.REJECTED, "21606", 2)
    assert shop.senders == []


async def test_a_sender_that_the_account_never_had_sends_nothing(shop: Shop) -> None:
    mapping = factories.mapping(
        id="map_other",
        name="other",
        action="sendSms",
        purpose=kit.Purpose.TRANSACTIONAL,
        fields={"from": {"@path": "$.properties.from"}, "body": "Thanks!", "send": True},
    )
    await shop.world.configure(mapping)
    await shop.world.take(identify(), track(properties={"from": "+12025550199"}))

    await shop.seconds(1)

    by_mapping = {one.mapping_id: one for one in await shop.world.deliveries()}
    one = by_mapping["map_other"]
    assert (one.status, one.reason) == (S.SUPPRESSED, Reason.SENDER_NOT_ALLOWED)
    assert one.detail == "The account has no sender +12025550199: its lists do not name it."
    assert shop.senders == [OURS]


async def test_a_number_that_was_bought_since_the_last_sync_sends_at_once(shop: Shop) -> None:
    account = simulator.DEFAULT_ACCOUNTS[0]
    bought = "+12025550188"
    shop.twilio.change(replace(account, senders=(*account.senders, bought)))
    now = shop.world.clock.now()
    fields = {"from": bought, "body": "Thanks!", "send": True}
    mapping = factories.mapping(
        id="map_new",
        name="new",
        action="sendSms",
        fields=fields,
        purpose=kit.Purpose.TRANSACTIONAL,
        updated_at=now,
    )
    await shop.world.configure(mapping)
    await shop.queue(1)

    await shop.seconds(2)

    assert await shop.stands() == {(S.ACCEPTED, None): 2}
    assert sorted(map(str, shop.senders)) == [OURS, bought]
    known = (await shop.world.services.workspace.current()).senders["dst_paper"].by_address
    assert bought in known  # the mapping had it looked up
