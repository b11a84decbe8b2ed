"""What is recorded of the one request, however it ended."""

import json
from typing import Any

import pytest

from destinations.kit import ConsentStatus, HttpRequest, MessageStatus, Reason
from gateway.deliveries import AttemptOutcome, DeliveryStatus
from gateway.errors import StoreUnavailable
from gateway.metrics import DELIVERIES
from gateway.pipeline import outbox
from gateway.pipeline.steps import replaying
from gateway.sending import NotSent, Phase
from tests.factories import ANN, NOW, destination, identify, later, mapping, source, track
from tests.gateway.paper import API, OURS, created, refused
from tests.gateway.world import World

S = DeliveryStatus


async def test_an_event_becomes_a_message(world: World) -> None:
    world.provider.answers.append(created("SM7", segments=2))

    await world.take(identify(), track())
    assert await world.deliver() == 1

    one = await world.delivery()
    assert world.requests == [
        HttpRequest(
            "POST",
            API,
            form=(
                ("To", ANN),
                ("Body", "Thanks!"),
                ("Callback", f"https://texts.example.com/webhooks/dst_paper/status?delivery={one.id}"),
            ),
        )
    ]
    assert (one.status, one.message_status, one.message_sid) == (S.ACCEPTED, MessageStatus.QUEUED, "SM7")
    assert (one.recipient, one.sender, one.segments, one.attempt_count) == (ANN, "+12025550000", 2, 1)
    assert (one.reason, one.error_code, one.remedy, one.next_attempt_at) == (None, None, None, None)
    assert [line["gate"] for line in one.explanation] == ["ready", "fresh", "trusted", "fields", "consent"]
    assert all(line["passed"] for line in one.explanation)
    (attempt,) = await world.attempts()
    assert (attempt.number, attempt.outcome, attempt.http_status) == (1, AttemptOutcome.ACCEPTED, 201)
    assert (attempt.request_id, attempt.started_at, attempt.duration_ms) == ("RQ1", NOW, 0)
    assert await world.due() is None


async def test_the_intent_and_the_attempt_are_on_disk_before_the_request_leaves(world: World) -> None:
    seen: list[Any] = []

    def look(request: HttpRequest) -> None:
        seen.extend(world.on_disk("SELECT status, recipient, attempt_count, intent FROM deliveries"))
        seen.extend(world.on_disk("SELECT number, outcome FROM attempts"))

    world.provider.at_request = look
    await world.take(identify(), track())

    await world.deliver()

    (status, recipient, count, intent), attempt = seen
    assert (status, recipient, count, attempt) == ("SENDING", ANN, 1, (1, "STARTED"))
    assert json.loads(intent) == {
        "method": "POST",
        "url": API,
        "form": [list(pair) for pair in world.requests[0].form],
    }


async def test_a_refusal_is_final_with_the_providers_code(world: World) -> None:
    world.provider.answers.append(refused(400, "21211"))
    await world.take(identify(), track())

    await world.deliver()

    one = await world.delivery()
    assert (one.status, one.error_code, one.error_message, one.remedy) == (
        S.REJECTED,
        "21211",
        "Refused.",
        "Mend it.",
    )
    (attempt,) = await world.attempts()
    assert (attempt.outcome, attempt.http_status, attempt.provider_code, attempt.message) == (
        AttemptOutcome.REJECTED,
        400,
        "21211",
        "Refused.",
    )
    assert (await world.due(), len(world.requests)) == (None, 1)


async def test_a_refusal_that_tells_of_a_stop_is_kept_as_the_persons_own(world: World) -> None:
    world.provider.answers.append(refused(400, "21610", stop=True))
    await world.take(identify(), track())
    await world.deliver()

    world.clock.advance(60)
    await world.take(identify(messageId="m-8"), track(messageId="m-9"))
    await world.deliver()

    said = [one for one in await world.words() if one.own_word]
    assert [(one.phone, one.status, one.source, one.occurred_at, one.sender) for one in said] == [
        (ANN, ConsentStatus.UNSUBSCRIBED, "provider", NOW, OURS)
    ]
    first, second = sorted(await world.deliveries(), key=lambda one: one.created_at)
    assert said[0].evidence == {"method": "21610", "deliveryId": first.id}
    assert (first.status, first.error_code) == (S.REJECTED, "21610")
    assert (second.status, second.reason) == (S.SUPPRESSED, Reason.OPTED_OUT)
    assert len(world.requests) == 1


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (refused(429, "20429"), AttemptOutcome.THROTTLED),
        (refused(400, "30001", retry=True), AttemptOutcome.REJECTED),
        (NotSent("paper.example", Phase.CONNECT, "it refused"), AttemptOutcome.THROTTLED),
    ],
)
async def test_where_nothing_was_created_it_is_sent_again(
    world: World, answer: Any, outcome: AttemptOutcome
) -> None:
    world.provider.answers.append(answer)
    await world.take(identify(), track())

    await world.deliver()
    one = await world.delivery()
    wait = await world.due()
    assert one.status is S.RETRYING
    assert wait is not None
    assert 0 <= wait <= 2
    assert one.next_attempt_at == later(wait)

    await world.deliver_when_due()
    one = await world.delivery()
    assert (one.status, one.attempt_count, one.error_code, one.error_message) == (S.ACCEPTED, 2, None, None)
    assert [attempt.outcome for attempt in await world.attempts()] == [outcome, AttemptOutcome.ACCEPTED]
    assert world.requests[0] == world.requests[1]


async def test_the_providers_wish_to_wait_is_obeyed(world: World) -> None:
    world.provider.answers.append(refused(429, retry_after=30))
    await world.take(identify(), track())

    await world.deliver()

    assert await world.due() == 30
    assert (await world.delivery()).next_attempt_at == later(30)


async def test_after_four_hours_of_trying_it_is_rejected_with_the_last_error(empty_world: World) -> None:
    await empty_world.configure(source(), destination(), mapping(max_age_seconds=999_999))
    empty_world.provider.answers += [refused(429, "20429") for _ in range(2)]
    await empty_world.take(identify(), track())
    await empty_world.deliver()

    empty_world.clock.advance(4 * 3600 + 1)
    await empty_world.deliver()

    one = await empty_world.delivery()
    assert (one.status, one.error_code, one.error_message) == (S.REJECTED, "20429", "Too many at once.")
    assert one.remedy == f"It was tried for four hours. To try again, run {replaying(one.id)}"
    assert (await empty_world.due(), len(empty_world.requests)) == (None, 2)


@pytest.mark.parametrize("max_age", [999_999, 600], ids=["four hours of tries", "its event too old"])
async def test_a_provider_that_was_never_reached_leaves_a_code_of_our_own(
    empty_world: World, max_age: int
) -> None:
    await empty_world.configure(source(), destination(), mapping(max_age_seconds=max_age))
    empty_world.provider.answers += [NotSent("paper.example", Phase.CONNECT, "it refused") for _ in range(2)]
    await empty_world.take(identify(), track())
    await empty_world.deliver()
    assert ((await empty_world.delivery()).status, (await empty_world.delivery()).error_code) == (
        S.RETRYING,
        None,
    )

    empty_world.clock.advance(4 * 3600 + 1)
    await empty_world.deliver()

    one = await empty_world.delivery()
    assert (one.status, one.error_code) == (S.REJECTED, "RETRIES_EXHAUSTED")
    assert one.error_message is not None
    assert one.error_message.startswith("paper.example: it refused (connect)")


@pytest.mark.parametrize("answer", [refused(429), refused(400, "21211"), refused(400, "30001", retry=True)])
async def test_an_answer_after_its_lease_ran_out_leaves_the_job_to_whoever_has_it_now(
    world: World, answer: Any
) -> None:
    original = world.client.send

    async def late(request: HttpRequest) -> Any:
        world.client.send = original  # type: ignore[method-assign]  # only the first answer is late
        world.clock.advance(31)
        (again,) = await world.lease()
        await world.work_on([again])
        assert (await world.delivery()).status is S.UNCERTAIN
        return await original(request)

    world.client.send = late  # type: ignore[method-assign]  # the second lease, then the answer to the first
    world.provider.answers.append(answer)
    await world.take(identify(), track())

    await world.deliver()

    assert ((await world.delivery()).status, await world.due()) == (S.UNCERTAIN, 1)
    while await world.due() is not None:
        await world.deliver_when_due()
    assert ((await world.delivery()).status, len(world.requests)) == (S.ACCEPTED, 2)


async def test_the_lease_counts_from_the_claim(world: World) -> None:
    async def think() -> None:
        world.clock.advance(20)

    leases: list[Any] = []
    world.provider.at_plan = think
    world.provider.at_request = lambda _request: leases.extend(
        world.on_disk("SELECT leased_until FROM jobs WHERE kind = 'deliver'")
    )
    await world.take(identify(), track())

    await world.deliver()

    assert leases == [(int(later(50).timestamp() * 1_000_000),)]


async def test_whoever_lost_the_lease_while_planning_sends_nothing(world: World) -> None:
    async def think() -> None:
        world.provider.at_plan = None
        world.clock.advance(31)
        assert await world.deliver() == 1

    world.provider.at_plan = think
    await world.take(identify(), track())

    await world.deliver()

    assert ((await world.delivery()).status, len(world.requests), await world.due()) == (S.ACCEPTED, 1, None)


async def test_what_was_not_committed_is_not_counted_and_is_recorded_once_it_can_be(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def counted() -> float:
        return float(DELIVERIES.labels(S.REJECTED)._value.get())

    write, seen = world.store.write, []

    async def fail(change: Any) -> Any:
        def undone(connection: Any) -> None:
            change(connection)
            raise StoreUnavailable("the disk is full")

        try:
            return await write(undone)
        finally:
            seen.append((counted(), (await world.delivery()).status))
            monkeypatch.setattr(world.store, "write", write)

    def break_it(_request: HttpRequest) -> None:
        monkeypatch.setattr(world.store, "write", fail)

    monkeypatch.setattr(outbox, "AGAIN_SECONDS", 0)
    world.provider.at_request = break_it
    world.provider.answers.append(refused(400, "21211"))
    await world.take(identify(), track())
    before = counted()

    await world.deliver()

    assert seen == [(before, S.SENDING)]
    assert (counted(), (await world.delivery()).status) == (before + 1, S.REJECTED)
    assert len(world.requests) == 1


async def test_what_waited_behind_others_for_longer_than_its_lease_lasts_is_not_sent_beside_its_next_turn(
    world: World,
) -> None:
    await world.take(identify(), track(), track(messageId="m-2"))
    send, seen = world.client.send, []

    async def slow(request: HttpRequest) -> Any:
        seen.append(request)
        if len(seen) == 1:  # it hangs, and meanwhile somebody else has the second one's next turn
            world.clock.advance(31)
            await world.deliver()
        return await send(request)

    world.client.send = slow  # type: ignore[method-assign]

    await world.work_on(await world.lease())

    second = next(one for one in await world.deliveries() if one.message_sid is None)
    assert (second.status, len(seen), len(world.requests)) == (S.UNCERTAIN, 1, 1)


async def test_what_waited_behind_others_for_long_is_not_sent_but_tried_again(world: World) -> None:
    await world.take(identify(), track(), track(messageId="m-2"))
    send, seen = world.client.send, []

    async def slow(request: HttpRequest) -> Any:
        seen.append(request)
        if len(seen) == 1:
            world.clock.advance(61)
        return await send(request)

    world.client.send = slow  # type: ignore[method-assign]

    await world.work_on(await world.lease())

    second = next(one for one in await world.deliveries() if one.message_sid is None)
    assert (second.status, second.error_message, len(seen)) == (
        S.RETRYING,
        "It waited behind other texts for longer than a request may leave after its claim. Nothing was sent.",
        1,
    )
    await world.deliver_when_due()
    assert {one.status for one in await world.deliveries()} == {S.ACCEPTED}
    assert len(world.requests) == 2


async def test_those_that_waited_behind_a_request_that_hung_go_out_in_their_order(world: World) -> None:
    await world.take(identify(), *(track(messageId=f"m-{number}") for number in range(1, 6)))
    send, seen = world.client.send, []

    async def slow(request: HttpRequest) -> Any:
        seen.append(dict(request.form or ())["Callback"].rpartition("=")[2])
        if len(seen) == 1:
            world.clock.advance(61)
        return await send(request)

    world.client.send = slow  # type: ignore[method-assign]
    leased = await world.lease()

    await world.work_on(leased)
    assert (len(seen), await world.due()) == (1, 0)
    await world.work_on(await world.lease())

    assert seen == [job.subject for job in leased]
    assert {one.status for one in await world.deliveries()} == {S.ACCEPTED}


async def test_what_failed_in_the_answer_already_shows_why(world: World) -> None:
    world.provider.answers.append(created("SM1", status="FAILED", code="30003"))
    await world.take(identify(), track())

    await world.deliver()

    one = await world.delivery()
    assert (one.status, one.message_status, one.message_sid) == (S.ACCEPTED, MessageStatus.FAILED, "SM1")
    assert (one.error_code, one.error_message, one.remedy) == ("30003", "It failed at once.", "Mend it.")
