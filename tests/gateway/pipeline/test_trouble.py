"""A PostgreSQL server in trouble: clients are told to come back, and what was answered keeps its order."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from gateway.clock import ManualClock
from gateway.errors import StoreUnavailable
from gateway.ingest.endpoints import IngestApp
from gateway.pipeline.worker import Worker
from gateway.settings import Settings
from gateway.storage.engine import Store
from tests import factories
from tests.factories import ANN, WRITE_KEY, identify, track
from tests.gateway.postgresql import closed, read_only, refusing
from tests.gateway.world import World

DISK_FULL = "53100"


@pytest.fixture
async def world(postgresql_store: Store, tmp_path: Path, clock: ManualClock) -> AsyncIterator[World]:
    """On PostgreSQL, with a server source, a verified destination and a mapping for orders."""
    one = World(postgresql_store, tmp_path, clock, Settings(data_dir=tmp_path))
    await one.configure(factories.source(), factories.destination(), factories.mapping())
    await one.services.workspace.current()
    yield one
    await one.services.reader.close()


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=IngestApp(world.services))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://heliograph", auth=(WRITE_KEY, "")
    ) as opened:
        yield opened


async def waiting(world: World) -> int | None:
    """The jobs that somebody waits for."""
    return await world.store.read(
        lambda c: c.scalar(text("SELECT count(*) FROM jobs WHERE kind != 'follow'"))
    )


async def test_a_full_disk_tells_clients_to_come_back(client: httpx.AsyncClient, world: World) -> None:
    async with refusing(world.store, "jobs", DISK_FULL):
        answer = await client.post("/v1/track", json=track())

    assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
    assert int(answer.headers["retry-after"]) >= 1
    assert await waiting(world) == 0
    assert (await client.post("/v1/track", json=track())).status_code == 200


async def test_a_failover_tells_clients_to_come_back(
    client: httpx.AsyncClient, world: World, postgresql: str
) -> None:
    async with read_only(postgresql):
        only_reads = await client.post("/v1/track", json=track())
    async with closed(postgresql):
        gone = await client.post("/v1/track", json=track())

    assert [answer.status_code for answer in (only_reads, gone)] == [503, 503]
    assert all("retry-after" in answer.headers for answer in (only_reads, gone))
    assert await waiting(world) == 0
    assert (await client.post("/v1/track", json=track())).status_code == 200


async def test_no_track_overtakes_the_identify_that_met_a_full_disk(
    client: httpx.AsyncClient, world: World
) -> None:
    worker = Worker(world.services)
    assert (await client.post("/v1/identify", json=identify())).status_code == 200
    async with refusing(world.store, "events", DISK_FULL):
        for _ in range(12):  # more often than failures of our own are suffered
            with pytest.raises(StoreUnavailable):
                await worker._match()
    assert (await client.post("/v1/track", json=track())).status_code == 200

    await worker._match()
    await worker._match()
    await world.deliver()

    assert [dict(request.form)["To"] for request in world.requests] == [ANN]
    assert await waiting(world) == 0
