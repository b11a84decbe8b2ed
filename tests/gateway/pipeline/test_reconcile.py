"""Where nobody knows whether a message was created: look first, send again only once it is absent."""

from typing import Any

import pytest

from destinations.kit import Accepted, HttpRequest, MessageStatus, StatusChanged
from gateway.deliveries import AttemptOutcome, DeliveryStatus
from gateway.jobs import JobKind
from gateway.pipeline import load, reconcile, settle, signals, steps
from gateway.sending import NoAnswer, Phase
from gateway.storage import deliveries as stored, leases, tables
from tests.factories import ANN, destination, identify, later, mapping, source, track
from tests.gateway.paper import created, refused
from tests.gateway.world import World

S = DeliveryStatus
NO_ANSWER = NoAnswer("paper.example", Phase.ANSWER, "it hung up")


class Killed(BaseException):
    """What ends a process ends its tasks: nothing of ours runs after it."""


async def uncertain(world: World, answer: Any = NO_ANSWER) -> None:
    """A delivery whose answer was lost."""
    world.provider.answers.append(answer)
    await world.take(identify(), track())
    await world.deliver()


async def take(world: World, delivery_id: str, sid: str) -> None:
    """A look-up takes that message for the delivery's own."""
    now = world.clock.now()
    step = steps.accepted(delivery_id, Accepted(sid, MessageStatus.SENT), now, now)
    await world.store.write(lambda c: settle.apply(c, [step], now))


@pytest.mark.parametrize("answer", [NO_ANSWER, refused(503, "20500")])
async def test_a_lost_answer_is_uncertain_and_nothing_is_sent_meanwhile(world: World, answer: Any) -> None:
    await uncertain(world, answer)

    one = await world.delivery()
    assert (one.status, one.next_attempt_at, await world.due()) == (S.UNCERTAIN, later(1), 1)
    assert one.remedy == (
        "Nothing to do: the provider's list is read until it is settled, and only then is it sent again."
    )
    assert [attempt.outcome for attempt in await world.attempts()] == [AttemptOutcome.UNCERTAIN]
    assert len(world.requests) == 1


async def test_what_was_sent_as_json_is_looked_up_by_it(empty_world: World) -> None:
    world = empty_world
    as_json = mapping(fields={"body": "Thanks!", "send": True, "asJson": True})
    await world.configure(source(), destination(), as_json)
    await uncertain(world)
    world.provider.listed.append(("SM9", ANN))

    await world.deliver_when_due()

    one = await world.delivery()
    (request,) = world.requests
    assert (one.status, one.message_sid) == (S.ACCEPTED, "SM9")
    assert (request.form, request.json["Body"]) == ((), "Thanks!")
    assert (one.intent or {})["json"] == request.json


async def test_the_message_is_found_and_not_sent_again(world: World) -> None:
    await uncertain(world)
    world.provider.listed.append(("SM9", ANN))

    await world.deliver_when_due()

    one = await world.delivery()
    assert (one.status, one.message_sid, one.message_status) == (S.ACCEPTED, "SM9", MessageStatus.SENT)
    assert (one.error_message, one.remedy, one.attempt_count) == (None, None, 1)
    assert (len(world.requests), await world.due()) == (1, None)
    assert world.provider.reads == ["https://paper.example/messages?To=%2B12025550101"]


async def test_while_others_are_looked_up_for_long_it_is_looked_up_a_little_later(world: World) -> None:
    await uncertain(world)
    world.clock.advance(1)
    loaded = await world.store.write(
        lambda c: load.items(c, leases.lease(c, JobKind.DELIVER, 1, world.clock.now(), leases.LEASE))
    )

    await reconcile.look_up(
        world.services, [load.Turn(one.job, one.delivery) for one in loaded.there], busy=True
    )

    assert (await world.delivery()).status is S.UNCERTAIN
    assert (world.provider.reads, await world.due(), len(world.requests)) == ([], 1, 1)


async def test_an_absent_message_is_looked_up_until_the_patience_ends_and_then_sent_once_more(
    world: World,
) -> None:
    await uncertain(world)

    while (await world.delivery()).status is S.UNCERTAIN:
        assert len(world.requests) == 1
        await world.deliver_when_due()

    assert world.clock.now() >= later(60)
    assert world.clock.now() <= later(76)
    assert (await world.delivery()).status is S.RETRYING
    await world.deliver_when_due()
    one = await world.delivery()
    assert (one.status, one.attempt_count, len(world.requests)) == (S.ACCEPTED, 2, 2)
    assert await world.due() is None


async def test_the_patience_counts_from_when_the_client_gave_up(world: World) -> None:
    await uncertain(world)
    world.clock.advance(59)
    await world.deliver()
    assert (await world.delivery()).status is S.UNCERTAIN

    world.clock.advance(15)
    await world.deliver()

    assert (await world.delivery()).status is S.RETRYING


async def test_a_message_that_shows_up_late_is_found(world: World) -> None:
    await uncertain(world)
    await world.deliver_when_due()
    world.provider.listed.append(("SM9", ANN))

    await world.deliver_when_due()

    assert ((await world.delivery()).message_sid, len(world.requests)) == ("SM9", 1)


async def test_a_list_that_can_not_be_read_proves_nothing(world: World) -> None:
    await uncertain(world)
    world.provider.list_status = 500
    while world.clock.now() <= later(60):
        await world.deliver_when_due()
        assert ((await world.delivery()).status, len(world.requests)) == (S.UNCERTAIN, 1)
    world.clock.advance(600)
    await world.deliver()
    assert ((await world.delivery()).status, len(world.requests)) == (S.UNCERTAIN, 1)
    assert await world.due() == 60

    world.provider.list_status = 200
    world.provider.listed.append(("SM9", ANN))
    await world.deliver_when_due()
    assert (await world.delivery()).status is S.ACCEPTED


async def test_what_is_not_settled_in_four_hours_expires_and_is_not_sent_again(world: World) -> None:
    await uncertain(world)
    world.provider.list_status = 500

    world.clock.advance(4 * 3600 + 1)
    await world.deliver()

    one = await world.delivery()
    assert (one.status, len(world.requests), await world.due()) == (S.EXPIRED, 1, None)
    assert one.error_code == "UNSETTLED"
    assert one.error_message == (
        "paper.example: it hung up (answer). The request may have arrived; look before sending it again. "
        "The list could not be read: The list answers 500. "
        "It was not settled within four hours and was not sent again."
    )


async def test_a_process_killed_before_the_answer_leaves_what_the_next_one_looks_up(world: World) -> None:
    world.provider.answers.append(Killed())
    await world.take(identify(), track())
    (job,) = await world.lease()
    await world.work_on([job])
    assert (await world.delivery()).status is S.SENDING
    assert [attempt.outcome for attempt in await world.attempts()] == [AttemptOutcome.STARTED]

    await world.store.write(leases.recover)
    assert await world.deliver() == 1

    one = await world.delivery()
    assert (one.status, one.error_message) == (
        S.UNCERTAIN,
        "The process stopped before the answer was recorded.",
    )
    assert [attempt.outcome for attempt in await world.attempts()] == [AttemptOutcome.UNCERTAIN]
    world.provider.listed.append(("SM9", ANN))
    await world.deliver_when_due()
    assert ((await world.delivery()).message_sid, len(world.requests)) == ("SM9", 1)


async def test_a_process_killed_before_the_request_sends_it_once_after_the_patience(world: World) -> None:
    world.provider.answers.append(Killed())
    await world.take(identify(), track())
    (job,) = await world.lease()
    await world.work_on([job])
    await world.store.write(leases.recover)

    while await world.due() is not None:
        await world.deliver_when_due()

    assert ((await world.delivery()).status, len(world.requests)) == (S.ACCEPTED, 2)
    assert world.clock.now() >= later(60)


async def test_a_message_that_is_anothers_is_not_taken(world: World) -> None:
    await world.take(identify(), track(messageId="m-0b"))
    await world.deliver()
    world.provider.listed.append(("SM1", ANN))

    await uncertain(world)
    world.clock.advance(1)
    await world.deliver()

    statuses = {one.status for one in await world.deliveries()}
    assert statuses == {S.ACCEPTED, S.UNCERTAIN}


async def test_two_lost_answers_share_out_the_messages(world: World) -> None:
    world.provider.answers += [NO_ANSWER, NO_ANSWER]
    await world.take(identify(), track(messageId="m-a"), track(messageId="m-b"))
    await world.deliver()
    world.provider.listed += [("SM8", ANN), ("SM9", ANN)]

    world.clock.advance(1)
    await world.deliver()

    assert {one.message_sid for one in await world.deliveries()} == {"SM8", "SM9"}
    assert len(world.requests) == 2


async def test_what_was_taken_without_a_sid_is_looked_up_and_never_sent_again(world: World) -> None:
    await uncertain(world, created(None))
    one = await world.delivery()
    assert (one.status, one.message_sid, await world.due()) == (S.ACCEPTED, None, 1)

    world.provider.listed.append(("SM9", ANN))
    await world.deliver_when_due()

    one = await world.delivery()
    assert (one.status, one.message_sid, len(world.requests), await world.due()) == (
        S.ACCEPTED,
        "SM9",
        1,
        None,
    )


async def test_what_was_taken_without_a_sid_and_is_nowhere_stays_taken(world: World) -> None:
    await uncertain(world, created(None))

    while await world.due() is not None:
        await world.deliver_when_due()

    one = await world.delivery()
    assert (one.status, one.message_sid, len(world.requests)) == (S.ACCEPTED, None, 1)
    assert world.clock.now() <= later(76)


async def test_without_its_mapping_an_uncertain_one_waits_for_a_callback(world: World) -> None:
    await uncertain(world)
    await world.store.write(lambda c: c.execute(tables.mappings.delete()))
    world.services.workspace.invalidate()

    await world.deliver_when_due()
    assert ((await world.delivery()).status, await world.due()) == (S.UNCERTAIN, 1)

    await world.call_back(MessageStatus.SENT, "SM9")
    assert ((await world.delivery()).status, await world.due(), len(world.requests)) == (S.ACCEPTED, None, 1)


async def test_a_second_lost_answer_is_looked_up_too(empty_world: World) -> None:
    await empty_world.configure(source(), destination(), mapping())
    empty_world.provider.answers += [NO_ANSWER, NO_ANSWER]
    await empty_world.take(identify(), track())
    await empty_world.deliver()
    while len(empty_world.requests) == 1:
        await empty_world.deliver_when_due()
    assert (await empty_world.delivery()).status is S.UNCERTAIN

    empty_world.provider.listed.append(("SM9", ANN))
    await empty_world.deliver_when_due()

    one = await empty_world.delivery()
    assert (one.status, one.message_sid, one.attempt_count, len(empty_world.requests)) == (
        S.ACCEPTED,
        "SM9",
        2,
        2,
    )


async def test_a_found_message_waits_while_another_answer_to_that_number_is_under_way(world: World) -> None:
    await uncertain(world)
    original = world.client.send

    async def slow(request: HttpRequest) -> object:
        world.provider.listed.append(("SM1", ANN))  # it exists before its answer is read
        world.clock.advance(1)
        (lost,) = await world.lease()
        await world.work_on([lost])
        assert await world.due() == 1
        return await original(request)

    world.client.send = slow  # type: ignore[method-assign,assignment]  # the other one's look-up, then the answer
    await world.take(track(messageId="m-2"))
    await world.deliver()
    world.client.send = original  # type: ignore[method-assign]  # as it was

    assert sorted((one.status, one.message_sid) for one in await world.deliveries()) == [
        (S.ACCEPTED, "SM1"),
        (S.UNCERTAIN, None),
    ]
    while await world.due() is not None:
        await world.deliver_when_due()
    assert {one.message_sid for one in await world.deliveries()} == {"SM1", "SM2"}
    assert len(world.requests) == 3


async def test_an_answer_takes_its_message_back_from_a_look_up_that_was_wrong(world: World) -> None:
    await uncertain(world)
    (lost,) = await world.deliveries()
    original = world.client.send

    async def adopted(request: HttpRequest) -> object:
        await take(world, lost.id, "SM1")
        return await original(request)

    world.client.send = adopted  # type: ignore[method-assign,assignment]  # as an earlier look-up may have it
    await world.take(track(messageId="m-2"))
    await world.deliver()
    world.client.send = original  # type: ignore[method-assign]  # as it was

    found = {one.id: one for one in await world.deliveries()}
    wrong, right = found.pop(lost.id), next(iter(found.values()))
    assert (right.status, right.message_sid) == (S.ACCEPTED, "SM1")
    assert (wrong.status, wrong.message_sid, wrong.message_status) == (S.UNCERTAIN, None, None)
    assert wrong.error_message == "The message that was found for it turned out to be another delivery's."
    world.provider.listed.append(("SM1", ANN))
    while await world.due() is not None:
        await world.deliver_when_due()
    assert {one.message_sid for one in await world.deliveries()} == {"SM1", "SM2"}
    assert len(world.requests) == 3


async def test_a_callback_takes_its_message_back_from_a_look_up_that_was_wrong(world: World) -> None:
    world.provider.answers += [NO_ANSWER, NO_ANSWER]
    await world.take(identify(), track(messageId="m-a"), track(messageId="m-b"))
    await world.deliver()
    wrong, right = await world.deliveries()
    await take(world, wrong.id, "SM1")
    signal = StatusChanged("SM1", MessageStatus.DELIVERED, right.id)

    await world.store.write(
        lambda c: signals.apply(c, world.secrets, destination(), [signal], world.clock.now())
    )

    found = {one.id: (one.status, one.message_sid) for one in await world.deliveries()}
    assert found == {wrong.id: (S.UNCERTAIN, None), right.id: (S.ACCEPTED, "SM1")}


async def test_who_was_answered_keeps_its_message_whatever_a_callback_says(world: World) -> None:
    await world.take(identify(), track(messageId="m-a"))
    await world.deliver()
    (answered,) = await world.deliveries()
    await uncertain(world)
    (lost,) = [one for one in await world.deliveries() if one.id != answered.id]
    signal = StatusChanged("SM1", MessageStatus.DELIVERED, lost.id)

    await world.store.write(
        lambda c: signals.apply(c, world.secrets, destination(), [signal], world.clock.now())
    )

    found = {one.id: one for one in await world.deliveries()}
    assert (found[answered.id].status, found[answered.id].message_sid) == (S.ACCEPTED, "SM1")


async def test_a_look_up_that_fails_for_a_bug_costs_its_own_delivery_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for user in ("ann", "bob"):
        world.provider.answers.append(NO_ANSWER)
        await world.take(
            identify(userId=user, messageId=f"i-{user}"), track(userId=user, messageId=f"m-{user}")
        )
        await world.deliver()
    bad, good = sorted(one.id for one in await world.deliveries())
    await world.store.write(lambda c: stored.change(c, [{"id": bad, "intent": None}], world.clock.now()))
    world.provider.listed.append(("SM9", ANN))
    world.clock.advance(1)

    with pytest.raises(KeyError):
        await world.work_on(await world.lease())

    found = {one.id: one.status for one in await world.deliveries()}
    assert found == {bad: S.UNCERTAIN, good: S.ACCEPTED}
