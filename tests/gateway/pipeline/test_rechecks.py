"""Destinations are verified again by themselves."""

from datetime import timedelta
from typing import Any

import pytest

from destinations import kit
from destinations.kit import DestinationStatus
from gateway.pipeline import rechecks
from gateway.pipeline.rechecks import Rechecks, due_at
from gateway.workspace import Destination, Trouble
from tests.factories import NOW, destination, later
from tests.gateway.world import World

DAY = 86_400.0
RUN = {"status": "VERIFIED", "startedAt": NOW.isoformat(), "finishedAt": NOW.isoformat(), "checks": []}


def of(status: DestinationStatus, **changes: Any) -> Destination:
    return destination(**{"status": status, "verification": RUN, "updated_at": NOW, **changes})


def trouble(minutes_before: float, pause: int | None = None) -> Trouble:
    return Trouble(
        later(-60 * minutes_before), "20003", pause, NOW if pause else None, "del_1" if pause else None
    )


@pytest.mark.parametrize(
    ("one", "seconds"),
    [
        (of(DestinationStatus.VERIFIED), DAY),
        (of(DestinationStatus.FAILED), DAY),
        (of(DestinationStatus.FAILED, trouble=trouble(0)), 600),
        (of(DestinationStatus.FAILED, trouble=trouble(10)), 600),
        (of(DestinationStatus.FAILED, trouble=trouble(90)), 5400),
        (of(DestinationStatus.FAILED, trouble=trouble(5000)), DAY),
        (of(DestinationStatus.FAILED, trouble=trouble(10, pause=60)), None),
        (of(DestinationStatus.VERIFYING), 120),
        (of(DestinationStatus.DRAFT), None),
        (of(DestinationStatus.VERIFIED, enabled=False), None),
        (of(DestinationStatus.VERIFIED, deleted_at=NOW), None),
        (of(DestinationStatus.VERIFIED, verification=None, updated_at=later(-60)), DAY - 60),
    ],
)
def test_when_it_is_due(one: Destination, seconds: float | None) -> None:
    assert due_at(one) == (None if seconds is None else later(seconds))


async def test_a_destination_is_verified_again_after_a_day_and_then_a_day_later(world: World) -> None:
    again = Rechecks(world.services)
    await again.turn()
    assert world.provider.reads == []

    world.clock.advance(DAY)
    await again.turn()
    await again.turn()

    assert world.provider.reads == ["https://paper.example/messages?To=nobody"]
    assert (await there(world)).status is DestinationStatus.VERIFIED
    world.clock.advance(DAY)
    await again.turn()
    assert len(world.provider.reads) == 2


async def test_what_the_provider_says_then_counts(world: World) -> None:
    world.provider.checks = (kit.Check("account", passed=False, code="ACCOUNT_SUSPENDED"),)
    world.clock.advance(DAY)

    await Rechecks(world.services).turn()

    assert (await there(world)).status is DestinationStatus.FAILED


@pytest.mark.parametrize("code", ["UNREACHABLE", "TIMEOUT"])
async def test_a_provider_that_can_not_be_reached_changes_nothing_and_is_asked_again_soon(
    world: World, code: str
) -> None:
    before = await there(world)
    world.provider.checks = (kit.Check("account", passed=False, code=code),)
    world.clock.advance(DAY)
    again = Rechecks(world.services)

    await again.turn()
    world.clock.advance(rechecks.SOON.total_seconds() - 1)
    await again.turn()

    assert await there(world) == before
    assert len(world.provider.reads) == 1
    world.provider.checks = ()
    world.clock.advance(1)
    await again.turn()
    assert len(world.provider.reads) == 2


async def test_of_several_workers_one_verifies(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(world.services.settings), "alone", False)
    world.provider.checks = (kit.Check("account", passed=False, code="UNREACHABLE"),)
    world.clock.advance(DAY)
    one, another = Rechecks(world.services), Rechecks(world.services)

    await one.turn()
    await another.turn()
    assert len(world.provider.reads) == 1

    world.clock.advance(timedelta(minutes=10).total_seconds())
    await another.turn()
    assert len(world.provider.reads) == 2


async def there(world: World) -> Destination:
    world.services.workspace.invalidate()
    return (await world.services.workspace.current()).destinations["dst_paper"]
