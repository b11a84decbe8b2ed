"""One gateway with one stand-in behind it, for all tests of a module."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.storage.sqlite import SqliteStore
from tests.integration.engage.wired import Wired


@pytest.fixture(scope="module")
async def shared(
    anyio_backend: str, migrated: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Wired]:
    folder = tmp_path_factory.mktemp("wired")
    wired = Wired(SqliteStore.open(Path(shutil.copy(migrated, folder / "heliograph.db"))), folder)
    await wired.configure()
    yield wired
    await wired.close()


@pytest.fixture
async def wired(shared: Wired) -> Wired:
    """With an account that works, whatever the test before did to it."""
    await shared.mend()
    return shared
