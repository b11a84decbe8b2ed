"""One gateway with one stand-in behind it, for all tests of a module."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from gateway.storage.sqlite import SqliteStore
from tests import databases
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


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where a ledger of the test's own lies, on each engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{request.getfixturevalue('database')}"
        return
    with databases.database("engage", request.getfixturevalue("postgresql_server")) as made:
        assert made is not None
        yield made
