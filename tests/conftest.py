"""What every test may ask for."""

import pytest

from gateway import logging
from gateway.clock import ManualClock
from tests.factories import NOW


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture(autouse=True, scope="session")
def _logs_as_a_server_does() -> None:
    logging.configure("json", "error")
