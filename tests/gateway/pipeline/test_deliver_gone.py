"""What becomes of a Delivery of which something is gone: its mapping, its event, its row."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.clock import ManualClock
from gateway.deliveries import DeliveryStatus
from gateway.jobs import JobKind
from gateway.metrics import DELIVERIES
from gateway.sending import NoAnswer, Phase
from gateway.settings import Settings
from gateway.storage import jobs, tables
from gateway.storage.engine import Store
from tests import factories
from tests.factories import ANN, NOW, identify, track
from tests.gateway.world import World

S = DeliveryStatus
NO_ANSWER = NoAnswer("paper.example", Phase.ANSWER, "it hung up")


async def test_without_its_mapping_it_ends_and_says_so(world: World) -> None:
    await world.take(identify(), track())
    await world.store.write(lambda c: c.execute(tables.mappings.delete()))
    world.services.workspace.invalidate()

    await world.deliver()

    one = await world.delivery()
    assert (one.status, one.error_code) == (S.REJECTED, "MAPPING_UNAVAILABLE")
    assert (world.requests, await world.due()) == ([], None)


async def test_a_delivery_that_is_gone_leaves_no_job_behind(world: World) -> None:
    await world.take(identify(), track())
    await world.store.write(lambda c: c.execute(tables.deliveries.delete()))

    assert await world.deliver() == 1

    assert await world.store.read(lambda c: jobs.depth(c, JobKind.DELIVER, NOW)) == (0, 0.0)


@pytest.fixture
async def either(store: Store, tmp_path: Path, clock: ManualClock) -> AsyncIterator[World]:
    """On each engine, with a server source, a verified destination and a mapping for orders."""
    one = World(store, tmp_path, clock, Settings(data_dir=tmp_path))
    await one.configure(factories.source(), factories.destination(), factories.mapping())
    yield one
    await one.services.reader.close()


async def test_a_delivery_whose_event_is_gone_ends_and_says_so(either: World) -> None:
    await either.take(identify(), track(messageId="m-1"), track(messageId="m-2"))
    await either.store.write(
        lambda c: c.execute(tables.events.delete().where(tables.events.c.message_id == "m-1"))
    )
    before = rejected()

    await either.work_on(await either.lease())

    left, gone = await either.deliveries()
    assert [one.status for one in (left, gone)] == [S.ACCEPTED, S.REJECTED]
    assert (gone.error_code, gone.error_message, gone.remedy) == (
        "INTERNAL_ERROR",
        "The ledger has the event of this delivery no more. Nothing was sent.",
        "To text the person all the same, send the event again under a new messageId.",
    )
    assert rejected() == before + 1
    assert (len(either.requests), await either.due()) == (1, None)


def rejected() -> float:
    return float(DELIVERIES.labels(S.REJECTED)._value.get())


async def test_a_doubt_is_settled_without_its_event(either: World) -> None:
    await either.take(identify(), track())
    either.provider.answers.append(NO_ANSWER)
    await either.deliver()
    await either.store.write(lambda c: c.execute(tables.events.delete()))
    either.provider.listed.append(("SM9", ANN))

    await either.deliver_when_due()

    one = await either.delivery()
    assert (one.status, one.message_sid, len(either.requests)) == (S.ACCEPTED, "SM9", 1)
