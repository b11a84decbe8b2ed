"""PostgreSQL databases of one's own, made and dropped."""

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from sqlalchemy import make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from tests.servers import AbsentError, some_postgresql


@contextmanager
def database(purpose: str, server: str | None = None) -> Iterator[str | None]:
    """The address of a new database on that server or on some server, dropped afterwards; None where there is none, or none can be
    made there. Nothing else on the server is touched.
    """
    name = f"heliograph_{purpose}_{secrets.token_hex(6)}"
    with ExitStack() as stack:
        try:
            there = server or stack.enter_context(some_postgresql())
            asyncio.run(execute(there, f"CREATE DATABASE {name}"))
        except (AbsentError, OSError, SQLAlchemyError):
            yield None
            return
        stack.callback(lambda: asyncio.run(execute(there, f"DROP DATABASE {name} WITH (FORCE)")))
        yield make_url(there).set(database=name).render_as_string(hide_password=False)


async def execute(address: str, statement: str) -> None:
    """Carry out one statement."""
    engine = create_async_engine(address, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            await connection.execute(text(statement))
    finally:
        await engine.dispose()
