"""Deliveries that somebody cancels, over both engines."""

from dataclasses import replace

from sqlalchemy import Connection

from destinations.kit import Reason
from gateway.deliveries import DeliveryStatus
from gateway.pipeline.cancel import cancel
from gateway.storage import deliveries, destinations
from gateway.workspace import Trouble
from tests.factories import NOW, identify, track
from tests.gateway.world import World

S = DeliveryStatus


async def test_what_waits_is_canceled_and_says_by_whom(world: World) -> None:
    await world.take(identify(), track())
    one = await world.delivery()

    reached = await world.store.write(lambda c: cancel(c, one.id, "Ann's token", NOW))
    turns = await world.deliver()

    now = await world.delivery()
    assert [(step.before, step.status) for step in reached] == [(S.PENDING, S.CANCELED)]
    assert (now.status, now.reason, now.error_message) == (
        S.CANCELED,
        None,
        "Ann's token canceled it before it was sent.",
    )
    assert (turns, world.requests) == (0, [])


async def test_what_is_canceled_while_it_is_decided_is_not_sent(world: World) -> None:
    await world.take(identify(), track())
    one = await world.delivery()

    async def meanwhile() -> None:
        await world.store.write(lambda c: cancel(c, one.id, "Ann's token", NOW))

    world.provider.at_plan = meanwhile
    await world.deliver()

    assert (await world.delivery()).status is S.CANCELED
    assert world.requests == []
    assert await world.due() is None


async def test_the_turn_of_one_that_was_to_try_an_account_passes_on(world: World) -> None:
    await world.take(identify(), track(), track(messageId="m-2"))
    first, second = sorted(await world.deliveries(), key=lambda one: one.id)
    trouble = Trouble(NOW, "401", pause=30, probe_at=NOW, prober=first.id)

    def fail(connection: Connection) -> None:
        held = {"status": S.HELD, "reason": Reason.ACCOUNT_NOT_VERIFIED}
        deliveries.change(connection, [{"id": one.id, **held} for one in (first, second)], NOW)
        standing = destinations.standing(connection, "dst_paper", for_update=True)
        destinations.set_standing(connection, "dst_paper", replace(standing, trouble=trouble), NOW)

    await world.store.write(fail)
    await world.store.write(lambda c: cancel(c, first.id, "Ann's token", NOW))

    after = await world.store.read(lambda c: destinations.standing(c, "dst_paper"))
    assert after.trouble == replace(trouble, prober=second.id)
