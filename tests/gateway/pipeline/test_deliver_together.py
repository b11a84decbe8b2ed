"""The second job: several Deliveries together, of which each goes its own way."""

import asyncio
from itertools import count
from typing import Any

import pytest

from destinations.kit import ConsentStatus, HttpRequest, Reason
from gateway.deliveries import DeliveryStatus
from gateway.errors import StoreUnavailable
from gateway.pipeline import send
from gateway.pipeline.decide import decide
from tests.factories import identify, track, word
from tests.gateway.world import World

S = DeliveryStatus
NUMBERS = {
    user: {"phone": f"+1202555010{place}", "sms_opt_in": True}
    for place, user in enumerate(("ann", "bob", "eve"), 1)
}


async def orders(world: World, *users: str) -> None:
    """Ann, Bob and Eve, each with a number and an order."""
    for place, user in enumerate(users):
        await world.take(
            identify(userId=user, messageId=f"i-{user}", traits=NUMBERS[user]),
            track(userId=user, messageId=f"m-{user}", properties={"place": place}),
        )


async def of_users(world: World) -> dict[str, Any]:
    """The delivery of each user's order."""
    found = {one.event_id: one for one in await world.deliveries()}
    return {user: found[(await world.event(f"m-{user}")).id] for user in NUMBERS}


async def test_one_batch_claims_and_sends_each_of_its_deliveries_once(world: World) -> None:
    await orders(world, *NUMBERS)

    await world.work_on(await world.lease())

    assert sorted(dict(request.form)["To"] for request in world.requests) == [
        str(given["phone"]) for given in NUMBERS.values()
    ]
    assert {one.status for one in await world.deliveries()} == {S.ACCEPTED}
    assert {one.attempt_count for one in await world.deliveries()} == {1}
    assert await world.due() is None


async def test_answers_that_come_one_after_the_other_are_recorded_together(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "gateway.pipeline.outbox.GATHERED_SECONDS", 0.25
    )  # as long as a busy machine may take
    groups: list[int] = []
    turns = count()
    record, answer = send.record, world.client.send

    async def note(services: Any, group: Any) -> None:
        groups.append(len(group))
        await record(services, group)

    async def in_turn(request: HttpRequest) -> Any:
        for _ in range(20 * next(turns)):
            await asyncio.sleep(0)
        return await answer(request)

    monkeypatch.setattr(send, "record", note)
    world.client.send = in_turn  # type: ignore[method-assign]  # of a provider that answers a little later each time
    await orders(world, *NUMBERS)

    await world.work_on(await world.lease())

    assert groups == [3]
    assert {one.status for one in await world.deliveries()} == {S.ACCEPTED}


async def test_a_plan_that_raises_a_bug_fails_alone_and_its_neighbours_are_sent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def buggy(services: Any, subject: Any, now: Any, read: Any = None) -> Any:
        if subject.event.user_id == "bob":
            raise ZeroDivisionError("a bug")
        return await decide(services, subject, now)

    await orders(world, *NUMBERS)
    leased = await world.lease()
    monkeypatch.setattr("gateway.pipeline.deliver.decide", buggy)

    with pytest.raises(ZeroDivisionError, match="a bug"):
        await world.work_on(leased)

    found = await of_users(world)
    assert {user: one.status for user, one in found.items()} == {
        "ann": S.ACCEPTED,
        "bob": S.PENDING,
        "eve": S.ACCEPTED,
    }
    assert (found["bob"].attempt_count, len(world.requests)) == (0, 2)
    assert await world.due() == 30  # the failed one's lease, which its worker gives back


async def test_a_slow_read_of_one_plan_does_not_hold_up_its_neighbours(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    others_are_sent = asyncio.Event()
    seen: list[str] = []

    async def slow(services: Any, subject: Any, now: Any, read: Any = None) -> Any:
        if subject.event.user_id == "bob":
            await asyncio.wait_for(others_are_sent.wait(), 10)
        return await decide(services, subject, now)

    def note(request: Any) -> None:
        seen.append(dict(request.form)["To"])
        if len(seen) == 2:
            others_are_sent.set()

    await orders(world, *NUMBERS)
    leased = await world.lease()
    monkeypatch.setattr("gateway.pipeline.deliver.decide", slow)
    world.provider.at_request = note

    await world.work_on(leased)

    assert sorted(seen[:2]) == [NUMBERS["ann"]["phone"], NUMBERS["eve"]["phone"]]
    assert seen[2:] == [NUMBERS["bob"]["phone"]]
    assert {one.status for one in await world.deliveries()} == {S.ACCEPTED}


async def test_a_word_between_the_decision_and_the_claim_stops_the_delivery_of_that_number_alone(
    world: World,
) -> None:
    async def withdraw() -> None:
        world.provider.at_plan = None
        await world.say(word(ConsentStatus.UNSUBSCRIBED, 1, phone=NUMBERS["bob"]["phone"]))

    await orders(world, *NUMBERS)
    world.provider.at_plan = withdraw

    await world.work_on(await world.lease())

    found = await of_users(world)
    assert {user: one.status for user, one in found.items()} == {
        "ann": S.ACCEPTED,
        "bob": S.PENDING,
        "eve": S.ACCEPTED,
    }
    assert (found["bob"].attempt_count, await world.due(), len(world.requests)) == (0, 0, 2)
    await world.deliver()
    found = await of_users(world)
    assert (found["bob"].status, found["bob"].reason) == (S.SUPPRESSED, Reason.NOT_SUBSCRIBED)
    assert len(world.requests) == 2


async def test_two_texts_to_one_number_leave_one_after_the_other(world: World) -> None:
    await world.take(identify(), *(track(messageId=f"m-{place}") for place in range(1, 6)))
    under_way, most = 0, 0
    original = world.client.send

    async def slow(request: Any) -> object:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        response = await original(request)
        under_way -= 1
        return response

    world.client.send = slow  # type: ignore[method-assign,assignment]  # so that others could overtake it

    await world.work_on(await world.lease())

    assert (most, len(world.requests)) == (1, 5)
    assert {one.status for one in await world.deliveries()} == {S.ACCEPTED}


async def test_a_store_that_takes_no_claim_for_long_costs_the_batch_one_wait_and_each_a_later_turn(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await orders(world, *NUMBERS)
    leased = await world.lease()
    write, asked = world.store.write, 0

    async def troubled(change: Any, **how: Any) -> Any:
        nonlocal asked
        asked += 1
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr("gateway.pipeline.claim.AGAIN_SECONDS", (0.0, 0.0))
    monkeypatch.setattr(world.store, "write", troubled)

    with pytest.raises(StoreUnavailable):
        await world.work_on(leased)

    monkeypatch.setattr(world.store, "write", write)
    assert (asked, world.requests) == (3, [])
    assert {one.status for one in await world.deliveries()} == {S.PENDING}
