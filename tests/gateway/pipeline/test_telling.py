"""What owners are told is written down with what happens, and not otherwise."""

import pytest
from sqlalchemy import Connection

from destinations.kit import (
    Check,
    DestinationStatus,
    InboundMessage,
    MessageStatus,
    OwnerEvent,
    StatusChanged,
)
from destinations.kit.enums import Channel
from gateway.jobs import JobKind
from gateway.pipeline import messages, settle, signals, verification
from gateway.storage import jobs
from gateway.workspace import Destination
from tests import factories
from tests.factories import ANN, NOW
from tests.gateway.paper import OURS, refused
from tests.gateway.pipeline.owners import HOOK, bodies, open_world, queued, text, told
from tests.gateway.world import World


def kinds(found: list[dict[str, object]]) -> list[object]:
    return [one["type"] for one in found]


async def test_a_text_is_told_when_it_is_accepted_and_for_each_word_of_the_provider(
    empty_world: World,
) -> None:
    await open_world(empty_world, told())

    await text(empty_world)
    for status in (MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.SENT, MessageStatus.READ):
        await empty_world.call_back(status)

    found = await bodies(empty_world)
    assert kinds(found) == ["delivery.accepted", "delivery.sent", "delivery.delivered", "delivery.read"]
    delivery = await empty_world.delivery()
    assert found[2] == {
        "type": "delivery.delivered",
        "version": 1,
        "timestamp": "2026-11-21T12:00:00.000Z",
        "data": {
            "id": delivery.id,
            "destinationId": "dst_paper",
            "mappingId": "map_order",
            "sourceId": "src_server",
            "eventId": delivery.event_id,
            "messageId": "m-1",
            "event": "Order Placed",
            "userId": "ann",
            "anonymousId": None,
            "status": "ACCEPTED",
            "messageStatus": "DELIVERED",
            "reason": None,
            "detail": None,
            "errorCode": None,
            "errorMessage": None,
            "remedy": None,
            "channel": "SMS",
            "recipient": ANN,
            "sender": OURS,
            "messageSid": "SM1",
            "segments": 1,
            "price": None,
            "replayOf": None,
            "fallbackOf": None,
            "createdAt": "2026-11-21T12:00:00.000Z",
        },
    }


async def test_each_has_a_job_of_its_own_that_is_due(empty_world: World) -> None:
    await open_world(empty_world, told())

    await text(empty_world)

    (one,) = await queued(empty_world)
    assert (one.event, one.destination_id, one.attempts, one.dead) == (
        "delivery.accepted",
        "dst_paper",
        0,
        False,
    )
    assert await empty_world.store.read(lambda c: jobs.depth(c, JobKind.WEBHOOK, NOW)) == (1, 0.0)


async def test_a_text_that_is_refused_or_suppressed_says_why(empty_world: World) -> None:
    await open_world(empty_world, told())
    empty_world.provider.answers = [refused(400)]
    await text(empty_world)
    await empty_world.take(
        factories.identify(messageId="i-2", userId="bob", traits={"phone": "+15005550009"})
    )
    await empty_world.take(factories.track(messageId="m-2", userId="bob"))
    await empty_world.deliver()

    rejected, suppressed = await bodies(empty_world)
    assert (rejected["type"], rejected["data"]["status"]) == ("delivery.failed", "REJECTED")
    assert (rejected["data"]["errorCode"], rejected["data"]["remedy"]) == ("666", "Mend it.")
    assert (suppressed["type"], suppressed["data"]["reason"]) == ("delivery.suppressed", "NOT_SUBSCRIBED")


async def test_a_text_that_waits_is_told_once_for_each_reason(empty_world: World) -> None:
    await open_world(empty_world, told(status=DestinationStatus.DRAFT))

    await text(empty_world)
    empty_world.clock.advance(60)
    await empty_world.deliver()

    (held,) = await bodies(empty_world)
    assert (held["type"], held["data"]["reason"]) == ("delivery.held", "ACCOUNT_NOT_VERIFIED")


@pytest.mark.parametrize(
    "destination",
    [told(None), told(["message.received"]), told(deleted_at=NOW)],
    ids=["none", "others", "gone"],
)
async def test_whoever_does_not_ask_for_it_is_told_nothing(
    empty_world: World, destination: Destination
) -> None:
    await open_world(empty_world, destination)

    await text(empty_world)

    assert (await empty_world.counts())["deliveries"] == 1
    assert await queued(empty_world) == []


async def test_what_is_rolled_back_is_not_told(empty_world: World) -> None:
    await open_world(empty_world, told())
    await text(empty_world)
    delivery, before = await empty_world.delivery(), await empty_world.counts()
    there = (await empty_world.services.workspace.current()).destinations["dst_paper"]

    def change(connection: Connection) -> list[settle.Reached]:
        signal = StatusChanged("SM1", MessageStatus.DELIVERED, delivery_id=delivery.id)
        signals.apply(connection, empty_world.secrets, there, [signal], NOW)
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError, match="the disk is full"):
        await settle.settle(empty_world.services, change)

    assert await empty_world.counts() == before


async def test_what_a_person_writes_is_told_once_however_often_it_comes(empty_world: World) -> None:
    await open_world(empty_world, told())
    there = (await empty_world.services.workspace.current()).destinations["dst_paper"]
    said = InboundMessage("SM9", ANN, OURS, Channel.SMS, "When?")

    for _ in range(2):
        await settle.settle(
            empty_world.services, lambda c: signals.apply(c, empty_world.secrets, there, [said], NOW)
        )

    (found,) = await bodies(empty_world)
    assert found["type"] == "message.received"
    assert {name: found["data"][name] for name in ("from", "to", "body", "messageSid", "channel")} == {
        "from": ANN,
        "to": OURS,
        "body": "When?",
        "messageSid": "SM9",
        "channel": "SMS",
    }


async def test_what_is_heard_late_is_told_to_nobody(empty_world: World) -> None:
    await open_world(empty_world, told())
    there = (await empty_world.services.workspace.current()).destinations["dst_paper"]
    said = InboundMessage("SM9", ANN, OURS, Channel.SMS, "When?")

    heard = await empty_world.store.write(lambda c: messages.keep(c, there, said, [said], NOW, late=True))

    assert heard.is_new
    assert await queued(empty_world) == []


async def test_a_destination_that_fails_its_checks_is_told_with_what_they_said(empty_world: World) -> None:
    await open_world(empty_world, told())
    empty_world.provider.checks = (Check("token", passed=False, message="The token is refused."),)

    for _ in range(2):
        await verification.verify(empty_world.services, "dst_paper")

    (found,) = await bodies(empty_world)
    assert found["type"] == OwnerEvent.DESTINATION_STATUS_CHANGED
    assert found["data"] == {
        "id": "dst_paper",
        "status": "FAILED",
        "previousStatus": "VERIFIED",
        "problems": ["The token is refused."],
    }


async def test_a_call_of_the_provider_is_passed_on_once_to_where_it_would_have_gone(
    empty_world: World,
) -> None:
    settings = {"token": "s3cret-of-paper", "hook": HOOK, "passesOn": True}
    await open_world(empty_world, told(None, settings=settings))
    await text(empty_world)
    form = (("MessageSid", "SM1"), ("MessageStatus", "delivered"), ("To", ANN))

    for _ in range(2):
        await empty_world.call_back(MessageStatus.DELIVERED, form=form)
    empty_world.clock.advance(1)
    await empty_world.call_back(MessageStatus.READ, form=(*form, ("More", "ü&")))

    first, second = await queued(empty_world)
    assert (first.event, first.url) == ("provider.called", f"{HOOK}?to={ANN[1:]}")
    assert first.body == f"MessageSid=SM1&MessageStatus=delivered&To=%2B{ANN[1:]}"
    assert second.body.endswith("&More=%C3%BC%26")


async def test_what_was_asked_for_is_told_as_an_event_and_passed_on_to_nobody(empty_world: World) -> None:
    await open_world(empty_world, told())
    await text(empty_world)
    empty_world.provider.became["SM1"] = (StatusChanged("SM1", MessageStatus.DELIVERED),)

    await empty_world.follow_when_due()

    assert kinds(await bodies(empty_world)) == ["delivery.accepted", "delivery.delivered"]
