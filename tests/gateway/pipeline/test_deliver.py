"""The second job: one Delivery, decided, claimed, sent, recorded."""

from typing import Any

import pytest

from destinations.kit import Channel, ConsentStatus, DestinationStatus, Reason, RetryableError
from gateway.deliveries import DeliveryStatus
from gateway.pipeline import verification
from gateway.pipeline.steps import replaying
from gateway.storage import conversations, deliveries, destinations
from gateway.storage.conversations import Conversation
from tests.factories import (
    ANN,
    BOB,
    NOW,
    browser,
    destination,
    identify,
    later,
    mapping,
    source,
    track,
    word,
)
from tests.gateway.paper import OURS, refused
from tests.gateway.world import World

S = DeliveryStatus


async def set_status(world: World, status: DestinationStatus) -> None:
    await world.store.write(lambda c: destinations.set_verification(c, "dst_paper", status, {}, NOW))
    world.services.workspace.invalidate()


async def test_a_delivery_is_sent_once_however_often_its_job_runs(world: World) -> None:
    await world.take(identify(), track())
    (job,) = await world.lease()

    for _ in range(3):
        await world.work_on([job])

    assert len(world.requests) == 1
    assert (await world.delivery()).attempt_count == 1


async def test_a_plan_knows_when_the_person_last_wrote_also_after_it_waited(world: World) -> None:
    await set_status(world, DestinationStatus.DRAFT)
    await world.take(identify(), track())
    await world.deliver()
    said = Conversation("default", ANN, Channel.SMS, OURS, "dst_paper", later(5))
    await world.store.write(lambda c: conversations.hear(c, said))

    await verification.verify(world.services, "dst_paper")
    await world.deliver()

    assert (await world.delivery()).status is S.ACCEPTED
    assert world.provider.last_inbound == later(5)


async def test_it_waits_for_a_verification_and_goes_on_by_itself(world: World) -> None:
    await set_status(world, DestinationStatus.DRAFT)
    await world.take(identify(), track())
    await world.deliver()
    held = await world.delivery()
    assert (held.status, held.reason, held.next_attempt_at) == (
        S.HELD,
        Reason.ACCOUNT_NOT_VERIFIED,
        later(14_400),
    )
    assert (held.held_at, await world.due(), world.requests) == (NOW, 14_400, [])

    world.clock.advance(60)
    await verification.verify(world.services, "dst_paper")

    assert await world.due() == -60  # before whatever came since
    assert await world.deliver() == 1
    sent = await world.delivery()
    assert (sent.status, sent.reason, sent.detail, len(world.requests)) == (S.ACCEPTED, None, None, 1)


async def test_a_verification_during_the_decision_is_not_missed(world: World) -> None:
    await set_status(world, DestinationStatus.DRAFT)
    await world.take(identify(), track())
    (job,) = await world.lease()
    snapshot = await world.services.workspace.current()
    await world.store.write(
        lambda c: destinations.set_verification(c, "dst_paper", DestinationStatus.VERIFIED, {}, NOW)
    )
    assert snapshot.destinations["dst_paper"].status is DestinationStatus.DRAFT

    await world.work_on([job])

    assert ((await world.delivery()).status, await world.due()) == (S.PENDING, 0)
    world.services.workspace.invalidate()
    await world.deliver()
    assert (await world.delivery()).status is S.ACCEPTED


async def test_what_waited_past_its_age_expires(world: World) -> None:
    await set_status(world, DestinationStatus.FAILED)
    await world.take(identify(), track())
    await world.deliver()

    await world.deliver_when_due()

    one = await world.delivery()
    assert (one.status, one.reason) == (S.EXPIRED, Reason.STALE_EVENT)
    assert (one.next_attempt_at, await world.due(), world.requests) == (None, None, [])


async def test_an_event_whose_time_is_not_read_is_kept_and_sends_nothing(world: World) -> None:
    await world.take(identify(), track(timestamp="soon"))
    await world.deliver()

    one = await world.delivery()
    assert (one.status, one.reason, world.requests) == (S.SUPPRESSED, Reason.STALE_EVENT, [])
    assert one.detail == (
        "The event's timestamp could not be read (timestamp_not_read), so that it counts as too old."
    )
    kept = await world.event(track()["messageId"])
    assert [doubt.code for doubt in kept.doubts] == ["timestamp_not_read"]


async def test_an_old_event_is_suppressed(world: World) -> None:
    await world.take(identify(), track(timestamp="2026-11-21T07:59:59Z"))
    await world.deliver()

    one = await world.delivery()
    assert (one.status, one.reason) == (S.SUPPRESSED, Reason.STALE_EVENT)
    assert one.detail == "The event is 14401 s old; the mapping allows 14400 s."
    assert (await world.due(), world.requests, await world.attempts()) == (None, [], [])


@pytest.mark.parametrize(
    ("said", "fields", "reason"),
    [
        ([], {}, Reason.NOT_SUBSCRIBED),
        ([word(ConsentStatus.UNSUBSCRIBED)], {}, Reason.NOT_SUBSCRIBED),
        ([word(), word(ConsentStatus.UNSUBSCRIBED, own_word=True)], {}, Reason.OPTED_OUT),
        ([word()], {"send": False}, Reason.SEND_DISABLED),
        ([word()], {"to": "12"}, Reason.INVALID_PHONE),
    ],
)
async def test_a_gate_of_the_destination_suppresses_with_its_remedy(
    empty_world: World, said: list[Any], fields: dict[str, Any], reason: Reason
) -> None:
    await empty_world.configure(
        source(), destination(), mapping(fields={"body": "Thanks!", "send": True, **fields})
    )
    await empty_world.say(*said)
    await empty_world.take(identify(traits={"phone": ANN}), track())

    await empty_world.deliver()

    one = await empty_world.delivery()
    assert (one.status, one.reason, one.remedy) == (S.SUPPRESSED, reason, f"Remedy of {reason.value}.")
    assert one.explanation[-1]["reason"] == reason.value
    assert one.explanation[-1]["passed"] is False
    assert (empty_world.requests, await empty_world.attempts(), await empty_world.due()) == ([], [], None)


async def test_a_disabled_destination_suppresses(empty_world: World) -> None:
    await empty_world.configure(source(), destination(enabled=False), mapping())
    await empty_world.take(identify(), track())

    await empty_world.deliver()

    assert (await empty_world.delivery()).reason is Reason.DESTINATION_DISABLED
    assert empty_world.requests == []


async def test_wrong_fields_are_rejected_with_what_is_wrong(empty_world: World) -> None:
    await empty_world.configure(
        source(), destination(), mapping(fields={"body": {"@path": "$.properties"}, "send": True})
    )
    await empty_world.take(identify(), track(properties={"a": 1}))

    await empty_world.deliver()

    one = await empty_world.delivery()
    assert (one.status, one.error_code) == (S.REJECTED, "PAYLOAD_VALIDATION_FAILED")
    assert one.error_message == "Body must be a string but it was an object."
    assert "`body`" in (one.remedy or "")
    assert (one.explanation[-1]["gate"], one.explanation[-1]["passed"]) == ("fields", False)
    assert (empty_world.requests, await empty_world.attempts(), await empty_world.due()) == ([], [], None)


async def test_content_that_can_not_be_is_rejected_with_its_remedy(empty_world: World) -> None:
    await empty_world.configure(source(), destination(), mapping(fields={"send": True}))
    await empty_world.take(identify(), track())

    await empty_world.deliver()

    one = await empty_world.delivery()
    assert (one.status, one.error_code, one.error_message, one.remedy) == (
        S.REJECTED,
        "NO_BODY",
        "There is no body.",
        "Write one.",
    )
    assert one.explanation[-1] == {
        "gate": "content",
        "passed": False,
        "reason": None,
        "detail": "There is no body.",
    }
    assert empty_world.requests == []


async def test_a_read_that_fails_is_tried_again_and_over_after_four_hours(empty_world: World) -> None:
    fields = {"body": "Thanks!", "send": True, "read": "https://127.0.0.1:1/template"}
    await empty_world.configure(source(), destination(), mapping(fields=fields, max_age_seconds=999_999))
    empty_world.provider.unreachable = True
    await empty_world.take(identify(), track())

    await empty_world.deliver()
    one = await empty_world.delivery()
    wait = await empty_world.due()
    assert (one.status, one.attempt_count) == (S.RETRYING, 0)
    assert wait is not None
    assert 0 <= wait <= 2

    empty_world.clock.advance(4 * 3600 + 1)
    await empty_world.deliver()
    one = await empty_world.delivery()
    assert (one.status, await empty_world.due(), empty_world.requests) == (S.REJECTED, None, [])
    assert one.error_message == (
        "Reading from 127.0.0.1 failed: the connection was refused, or could not be made; nothing was created or changed there."
    )


async def test_consent_is_read_again_before_a_retry(world: World) -> None:
    world.provider.answers.append(refused(429))
    await world.take(identify(), track())
    await world.deliver()
    await world.say(word(ConsentStatus.UNSUBSCRIBED, 1))

    await world.deliver_when_due()

    one = await world.delivery()
    assert (one.status, one.reason, one.next_attempt_at) == (S.SUPPRESSED, Reason.NOT_SUBSCRIBED, None)
    assert len(world.requests) == 1


async def test_consent_withdrawn_between_the_plan_and_the_claim_is_heard(world: World) -> None:
    async def withdraw() -> None:
        world.provider.at_plan = None
        await world.say(word(ConsentStatus.UNSUBSCRIBED, 1))

    world.provider.at_plan = withdraw
    await world.take(identify(), track())

    await world.deliver()
    assert ((await world.delivery()).status, await world.due()) == (S.PENDING, 0)
    await world.deliver()

    one = await world.delivery()
    assert (one.status, one.reason) == (S.SUPPRESSED, Reason.NOT_SUBSCRIBED)
    assert (world.requests, await world.attempts()) == ([], [])


async def test_a_cancel_between_the_plan_and_the_claim_is_heard(empty_world: World) -> None:
    await empty_world.configure(source(), destination(), mapping(cancel_trigger='event = "Stop"'))

    async def cancel() -> None:
        await empty_world.take(track(event="Stop", messageId="m-9"))

    empty_world.provider.at_plan = cancel
    await empty_world.take(identify(), track())

    await empty_world.deliver()
    await empty_world.deliver()

    assert (await empty_world.delivery()).status is S.CANCELED
    assert (empty_world.requests, await empty_world.due()) == ([], None)


async def test_the_recipient_of_the_first_try_stays(world: World) -> None:
    world.provider.answers.append(refused(429))
    await world.take(identify(), track())
    await world.deliver()
    world.clock.advance(1)
    await world.take(identify(messageId="m-5", traits={"phone": BOB, "sms_opt_in": True}))

    await world.deliver_when_due()

    assert [dict(request.form)["To"] for request in world.requests] == [ANN, ANN]


async def test_a_browsers_event_reaches_only_a_number_that_a_server_gave(empty_world: World) -> None:
    await empty_world.configure(source(), browser(), destination(), mapping(allow_browser_events=True))
    await empty_world.take(identify(), source="src_server")

    await empty_world.take(track(), source="src_browser")
    await empty_world.take(track(messageId="m-2"), source="src_browser")
    await empty_world.deliver()

    assert {one.status for one in await empty_world.deliveries()} == {S.ACCEPTED}
    assert [
        line["detail"]
        for line in (await empty_world.deliveries())[0].explanation
        if line["gate"] == "trusted"
    ] == [
        "page is a BROWSER source",
        "the number was given by a SERVER source",
    ]


async def test_a_browsers_event_does_not_choose_the_number(empty_world: World) -> None:
    fields = {"body": "Thanks!", "send": True, "to": {"@path": "$.properties.to"}}
    await empty_world.configure(
        source(), browser(), destination(), mapping(allow_browser_events=True, fields=fields)
    )
    await empty_world.take(identify(), source="src_server")
    await empty_world.say(word(phone=BOB))

    await empty_world.take(track(properties={"to": BOB}), source="src_browser")
    await empty_world.deliver()

    one = await empty_world.delivery()
    assert (one.status, one.reason) == (S.SUPPRESSED, Reason.UNTRUSTED_SOURCE)
    assert empty_world.requests == []


async def test_without_a_public_url_nothing_is_asked_to_call_back(world: World) -> None:
    object.__setattr__(
        world.services, "settings", world.services.settings.model_copy(update={"public_url": None})
    )
    await world.take(identify(), track())

    await world.deliver()

    assert dict(world.requests[0].form)["Callback"] == ""


async def test_a_hold_never_outlasts_the_event(empty_world: World) -> None:
    await empty_world.configure(source(), destination(), mapping(max_age_seconds=4))
    await empty_world.take(track())

    await empty_world.deliver()

    assert (await empty_world.due(), (await empty_world.delivery()).reason) == (4, Reason.PROFILE_PENDING)
    await empty_world.deliver_when_due()
    assert (await empty_world.delivery()).status is S.EXPIRED


async def test_what_was_tried_until_its_event_was_old_is_rejected_with_the_last_error(
    empty_world: World,
) -> None:
    await empty_world.configure(source(), destination(), mapping(max_age_seconds=600))
    empty_world.provider.answers.append(refused(429, "20429", retry_after=600))
    await empty_world.take(identify(), track())
    await empty_world.deliver()

    await empty_world.deliver_when_due()

    one = await empty_world.delivery()
    assert (one.status, one.reason, one.error_code, one.error_message) == (
        S.REJECTED,
        None,
        "20429",
        "Too many at once.",
    )
    assert one.remedy == (
        "It was tried for 10 minutes, until the event was too old for the mapping. "
        f"To send it after all, run {replaying(one.id)}"
    )
    assert (len(empty_world.requests), await empty_world.due()) == (1, None)


async def test_a_turn_that_another_change_overtook_is_taken_again(world: World) -> None:
    async def overtake() -> None:
        (one,) = await world.deliveries()
        await world.store.write(lambda c: deliveries.change(c, [{"id": one.id, "status": S.SENDING}], NOW))
        raise RetryableError("a read failed")

    world.provider.at_plan = overtake
    await world.take(identify(), track())

    await world.deliver()

    assert ((await world.delivery()).status, await world.due()) == (S.SENDING, 0)
    await world.deliver()
    assert ((await world.delivery()).status, await world.due()) == (S.UNCERTAIN, 1)
