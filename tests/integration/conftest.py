"""A running system: one per test, or for tests that stay out of each other's way one per module."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.abuser import Abuser
from tests.integration.honest import Honest, honest
from tests.integration.system import System, running, until

MOST_MEMORY = 250_000_000
"""What the gateway may take after any abuse, in bytes."""


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    with running(tmp_path) as system:
        yield system


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Seeded; a test that shares it brings a source and people of its own."""
    with running(tmp_path_factory.mktemp("served")) as system:
        system.seed()
        yield system


@pytest.fixture(scope="module")
def honest_client(served: System) -> Iterator[Honest]:
    with honest(served) as client:
        client.assert_served()
        yield client
    until(served.settled, 60, "everything worked off")
    query = "SELECT message_id FROM events WHERE source_id = ? ORDER BY rowid"
    assert [one for (one,) in served.ledger(query, client.source_id)] == client.acknowledged


@pytest.fixture
def abuser(served: System, honest_client: Honest, request: pytest.FixtureRequest) -> Iterator[Abuser]:
    yield Abuser(served, str(request.node.name))
    honest_client.assert_served()
    assert served.gateway_memory() < MOST_MEMORY
