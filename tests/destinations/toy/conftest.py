"""The pager, installed; and a gateway that knows it alone, with the provider in memory."""

from collections.abc import AsyncIterator, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from destinations import kit
from destinations.kit import registry
from gateway.app import build
from gateway.clock import ManualClock
from gateway.sending import MemoryClient
from gateway.sending.reading import Reader
from gateway.settings import Settings
from gateway.shared.memory import MemoryCache
from tests.destinations.toy.provider import Provider
from tests.destinations.toy.served import ADMIN, PUBLIC, Gateway
from tests.gateway.asked import Asked


@pytest.fixture
def pager(monkeypatch: pytest.MonkeyPatch) -> Iterator[kit.DestinationDefinition]:
    """The pager, found by its entry point."""
    entry = EntryPoint("city-pager", "tests.destinations.toy.pager:definition", registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: [entry])
    registry.installed.cache_clear()
    yield registry.installed()["city-pager"]
    registry.installed.cache_clear()


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
async def gateway(
    pager: kit.DestinationDefinition, provider: Provider, clock: ManualClock, tmp_path: Path
) -> AsyncIterator[Gateway]:
    settings = Settings(data_dir=tmp_path, public_url=PUBLIC, admin_token=SecretStr(ADMIN))
    sent = MemoryClient(provider.take)
    reader = Reader(MemoryCache(), Asked(httpx.MockTransport(provider.answer)))
    built = await build(settings, clock=clock, client=sent, reader=reader)
    transport = httpx.ASGITransport(app=built.app)
    async with httpx.AsyncClient(transport=transport, base_url=PUBLIC) as client:
        yield Gateway(built, client, sent, clock)
    await reader.close()
    await built.close()
