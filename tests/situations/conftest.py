"""One ledger on each engine, for all situations of a process: each has a space of its own."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from gateway.storage.engine import Store, open_store
from tests import databases


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
