"""An API over a store in a file, with the destination of the pigeons."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec.structs import replace
from pydantic import SecretStr
from sqlalchemy import Connection

from destinations import kit
from gateway.auth import Authenticator
from gateway.clock import ManualClock
from gateway.events import Event, EventOutcome
from gateway.facts.workspace import Workspace
from gateway.graphql.http.budget import Budget
from gateway.graphql.http.endpoint import GraphQLEndpoint
from gateway.graphql.http.limits import Limits
from gateway.ingest.endpoints import IngestApp
from gateway.pipeline.match import Taken, match
from gateway.secrets import Secrets
from gateway.sending.memory import MemoryClient, MemoryReceivers
from gateway.sending.reading import Reader
from gateway.services import Services
from gateway.settings import Settings
from gateway.shared.memory import in_memory
from gateway.spec import event_of
from gateway.storage import deliveries, events, tokens
from gateway.storage.engine import Store
from gateway.storage.events import Kept
from gateway.storage.sqlite import SqliteStore
from gateway.workspace import Role
from tests.factories import UNHINDERED, new_delivery
from tests.gateway.asked import Asked
from tests.gateway.graphql.endpoints import endpoint_of
from tests.gateway.graphql.pigeons import PIGEONS

ADMIN = "hg_bootstrap-admin-token"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass
class Api:
    """The API as its users meet it, and what lies behind it."""

    services: Services
    endpoint: GraphQLEndpoint
    client: httpx.AsyncClient
    clock: ManualClock
    sent: MemoryClient
    receivers: MemoryReceivers
    tokens: dict[Role, str] = field(default_factory=dict)

    async def post(self, body: Any, token: str | None = ADMIN, **headers: str) -> httpx.Response:
        """The answer to a body that is sent as JSON."""
        given = {} if token is None else {"Authorization": f"Bearer {token}"}
        return await self.client.post("/graphql", json=body, headers={**given, **headers})

    async def ask(self, query: str, token: str = ADMIN, **variables: Any) -> Any:
        """The JSON of an answer, but for what it cost."""
        answer = (await self.post({"query": query, "variables": variables}, token)).json()
        return {key: value for key, value in answer.items() if key != "extensions"}

    async def data(self, query: str, token: str = ADMIN, **variables: Any) -> Any:
        """The data of an answer without errors."""
        answer = await self.ask(query, token, **variables)
        assert "errors" not in answer, answer
        return answer["data"]

    async def change(self, name: str, given: Mapping[str, Any], selection: str, token: str = ADMIN) -> Any:
        """The payload of one mutation."""
        kinds = {
            "destinationVerify": "IdInput",
            "deliveryCancel": "IdInput",
            "destinationKeyPromote": "DestinationKeyInput",
            "destinationKeyRemove": "DestinationKeyInput",
            "destinationAuthTokenPromote": "DestinationAuthTokenInput",
            "destinationAuthTokenRemove": "DestinationAuthTokenInput",
            "destinationDelete": "DeleteInput",
            "destinationPause": "PauseInput",
            "destinationResume": "IdInput",
            **dict.fromkeys(("senderSync", "senderResume", "senderDetach"), "IdInput"),
            "senderPause": "PauseInput",
            "templateSync": "IdInput",
            "sendingResume": "SendingPauseInput",
            "sourceDelete": "DeleteInput",
            "mappingDelete": "DeleteInput",
            "sourceDisconnect": "SourceConnectInput",
            "webhookDeliveryReplay": "IdInput",
        }
        kind = kinds.get(name, f"{name[0].upper()}{name[1:]}Input")
        query = f"mutation($input: {kind}!) {{ {name}(input: $input) {{ {selection} }} }}"
        return (await self.data(query, token, input=dict(given)))[name]

    async def token(self, role: Role, space: str = "default") -> str:
        """A token of that role."""
        token = f"hgt_{role.value.lower()}-of-{space}-0123456789"
        now = self.clock.now()
        await self.services.store.write(
            lambda c: tokens.add(
                c, name=f"{role.value} of {space}", role=role, space=space, token=token, now=now
            )
        )
        return token

    async def source(self, **given: Any) -> str:
        """The id of a new source."""
        payload = await self.change(
            "sourceCreate", {"name": "Shop", **given}, "source { id } errors { message }"
        )
        assert payload["errors"] == []
        return str(payload["source"]["id"])

    async def keyed_source(self) -> tuple[str, str]:
        """(id, write key) of a new source."""
        payload = await self.change("sourceCreate", {"name": "Shop"}, "source { id } writeKey")
        return payload["source"]["id"], payload["writeKey"]

    async def destination(self, name: str = "Pigeons", space: str = "default", **settings: Any) -> str:
        """The id of a new destination."""
        given = {
            "name": name,
            "space": space,
            "settings": {"pigeonPost": {"loft": "LF1", **settings}},
            "policy": UNHINDERED,
        }
        payload = await self.change("destinationCreate", given, "destination { id } errors { message }")
        assert payload["errors"] == []
        return str(payload["destination"]["id"])

    async def mapping(
        self, destination_id: str, fields: Mapping[str, Any] | None = None, **given: Any
    ) -> str:
        """The id of a new mapping."""
        filled = {"from": "+15550001111", "send": True, **(fields or {})}
        mapping = {
            "destinationId": destination_id,
            "action": "sendNote",
            "name": "Notes",
            "fields": filled,
            **given,
        }
        payload = await self.change("mappingCreate", mapping, "mapping { id } errors { message }")
        assert payload["errors"] == []
        return str(payload["mapping"]["id"])


@pytest.fixture
def pigeons() -> kit.DestinationDefinition:
    return PIGEONS


@pytest.fixture
def admin_token() -> str:
    return ADMIN


@pytest.fixture
def limits() -> Limits:
    """Overridden where a test wants tighter ones."""
    return Limits()


@pytest.fixture
def budget() -> Budget:
    """Overridden where a test wants a smaller one."""
    return Budget()


@pytest.fixture
def gateway_settings() -> Settings:
    """Overridden where a test wants others; the data directory and the admin token are the test's own in any case."""
    return Settings()


@pytest.fixture
def definitions() -> Mapping[str, kit.DestinationDefinition]:
    """What is installed; overridden where a test wants the real ones."""
    return {PIGEONS.slug: PIGEONS}


@pytest.fixture
async def api(
    sqlite_store: SqliteStore,
    tmp_path: Path,
    limits: Limits,
    definitions: Mapping[str, kit.DestinationDefinition],
    budget: Budget,
    gateway_settings: Settings,
) -> AsyncIterator[Api]:
    async with opened(sqlite_store, tmp_path, limits, definitions, budget, gateway_settings) as one:
        yield one


@pytest.fixture
async def remote_api(
    postgresql_store: Store,
    tmp_path: Path,
    limits: Limits,
    definitions: Mapping[str, kit.DestinationDefinition],
    budget: Budget,
    gateway_settings: Settings,
) -> AsyncIterator[Api]:
    """The API over PostgreSQL, where changes run beside one another."""
    async with opened(postgresql_store, tmp_path, limits, definitions, budget, gateway_settings) as one:
        yield one


@asynccontextmanager
async def opened(
    store: Store,
    tmp_path: Path,
    limits: Limits,
    definitions: Mapping[str, kit.DestinationDefinition],
    budget: Budget,
    gateway_settings: Settings,
) -> AsyncIterator[Api]:
    secrets = Secrets(["a key for tests, long enough"])
    shared = in_memory()
    workspace = Workspace(store, secrets, definitions, shared.changes)
    clock, sent, receivers = ManualClock(NOON), MemoryClient([]), MemoryReceivers()
    settings = gateway_settings.model_copy(update={"data_dir": tmp_path, "admin_token": SecretStr(ADMIN)})
    reader = Reader(shared.cache, Asked(httpx.MockTransport(lambda _: httpx.Response(500))))
    services = Services(
        store=store,
        secrets=secrets,
        workspace=workspace,
        clock=clock,
        settings=settings,
        reader=reader,
        client=sent,
        receivers=receivers,
        shared=shared,
        authenticator=Authenticator(store, settings.admin_token, clock),
    )
    endpoint = endpoint_of(services, definitions, limits, budget)
    transport = httpx.ASGITransport(app=endpoint)
    async with httpx.AsyncClient(transport=transport, base_url="http://heliograph.test") as client:
        yield Api(services, endpoint, client, clock, sent, receivers)
    await services.authenticator.close()
    await reader.close()


@dataclass
class Ledger:
    """Writes what the pipeline would have written."""

    api: Api
    source_id: str
    destination_id: str
    mapping_id: str

    async def event(
        self, number: int = 1, outcome: EventOutcome = EventOutcome.MATCHED, **changed: Any
    ) -> str:
        """The id of a stored event."""
        now = self.api.clock.now()
        payload = {"type": "track", "event": "Note Written", "userId": "u1", "properties": {"n": number}}
        event = Event(
            id=f"evt_{number:032x}",
            message_id=f"m{number}",
            type="track",
            name="Note Written",
            user_id="u1",
            anonymous_id=None,
            timestamp=now,
            occurred_at=now,
            earliest=now,
            latest=now,
            received_at=now,
            payload=payload,
        )
        source = (await self.api.services.workspace.current()).sources[self.source_id]
        kept = replace(event, **changed)

        def store(connection: Connection) -> None:
            events.claim(connection, [(source.id, kept)])
            events.add(connection, [Kept(source, kept, outcome)])

        await self.api.services.store.write(store)
        return kept.id

    async def delivery(self, number: int = 1, *, space: str = "default", **values: Any) -> str:
        """The id of a stored delivery of an event with that number."""
        event_id = await self.event(number)
        delivery_id = f"dlv_{number:032x}"
        now = self.api.clock.now()

        def change(connection: Connection) -> None:
            new = new_delivery(
                id=delivery_id,
                space=space,
                event_id=event_id,
                source_id=self.source_id,
                destination_id=self.destination_id,
                mapping_id=self.mapping_id,
            )
            deliveries.add(connection, [new], now)
            if values:
                deliveries.change(connection, [{"id": delivery_id, **values}], now)

        await self.api.services.store.write(change)
        return delivery_id

    async def match(self, *calls: dict[str, Any]) -> list[str]:
        """What became of each of these calls of one request of the source, received now."""
        services, now = self.api.services, self.api.clock.now()
        snapshot = await services.workspace.current()

        source = snapshot.sources[self.source_id]
        taken = [Taken(source, event_of(call, received_at=now)) for call in calls]
        matched = await services.store.write(lambda c: match(c, services.secrets, snapshot, taken, now))
        return [outcome.value for outcome in matched.outcomes]


@pytest.fixture
async def ingest(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    """What SDKs speak to, over the same services."""
    transport = httpx.ASGITransport(app=IngestApp(api.services))
    async with httpx.AsyncClient(transport=transport, base_url="http://heliograph.test") as client:
        yield client


@pytest.fixture
async def ledger(api: Api) -> Ledger:
    """A source, a destination and a mapping, and no delivery yet."""
    destination = await api.destination()
    return Ledger(api, await api.source(), destination, await api.mapping(destination))
