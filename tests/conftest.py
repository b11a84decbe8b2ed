"""What every test may ask for."""

import asyncio
import gc
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from gateway import logging
from gateway.__main__ import YOUNG
from gateway.clock import ManualClock
from gateway.storage.sqlite import SqliteStore
from tests.factories import NOW
from tests.servers import AbsentError, absent, some_postgresql, some_redis

_WHOLE_SYSTEMS = tuple(Path(__file__).parent / name for name in ("resilience", "integration"))

# Where Python is told to keep nothing of what it compiles, each process here and each that a test starts would compile all of it
# again, and pytest would rewrite every `assert` again: half a minute of a run.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

_MEMORY = Path("/dev/shm")
_ROOM = 2 * 1024**3
"""In bytes: several times what a run takes, since what a test that passed wrote goes with it."""

# No test ends the machine, so none has to wait for its disk: that was half of the time of those with a ledger on SQLite.
if (
    os.access(_MEMORY, os.W_OK)
    and shutil.disk_usage(_MEMORY).free >= _ROOM
    and not os.statvfs(_MEMORY).f_flag & os.ST_NOEXEC
):
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))

# How long an example takes says more of what else the machine does.
settings.register_profile("anywhere", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("anywhere")

gc.set_threshold(YOUNG, 20, 20)  # as the program has it


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over modules and tests, which stay until the end: it took a tenth of the time of all tests."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no core is left alone with it at the end."""
    items.sort(key=lambda item: not any(item.path.is_relative_to(one) for one in _WHOLE_SYSTEMS))


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with every table and no row, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "heliograph.db"
    asyncio.run(SqliteStore.open(path).close())
    return path


@pytest.fixture
def database(migrated: Path, tmp_path: Path) -> Path:
    """A database file of the test's own."""
    return Path(shutil.copy(migrated, tmp_path / "heliograph.db"))


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """Where a PostgreSQL is, on which a test makes databases of its own."""
    try:
        with some_postgresql() as address:
            yield address
    except AbsentError as error:
        absent(error)


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """Where a Redis is, in which a test keeps to keys of its own."""
    try:
        with some_redis() as url:
            yield url
    except AbsentError as error:
        absent(error)


@pytest.fixture(autouse=True, scope="session")
def _logs_as_a_server_does() -> None:
    logging.configure("json", "error")
