"""A gateway that serves the pager, and the steps of its tests."""

import json
from typing import Any

import httpx

from gateway.app import Gateway as Built
from gateway.clock import ManualClock
from gateway.jobs import JobKind
from gateway.pipeline.worker import Worker
from gateway.sending import MemoryClient
from gateway.storage import jobs, leases
from gateway.storage.leases import LEASE
from tests.destinations.toy.pager.callbacks import SIGNATURE, signature
from tests.destinations.toy.provider import OURS, TOKEN
from tests.factories import UNHINDERED
from tests.gateway.turns import work_on

ADMIN = "hg_bootstrap-admin-token"
PUBLIC = "https://texts.example.com"
WARD = {"cityPager": {"token": TOKEN, "sender": OURS}}


class Gateway:
    """The whole program through its own doors; what is due is worked off when `work` says so."""

    def __init__(
        self, built: Built, client: httpx.AsyncClient, sent: MemoryClient, clock: ManualClock
    ) -> None:
        self.services = built.services
        self.client = client
        self.sent = sent
        self.clock = clock
        self.destination = ""
        self.write_key = ""

    async def ask(self, query: str, **variables: Any) -> Any:
        """The data of an answer without errors."""
        body = {"query": query, "variables": variables}
        answer = await self.client.post("/graphql", json=body, headers={"Authorization": f"Bearer {ADMIN}"})
        assert "errors" not in answer.json(), answer.text
        return answer.json()["data"]

    async def change(self, name: str, kind: str, selection: str, given: Any) -> Any:
        """The payload of one mutation."""
        query = f"mutation($input: {kind}!) {{ {name}(input: $input) {{ {selection} }} }}"
        return (await self.ask(query, input=given))[name]

    async def seed(self, *actions: dict[str, Any]) -> None:
        """A source, connected to a verified destination with a mapping for each of these."""
        made = await self.change(
            "sourceCreate", "SourceCreateInput", "source { id } writeKey", {"name": "Ward"}
        )
        self.write_key = made["writeKey"]
        given = {"name": "Pagers", "settings": WARD, "policy": UNHINDERED}
        ours = await self.change(
            "destinationCreate", "DestinationCreateInput", "destination { id } errors { message }", given
        )
        self.destination = ours["destination"]["id"]
        checked = await self.change(
            "destinationVerify", "IdInput", "destination { status }", {"id": self.destination}
        )
        assert checked["destination"]["status"] == "VERIFIED"
        link = {"sourceId": made["source"]["id"], "destinationId": self.destination}
        await self.change("sourceConnect", "SourceConnectInput", "errors { message }", link)
        for action in actions:
            mapping = {"destinationId": self.destination, "name": action["action"], **action}
            payload = await self.change(
                "mappingCreate", "MappingCreateInput", "mapping { id } errors { message }", mapping
            )
            assert payload["errors"] == []

    async def event(self, kind: str, **call: Any) -> None:
        """One call of an SDK, worked off."""
        body = {"userId": "ada", **call}
        answer = await self.client.post(f"/v1/{kind}", json=body, auth=(self.write_key, ""))
        assert answer.status_code == 200
        await self.work()

    async def work(self) -> None:
        """Match what came, and give what is due by then its turn."""
        services = self.services
        now = services.clock.now()
        if await services.store.read(lambda c: jobs.next_due(c, JobKind.MATCH)) is not None:
            await Worker(services)._match()
        leased = await services.store.write(lambda c: leases.lease(c, JobKind.DELIVER, 100, now, LEASE))
        for job in leased:
            await work_on(services, [job])

    async def deliveries(self, selection: str) -> list[dict[str, Any]]:
        """All there are, the oldest first."""
        found = await self.ask(f"{{ deliveries(first: 100) {{ edges {{ node {{ {selection} }} }} }} }}")
        return [edge["node"] for edge in reversed(found["deliveries"]["edges"])]

    async def call_back(self, path: str, body: dict[str, Any], token: str = TOKEN) -> httpx.Response:
        """A call of the provider, signed with that token."""
        path, content = f"/webhooks/{self.destination}/{path}", json.dumps(body).encode()
        headers = {SIGNATURE: signature(token, f"{PUBLIC}{path}", content)}
        return await self.client.post(path, content=content, headers=headers)
