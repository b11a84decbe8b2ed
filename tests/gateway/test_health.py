"""/healthz, /readyz and /metrics."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, event, text
from starlette.applications import Starlette

from gateway import health
from gateway.clock import ManualClock
from gateway.errors import StoreUnavailable
from gateway.settings import Settings
from gateway.shared.base import Trouble
from gateway.storage import migrate
from gateway.storage.engine import Store
from gateway.storage.sqlite import SqliteStore
from tests.factories import ANN, NOW, identify, track
from tests.gateway.postgresql import read_only
from tests.gateway.world import World


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with asking(world) as opened:
        yield opened


def asking(world: World, **options: Any) -> httpx.AsyncClient:
    """Somebody who asks for the health of that world."""
    transport = httpx.ASGITransport(app=Starlette(routes=health.routes(world.services, **options)))
    return httpx.AsyncClient(transport=transport, base_url="http://heliograph")


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


class Reach:
    """What several processes share, of which that part may be in trouble."""

    def __init__(self, *troubles: Trouble) -> None:
        self.troubles = troubles

    async def close(self) -> None:
        return None


@pytest.mark.parametrize(
    ("troubles", "said"),
    [
        pytest.param((), {"redis": "ok", "degraded": []}, id="well"),
        pytest.param(
            (Trouble("redis", NOW, "it is full"),), {"redis": "it is full", "degraded": ["redis"]}, id="full"
        ),
    ],
)
async def test_without_what_is_shared_it_is_ready_and_says_so(
    world: World, troubles: tuple[Trouble, ...], said: dict[str, object]
) -> None:
    several = Settings(redis_url="redis://127.0.0.1", data_dir=world.services.settings.data_dir)
    shared = replace(world.services.shared, reach=Reach(*troubles))
    routes = health.routes(replace(world.services, settings=several, shared=shared))
    transport = httpx.ASGITransport(app=Starlette(routes=routes))

    async with httpx.AsyncClient(transport=transport, base_url="http://heliograph") as client:
        answer = await client.get("/readyz")

    assert (answer.status_code, answer.json()) == (200, {"ready": True, "store": "ok", **said})


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
        {"ready": False, "store": "can't be read"},
    )


async def test_the_metrics_show_what_waits_and_nobody(client: httpx.AsyncClient, world: World) -> None:
    await world.take(identify(), track())
    world.clock.advance(7)

    shown = (await client.get("/metrics")).text

    assert 'heliograph_queue_depth{kind="deliver"} 1.0' in shown
    assert 'heliograph_queue_oldest_seconds{kind="deliver"} 7.0' in shown
    assert 'heliograph_queue_depth{kind="match"} 0.0' in shown
    assert 'depth{kind="follow"}' not in shown  # nobody waits for what asks what became of messages
    assert ANN[1:] not in shown


async def test_it_is_not_ready_where_nothing_can_be_written(client: httpx.AsyncClient, world: World) -> None:
    def refuse(_connection: Connection) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    assert isinstance(world.store, SqliteStore)
    event.listen(world.store._writer, "commit", refuse)
    answer = await client.get("/readyz")
    event.remove(world.store._writer, "commit", refuse)

    assert (answer.status_code, answer.json()) == (503, {"ready": False, "store": "can't be written"})
    world.clock.advance(1)
    assert (await client.get("/readyz")).status_code == 200


async def test_it_is_not_ready_where_the_store_does_not_answer_in_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def write(_change: Any, **_how: Any) -> None:
        await asyncio.Event().wait()

    assert await world.store.read(migrate.is_current)
    monkeypatch.setattr(world.store, "write", write)
    async with asking(world, seconds=0.5) as client:
        answer = await client.get("/readyz")

    assert (answer.status_code, answer.json()) == (
        503,
        {"ready": False, "store": "can't be written within 0.5 s"},
    )
    monkeypatch.undo()


async def test_it_is_not_ready_on_a_server_that_only_reads(
    postgresql: str, postgresql_store: Store, world: World, clock: ManualClock
) -> None:
    remote = World(postgresql_store, world.path, clock, Settings(data_dir=world.path.parent))
    async with read_only(postgresql), asking(remote) as client:
        answer = await client.get("/readyz")
    await remote.services.reader.close()

    assert (answer.status_code, answer.json()) == (503, {"ready": False, "store": "can't be written"})


async def test_a_look_leaves_nothing_and_is_shared_by_those_who_ask_together(
    client: httpx.AsyncClient, world: World
) -> None:
    assert isinstance(world.store, SqliteStore)
    commits: list[int] = []
    event.listen(world.store._writer, "commit", lambda _connection: commits.append(1))
    before = await world.counts()

    answers = await asyncio.gather(*(client.get("/readyz") for _ in range(20)))

    assert {answer.status_code for answer in answers} == {200}
    assert (len(commits), await world.counts()) == (1, before)


async def test_the_metrics_do_not_show_what_waited_when_nobody_can_look(
    client: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.take(identify(), track())
    await client.get("/metrics")
    gone(world, monkeypatch)

    answer = await client.get("/metrics")

    assert answer.status_code == 200
    assert "heliograph_queue_depth{" not in answer.text
    assert "heliograph_queue_oldest_seconds{" not in answer.text
    assert "heliograph_events_total" in answer.text
