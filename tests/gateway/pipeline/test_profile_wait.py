"""Texts that wait for somebody to be identified."""

from typing import Any

import pytest

from destinations.kit import Reason
from gateway.deliveries import DeliveryStatus
from gateway.pipeline.decide import decide
from tests.factories import (
    identify,
    track,
)
from tests.gateway.world import World

S = DeliveryStatus


async def test_somebody_nobody_knows_yet_is_waited_for_once(world: World) -> None:
    await world.take(track())
    await world.deliver()
    held = await world.delivery()
    assert (held.status, held.reason, await world.due()) == (S.HELD, Reason.PROFILE_PENDING, 10)

    await world.deliver_when_due()

    one = await world.delivery()
    assert (one.status, one.reason) == (S.SUPPRESSED, Reason.NO_SUPPORTED_IDS)
    assert world.requests == []


async def test_an_identify_with_the_number_releases_what_waits_for_it_at_once(world: World) -> None:
    await world.take(track())
    await world.deliver()
    world.clock.advance(3)

    await world.take(identify())

    assert await world.due() == 0
    await world.deliver()
    assert ((await world.delivery()).status, len(world.requests)) == (S.ACCEPTED, 1)


async def test_an_identify_without_a_number_does_not_end_the_wait(world: World) -> None:
    await world.take(track())
    await world.deliver()
    world.clock.advance(3)

    await world.take(identify(traits={"name": "Ann"}))
    await world.deliver()

    one = await world.delivery()
    assert (one.status, one.reason, await world.due(), world.requests) == (
        S.HELD,
        Reason.PROFILE_PENDING,
        7,
        [],
    )
    world.clock.advance(4)
    await world.take(identify(messageId="m-9"))
    await world.deliver()
    assert len(world.requests) == 1


async def test_an_identify_of_somebody_else_releases_nothing(world: World) -> None:
    await world.take(track())
    await world.deliver()

    await world.take(identify(userId="bob"))

    assert await world.due() == 10


async def test_an_identify_that_comes_while_it_is_decided_is_seen(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def meanwhile(*given: Any) -> Any:
        decision = await decide(*given)
        await world.take(identify())
        return decision

    await world.take(track())
    with monkeypatch.context() as slow:
        slow.setattr("gateway.pipeline.deliver.decide", meanwhile)
        await world.deliver()

    one = await world.delivery()
    assert (one.status, one.reason, await world.due(), world.requests) == (S.PENDING, None, 0, [])
    await world.deliver()
    assert ((await world.delivery()).status, len(world.requests)) == (S.ACCEPTED, 1)


async def test_somebody_who_is_known_by_then_gets_the_text(world: World) -> None:
    await world.take(track())
    await world.deliver()
    world.clock.advance(5)
    await world.take(identify())

    world.clock.advance(5)
    await world.deliver()

    assert (await world.delivery()).status is S.ACCEPTED
