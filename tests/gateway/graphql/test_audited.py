"""Every mutation leaves one entry in the audit log where it changes something, and none where it does not."""

from collections.abc import Mapping
from typing import Any

import pytest

from destinations.kit import DestinationDefinition
from gateway.settings import Settings
from tests.gateway.graphql.conftest import Ledger
from tests.gateway.graphql.operations import DEFINITIONS, MUTATIONS, Things, codes, do, things as made

LOG = (
    "{ auditEntries(first: 100) { edges { node { actor action targetId changes { field before after } } } } }"
)


@pytest.fixture
def definitions() -> Mapping[str, DestinationDefinition]:
    return DEFINITIONS


@pytest.fixture
def gateway_settings() -> Settings:
    """With an address, which a provider can be told."""
    return Settings(public_url="https://texts.example.com")


@pytest.fixture
async def things(ledger: Ledger) -> Things:
    return await made(ledger)


async def log(things: Things) -> list[Any]:
    data = await things.api.data(LOG)
    return [edge["node"] for edge in data["auditEntries"]["edges"]]


@pytest.mark.parametrize("name", MUTATIONS)
async def test_a_change_is_kept_once_and_what_changes_nothing_is_not(things: Things, name: str) -> None:
    line = MUTATIONS[name]
    for prior, given in line.before:
        assert codes(await do(things, prior, given)) == []
    before = await log(things)
    things.api.clock.advance(1)

    done = await do(things, name, line.given)
    after = await log(things)
    await do(things, name, line.again or line.given)

    assert done["data"][name]["errors"] == []
    assert [(one["actor"], one["action"]) for one in after[: len(after) - len(before)]] == [
        ("first admin", name)
    ]
    assert after[0]["changes"] != []
    assert await log(things) == after
