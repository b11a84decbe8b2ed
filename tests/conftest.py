"""What every test may ask for."""

import os

import pytest

from gateway.clock import ManualClock
from tests.factories import NOW


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture(autouse=True, scope="session")
def _settings_of_this_machine_do_not_matter() -> None:
    for name in [name for name in os.environ if name.startswith("HELIOGRAPH_") and "TEST" not in name]:
        del os.environ[name]
