"""What a destination begins with that was made with an account and nothing else said. What follows from it is in the table."""

from collections.abc import AsyncIterator
from datetime import UTC
from pathlib import Path

import pytest

from destinations.kit import Policy, new_policy
from gateway.storage.engine import Store, open_store
from tests.situations.stage import Stage
from tests.situations.telling import NOON


@pytest.fixture
async def store(anyio_backend: str, shared_address: str) -> AsyncIterator[Store]:
    opened = await open_store(shared_address)
    yield opened
    await opened.close()


async def test_it_begins_with_the_policy_of_a_new_one(store: Store, tmp_path: Path) -> None:
    stage = Stage(store, tmp_path, "new", NOON.astimezone(UTC))
    await stage.configure(None, {"fields": {"body": "News for you"}})

    begun = (await stage.services.workspace.current()).destinations[stage.destination].policy

    assert begun == new_policy("US")
    assert begun == Policy(
        quiet_hours_start="21:00",
        quiet_hours_end="08:00",
        daily_message_limit=1_000,
        per_recipient_daily_limit=10,
        opt_out_words=True,
        allowed_countries=frozenset({"US"}),
    )
    await stage.close()
