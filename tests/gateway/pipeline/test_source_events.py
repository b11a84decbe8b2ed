"""What becomes of texts is told to a source, once each, and drives mappings that never follow themselves."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event as engine_event

from destinations.kit import InboundSourceEvent, LinkClicked, MessageStatus, Policy, StatusChanged
from gateway.clock import ManualClock
from gateway.deliveries import RETRIES_EXHAUSTED, DeliveryStatus
from gateway.events import EventOutcome
from gateway.pipeline import callbacks, settle, signals, source_events
from gateway.pipeline.callbacks import Call
from gateway.pipeline.owner_events import happenings
from gateway.pipeline.worker import Worker
from gateway.settings import Settings
from gateway.storage import events, sources
from gateway.storage.deliveries import Standing
from gateway.storage.engine import Store
from tests.factories import ANN, AT_ONCE, BOB, NOW, destination, identify, later, mapping, source, track
from tests.gateway.paper import OURS, refused
from tests.gateway.waiting import depth
from tests.gateway.world import World

FACTS = "src_facts"
EVERY = frozenset(InboundSourceEvent)
_S = MessageStatus
_D = DeliveryStatus


async def open_world(
    store: Store,
    path: Path,
    clock: ManualClock,
    wanted: Collection[InboundSourceEvent] = EVERY,
    source_id: str | None = FACTS,
) -> World:
    """A destination that tells a source, and a mapping that answers every event of it that says `to`."""
    world = World(store, path, clock, Settings(data_dir=path))
    policy = Policy(
        messages_per_second=AT_ONCE, inbound_source_id=source_id, inbound_source_events=frozenset(wanted)
    )
    await world.configure(
        source(),
        source(id=FACTS, name="facts", write_key_hash="2" * 64),
        destination(policy=policy),
        mapping(),
        mapping(
            id="map_fact",
            name="fact",
            trigger='contains(event, "Message ")',
            fields={"body": {"@path": "$.event"}, "send": True},
        ),
    )
    return world


@pytest.fixture
async def world(store: Store, tmp_path: Path, clock: ManualClock) -> World:
    return await open_world(store, tmp_path, clock)


async def text(world: World) -> Any:
    """Ann orders and is texted; the Delivery of that."""
    await world.take(identify(), track())
    await world.deliver()
    world.clock.advance(60)
    return await world.delivery()


async def hear(world: World, *said: Any) -> None:
    """Each in a call of its own."""
    there = (await world.services.workspace.current()).destinations["dst_paper"]
    for one in said:

        def change(connection: Connection, one: Any = one) -> list[settle.Reached]:
            return signals.apply(connection, world.secrets, there, [one], world.clock.now())

        await settle.settle(world.services, change)


async def match(world: World) -> None:
    worker = Worker(world.services)
    while await depth(world):
        await worker._match()


def click(at: float = 60, **more: Any) -> LinkClicked:
    given: dict[str, Any] = {"url": "https://shop.example/a", "key": f"{at} a", "occurred_at": later(at)}
    return LinkClicked("SM1", **(given | more))


async def close(world: World) -> None:
    await world.services.reader.close()


async def test_a_text_that_arrived_is_an_event_of_whoever_it_was_for(world: World) -> None:
    sent = await text(world)

    await hear(world, StatusChanged("SM1", _S.DELIVERED))
    await match(world)

    told = await world.event(f"delivered-{sent.id}")
    assert (told.source_id, told.type, told.name, told.user_id, told.anonymous_id, told.timestamp) == (
        FACTS,
        "track",
        "Message Delivered",
        "ann",
        None,
        later(60),
    )
    assert told.payload["properties"] == {
        "deliveryId": sent.id,
        "messageSid": "SM1",
        "mappingId": "map_order",
        "destinationId": "dst_paper",
        "channel": "SMS",
        "to": ANN,
        "from": OURS,
        "status": "DELIVERED",
        "errorCode": None,
        "reason": None,
    }
    await close(world)


async def test_a_text_that_failed_says_why(world: World) -> None:
    sent = await text(world)

    await hear(world, StatusChanged("SM1", _S.UNDELIVERED, provider_code="30003", message="Unreachable"))
    await match(world)

    told = await world.event(f"failed-{sent.id}")
    assert (told.name, told.user_id) == ("Message Failed", "ann")
    said = told.payload["properties"]
    assert (said["status"], said["errorCode"], said["reason"]) == ("UNDELIVERED", "30003", "Unreachable")
    await close(world)


async def test_a_request_that_the_provider_refuses_is_a_failure(world: World) -> None:
    world.provider.answers = [refused(400)]
    sent = await text(world)

    await match(world)

    said = (await world.event(f"failed-{sent.id}")).payload["properties"]
    assert (said["status"], said["errorCode"], said["reason"]) == ("REJECTED", "666", "Refused.")
    await close(world)


@pytest.mark.parametrize(
    ("before", "code", "becomes"),
    [
        pytest.param(_D.SENDING, "666", InboundSourceEvent.MESSAGE_FAILED, id="the answer to its request"),
        pytest.param(_D.SENDING, RETRIES_EXHAUSTED, None, id="tried without an answer"),
        pytest.param(_D.RETRYING, "666", None, id="too old before it was tried again"),
        pytest.param(_D.PENDING, "PAYLOAD_VALIDATION_FAILED", None, id="never sent"),
    ],
)
def test_only_what_the_provider_answered_is_a_failure_of_it(
    before: DeliveryStatus, code: str, becomes: InboundSourceEvent | None
) -> None:
    stand = Standing(
        "dlv_1",
        1,
        None,
        "default",
        0,
        "dst_paper",
        "map_order",
        "SMS",
        OURS,
        "US",
        before,
        None,
        None,
        None,
        1,
        None,
    )
    after = stand._replace(status=_D.REJECTED, error_code=code)

    (happening,) = happenings(stand, after)

    assert source_events.of(happening) is becomes


async def test_what_is_not_sent_on_purpose_is_no_failure(world: World) -> None:
    await world.take(identify(traits={"phone": ANN}), track())
    await world.deliver()

    assert (await world.delivery()).status.value == "SUPPRESSED"
    assert await depth(world) == 0
    await close(world)


@pytest.mark.parametrize(
    ("told", "names"),
    [
        pytest.param(
            [_S.SENT, _S.DELIVERED, _S.DELIVERED, _S.SENT, _S.READ], ["Message Delivered"], id="read"
        ),
        pytest.param([_S.READ, _S.DELIVERED], ["Message Delivered"], id="read alone"),
        pytest.param([_S.PARTIALLY_DELIVERED, _S.DELIVERED], ["Message Delivered"], id="in parts"),
        pytest.param([_S.UNDELIVERED, _S.FAILED, _S.UNDELIVERED], ["Message Failed"], id="failed twice"),
        pytest.param(
            [_S.UNDELIVERED, _S.DELIVERED, _S.UNDELIVERED],
            ["Message Failed", "Message Delivered"],
            id="arrived after all",
        ),
        pytest.param([_S.DELIVERED, _S.UNDELIVERED], ["Message Delivered"], id="arrived before it failed"),
        pytest.param([_S.SENT, _S.CANCELED], [], id="canceled there"),
    ],
)
async def test_each_is_told_once_however_often_and_in_whatever_order_it_comes(
    world: World, told: list[MessageStatus], names: list[str]
) -> None:
    await text(world)

    await hear(world, *(StatusChanged("SM1", one) for one in told))
    await match(world)

    assert await names_of(world) == names
    await close(world)


async def names_of(world: World) -> list[str]:
    """The events of the source, in their order."""

    def read(connection: Connection) -> list[str]:
        query = "SELECT name FROM events WHERE source_id = 'src_facts' ORDER BY received_at, id"
        return [row[0] for row in connection.exec_driver_sql(query)]

    return await world.store.read(read)


async def test_a_click_is_an_event_each_time_and_once_however_often_it_is_told(world: World) -> None:
    sent = await text(world)

    await hear(world, click(30), click(30), click(45), click(3600))
    await match(world)

    assert await names_of(world) == ["Message Link Clicked"] * 3
    clicked = [
        one.payload["properties"]["clickedAt"]
        for one in [await world.event(key) for key in await message_ids(world)]
    ]
    assert sorted(clicked) == [
        later(30).isoformat(),
        later(45).isoformat(),
        later(60).isoformat(),  # it can't be later than it was told
    ]
    said = (await world.event_of(FACTS)).payload["properties"]
    assert (said["deliveryId"], said["url"], said["status"]) == (sent.id, "https://shop.example/a", "QUEUED")
    await close(world)


async def message_ids(world: World) -> list[str]:
    def read(connection: Connection) -> list[str]:
        query = "SELECT message_id FROM events WHERE source_id = 'src_facts'"
        return [row[0] for row in connection.exec_driver_sql(query)]

    return await world.store.read(read)


async def test_a_click_on_nothing_of_ours_is_kept_as_unmatched(world: World) -> None:
    await text(world)

    await hear(world, LinkClicked("SM404", "https://shop.example/a", "a", sender=OURS, recipient=BOB))

    assert await depth(world) == 0
    assert (await world.counts())["unmatched_callbacks"] == 1
    await close(world)


async def test_a_fact_drives_a_mapping_and_what_that_sends_makes_no_such_fact_again(world: World) -> None:
    await text(world)
    await hear(world, StatusChanged("SM1", _S.DELIVERED))
    await match(world)
    await world.deliver()

    first, second = [dict(one.form or ())["Body"] for one in world.requests]
    await hear(world, StatusChanged("SM2", _S.DELIVERED), click(key="2"))
    await hear(
        world,
        LinkClicked("SM2", "https://shop.example/a", "b", later(60)),
        StatusChanged("SM2", _S.UNDELIVERED),
    )
    await match(world)
    await world.deliver()

    assert (first, second) == ("Thanks!", "Message Delivered")
    assert await names_of(world) == [
        "Message Delivered",
        "Message Link Clicked",
    ]  # the click was on the first
    assert len(world.requests) == 3
    await close(world)


async def test_an_event_of_somebody_else_that_is_called_the_same_is_none_of_these(world: World) -> None:
    await world.take(identify(), track(event="Message Delivered", messageId="m-own"))
    await world.deliver()

    await hear(world, StatusChanged("SM1", _S.DELIVERED))
    await match(world)

    assert await names_of(world) == ["Message Delivered"]
    await close(world)


@pytest.mark.parametrize(
    ("wanted", "source_id"),
    [
        pytest.param({InboundSourceEvent.MESSAGE_RECEIVED}, FACTS, id="replies alone"),
        pytest.param({InboundSourceEvent.MESSAGE_FAILED}, FACTS, id="others"),
        pytest.param(EVERY, None, id="no source"),
    ],
)
async def test_what_is_not_asked_for_is_no_event(
    store: Store,
    tmp_path: Path,
    clock: ManualClock,
    wanted: Collection[InboundSourceEvent],
    source_id: str | None,
) -> None:
    world = await open_world(store, tmp_path, clock, wanted, source_id)
    await text(world)

    await hear(world, StatusChanged("SM1", _S.DELIVERED), click())

    assert await depth(world) == 0
    assert (await world.delivery()).message_status is _S.DELIVERED
    await close(world)


@pytest.mark.parametrize("change", [{"enabled": False}, {"deleted_at": NOW}])
async def test_a_source_that_takes_nothing_is_told_nothing(world: World, change: dict[str, Any]) -> None:
    await text(world)
    gone = source(id=FACTS, name="facts", write_key_hash="2" * 64, **change)
    await world.store.write(lambda c: sources.save(c, gone))

    await hear(world, StatusChanged("SM1", _S.DELIVERED), click())

    assert await depth(world) == 0
    assert (await world.delivery()).message_status is _S.DELIVERED
    await close(world)


async def test_where_the_status_is_not_kept_there_is_no_event(world: World) -> None:
    await text(world)
    counts = await world.counts()
    there = (await world.services.workspace.current()).destinations["dst_paper"]

    def change(connection: Connection) -> list[settle.Reached]:
        signals.apply(
            connection, world.secrets, there, [StatusChanged("SM1", _S.DELIVERED)], world.clock.now()
        )
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        await settle.settle(world.services, change)
    assert await world.counts() == counts

    await hear(world, StatusChanged("SM1", _S.DELIVERED))
    await match(world)
    assert await names_of(world) == ["Message Delivered"]
    await close(world)


async def test_a_group_of_callbacks_asks_once_for_each_kind_of_fact(world: World) -> None:
    await world.take(identify(), *(track(messageId=f"m-{n}") for n in range(1, 13)))
    while await world.deliver():
        pass
    there = (await world.services.workspace.current()).destinations["dst_paper"]
    calls = [Call(there, StatusChanged(sid, _S.DELIVERED)) for sid in world.provider.sids]

    few, many = [await statements(world, some) for some in (calls[:2], calls[2:])]
    await match(world)

    assert len(calls) == 12
    assert many == few
    assert await names_of(world) == ["Message Delivered"] * 12
    await close(world)


async def statements(world: World, calls: list[Call]) -> list[str]:
    """What is asked, but for how often rows are added, as these are applied."""

    def run(connection: Connection) -> list[str]:
        asked: list[str] = []

        def seen(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
            asked.append(statement.split(" (", 1)[0][:120])

        engine_event.listen(connection, "before_cursor_execute", seen)
        try:
            callbacks.apply(connection, calls, world.clock.now())
        finally:
            engine_event.remove(connection, "before_cursor_execute", seen)
        return [one for one in asked if one.startswith("SELECT")]

    return await world.store.write(run)


async def test_of_an_event_that_the_ledger_has_no_more_nothing_is_told(world: World) -> None:
    sent = await text(world)
    await world.store.write(lambda c: c.exec_driver_sql(f"DELETE FROM events WHERE id = '{sent.event_id}'"))

    await hear(world, StatusChanged("SM1", _S.DELIVERED))

    assert await depth(world) == 0
    assert await world.store.read(lambda c: events.get(c, sent.event_id)) is None
    await close(world)


async def test_an_event_that_was_told_is_matched(world: World) -> None:
    sent = await text(world)
    await hear(world, StatusChanged("SM1", _S.DELIVERED))
    await match(world)

    assert (await world.event(f"delivered-{sent.id}")).outcome is EventOutcome.MATCHED
    await close(world)
