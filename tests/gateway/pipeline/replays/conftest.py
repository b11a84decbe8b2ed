"""The usual world, on each engine: what is replayed is asked of the store itself."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.clock import ManualClock
from gateway.settings import Settings
from gateway.storage.engine import Store
from tests.factories import destination, mapping, source
from tests.gateway.world import World


@pytest.fixture
async def world(store: Store, tmp_path: Path, clock: ManualClock) -> AsyncIterator[World]:
    """The usual one, on each engine."""
    made = World(store, tmp_path, clock, Settings(data_dir=tmp_path, public_url="https://texts.example.com"))
    await made.configure(source(), destination(), mapping())
    yield made
    await made.services.reader.close()
