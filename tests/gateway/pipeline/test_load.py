"""What a batch of Deliveries is decided upon: one statement for each kind of fact, however many they are."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event

from destinations.kit import Policy
from gateway.clock import ManualClock
from gateway.pipeline import load
from gateway.pipeline.load import Facts
from gateway.settings import Settings
from gateway.storage.engine import Store
from tests.factories import AT_ONCE, destination, identify, mapping, source, track
from tests.gateway.world import World

MANY = 40
KINDS = [
    "identities",
    "people",
    "identities",
    "person_phones",
    "erased_refusals",
    "consent_history",
    "conversations",
    "inbound_messages",
    "opt_out_notices",
    "claim_counts",
]


@pytest.fixture
async def world(store: Store, tmp_path: Path, clock: ManualClock) -> AsyncIterator[World]:
    """On each engine, with everything on that a fact is read for."""
    made = World(store, tmp_path / "heliograph.db", clock, Settings(data_dir=tmp_path))
    policy = Policy(
        messages_per_second=AT_ONCE,
        opt_out_words=True,
        daily_message_limit=1_000,
        per_recipient_daily_limit=10,
        quiet_hours_start="21:00",
        quiet_hours_end="08:00",
    )
    await made.configure(source(), destination(policy=policy), mapping())
    yield made
    await made.services.reader.close()


@contextmanager
def heard(connection: Connection) -> Iterator[list[str]]:
    """The statements that are carried out meanwhile."""
    said: list[str] = []

    def hear(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        said.append(statement)

    event.listen(connection, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        event.remove(connection, "before_cursor_execute", hear)


async def facts_of(world: World, many: int) -> tuple[Facts, list[str]]:
    """What is read for so many Deliveries, each to somebody else; and of which tables, in their order."""
    for one in range(many):
        who = {"userId": f"user {one}"}
        await world.take(
            identify(
                **who, messageId=f"i-{one}", traits={"phone": f"+1202555{1000 + one}", "sms_opt_in": True}
            ),
            track(**who, messageId=f"t-{one}"),
        )
    snapshot = await world.services.workspace.current()
    leased = await world.lease()
    assert len(leased) == many

    def read(connection: Connection) -> tuple[Facts, list[str]]:
        there = load.items(connection, leased).there
        with heard(connection) as said:
            found = load.facts(connection, world.secrets, snapshot, there, world.clock.now())
        return found, [_table_of(one) for one in said]

    return await world.store.read(read)


def _table_of(statement: str) -> str:
    """The first table that it reads."""
    tables = (found[1] for found in re.finditer(r"FROM\s+\(?(\w+)", statement))
    return next(table for table in tables if table != "SELECT")


@pytest.mark.parametrize("many", [1, MANY])
async def test_the_facts_of_a_batch_are_one_statement_of_each_kind_however_many_it_has(
    world: World, many: int
) -> None:
    found, asked = await facts_of(world, many)

    assert len(found.said["default"]) == many
    assert len(found.counts) == many + 1
    assert asked == KINDS
