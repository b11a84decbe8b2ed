"""A mapping that is changed, disabled or deleted while texts of it wait."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from destinations.kit import DestinationStatus
from gateway.clock import ManualClock
from gateway.deliveries import DeliveryStatus
from gateway.settings import Settings
from gateway.storage import destinations, mappings
from gateway.storage.destinations import Standing
from gateway.storage.engine import Store
from gateway.workspace import MappingMode, Trouble
from tests.factories import NOW, destination, identify, later, mapping, source, track
from tests.gateway.pacing import held, opened, paced_jobs, take
from tests.gateway.paper import refused
from tests.gateway.world import World

S = DeliveryStatus


@pytest.fixture
async def world(store: Store, tmp_path: Path, clock: ManualClock) -> AsyncIterator[World]:
    """On each engine, with a server source and a mapping for orders."""
    made = World(store, tmp_path, clock, Settings(data_dir=tmp_path))
    yield made
    await made.services.reader.close()


async def set_(world: World, **values: Any) -> None:
    """The mapping is as the API leaves it; what waits has its turn now where it is not to be sent."""
    now = world.clock.now()

    def change(connection: Connection) -> None:
        found = mappings.get(connection, "map_order", for_update=True)
        assert found is not None
        wanted = replace(found, **values)
        if not wanted.enabled or wanted.deleted_at is not None:
            mappings.recall(connection, found, now)
        mappings.save(connection, wanted)

    await world.store.write(change)
    world.services.workspace.invalidate()


ENDS = [
    ({"enabled": False}, "MAPPING_DISABLED", "The mapping order was disabled before it was sent."),
    ({"deleted_at": NOW}, "MAPPING_DELETED", "The mapping order was deleted before it was sent."),
]


@pytest.mark.parametrize(("values", "code", "message"), ENDS)
async def test_what_waits_is_canceled_at_once_in_words(
    world: World, values: dict[str, Any], code: str, message: str
) -> None:
    await world.configure(source(), destination(status=DestinationStatus.DRAFT), mapping())
    await world.take(identify(), track())
    await world.deliver()
    assert (await world.delivery()).status is S.HELD

    await set_(world, **values)
    assert await world.deliver() == 1

    one = await world.delivery()
    assert (one.status, one.error_code, one.error_message) == (S.CANCELED, code, message)
    assert one.remedy is not None
    assert (world.requests, await world.due()) == ([], None)


@pytest.mark.parametrize("values", [values for values, _code, _message in ENDS])
async def test_what_was_not_looked_at_yet_and_what_is_tried_again_is_canceled(
    world: World, values: dict[str, Any]
) -> None:
    await world.configure(source(), destination(), mapping())
    world.provider.answers = [refused(429)]
    await world.take(identify(), track())
    await world.deliver()
    await world.take(track(messageId="m-2"))
    assert {one.status for one in await world.deliveries()} == {S.RETRYING, S.PENDING}

    await set_(world, **values)
    assert await world.deliver() == 2

    assert {one.status for one in await world.deliveries()} == {S.CANCELED}
    assert len(world.requests) == 1


async def test_what_waits_for_its_senders_pace_is_canceled_and_leaves_its_line(
    store: Store, database: Path, clock: ManualClock
) -> None:
    world = await opened(store, database, clock)
    await take(world, 4)
    while await world.deliver():
        pass
    waiting = len(await held(world))

    await set_(world, enabled=False)
    await world.deliver()

    statuses = sorted(one.status for one in await world.deliveries())
    assert (waiting, statuses) == (3, [S.ACCEPTED, S.CANCELED, S.CANCELED, S.CANCELED])
    assert (len(world.requests), await paced_jobs(world), await world.due()) == (1, 0, None)
    await world.services.reader.close()


async def test_one_that_is_enabled_again_in_time_gets_in_line_again(
    store: Store, database: Path, clock: ManualClock
) -> None:
    world = await opened(store, database, clock)
    await take(world, 4)
    while await world.deliver():
        pass

    await set_(world, enabled=False)
    await set_(world, enabled=True)
    while await world.deliver():
        pass

    assert (len(world.requests), len(await held(world))) == (1, 3)
    await world.services.reader.close()


async def test_what_waits_is_decided_by_the_mapping_as_it_is_at_its_turn(world: World) -> None:
    await world.configure(source(), destination(), mapping())
    world.provider.answers = [refused(429)]
    await world.take(identify(), track())
    await world.deliver()

    await set_(world, fields={"body": "Mended.", "send": True})
    await world.deliver_when_due()

    assert [dict(request.form)["Body"] for request in world.requests] == ["Thanks!", "Mended."]
    assert (await world.delivery()).status is S.ACCEPTED


async def test_a_message_that_is_under_way_is_settled_all_the_same(world: World) -> None:
    await world.configure(source(), destination(), mapping())
    await world.take(identify(), track())
    disabling: list[asyncio.Task[object]] = []
    world.provider.at_request = lambda _request: disabling.append(
        asyncio.ensure_future(set_(world, enabled=False))
    )
    await world.deliver()
    await asyncio.gather(*disabling)

    assert ((await world.delivery()).status, len(world.requests)) == (S.ACCEPTED, 1)


async def test_what_was_planned_when_its_mapping_is_switched_off_does_not_leave(world: World) -> None:
    await world.configure(source(), destination(), mapping())
    await world.take(identify(), track())
    leased = await world.lease()

    async def disable() -> None:
        await set_(world, enabled=False)

    world.provider.at_plan = disable
    await world.work_on(leased)
    await world.deliver()

    assert ((await world.delivery()).status, world.requests) == (S.CANCELED, [])


async def appointed_to_try(world: World) -> dict[str, str]:
    """Two texts wait for a failed account, and that of `map_order` is to try it. The ids of both, by mapping."""
    trouble = Trouble(NOW, "20003", 30, later(30))
    failed = destination(status=DestinationStatus.FAILED, trouble=trouble)
    await world.configure(source(), failed, mapping(), mapping(id="map_else", trigger='event = "Else"'))
    await world.take(identify(), track(), track(event="Else", messageId="m-2"))
    await world.deliver()
    by_mapping = {one.mapping_id: one.id for one in await world.deliveries()}
    appointed = replace(trouble, prober=by_mapping["map_order"])
    stands = Standing(DestinationStatus.FAILED, {}, appointed, paused=False)
    await world.store.write(lambda c: destinations.set_standing(c, "dst_paper", stands, NOW))
    return by_mapping


async def test_the_turn_to_try_the_account_is_passed_on(world: World) -> None:
    by_mapping = await appointed_to_try(world)
    world.services.workspace.invalidate()

    await set_(world, enabled=False)
    await world.deliver()

    now = await world.store.read(lambda c: destinations.standing(c, "dst_paper"))
    assert now.trouble is not None
    assert now.trouble.prober == by_mapping["map_else"]


async def test_one_in_shadow_passes_on_the_turn_to_try_the_account(world: World) -> None:
    await appointed_to_try(world)
    await set_(world, mode=MappingMode.SHADOW)

    await world.deliver_when_due()
    await world.deliver_when_due()  # it learns that it is its turn now
    await world.deliver()

    became = {one.mapping_id: one.status for one in await world.deliveries()}
    assert became == {"map_order": S.SHADOWED, "map_else": S.ACCEPTED}
    assert len(world.requests) == 1
