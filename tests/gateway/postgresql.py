"""What may happen to a PostgreSQL server, done to a database of the tests' own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import Connection, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from gateway.storage.engine import Store

_REFUSE = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'no luck' USING ERRCODE = '{state}'; END $$
"""
_ON = "CREATE TRIGGER refuse BEFORE INSERT ON {table} EXECUTE FUNCTION refuse()"


async def on_server(address: str, *statements: str) -> None:
    """Run these beside the database at that address, each by itself."""
    server = make_url(address).set(database="postgres")
    engine = create_async_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    async with engine.connect() as connection:
        for statement in statements:
            await connection.execute(text(statement))


async def until_somebody_waits(store: Store) -> None:
    """Until a statement of this database waits for a lock."""
    waits = text(
        "SELECT count(*) FROM pg_sleep(0.01), pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    async with asyncio.timeout(20):
        while not await store.read(lambda c: c.scalar(waits)):
            pass


def hang_up(address: str) -> str:
    """The statement that ends every connection to that database; they are gone once it returns."""
    name = make_url(address).database
    return f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'"


@asynccontextmanager
async def read_only(address: str) -> AsyncIterator[None]:
    """As after a failover to a standby: connections are lost, and those made anew only read."""
    name = make_url(address).database
    only = f"ALTER DATABASE {name} SET default_transaction_read_only = on"
    await on_server(address, only, hang_up(address))
    try:
        yield
    finally:
        again = f"ALTER DATABASE {name} RESET default_transaction_read_only"
        await on_server(address, again, hang_up(address))


@asynccontextmanager
async def closed(address: str) -> AsyncIterator[None]:
    """As while it is maintained: connections are lost, and none is let in."""
    name = make_url(address).database
    await on_server(address, f"ALTER DATABASE {name} WITH allow_connections false", hang_up(address))
    try:
        yield
    finally:
        await on_server(address, f"ALTER DATABASE {name} WITH allow_connections true")


@asynccontextmanager
async def refusing(store: Store, table: str, state: str) -> AsyncIterator[None]:
    """Every row that is to be kept in that table meets that SQLSTATE."""

    def refuse(connection: Connection) -> None:
        connection.exec_driver_sql(_REFUSE.format(state=state))
        connection.exec_driver_sql(_ON.format(table=table))

    def take(connection: Connection) -> None:
        connection.exec_driver_sql("DROP FUNCTION refuse CASCADE")

    await store.write(refuse)
    try:
        yield
    finally:
        await store.write(take)
