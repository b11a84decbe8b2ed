"""A pause keeps what comes, loses nothing of it, and takes effect for whatever is not claimed yet."""

import random
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection

from destinations.kit import Reason
from gateway.deliveries import AttemptOutcome, DeliveryStatus
from gateway.events import EventOutcome
from gateway.pipeline.accounts import FIRST_PAUSE
from gateway.pipeline.verification import verify
from gateway.storage import attempts, pauses
from gateway.workspace import Pause
from tests.factories import ANN, BOB, NOW, destination, identify, later, mapping, track
from tests.gateway.paper import created, refused
from tests.gateway.world import World

S = DeliveryStatus
CLOSED = refused(401, "20003", account=True)
NOTE = Pause(NOW, "ops", "The campaign was wrong.")


def pause(connection: Connection, *, whole_space: bool = False) -> bool:
    if whole_space:
        return pauses.pause_space(connection, "default", NOTE)
    return pauses.pause(connection, "dst_paper", NOTE)


def resume(connection: Connection, *, whole_space: bool = False) -> bool:
    if whole_space:
        return pauses.resume_space(connection, "default")
    return pauses.resume(connection, "dst_paper")


async def change(world: World, by: Any, *, known: bool = True, **of: Any) -> None:
    """In this process, or, where it does not become known, in another one."""
    assert await world.store.write(lambda c: by(c, **of))
    if known:
        world.services.workspace.invalidate()


async def statuses(world: World) -> list[tuple[DeliveryStatus, Reason | None]]:
    """The oldest first."""
    return [(one.status, one.reason) for one in reversed(await world.deliveries())]


@pytest.mark.parametrize("whole_space", [False, True], ids=["destination", "space"])
async def test_what_comes_is_matched_and_waits_until_it_is_too_old(
    world: World, *, whole_space: bool
) -> None:
    await change(world, pause, whole_space=whole_space)

    outcomes = await world.take(identify(), track())
    await world.deliver()

    one = await world.delivery()
    what = "The whole space default" if whole_space else "The destination Paper"
    assert outcomes[-1] is EventOutcome.MATCHED
    assert (one.status, one.reason, one.next_attempt_at) == (S.HELD, Reason.PAUSED, later(14_400))
    assert one.detail == f"{what} is paused since 2026-11-21 12:00:00 UTC, by ops: The campaign was wrong."
    assert one.remedy == (
        "Resume it: run <resumption of dst_paper>; what waits then goes on by itself, the oldest first."
        " It waits until 2026-11-21 16:00:00 UTC at most: then the event is too old for its mapping."
    )
    assert (world.requests, await world.due()) == ([], 14_400)


@pytest.mark.parametrize("whole_space", [False, True], ids=["destination", "space"])
async def test_what_waited_goes_out_the_oldest_first_and_before_what_came_since(
    world: World, *, whole_space: bool
) -> None:
    await change(world, pause, whole_space=whole_space)
    await world.take(
        identify(), identify(messageId="m-9", userId="bob", traits={"phone": BOB, "sms_opt_in": True})
    )
    for number, user in enumerate(("bob", "ann", "ann"), start=1):
        world.clock.advance(1)
        await world.take(track(messageId=f"m-{number}", userId=user))
        await world.deliver()
    world.clock.advance(600)
    await world.take(track(messageId="m-4", userId="bob"))

    await change(world, resume, whole_space=whole_space)
    await world.deliver()

    assert [dict(request.form)["To"] for request in world.requests] == [BOB, ANN, ANN, BOB]
    assert [status for status, _ in await statuses(world)] == [S.ACCEPTED] * 4


async def test_what_is_too_old_by_then_expires_and_the_rest_is_sent(world: World) -> None:
    await change(world, pause)
    await world.configure(mapping(id="map_short", max_age_seconds=60))
    await world.take(identify(), track())
    await world.deliver()
    world.clock.advance(60)

    await change(world, resume)
    await world.deliver()

    found = {one.mapping_id: (one.status, one.reason) for one in await world.deliveries()}
    assert found == {"map_short": (S.EXPIRED, Reason.STALE_EVENT), "map_order": (S.ACCEPTED, None)}
    assert len(world.requests) == 1


async def test_what_becomes_too_old_during_a_pause_expires_in_it(world: World) -> None:
    await change(world, pause)
    await world.take(identify(), track())
    await world.deliver()

    await world.deliver_when_due()

    assert await statuses(world) == [(S.EXPIRED, Reason.STALE_EVENT)]
    assert world.requests == []


@pytest.mark.parametrize("whole_space", [False, True], ids=["destination", "space"])
async def test_a_pause_of_another_process_stops_what_was_decided_before_and_is_not_claimed(
    world: World, *, whole_space: bool
) -> None:
    await world.take(identify(), track())
    await change(world, pause, known=False, whole_space=whole_space)

    await world.deliver()
    assert (world.requests, await statuses(world), await world.due()) == ([], [(S.PENDING, None)], 0)

    await world.deliver()
    assert (world.requests, await statuses(world)) == ([], [(S.HELD, Reason.PAUSED)])


@pytest.mark.parametrize("whole_space", [False, True], ids=["destination", "space"])
async def test_what_is_about_to_wait_for_a_pause_that_another_process_ended_goes_on(
    world: World, *, whole_space: bool
) -> None:
    await change(world, pause, whole_space=whole_space)
    await world.take(identify(), track())
    await world.services.workspace.current()
    await change(world, resume, known=False, whole_space=whole_space)

    await world.deliver()
    assert (await statuses(world), await world.due()) == ([(S.PENDING, None)], 0)

    await world.deliver()
    assert await statuses(world) == [(S.ACCEPTED, None)]


async def test_what_was_tried_before_waits_too_and_expires_as_what_waited(world: World) -> None:
    world.provider.answers.append(refused(429, "20429"))
    await world.take(identify(), track())
    await world.deliver()
    assert await statuses(world) == [(S.RETRYING, None)]
    await change(world, pause)

    await world.deliver_when_due()
    assert await statuses(world) == [(S.HELD, Reason.PAUSED)]
    await world.deliver_when_due()

    assert await statuses(world) == [(S.EXPIRED, Reason.STALE_EVENT)]
    assert [one.outcome for one in await world.attempts()] == [AttemptOutcome.THROTTLED]


async def test_another_destination_of_the_space_goes_on(world: World) -> None:
    await world.configure(destination(id="dst_2", name="Two"), mapping(id="map_2", destination_id="dst_2"))
    await change(world, pause)

    await world.take(identify(), track())
    await world.deliver()

    found = {one.destination_id: one.status for one in await world.deliveries()}
    assert found == {"dst_paper": S.HELD, "dst_2": S.ACCEPTED}


async def test_what_would_go_out_passes_every_gate_again(world: World) -> None:
    await change(world, pause)
    await world.take(identify(), track())
    await world.deliver()
    await world.take(identify(messageId="m-2", traits={"phone": ANN, "sms_opt_in": False}))

    await change(world, resume)
    await world.deliver()

    assert await statuses(world) == [(S.SUPPRESSED, Reason.NOT_SUBSCRIBED)]
    assert world.requests == []


async def test_a_cancel_trigger_cancels_what_waits_for_the_end_of_a_pause(world: World) -> None:
    await world.configure(mapping(id="map_2", cancel_trigger='event = "Order Cancelled"'))
    await change(world, pause)
    await world.take(identify(), track())
    await world.deliver()

    await world.take(track(messageId="m-2", event="Order Cancelled"))

    found = {one.mapping_id: one.status for one in await world.deliveries()}
    assert found == {"map_2": S.CANCELED, "map_order": S.HELD}


async def test_who_tries_whether_the_account_works_keeps_its_turn_over_a_pause(world: World) -> None:
    world.provider.answers = [CLOSED, CLOSED]
    await world.take(identify(), *(track(messageId=f"m-{number}") for number in (1, 2, 3)))
    await world.deliver()
    await verify(world.services, "dst_paper")
    await world.deliver()  # refused again so soon: from now on one tries for all
    await world.deliver()
    prober = (await world.services.workspace.current()).destinations["dst_paper"].trouble
    assert prober is not None
    await change(world, pause)
    before = len(world.requests)

    world.clock.advance(FIRST_PAUSE)
    await world.deliver()

    there = (await world.services.workspace.current()).destinations["dst_paper"].trouble
    held = sorted(reason.value for status, reason in await statuses(world) if status is S.HELD and reason)
    assert there is not None
    assert there.prober == prober.prober
    assert held == ["ACCOUNT_NOT_VERIFIED", "ACCOUNT_NOT_VERIFIED", "PAUSED"]

    await change(world, resume)
    while await world.deliver():
        pass

    assert await statuses(world) == [(S.ACCEPTED, None)] * 3
    assert len(world.requests) == before + 3


@pytest.mark.parametrize("seed", range(20))
async def test_whoever_pauses_and_whatever_the_account_does_each_text_goes_out_once_or_expires(
    world: World, seed: int
) -> None:
    dice = random.Random(seed)
    taken = 0
    for step in range(14):
        if dice.random() < 0.6:
            taken += 1
            await world.take(identify(messageId=f"i-{step}"), track(messageId=f"m-{step}"))
        world.provider.answers = [
            CLOSED if dice.random() < 0.3 else created(f"SM{step}-{number}") for number in range(8)
        ]
        by, whole_space = dice.choice([pause, resume]), dice.random() < 0.5
        await world.store.write(partial(by, whole_space=whole_space))
        if dice.random() < 0.5:  # else another process did it, and this one does not know
            world.services.workspace.invalidate()
        if dice.random() < 0.3:
            await verify(world.services, "dst_paper")
        while await world.deliver():
            pass
        world.clock.advance(dice.choice([1, 40, 400, 4_000]))
    world.provider.answers = []
    for whole_space in (True, False):
        await world.store.write(partial(resume, whole_space=whole_space))
    await verify(world.services, "dst_paper")
    while await world.deliver():  # whatever may still go out does so at once, but for whose turn it is to try
        pass
    waiting = [one.reason for one in await world.deliveries() if one.status is S.HELD]
    assert Reason.PAUSED not in waiting
    for _ in range(30):
        while await world.deliver():
            pass
        world.clock.advance(3_600)

    ended = await world.deliveries()
    assert len(ended) == taken
    assert {one.status for one in ended} <= {S.ACCEPTED, S.EXPIRED}
    tries = await world.store.read(lambda c: attempts.of_many(c, [one.id for one in ended]))
    accepted = [
        one.delivery_id for some in tries.values() for one in some if one.outcome is AttemptOutcome.ACCEPTED
    ]
    assert sorted(accepted) == sorted(one.id for one in ended if one.status is S.ACCEPTED)
