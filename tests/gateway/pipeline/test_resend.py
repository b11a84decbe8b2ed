"""A text that failed after it was accepted is sent once more, where that is known to be right."""

import pytest
from sqlalchemy import Connection

from destinations.kit import ConsentStatus, MessageStatus, Policy, Resend, StatusChanged
from gateway.deliveries import Delivery, DeliveryStatus
from gateway.pipeline import resend, signals
from gateway.pipeline.settle import Reached
from gateway.storage import destinations, tables
from tests.factories import ANN, destination, identify, later, mapping, source, track, word
from tests.gateway.paper import refused
from tests.gateway.world import World

S, M = DeliveryStatus, MessageStatus
HOUR = 3600
TEMPLATE = {"send": True, "body": "Free text", "template": "The template"}


async def accepted(world: World) -> Delivery:
    await world.take(identify(), track())
    await world.deliver()
    return await world.delivery()


async def says(
    world: World, of: Delivery, status: MessageStatus, how: Resend | None, sid: str = "SM1"
) -> None:
    """The provider says so of that delivery's message."""
    there = (await world.services.workspace.current()).destinations[of.destination_id]
    signal = StatusChanged(sid, status, of.id, "30001", "Queue overflow", "Send slower.", resend=how)
    await world.store.write(lambda c: signals.apply(c, world.secrets, there, [signal], world.clock.now()))


async def fail(world: World, of: Delivery, how: Resend | None = Resend.NEVER_SENT, sid: str = "SM1") -> None:
    await says(world, of, M.FAILED, how, sid)


async def children(world: World, of: Delivery) -> list[Delivery]:
    return [one for one in await world.deliveries() if one.fallback_of == of.id]


async def test_what_was_never_sent_is_sent_once_more_after_some_minutes(world: World) -> None:
    first = await accepted(world)

    await fail(world, first)

    [child] = await children(world, first)
    wait = await world.due()
    assert wait is not None
    assert 150 <= wait <= 300
    assert child.next_attempt_at is not None
    assert (child.status, child.recipient, child.mapping_id, child.event_id) == (
        S.PENDING,
        ANN,
        first.mapping_id,
        first.event_id,
    )
    await world.deliver_when_due()
    [sent] = await children(world, first)
    assert (sent.status, sent.message_sid, sent.attempt_count) == (S.ACCEPTED, "SM2", 1)
    assert [dict(request.form)["To"] for request in world.requests] == [ANN, ANN]
    parent = next(one for one in await world.deliveries() if one.id == first.id)
    assert (parent.status, parent.message_status, parent.error_code) == (S.ACCEPTED, M.FAILED, "30001")


async def test_what_is_told_twice_or_asked_for_too_is_sent_once_more_once(world: World) -> None:
    first = await accepted(world)
    world.provider.became["SM1"] = (StatusChanged("SM1", M.FAILED, resend=Resend.NEVER_SENT, price="0"),)

    await says(world, first, M.UNDELIVERED, Resend.NEVER_SENT)
    await fail(world, first)
    await fail(world, first)
    world.clock.advance(600)
    await world.follow()
    await world.deliver()

    assert len(await children(world, first)) == 1
    assert len(world.requests) == 2


@pytest.mark.parametrize(("may", "made"), [(False, 0), (True, 1)])
async def test_what_may_have_arrived_is_sent_once_more_by_policy_alone(
    empty_world: World, may: bool, made: int
) -> None:
    world = empty_world
    policy = Policy(retry_undelivered=may)
    await world.configure(source(), destination(policy=policy), mapping())
    first = await accepted(world)

    await fail(world, first, Resend.MAY_HAVE_ARRIVED)

    assert len(await children(world, first)) == made


async def test_no_other_failure_is_sent_again(world: World) -> None:
    first = await accepted(world)

    await fail(world, first, None)

    assert await children(world, first) == []
    assert await world.due() is None


async def test_it_goes_through_every_gate(world: World) -> None:
    first = await accepted(world)
    await fail(world, first)
    await world.say(word(ConsentStatus.UNSUBSCRIBED, 1, own_word=True))

    await world.deliver_when_due()

    [child] = await children(world, first)
    assert child.status is S.SUPPRESSED
    assert len(world.requests) == 1


async def test_what_is_too_old_by_then_is_not_sent(empty_world: World) -> None:
    world = empty_world
    await world.configure(source(), destination(), mapping(max_age_seconds=120))
    first = await accepted(world)
    await fail(world, first)

    await world.deliver_when_due()

    [child] = await children(world, first)
    assert child.status is S.SUPPRESSED
    assert len(world.requests) == 1


async def test_what_fails_again_is_sent_again_for_four_hours_and_then_never(empty_world: World) -> None:
    world = empty_world
    await world.configure(source(), destination(), mapping(max_age_seconds=99_999))
    newest = await accepted(world)
    waits: list[float] = []

    while True:
        await fail(world, newest, sid=newest.message_sid or "")
        made = await children(world, newest)
        if not made:
            break
        waits.append(await world.due() or 0)
        await world.deliver_when_due()
        [newest] = await children(world, newest)

    assert 4 <= len(waits) <= 7
    assert all(150 * 2**place <= wait <= 300 * 2**place for place, wait in enumerate(waits))
    assert sum(waits) <= 4 * HOUR
    assert len(world.requests) == len(waits) + 1
    assert await world.due() is None


async def test_what_arrived_first_is_not_sent_again(world: World) -> None:
    first = await accepted(world)

    await says(world, first, M.DELIVERED, None)
    await fail(world, first)

    assert await children(world, first) == []


async def test_what_arrives_after_all_is_not_sent_again(world: World) -> None:
    first = await accepted(world)
    await fail(world, first)

    await says(world, first, M.DELIVERED, None)

    [child] = await children(world, first)
    assert (child.status, child.error_code, child.next_attempt_at) == (S.CANCELED, "CANCELED", None)
    assert (
        child.error_message == f"The message of {first.id}, which it was to repeat, was delivered after all."
    )
    assert await world.due() is None
    assert len(world.requests) == 1


async def test_an_event_whose_payload_is_gone_makes_no_text(world: World) -> None:
    first = await accepted(world)

    def forget(connection: Connection) -> None:
        connection.execute(tables.events.update().values(payload={}, payload_removed_at=later(1)))

    await world.store.write(forget)
    await fail(world, first)

    assert await children(world, first) == []


async def test_nothing_is_made_of_what_is_gone(world: World) -> None:
    def change(connection: Connection) -> list[Reached]:
        there = destinations.everything(connection, world.secrets)[0]
        return resend.resend(connection, there.policy, [("dlv_gone", Resend.NEVER_SENT)], later(1))

    assert await world.store.write(change) == []
    assert await world.deliveries() == []


# -- the window was closed -------------------------------------------------------------------------------------------


@pytest.fixture
async def windowed(empty_world: World) -> World:
    await empty_world.configure(source(), destination(), mapping(fields=TEMPLATE))
    return empty_world


async def test_free_text_that_came_too_late_is_sent_as_the_template_at_once(windowed: World) -> None:
    first = await accepted(windowed)

    await fail(windowed, first, Resend.WITH_TEMPLATE)
    await fail(windowed, first, Resend.WITH_TEMPLATE)
    assert await windowed.due() == 0
    await windowed.deliver()

    assert [dict(request.form)["Body"] for request in windowed.requests] == ["Free text", "The template"]
    [child] = await children(windowed, first)
    assert child.status is S.ACCEPTED


async def test_a_create_that_is_refused_for_it_is_sent_as_the_template(windowed: World) -> None:
    windowed.provider.answers.append(refused(400, resend="WITH_TEMPLATE"))
    await windowed.take(identify(), track())

    await windowed.deliver()
    await windowed.deliver()

    parent = next(one for one in await windowed.deliveries() if one.fallback_of is None)
    [child] = await children(windowed, parent)
    assert (parent.status, child.status) == (S.REJECTED, S.ACCEPTED)
    assert [dict(request.form)["Body"] for request in windowed.requests] == ["Free text", "The template"]


async def test_a_template_that_is_refused_for_it_is_not_sent_again(windowed: World) -> None:
    first = await accepted(windowed)
    await fail(windowed, first, Resend.WITH_TEMPLATE)
    await windowed.deliver()
    [child] = await children(windowed, first)

    await fail(windowed, child, Resend.WITH_TEMPLATE, sid="SM2")

    assert await children(windowed, child) == []


async def test_the_window_stays_closed_for_a_template_that_is_tried_again(windowed: World) -> None:
    first = await accepted(windowed)
    await fail(windowed, first, Resend.WITH_TEMPLATE)
    windowed.provider.answers += [refused(429), refused(429)]

    for _ in range(3):
        await windowed.deliver_when_due()
    [child] = await children(windowed, first)
    await fail(windowed, child, Resend.NEVER_SENT, sid=child.message_sid or "")
    await windowed.deliver_when_due()

    bodies = [dict(request.form)["Body"] for request in windowed.requests]
    assert bodies == ["Free text"] + ["The template"] * 4
    assert len(await children(windowed, child)) == 1


async def test_without_a_template_nothing_is_sent_again(world: World) -> None:
    first = await accepted(world)

    await fail(world, first, Resend.WITH_TEMPLATE)

    assert await children(world, first) == []
