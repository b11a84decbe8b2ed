"""What people write becomes events of a source, which drive mappings: neither lost nor doubled."""

from pathlib import Path
from typing import Any

import pytest

from destinations.kit import Channel, ConsentChanged, ConsentStatus, InboundMessage, Policy, Signal
from gateway.clock import ManualClock
from gateway.deliveries import DeliveryStatus
from gateway.events import EventOutcome
from gateway.jobs import JobKind
from gateway.pipeline import settle, signals, words
from gateway.pipeline.worker import Worker
from gateway.settings import Settings
from gateway.storage import inbound_messages, sources
from gateway.storage.engine import Store
from gateway.storage.inbound_messages import SourceEventOutcome
from tests.factories import ANN, AT_ONCE, BOB, destination, identify, later, mapping, source, track
from tests.gateway.paper import OURS
from tests.gateway.waiting import depth
from tests.gateway.world import World

REPLIES = "src_replies"


@pytest.fixture
async def world(store: Store, tmp_path: Path, clock: ManualClock) -> World:
    """A destination whose replies are events, and a mapping that answers them."""
    world = World(store, tmp_path, clock, Settings(data_dir=tmp_path))
    await world.configure(
        source(),
        source(id=REPLIES, name="replies", write_key_hash="2" * 64),
        destination(policy=Policy(messages_per_second=AT_ONCE, inbound_source_id=REPLIES)),
        mapping(),
        mapping(
            id="map_answer",
            name="answer",
            trigger='event = "Message Received" and properties.keyword != "STOP"',
            fields={"body": "Thanks", "send": True, "to": {"@path": "$.properties.from"}},
        ),
    )
    return world


def wrote(sid: str = "SM9", number: str | None = ANN, **more: Any) -> InboundMessage:
    return InboundMessage(sid, number, OURS, **({"text": "Hello", "channel": Channel.SMS} | more))


async def hear(world: World, *said: Signal) -> None:
    there = (await world.services.workspace.current()).destinations["dst_paper"]
    now = world.clock.now()
    await settle.settle(world.services, lambda c: signals.apply(c, world.secrets, there, said, now))


async def match(world: World) -> None:
    worker = Worker(world.services)
    while await depth(world):
        await worker._match()


async def close(world: World) -> None:
    await world.services.reader.close()


async def test_a_reply_is_an_event_with_all_that_it_says_and_the_delivery_it_answers(world: World) -> None:
    await world.take(identify(), track())
    await world.deliver()
    sent = await world.delivery()
    world.clock.advance(60)

    await hear(
        world,
        wrote(
            text="Yes please",
            button="pay_now",
            media_urls=("https://media.example/1",),
            media_types=("image/png",),
        ),
    )
    await match(world)

    event = await world.event("inbound-SM9")
    assert (event.source_id, event.type, event.name, event.user_id) == (
        REPLIES,
        "track",
        "Message Received",
        "ann",
    )
    assert (event.timestamp, event.received_at) == (later(60), later(60))
    said = event.payload["properties"]
    assert said.pop("inboundMessageId").startswith("inb_")
    assert said == {
        "messageSid": "SM9",
        "channel": "SMS",
        "from": ANN,
        "to": OURS,
        "body": "Yes please",
        "keyword": None,
        "button": "pay_now",
        "mediaUrls": ["https://media.example/1"],
        "mediaTypes": ["image/png"],
        "needsReview": False,
        "externalUserId": None,
        "destinationId": "dst_paper",
        "deliveryId": sent.id,
        "deliverySaid": False,
        "mappingId": "map_order",
    }
    await close(world)


async def test_a_reply_drives_a_mapping(world: World) -> None:
    await world.take(identify())

    await hear(world, wrote())
    await match(world)
    await world.deliver()

    assert [(dict(one.form or ())["To"], dict(one.form or ())["Body"]) for one in world.requests] == [
        (ANN, "Thanks")
    ]
    assert (await world.event("inbound-SM9")).outcome is EventOutcome.MATCHED
    await close(world)


async def test_a_reply_that_is_told_again_is_one_event(world: World) -> None:
    await world.take(identify())

    await hear(world, wrote())
    await hear(world, wrote())
    await match(world)
    await hear(world, wrote())

    assert await depth(world) == 0
    await world.deliver()
    assert len(world.requests) == 1
    await close(world)


async def test_where_the_message_is_not_kept_there_is_no_event(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_given: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(words, "hear", fail)
    stop = ConsentChanged(ANN, Channel.SMS, ConsentStatus.UNSUBSCRIBED, stop=True, evidence="STOP")
    counts = await world.counts()

    with pytest.raises(RuntimeError):
        await hear(world, wrote(keyword="STOP"), stop)

    assert await world.counts() == counts
    assert await world.due(JobKind.MATCH) is None
    await close(world)


async def test_somebody_nobody_knows_is_one_person_with_a_number_that_can_be_answered(world: World) -> None:
    await hear(world, wrote("SM1", BOB))
    await hear(world, wrote("SM2", BOB))
    await match(world)

    first, second = [await world.event(f"inbound-{sid}") for sid in ("SM1", "SM2")]
    assert first.user_id is None
    assert first.anonymous_id == second.anonymous_id
    assert first.payload["context"]["traits"] == {"phone": BOB}
    await close(world)


async def test_a_reply_from_an_old_number_does_not_make_it_the_latest(world: World) -> None:
    await world.take(identify())
    world.clock.advance(60)
    await world.take(identify(messageId="m-new", traits={"phone": BOB, "sms_opt_in": True}))

    world.clock.advance(60)
    await hear(world, wrote())
    await match(world)
    await world.take(track())
    await world.deliver()

    assert dict(world.requests[-1].form or ())["To"] == BOB
    await close(world)


async def test_of_several_who_have_the_number_it_is_the_one_whose_text_is_answered(world: World) -> None:
    await world.take(identify(), identify(userId="bea", messageId="m-bea"))
    await world.take(track(userId="bea"))
    await world.deliver()

    await hear(world, wrote())
    await match(world)

    assert (await world.event("inbound-SM9")).user_id == "bea"
    await close(world)


async def test_a_stop_is_an_event_that_texts_nobody(world: World) -> None:
    await world.take(identify())
    await world.configure(
        mapping(
            id="map_stop",
            name="stop",
            trigger='event = "Message Received"',
            fields={"body": "Bye", "send": True},
        )
    )
    stop = ConsentChanged(
        ANN, Channel.SMS, ConsentStatus.UNSUBSCRIBED, stop=True, evidence="STOP", sender=OURS
    )

    await hear(world, wrote(text="STOP", keyword="STOP"), stop)
    await match(world)
    await world.deliver()

    assert [one.status for one in await world.deliveries()] == [DeliveryStatus.SUPPRESSED]
    assert world.requests == []
    await close(world)


@pytest.mark.parametrize("change", [{"enabled": False}, {"deleted_at": later(0)}])
async def test_a_source_that_takes_nothing_gets_no_reply_and_the_message_is_kept(
    world: World, change: dict[str, Any]
) -> None:
    gone = source(id=REPLIES, name="replies", write_key_hash="2" * 64, **change)
    await world.store.write(lambda c: sources.save(c, gone))

    await hear(world, wrote())

    assert await depth(world) == 0
    assert await outcomes(world) == [OFF]
    await close(world)


MADE, LOOP, OFF = SourceEventOutcome.MADE, SourceEventOutcome.LOOP, SourceEventOutcome.SOURCE_OFF


async def answer(world: World, sid: str, *more: Signal, seconds: float = 10, **said: Any) -> None:
    """Somebody writes, whatever answers that is sent, and some time goes by."""
    await hear(world, wrote(sid, **said), *more)
    await match(world)
    await world.deliver()
    world.clock.advance(seconds)


async def outcomes(world: World) -> list[SourceEventOutcome | None]:
    """What became of each message, the first first."""
    page = await world.store.read(lambda c: inbound_messages.page(c, "default", 100, None))
    return [one.source_event for one in reversed(page.items)]


async def test_two_machines_that_answer_one_another_come_to_an_end(world: World) -> None:
    await world.take(identify())

    for number in range(9):
        await answer(world, f"SM{number}")

    assert await outcomes(world) == [MADE] * 6 + [LOOP] * 3
    assert len(world.requests) == 6
    await close(world)


async def test_once_it_is_quiet_for_a_while_a_message_is_an_event_again(world: World) -> None:
    await world.take(identify())
    for number in range(7):
        await answer(world, f"SM{number}")

    world.clock.advance(600)
    await answer(world, "SM9")

    assert await outcomes(world) == [MADE] * 6 + [LOOP, MADE]
    await close(world)


async def test_who_writes_often_without_an_answer_from_us_is_heard_each_time(world: World) -> None:
    await world.take(identify(), track())
    await world.deliver()

    for number in range(9):  # they answer the text about the order, which no reply sent
        await hear(world, wrote(f"SM{number}"))

    assert await outcomes(world) == [MADE] * 9
    await close(world)


async def test_another_conversation_of_the_same_number_counts_for_itself(world: World) -> None:
    await world.take(identify())
    for number in range(7):
        await answer(world, f"SM{number}")

    await answer(world, "SM9", channel=Channel.WHATSAPP)

    assert await outcomes(world) == [MADE] * 6 + [LOOP, MADE]
    await close(world)


async def test_a_stop_in_a_loop_counts_all_the_same(world: World) -> None:
    await world.take(identify())
    for number in range(6):
        await answer(world, f"SM{number}")
    stop = ConsentChanged(
        ANN, Channel.SMS, ConsentStatus.UNSUBSCRIBED, stop=True, evidence="STOP", sender=OURS
    )

    await answer(world, "SM9", stop, text="STOP", keyword="STOP")

    assert await outcomes(world) == [MADE] * 6 + [LOOP]
    assert [one.status for one in await world.words() if one.own_word] == [ConsentStatus.UNSUBSCRIBED]
    await close(world)
