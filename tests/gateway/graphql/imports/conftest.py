"""The installed definitions, over both engines."""

from collections.abc import Mapping

import pytest

from destinations.kit import DestinationDefinition
from destinations.kit.registry import installed


@pytest.fixture
def definitions() -> Mapping[str, DestinationDefinition]:
    return installed()
