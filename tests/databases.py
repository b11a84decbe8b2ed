"""PostgreSQL databases of one's own, made and dropped."""

import asyncio
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

SERVER = os.environ.get("HELIOGRAPH_TEST_POSTGRES", "postgresql+asyncpg://root@127.0.0.1:5432/postgres")


@contextmanager
def database(purpose: str, server: str = SERVER) -> Iterator[str | None]:
    """The address of a new database, dropped afterwards; None where there is no server. Nothing else on the server is touched."""
    name = f"heliograph_{purpose}_{secrets.token_hex(6)}"
    try:
        asyncio.run(execute(server, f"CREATE DATABASE {name}"))
    except (OSError, SQLAlchemyError):
        yield None
        return
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        asyncio.run(execute(server, f"DROP DATABASE {name} WITH (FORCE)"))


async def execute(address: str, statement: str) -> None:
    """Carry out one statement."""
    engine = create_async_engine(address, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            await connection.execute(text(statement))
    finally:
        await engine.dispose()
