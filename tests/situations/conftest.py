"""One ledger on each engine, for all situations of a process: each has a space of its own."""

import shutil
from collections.abc import AsyncIterator, Iterator
from datetime import UTC
from itertools import count
from pathlib import Path

import pytest

from destinations.kit import Policy
from gateway.storage.engine import Store, open_store
from tests import databases
from tests.situations.stage import Stage
from tests.situations.telling import NOON


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared_address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if request.param == "sqlite":
        migrated: Path = request.getfixturevalue("migrated")
        copy = shutil.copy(migrated, tmp_path_factory.mktemp("situations") / "heliograph.db")
        yield f"sqlite:///{copy}"
        return
    with databases.database("situations", request.getfixturevalue("postgresql_server")) as made:
        assert made is not None
        yield made


@pytest.fixture(scope="module")
async def shared_store(anyio_backend: str, shared_address: str) -> AsyncIterator[Store]:
    store = await open_store(shared_address)
    yield store
    await store.close()


_numbers = count()


@pytest.fixture
async def stage(shared_store: Store, tmp_path: Path) -> AsyncIterator[Stage]:
    """One destination with a mapping for orders, which asks nobody yet."""
    made = Stage(shared_store, tmp_path, f"c{next(_numbers)}", NOON.astimezone(UTC))
    await made.configure(Policy(), {"fields": {"body": "News for you"}})
    yield made
    await made.close()
