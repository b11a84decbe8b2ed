"""What became of messages is asked for, whether or not the provider calls."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from destinations.kit import (
    Channel,
    ConsentChanged,
    ConsentStatus,
    DestinationStatus,
    MessageStatus,
    NotKnown,
    RetryableError,
    Signal,
    StatusChanged,
)
from gateway.deliveries import DeliveryStatus
from gateway.jobs import JobKind
from gateway.pipeline import signals
from gateway.sending import NoAnswer, Phase
from gateway.shared.base import Wanted
from gateway.storage import deliveries, destinations, jobs, pauses, tables
from gateway.workspace import Pause
from tests.factories import ANN, NOW, identify, later, track
from tests.gateway.paper import OURS, refused
from tests.gateway.world import World

S, M = DeliveryStatus, MessageStatus
NO_ANSWER = NoAnswer("paper.example", Phase.ANSWER, "it hung up")
STOP = ConsentChanged(None, Channel.SMS, ConsentStatus.UNSUBSCRIBED, stop=True, evidence="Paper error 21610")
MINUTE, HOUR, DAY = 60, 3600, 86400


async def accepted(world: World) -> None:
    await world.take(identify(), track())
    await world.deliver()


def says(world: World, status: MessageStatus, *more: Signal, sid: str = "SM1", **values: Any) -> None:
    world.provider.became[sid] = (StatusChanged(sid, status, **values), *more)


async def test_a_message_without_a_final_status_is_asked_for_four_times(world: World) -> None:
    await accepted(world)
    says(world, M.SENT)

    waits = [await world.follow_when_due() for _ in range(4)]

    assert waits == [2 * MINUTE, 8 * MINUTE, 50 * MINUTE, 23 * HOUR]
    assert world.provider.followed == [("SM1",)] * 4
    assert await world.due(JobKind.FOLLOW) is None
    assert (await world.delivery()).message_status is M.SENT
    assert (len(await world.attempts()), len(world.requests)) == (1, 1)


async def test_what_is_learned_is_what_a_callback_would_say_with_price_and_segments(world: World) -> None:
    await accepted(world)
    says(world, M.DELIVERED, price="-0.0079", segments=2)

    await world.follow_when_due()

    one = await world.delivery()
    assert (one.status, one.message_status, one.price, one.segments) == (
        S.ACCEPTED,
        M.DELIVERED,
        "-0.0079",
        2,
    )
    assert await world.due(JobKind.FOLLOW) is None


async def test_a_failure_is_shown_with_its_code_and_remedy(world: World) -> None:
    await accepted(world)
    says(world, M.UNDELIVERED, provider_code="30003", message="Unreachable", remedy="Wait.", price="-0.01")

    await world.follow_when_due()

    one = await world.delivery()
    assert (one.status, one.message_status) == (S.ACCEPTED, M.UNDELIVERED)
    assert (one.error_code, one.error_message, one.remedy) == ("30003", "Unreachable", "Wait.")


async def test_what_a_callback_settled_is_asked_for_its_price_alone(world: World) -> None:
    await accepted(world)
    await world.call_back(M.DELIVERED)
    says(world, M.DELIVERED)

    waits = [await world.follow_when_due() for _ in range(3)]

    assert waits == [2 * MINUTE, 8 * MINUTE, DAY - 10 * MINUTE]
    assert world.provider.followed == [("SM1",)] * 2  # at two minutes nothing is asked
    assert await world.due(JobKind.FOLLOW) is None


async def test_what_a_callback_settled_with_a_price_is_never_asked_for(world: World) -> None:
    await accepted(world)
    await world.call_back(M.DELIVERED, price="-0.0079")

    await world.follow_when_due()

    assert world.provider.followed == []
    assert await world.due(JobKind.FOLLOW) is None


async def test_a_look_that_fails_comes_again_within_a_minute_and_moves_no_other(world: World) -> None:
    await accepted(world)

    waits = [await world.follow_when_due() for _ in range(6)]
    says(world, M.SENT)
    after = [await world.follow_when_due() for _ in range(3)]

    assert waits == [120, 45, 45, 90, 180, 120]
    assert sum(waits) == 10 * MINUTE
    assert after == [45, 60 * MINUTE - 10 * MINUTE - 45, 23 * HOUR]
    assert (await world.delivery()).message_status is M.SENT


async def test_a_look_that_always_fails_ends_hours_after_the_last_one(world: World) -> None:
    await accepted(world)
    passed = 0.0

    while await world.due(JobKind.FOLLOW) is not None:
        passed += await world.follow_when_due()

    assert DAY + 4 * HOUR <= passed < DAY + 9 * HOUR
    assert len(world.provider.followed) < 50
    assert (await world.delivery()).message_status is M.QUEUED


async def test_a_provider_in_trouble_says_nothing_of_any(world: World) -> None:
    await world.take(identify(), track(), track(messageId="m-2"))
    await world.deliver()
    world.clock.advance(2 * MINUTE)

    async def fails(*_asked: object) -> dict[str, tuple[Signal, ...] | NotKnown]:
        raise RetryableError("The provider answers 503.")

    world.services.workspace.definitions["paper"] = replace(world.definition, follow=fails)  # type: ignore[index]
    assert await world.follow() == 2

    assert await world.due(JobKind.FOLLOW) == 45
    assert {one.message_status for one in await world.deliveries()} == {M.QUEUED}


async def test_those_of_one_destination_are_asked_for_together_the_first_sent_first(world: World) -> None:
    await world.take(identify())
    for number in range(3):
        await world.take(track(messageId=f"t-{number}"))
        await world.deliver()
        world.clock.advance(1)
        says(world, M.DELIVERED, sid=f"SM{number + 1}", price="-0.01")
    world.clock.advance(2 * MINUTE)

    assert await world.follow() == 3

    assert world.provider.followed == [("SM1", "SM2", "SM3")]
    assert {one.message_status for one in await world.deliveries()} == {M.DELIVERED}


async def test_a_stop_that_is_learned_late_is_the_persons_own_and_heard_once(world: World) -> None:
    await accepted(world)
    says(world, M.UNDELIVERED, STOP, provider_code="21610")

    await world.follow_when_due()
    await world.follow_when_due()

    stops = [word for word in await world.words() if word.own_word]
    assert [(word.status, word.phone, word.evidence) for word in stops] == [
        (ConsentStatus.UNSUBSCRIBED, ANN, {"method": "Paper error 21610"})
    ]
    await world.take(track(messageId="m-2"))
    await world.deliver()
    assert len(world.requests) == 1


async def test_trouble_of_the_account_that_is_learned_late_stops_the_destination(world: World) -> None:
    await accepted(world)
    says(world, M.FAILED, provider_code="30002", message="Account suspended", account_trouble=True)

    await world.follow_when_due()

    there = (await world.services.workspace.current()).destinations["dst_paper"]
    assert there.status is DestinationStatus.FAILED


async def test_a_paused_destination_is_asked_too(world: World) -> None:
    await accepted(world)
    says(world, M.DELIVERED, price="-0.01")
    there = (await world.services.workspace.current()).destinations["dst_paper"]

    def pause(connection: Connection) -> None:
        pauses.pause(connection, there.id, Pause(NOW, "ann"))

    await world.store.write(pause)
    world.services.workspace.invalidate()

    await world.follow_when_due()

    assert (await world.delivery()).message_status is M.DELIVERED


async def test_what_cant_be_asked_ends_quietly_with_its_schedule(world: World) -> None:
    await accepted(world)
    world.services.workspace.definitions.pop("paper")  # type: ignore[attr-defined]
    world.services.workspace.invalidate()

    waits = [await world.follow_when_due() for _ in range(4)]

    assert sum(waits) == DAY
    assert world.provider.followed == []
    assert await world.due(JobKind.FOLLOW) is None


async def test_where_a_provider_can_not_be_asked_an_accepted_text_leaves_no_job(world: World) -> None:
    world.services.workspace.definitions["paper"] = replace(world.definition, follow=None)  # type: ignore[index]

    await accepted(world)

    assert (await world.delivery()).status is DeliveryStatus.ACCEPTED
    assert await world.store.read(lambda c: c.scalar(select(func.count()).select_from(tables.jobs))) == 0


async def test_a_callback_that_overtakes_the_answer_leaves_one_look(world: World) -> None:
    original = world.client.send

    async def send(request: Any) -> object:
        response = await original(request)
        await world.call_back(M.SENT, "SM1")
        return response

    world.client.send = send  # type: ignore[method-assign,assignment]  # the answer, only later
    await accepted(world)

    assert await world.due() is None
    assert await world.follow_when_due() == 2 * MINUTE
    assert await world.store.read(lambda c: jobs.depth(c, JobKind.FOLLOW, NOW)) == (1, 0.0)


@pytest.mark.parametrize("answer", [NO_ANSWER, refused(400)], ids=["no answer", "a refusal"])
async def test_what_a_callback_proves_is_asked_for_too(world: World, answer: Any) -> None:
    world.provider.answers.append(answer)
    await accepted(world)
    says(world, M.DELIVERED, price="-0.01")

    await world.call_back(M.SENT)
    assert await world.due() is None
    await world.follow_when_due()

    one = await world.delivery()
    assert (one.status, one.message_status, one.price) == (S.ACCEPTED, M.DELIVERED, "-0.01")


async def test_what_a_look_up_found_is_asked_for_too(world: World) -> None:
    world.provider.answers.append(NO_ANSWER)
    await accepted(world)
    world.provider.listed.append(("SM1", ANN))
    says(world, M.DELIVERED, price="-0.01")
    await world.deliver_when_due()

    assert await world.follow_when_due() == 2 * MINUTE

    assert (await world.delivery()).message_status is M.DELIVERED


async def test_an_answer_about_a_message_that_was_given_back_changes_nothing(world: World) -> None:
    await accepted(world)
    before = await world.delivery()
    told = signals.Told(before, [StatusChanged("SM1", M.DELIVERED), STOP])

    def change(connection: Connection) -> list[object]:
        deliveries.change(connection, [{"id": before.id, "message_sid": "SM9"}], later(5))
        there = destinations.everything(connection, world.secrets)[0]
        return list(signals.asked_for(connection, there, [told], later(6)))

    assert await world.store.write(change) == []
    one = await world.delivery()
    assert (one.message_sid, one.message_status) == ("SM9", M.QUEUED)
    assert [word for word in await world.words() if word.own_word] == []


async def test_a_look_at_nothing_ends(world: World) -> None:
    await accepted(world)
    one = await world.delivery()
    nothing = {"id": one.id, "message_sid": None, "status": S.UNCERTAIN}
    await world.store.write(lambda c: deliveries.change(c, [nothing], NOW))

    await world.follow_when_due()

    assert world.provider.followed == []
    assert await world.due(JobKind.FOLLOW) is None


SAID = (
    StatusChanged("SM1", M.SENT),
    StatusChanged("SM1", M.UNDELIVERED, provider_code="30003", message="Unreachable", remedy="Wait."),
    StatusChanged("SM1", M.DELIVERED, price="-0.01", segments=2),
)
ORDERS = [
    [(signal, asked) for signal, asked in zip(order, asking, strict=True)]
    for order in itertools.permutations(SAID)
    for asking in itertools.product((False, True), repeat=3)
]


@pytest.mark.parametrize("order", range(len(ORDERS)))
async def test_callbacks_and_looks_in_any_order_end_alike(world: World, order: int) -> None:
    await accepted(world)
    said: Sequence[tuple[StatusChanged, bool]] = ORDERS[order]

    for signal, asked in said:
        if asked:
            world.provider.became["SM1"] = (signal,)
            looked = len(world.provider.followed)
            while len(world.provider.followed) == looked and await world.due(JobKind.FOLLOW) is not None:
                await world.follow_when_due()
        else:
            values: dict[str, Any] = {"price": signal.price, "segments": signal.segments}
            await world.call_back(
                signal.status,
                provider_code=signal.provider_code,
                message=signal.message,
                remedy=signal.remedy,
                **values,
            )

    one = await world.delivery()
    assert (one.status, one.message_status, one.price, one.segments) == (
        S.ACCEPTED,
        M.DELIVERED,
        "-0.01",
        2,
    )
    assert (one.error_code, one.error_message, one.remedy) == (None, None, None)


@pytest.mark.parametrize(("too_fast", "wait"), [(True, 2), (False, 0.8)], ids=["too fast", "otherwise"])
async def test_a_sender_whose_message_failed_for_its_pace_is_slowed_down(
    world: World, *, too_fast: bool, wait: float
) -> None:
    await accepted(world)
    says(world, M.FAILED, too_fast=too_fast)
    pace, ours = world.services.shared.pace, Wanted(("dst_paper", OURS), 1, [1, 1])

    await world.follow_when_due()

    assert await pace.waits([ours], world.clock.now()) == [pytest.approx(wait)]
