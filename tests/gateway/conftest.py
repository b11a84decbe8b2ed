"""A world for the pipeline, and the ledger on both of its engines."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, make_url

from gateway.clock import ManualClock
from gateway.settings import Settings
from gateway.storage import days, partitions
from gateway.storage.engine import Store, open_store
from gateway.storage.sqlite import SqliteStore
from gateway.storage.tables import metadata
from gateway.storage.tables.by_day import DAY_OF
from gateway.storage.types import to_number, to_time
from tests import databases, factories
from tests.factories import NOW
from tests.gateway.world import World


@pytest.fixture
async def empty_world(anyio_backend: str, database: Path, clock: ManualClock) -> AsyncIterator[World]:
    settings = Settings(data_dir=database.parent, public_url="https://texts.example.com")
    world = World(SqliteStore.open(database), database, clock, settings)
    yield world
    await world.close()


@pytest.fixture
async def world(empty_world: World) -> World:
    """With a server source, a verified destination and a mapping for orders."""
    await empty_world.configure(factories.source(), factories.destination(), factories.mapping())
    return empty_world


@pytest.fixture(scope="session")
def postgresql(postgresql_server: str) -> Iterator[str]:
    """The address of a database of this session's own."""
    with databases.database("test", postgresql_server) as address:
        assert address is not None
        # No test here ends the server, so none has to wait for its disk.
        name = make_url(address).database
        asyncio.run(databases.execute(address, f"ALTER DATABASE {name} SET synchronous_commit = off"))
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest) -> str:
    """Where the ledger lies, on each engine."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgresql"))
    return f"sqlite:///{request.getfixturevalue('database')}"


@pytest.fixture
async def store(anyio_backend: str, address: str) -> AsyncIterator[Store]:
    """An empty ledger, on each engine."""
    async with _opened(address) as opened:
        yield opened


@pytest.fixture
async def postgresql_store(anyio_backend: str, postgresql: str) -> AsyncIterator[Store]:
    """An empty ledger on PostgreSQL."""
    async with _opened(postgresql) as opened:
        yield opened


@pytest.fixture
async def sqlite_store(anyio_backend: str, database: Path) -> AsyncIterator[SqliteStore]:
    """An empty ledger on SQLite."""
    opened = SqliteStore.open(database)
    yield opened
    await opened.close()


@asynccontextmanager
async def _opened(address: str) -> AsyncIterator[Store]:
    opened = await open_store(address)
    try:
        if address.startswith("postgresql"):
            await opened.write(_empty)
            await opened.write(days_of_the_tests)
        yield opened
    finally:
        await opened.close()


def _empty(connection: Connection) -> None:
    """Row by row: TRUNCATE makes new files of all tables and indexes, which takes ten times as long where few have rows."""
    rows = "".join(f"DELETE FROM {table.name};" for table in reversed(metadata.sorted_tables))
    counters = "PERFORM setval(quote_ident(sequencename), start_value, false) FROM pg_sequences;"
    connection.exec_driver_sql(f"DO $$ BEGIN {rows} {counters} END $$")


def days_of_the_tests(connection: Connection) -> None:
    """The partitions that a server has at the time of the tests, whenever they run: none for what is long over."""
    wanted = {NOW + timedelta(days=day) for day in range(-1, days.AHEAD + 1)}
    starts = {to_number(partitions.start_of_day(one)) for one in wanted}
    for table in DAY_OF:
        there = partitions.of(connection, table)
        for one in there:
            if one.since not in starts:
                assert partitions.drop_empty(connection, one)
        for start in sorted(starts - {one.since for one in there}):
            partitions.make(connection, table, to_time(start))
