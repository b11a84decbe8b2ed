"""A whole gateway in one process, over a ledger that it shares: /v1, webhooks, GraphQL, a worker moved by hand, and the stand-in for Twilio.

Each situation has a space, a clock and a stand-in of its own.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr
from sqlalchemy import Connection

from destinations.kit import Policy, Purpose
from destinations.twilio_engage import definition
from destinations.twilio_engage.simulator import (
    ACCOUNT_SID,
    API_KEY_SECRET,
    API_KEY_SID,
    AUTH_TOKEN,
    SENDER,
    WHATSAPP_SENDER,
    Simulator,
)
from gateway import ids, sending_limits
from gateway.auth import Authenticator
from gateway.clock import ManualClock
from gateway.deliveries import Delivery
from gateway.facts.workspace import Workspace
from gateway.ingest.endpoints import IngestApp
from gateway.pipeline import consent_imports, erasures, test_sends
from gateway.pipeline.preview import Preview, preview
from gateway.secrets import Secrets
from gateway.sending.memory import MemoryReceivers
from gateway.sending.reading import Reader
from gateway.services import Services
from gateway.settings import Settings
from gateway.shared.memory import in_memory
from gateway.storage import (
    claim_counts,
    deliveries,
    delivery_lists,
    destinations,
    mappings,
    sources,
    tokens,
    uploads,
)
from gateway.storage.engine import Store
from gateway.webhooks.endpoints import WebhookApp
from gateway.workspace import Role
from mappings.presets.preset import external_ids
from tests import factories
from tests.gateway.asked import Asked
from tests.gateway.graphql.endpoints import endpoint_of
from tests.gateway.turns import HandWorker
from tests.integration.engage.wired import HOST, Line

ORDERED = "Order Placed"
"""The event that the mapping texts for."""

PUBLIC = "https://texts.example.com"
DEFINITIONS = {definition.slug: definition}
SENDERS = {"sendSms": SENDER, "sendWhatsApp": WHATSAPP_SENDER}


class Stage:
    """Ask `open_stage` for one. What is done to it happens in the order of the calls."""

    def __init__(
        self,
        store: Store,
        folder: Path,
        space: str,
        now: datetime,
        keys: Sequence[str] = ("a key of the tests' own",),
    ) -> None:
        """`keys`: what the secrets in the store are sealed with."""
        self.store, self.space = store, space
        self.destination = f"dst_{space}"
        self.clock = ManualClock(now)
        self.line = Line()
        secrets = self._secrets = Secrets(keys)
        shared = in_memory(lambda: self.clock.now().timestamp())
        self.services = Services(
            store=store,
            secrets=secrets,
            workspace=Workspace(store, secrets, DEFINITIONS, shared.changes),
            clock=self.clock,
            settings=Settings(
                data_dir=folder,
                public_url=PUBLIC,
                allowed_hosts=frozenset({HOST}),
                admin_token=SecretStr("hg_of-the-situations"),
            ),
            reader=Reader(shared.cache, Asked(httpx.MockTransport(self.line.read))),
            client=self.line,
            receivers=MemoryReceivers(),
            shared=shared,
            authenticator=Authenticator(store, None),
        )
        self.simulator = Simulator(
            step=None,
            transport=httpx.ASGITransport(WebhookApp(self.services)),
            allow_remote_callbacks=True,
            now=self.clock.now,
        )
        self.line.connect(self.simulator)
        self._worker = HandWorker(self.services)
        self._v1 = _client(IngestApp(self.services))
        self.graphql = _client(endpoint_of(self.services, DEFINITIONS))
        self._calls = 0
        self._ordered = ""
        self._tested: str | None = None
        self.previewed: list[tuple[Preview, Delivery | None]] = []
        """Of each event that came alone: what the dry run said before, and what its Delivery was after its first turn."""

    async def configure(self, policy: Policy | None, mapping: dict[str, Any]) -> None:
        """Tokens, a SERVER and a BROWSER source, a verified destination, and that one mapping. Without a policy the destination is made by
        GraphQL, with an account and nothing else said.
        """
        await self.store.write(self._add_tokens)
        if policy is None:
            await self._create()
        else:
            await self._add(policy)
        action = mapping.get("action", "sendSms")
        given = {"trigger": f'type = "track" and event = "{ORDERED}"', **mapping, "action": action}
        given["purpose"] = Purpose(mapping.get("purpose", "MARKETING"))
        fields = {
            "from": SENDERS[action],
            "send": True,
            "traitEnrichment": True,
            "externalIds": external_ids(),
            **given.pop("fields"),
        }
        one = factories.mapping(
            id=f"map_{self.space}", destination_id=self.destination, fields=fields, **given
        )
        made = [
            make(id=f"src_{name}_{self.space}", space=self.space, write_key_hash=ids.digest(self.key(name)))
            for name, make in (("SERVER", factories.source), ("BROWSER", factories.browser))
        ]

        def store(connection: Connection) -> None:
            mappings.add(connection, one)
            for source in made:
                sources.add(connection, source)
                sources.connect(connection, source.id, self.destination)

        await self.store.write(store)
        self.services.workspace.invalidate()

    def _add_tokens(self, connection: Connection) -> None:
        for role in (Role.ADMIN, Role.OPERATOR):
            tokens.add(
                connection,
                name=role.value,
                role=role,
                space=self.space,
                token=self.key(role.value),
                now=self.clock.now(),
            )

    async def _add(self, policy: Policy) -> None:
        """A destination of that policy which keeps nothing waiting, whatever its sender's pace."""
        there = factories.destination(
            id=self.destination,
            space=self.space,
            definition=definition.slug,
            settings={
                "accountSid": ACCOUNT_SID,
                "apiKeys": [{"sid": API_KEY_SID, "secret": API_KEY_SECRET}],
                "authToken": AUTH_TOKEN,
                "twilioHostname": HOST,
                "defaultCountry": "US",
            },
            policy=replace(policy, messages_per_second=factories.AT_ONCE),
        )
        await self.store.write(lambda c: destinations.add(c, there, self._secrets))

    async def _create(self) -> None:
        account = {
            "accountSid": ACCOUNT_SID,
            "apiKeySid": API_KEY_SID,
            "apiKeySecret": API_KEY_SECRET,
            "authToken": AUTH_TOKEN,
            "twilioHostname": HOST,
            "defaultCountry": "US",
        }
        given = ", ".join(f"{name}: {json.dumps(value)}" for name, value in account.items())
        made = await self.change(
            "destinationCreate",
            f'name: "Texts", space: "{self.space}", settings: {{twilioEngage: {{{given}}}}}',
            "destination { id }",
        )
        self.destination = made["destination"]["id"]
        verified = await self.change(
            "destinationVerify", f'id: "{self.destination}"', "destination { status }"
        )
        assert verified["destination"]["status"] == "VERIFIED"

    def key(self, name: str) -> str:
        """The write key of the SERVER or the BROWSER source; the token of a role."""
        return f"hgt_{name}-of-{self.space}"

    async def say(self, *calls: dict[str, Any], source: str = "SERVER", path: str = "batch") -> None:
        """Let these calls come in one request of that source, and take every turn that is due then."""
        numbered = []
        for call in calls:
            self._calls += 1
            numbered.append({"messageId": f"m-{self._calls}", **call})
            if call.get("event") == ORDERED:
                self._ordered, self._tested = numbered[-1]["messageId"], None
        said = None
        if len(calls) == 1 and path == "batch" and numbered[0]["type"] == "track":
            said = await self._preview(numbered[0], source)
        answer = await self.request(f"/v1/{path}", {"batch": numbered}, self.key(source))
        assert answer.status_code == 200, answer.text
        if said is not None:
            self.previewed.append((said, await self._delivery_of(numbered[0]["messageId"])))

    async def request(self, path: str, body: dict[str, Any], user: str) -> httpx.Response:
        """What /v1 answers to whoever says that they are this user, once every turn that is due then was taken."""
        answer = await self._v1.post(path, json=body, auth=(user, ""))
        await self._worker._match()
        await self.turn()
        return answer

    async def raw(self, path: str, body: bytes, headers: dict[str, str]) -> int:
        """The status of what /v1 answers to these very bytes, once every turn that is due then was taken."""
        answer = await self._v1.post(path, content=body, headers=headers)
        await self._worker._match()
        await self.turn()
        return answer.status_code

    async def post(self, path: str, call: dict[str, Any]) -> None:
        """Let a SERVER source post that call to that path, under a messageId, as an SDK does."""
        self._calls += 1
        numbered = {"messageId": f"m-{self._calls}", **call}
        if call.get("event") == ORDERED:
            self._ordered = numbered["messageId"]
        answer = await self.request(path, numbered, self.key("SERVER"))
        assert answer.status_code == 200, answer.text

    async def remedy(self, reason: str) -> str:
        """That of the newest order's delivery, which was refused or waits for that reason, as it is read by an ADMIN."""
        one = await self.delivery()
        assert one is not None
        assert one.reason == reason
        found = await self.ask("query ($id: ID!) { node(id: $id) { ... on Delivery { remedy } } }", id=one.id)
        return str(found["node"]["remedy"])

    async def _preview(self, call: dict[str, Any], source: str) -> Preview:
        snapshot = await self.services.workspace.current()
        return await preview(
            self.services,
            snapshot.destinations[self.destination],
            snapshot.mappings[f"map_{self.space}"],
            call,
            source=snapshot.sources[f"src_{source}_{self.space}"],
        )

    async def turn(self) -> None:
        """Give every delivery that is due its turn, twice: what one lets go has the other."""
        for _twice in range(2):
            await self._worker._deliver()
            await self._worker._outbox.finished()

    async def write(self, person: str, words: str, to: str, **more: str) -> None:
        """The person of that number writes to that sender of ours."""
        said = {
            "from": person,
            "to": to,
            "body": words,
            "url": f"{PUBLIC}/webhooks/{self.destination}/inbound",
        }
        await self.simulator.hear({**said, **more})
        await self.turn()

    async def change(
        self,
        mutation: str,
        given: str,
        answer: str = "",
        *,
        role: Role = Role.ADMIN,
        refused: str | None = None,
    ) -> Any:
        """What a mutation of that role answers, without errors; or with the one error whose code is `refused`."""
        query = f"mutation {{ {mutation}(input: {{{given}}}) {{ {answer} errors {{ code message }} }} }}"
        payload = (await self.ask(query, role=role))[mutation]
        assert [error["code"] for error in payload["errors"]] == ([refused] if refused else []), payload
        return payload

    async def ask(self, query: str, *, role: Role = Role.ADMIN, **variables: Any) -> Any:
        """The data of an answer without errors."""
        answer = await self.asked(query, role=role, **variables)
        assert "errors" not in answer, answer
        return answer["data"]

    async def asked(self, query: str, *, role: Role = Role.ADMIN, **variables: Any) -> Any:
        """The whole answer."""
        headers = {"Authorization": f"Bearer {self.key(role.value)}"}
        given = {"query": query, "variables": variables}
        return (await self.graphql.post("/graphql", json=given, headers=headers)).json()

    async def review(self, answer: str) -> None:
        """Somebody says of what waits for it whether it is a stop."""
        found = await self.ask("{ inboundMessages(needsReview: true) { edges { node { id } } } }")
        [edge] = found["inboundMessages"]["edges"]
        await self.change("inboundReview", f'id: "{edge["node"]["id"]}", answer: {answer}')
        await self.turn()

    async def erase(self, number: str) -> None:
        await self.change("contactErase", f"id: {json.dumps(number)}")
        assert await erasures.step(self.services)

    async def import_consent(self, file: str) -> None:
        """Record what a file says, and take what is due then."""
        now = self.clock.now()
        kept = await self.store.write(lambda c: uploads.keep(c, self.space, file, now))
        given = f'uploadId: "{kept}", dryRun: false, idempotencyKey: "{kept}"'
        made = await self.change("consentImport", given, "job { id }")
        assert await consent_imports.step(self.services)
        found = await self.ask(f'{{ node(id: "{made["job"]["id"]}") {{ ... on Job {{ status failed }} }} }}')
        assert found["node"] == {"status": "DONE", "failed": 0}
        await self.turn()

    async def test(self, number: str, refused: str | None) -> None:
        """Try the mapping on that number: it is sent, or refused for that reason and nothing is made."""
        self._calls += 1
        event = {"type": "track", "event": ORDERED, "userId": "tester", "messageId": f"m-{self._calls}"}
        given = {
            "mappingId": f"map_{self.space}",
            "event": event,
            "to": number,
            "idempotencyKey": f"t-{self._calls}",
        }
        query = "mutation ($input: TestSendInput!) { testSend(input: $input) { delivery { id } errors { message } } }"
        made = (await self.ask(query, role=Role.OPERATOR, input=given))["testSend"]
        if refused is None:
            assert made["errors"] == []
            self._tested = made["delivery"]["id"]
            await self.wait(test_sends.HEARD_OF)
            return
        [error] = made["errors"]
        assert (made["delivery"], error["message"].split(":")[0]) == (None, refused)

    async def count_sent(self, number: int) -> None:
        """So many texts of the destination were claimed today."""
        there = (await self.services.workspace.current()).destinations[self.destination]
        limit = sending_limits.of_destination(there.policy, there.id, self.clock.now())
        assert limit is not None
        await self.store.write(lambda c: claim_counts.add(c, {limit.counter: number}))

    async def wait(self, span: timedelta) -> None:
        """Time goes on, and what is due by then has its turn."""
        self.clock.advance(span.total_seconds())
        await self.turn()

    async def delivery(self) -> Delivery | None:
        """That of the newest order, or its replay, or of the newest test; None where there is none."""
        tested = self._tested
        if tested is not None:
            return await self.store.read(lambda c: deliveries.get(c, tested))
        return await self._delivery_of(self._ordered)

    async def _delivery_of(self, message_id: str) -> Delivery | None:
        wanted = delivery_lists.DeliveryFilter(message_id=message_id)
        page = await self.store.read(lambda c: delivery_lists.page(c, self.space, 3, None, wanted))
        found = [one for one in page.items if one.mapping_id == f"map_{self.space}"]
        replays = [one for one in found if one.replay_of is not None]
        return next(iter([*replays, *found]), None)

    async def close(self) -> None:
        await self.store.write(lambda c: c.exec_driver_sql("DELETE FROM jobs"))
        for client in (self._v1, self.graphql):
            await client.aclose()
        await self.line.close()
        await self.services.reader.close()


def _client(app: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://heliograph.test")
