"""A gateway with Twilio's stand-in behind it, as an operator meets it: through the API alone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import httpx

from destinations.twilio_engage import definition
from gateway.sending.memory import MemoryClient
from gateway.storage import tokens
from gateway.storage.sqlite import SqliteStore
from gateway.workspace import Role
from tests.gateway.graphql.conftest import Api
from tests.gateway.graphql.endpoints import endpoint_of
from tests.integration.engage.wired import Wired

OPERATOR = "hgt_the-operator-of-these-tasks"


class Desk(NamedTuple):
    """What the operator has, and the world behind it."""

    api: Api
    world: Wired


@asynccontextmanager
async def desk(database: Path) -> AsyncIterator[Desk]:
    """Two mappings text for one event, and more for others; nothing has happened yet."""
    world = Wired(SqliteStore.open(database), database.parent)
    await world.configure()
    now = world.clock.now()
    await world.store.write(
        lambda c: tokens.add(c, name="operator", role=Role.OPERATOR, space="default", token=OPERATOR, now=now)
    )
    endpoint = endpoint_of(world.services, {definition.slug: definition})
    transport = httpx.ASGITransport(app=endpoint)
    async with httpx.AsyncClient(transport=transport, base_url="http://heliograph.test") as client:
        yield Desk(
            Api(world.services, endpoint, client, world.clock, MemoryClient([]), world.receivers), world
        )
    await world.close()
