"""/healthz, /readyz and /metrics."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from starlette.applications import Starlette

from gateway import health
from gateway.errors import StoreUnavailable
from tests.factories import ANN, identify, track
from tests.gateway.world import World


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=Starlette(routes=health.routes(world.pipeline)))
    async with httpx.AsyncClient(transport=transport, base_url="http://heliograph") as opened:
        yield opened


def gone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def read(_query: Any) -> None:
        raise StoreUnavailable("The database can't be read (gone). Try again.")

    monkeypatch.setattr(world.store, "read", read)


async def test_it_is_alive_without_its_store(
    client: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone(world, monkeypatch)

    assert (await client.get("/healthz")).text == "ok\n"


async def test_it_is_ready_where_the_store_is_current(client: httpx.AsyncClient) -> None:
    answer = await client.get("/readyz")

    assert (answer.status_code, answer.json()) == (200, {"ready": True, "store": "ok"})


async def test_it_is_not_ready_without_its_migrations(client: httpx.AsyncClient, world: World) -> None:
    await world.store.write(lambda c: c.execute(text("DELETE FROM alembic_version")))

    answer = await client.get("/readyz")

    assert (answer.status_code, answer.json()) == (503, {"ready": False, "store": "migrations are missing"})


async def test_it_is_not_ready_without_its_store(
    client: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone(world, monkeypatch)

    answer = await client.get("/readyz")

    assert (answer.status_code, answer.json()) == (
        503,
        {"ready": False, "store": "The database can't be read (gone). Try again."},
    )
    assert (await client.get("/metrics")).status_code == 200


async def test_the_metrics_show_what_waits_and_nobody(client: httpx.AsyncClient, world: World) -> None:
    await world.take(identify(), track())
    world.clock.advance(7)

    shown = (await client.get("/metrics")).text

    assert 'heliograph_queue_depth{kind="deliver"} 1.0' in shown
    assert 'heliograph_queue_oldest_seconds{kind="deliver"} 7.0' in shown
    assert 'heliograph_queue_depth{kind="match"} 0.0' in shown
    assert ANN[1:] not in shown
