"""A worker that hangs for longer than its leases, and wakes at any of its commits: another has taken over, and each text goes once."""

from dataclasses import replace
from pathlib import Path

import pytest

from destinations.kit import Policy
from gateway.deliveries import DeliveryStatus
from gateway.settings import Settings
from gateway.storage.engine import Store
from gateway.storage.leases import LEASE
from tests.gateway.model import SOURCES, Model, open_model
from tests.gateway.processes import Process

FROZEN, OTHER = 0, 1
COMMITS = 5
"""From the request that is matched to the answer that is recorded."""


async def two_workers(store: Store, folder: Path) -> Model:
    """Over one PostgreSQL, each as one of several."""
    model = await open_model(store, folder, Policy())
    several = Settings(
        data_dir=folder, public_url="https://texts.example.com", redis_url="redis://127.0.0.1/0"
    )
    model.world.services = replace(model.world.services, settings=several)
    model.processes = [Process(model.world, model.company) for _ in (FROZEN, OTHER)]
    return model


async def take_over(model: Model) -> None:
    """Longer than a lease goes by, in which the other does all that is due, and is answered."""
    model.clock.advance(LEASE.total_seconds() + 1)
    await model.match(OTHER)
    await model.turn(OTHER, at_hand=False)
    for request in [one for one in model.company.open if one.process is model.processes[OTHER]]:
        model.company.answer_to(request, "created", 0)
    await model.processes[OTHER].until_quiet()


async def one_text(model: Model) -> None:
    """Of all that came of the order there is one text, which the ledger has."""
    model.check()
    await model.end()
    await model.explained()
    await model.counted()
    (delivery,) = await model.world.deliveries()
    assert delivery.status is DeliveryStatus.ACCEPTED
    assert [one.delivery_id for one in model.company.held] == [delivery.id]


@pytest.mark.parametrize("writes", range(COMMITS))
async def test_a_worker_that_hangs_before_any_of_its_commits_doubles_and_loses_nothing(
    postgresql_store: Store, tmp_path: Path, writes: int
) -> None:
    model = await two_workers(postgresql_store, tmp_path)
    hung: list[int] = []

    async def hang() -> None:
        hung.append(writes)
        await take_over(model)

    model.processes[FROZEN].store.arm(writes, hang)
    await model.event(0, SOURCES[0])
    await model.match(FROZEN)
    await model.turn(FROZEN, at_hand=True)
    while model.company.open:
        await model.answer(0, "created", 0)

    assert hung == [writes]
    await one_text(model)
    await model.close()


async def test_an_answer_that_came_while_it_hung_is_kept_though_another_looked_for_the_message(
    postgresql_store: Store, tmp_path: Path
) -> None:
    model = await two_workers(postgresql_store, tmp_path)
    await model.event(0, SOURCES[0])
    await model.match(FROZEN)
    await model.turn(FROZEN, at_hand=True)
    (request,) = model.company.open

    await take_over(model)
    (doubted,) = await model.world.deliveries()
    model.company.answer_to(request, "created", 0)
    await model.processes[FROZEN].until_quiet()

    (delivery,) = await model.world.deliveries()
    assert doubted.status is DeliveryStatus.UNCERTAIN
    assert (delivery.status, delivery.attempt_count) == (DeliveryStatus.ACCEPTED, 1)
    await one_text(model)
    await model.close()
