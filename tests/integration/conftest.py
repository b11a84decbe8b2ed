"""A running system per test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.system import System


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    running = System(tmp_path)
    running.start_simulator()
    running.start_gateway()
    yield running
    running.close()
