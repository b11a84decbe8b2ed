"""What a mapping would send that can not run: it waits for whoever mends that."""

from typing import Any

import pytest
from sqlalchemy import Connection

from destinations.kit import Reason
from gateway.deliveries import DeliveryStatus
from gateway.jobs import JobKind, NewJob
from gateway.storage import deliveries, jobs, tables
from tests.factories import (
    NOW,
    destination,
    identify,
    mapping,
    new_delivery,
    source,
    track,
)
from tests.gateway.world import World

S = DeliveryStatus


async def test_without_its_definition_it_waits_for_the_package_and_goes_on_once_it_is_there(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.take(identify(), track())
    with monkeypatch.context() as gone:
        gone.setattr(world.services.workspace, "definitions", {})
        world.services.workspace.invalidate()
        await world.deliver()
        held = await world.delivery()
        assert await world.due() == 60
        await world.deliver_when_due()
    world.services.workspace.invalidate()

    assert (held.status, held.reason) == (S.HELD, Reason.DESTINATION_DISABLED)
    assert held.detail == "The destination Paper needs the definition paper, which is not installed."
    assert held.remedy == (
        "Install the package that provides paper, and start the gateway again."
        " It waits until 2026-11-21 16:00:00 UTC at most: then the event is too old for its mapping."
    )
    assert (await world.due(), world.requests) == (60, [])
    await world.deliver_when_due()
    assert ((await world.delivery()).status, len(world.requests)) == (S.ACCEPTED, 1)


@pytest.mark.parametrize(
    ("broken", "values", "detail"),
    [
        (tables.mappings, {"trigger": "type ="}, "The mapping order no longer compiles: "),
        (tables.mappings, {"action": "sendStone"}, "The definition paper has no action sendStone any more."),
    ],
)
async def test_a_mapping_that_no_longer_compiles_is_waited_for_until_the_event_is_old(
    world: World, broken: Any, values: dict[str, Any], detail: str
) -> None:
    await world.take(identify(), track())
    await world.store.write(lambda c: c.execute(broken.update().values(**values)))
    world.services.workspace.invalidate()

    await world.deliver()

    held = await world.delivery()
    assert (held.status, held.reason, await world.due()) == (S.HELD, Reason.DESTINATION_DISABLED, 60)
    assert (held.detail or "").startswith(detail)
    world.clock.advance(14_390)
    await world.deliver()
    assert await world.due() == 10
    await world.deliver_when_due()
    assert ((await world.delivery()).status, await world.due()) == (S.EXPIRED, None)
    assert world.requests == []


async def test_settings_that_no_longer_fit_are_named_and_not_shown(empty_world: World) -> None:
    await empty_world.configure(source(), destination(settings={"token": ["s3cret"]}), mapping())
    await empty_world.take(identify(), track())
    event_id = (await empty_world.event()).id
    await empty_world.store.write(lambda c: add_delivery(c, event_id))

    await empty_world.deliver()

    one = await empty_world.delivery()
    assert (one.status, one.reason) == (S.HELD, Reason.DESTINATION_DISABLED)
    assert one.detail == "The settings of the destination Paper no longer fit its definition: token."


def add_delivery(connection: Connection, event_id: str) -> None:
    """A delivery of that event as the match job makes it."""
    deliveries.add(connection, [new_delivery(event_id=event_id)], NOW)
    jobs.enqueue(connection, [NewJob(JobKind.DELIVER, subject="dlv_1")], NOW)
