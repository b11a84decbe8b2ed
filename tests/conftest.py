"""What every test may ask for."""

from pathlib import Path

import pytest

from gateway import logging
from gateway.clock import ManualClock
from tests.factories import NOW

_WHOLE_SYSTEMS = tuple(Path(__file__).parent / name for name in ("resilience", "integration"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no core is left alone with it at the end."""
    items.sort(key=lambda item: not any(item.path.is_relative_to(one) for one in _WHOLE_SYSTEMS))


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture(autouse=True, scope="session")
def _logs_as_a_server_does() -> None:
    logging.configure("json", "error")
