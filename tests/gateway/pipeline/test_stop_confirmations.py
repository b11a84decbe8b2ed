"""A person's stop that the provider does not answer is confirmed to them, once, or not at all."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from destinations.kit import (
    Channel,
    ConsentChanged,
    ConsentStatus,
    InboundMessage,
    MessageStatus,
    Policy,
    Purpose,
    Reason,
    Resend,
    Signal,
)
from gateway.clock import ManualClock
from gateway.deliveries import DeliveryStatus
from gateway.graphql.mappings import overlaps
from gateway.pipeline import messages, settle, signals
from gateway.settings import Settings
from gateway.stops import mapping_id_of
from gateway.storage import inbound_messages, pauses
from gateway.storage.engine import Store
from gateway.workspace import Pause
from tests.factories import ANN, AT_ONCE, destination, identify, mapping, source, track
from tests.gateway.paper import OURS, Provider, confirming
from tests.gateway.world import World

WORDS = "You get no more of these."


@pytest.fixture
async def world(store: Store, tmp_path: Path, clock: ManualClock) -> World:
    """A destination that confirms stops, and a mapping for orders."""
    provider = Provider()
    world = World(store, tmp_path, clock, Settings(data_dir=tmp_path), provider, confirming(provider))
    policy = Policy(messages_per_second=AT_ONCE, stop_confirmation=WORDS)
    await world.configure(source(), destination(policy=policy), mapping())
    return world


def wrote(sid: str = "SM9", **more: Any) -> InboundMessage:
    return InboundMessage(sid, ANN, OURS, Channel.SMS, **({"text": "ALTO", "keyword": "ALTO"} | more))


def stop(*, confirmed: bool | None = False, **more: Any) -> ConsentChanged:
    given: dict[str, Any] = {"stop": True, "evidence": "keyword ALTO", "sender": OURS, "confirmed": confirmed}
    return ConsentChanged(ANN, Channel.SMS, ConsentStatus.UNSUBSCRIBED, **(given | more))


START = ConsentChanged(ANN, Channel.SMS, ConsentStatus.SUBSCRIBED, stop=False, evidence="START", sender=OURS)


async def hear(world: World, *said: Signal) -> None:
    there = (await world.services.workspace.current()).destinations["dst_paper"]
    now = world.clock.now()
    await settle.settle(world.services, lambda c: signals.apply(c, world.secrets, there, said, now))


def bodies(world: World) -> list[tuple[str, str]]:
    forms = [dict(one.form or ()) for one in world.requests]
    return [(form["To"], form["Body"]) for form in forms]


async def close(world: World) -> None:
    await world.services.reader.close()


async def test_a_stop_is_confirmed_to_whoever_said_it_and_nothing_else_goes_to_them(world: World) -> None:
    await world.take(identify())

    await hear(world, wrote(), stop())
    await world.deliver()
    await world.take(track())
    await world.deliver()

    assert bodies(world) == [(ANN, WORDS)]
    confirmed, order = sorted(await world.deliveries(), key=lambda one: one.mapping_id, reverse=True)
    assert (confirmed.status, confirmed.recipient, confirmed.is_stop_confirmation) == (
        DeliveryStatus.ACCEPTED,
        ANN,
        True,
    )
    assert confirmed.explanation[-1]["detail"] == "it confirms their stop"
    assert (order.status, order.reason) == (DeliveryStatus.SUPPRESSED, Reason.OPTED_OUT)
    await close(world)


async def test_a_call_that_is_told_again_confirms_nothing_again(world: World) -> None:
    for _ in range(3):
        await hear(world, wrote(), stop())
        await world.deliver()

    assert bodies(world) == [(ANN, WORDS)]
    assert len(await world.deliveries()) == 1
    await close(world)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param((wrote(), stop(confirmed=True)), id="the provider answers"),
        pytest.param((wrote(), stop(confirmed=None)), id="that is not sure"),
        pytest.param((wrote(needs_review=True), stop()), id="somebody has to look"),
        pytest.param((wrote(keyword="START"), START), id="a start"),
        pytest.param((wrote(keyword=None),), id="no word"),
        pytest.param((stop(),), id="no message"),
    ],
)
async def test_anything_else_is_not_confirmed(world: World, said: tuple[Signal, ...]) -> None:
    await hear(world, *said)

    assert await world.deliver() == 0
    assert await world.deliveries() == []
    await close(world)


async def test_without_words_of_the_owner_nothing_is_said(
    store: Store, tmp_path: Path, clock: ManualClock
) -> None:
    provider = Provider()
    world = World(store, tmp_path, clock, Settings(data_dir=tmp_path), provider, confirming(provider))
    await world.configure(source(), destination(), mapping())

    await hear(world, wrote(), stop())

    assert await world.deliveries() == []
    await close(world)


async def test_what_is_read_later_is_not_confirmed(world: World) -> None:
    there = (await world.services.workspace.current()).destinations["dst_paper"]

    def read(connection: Connection) -> None:
        messages.keep(connection, there, wrote(), [stop()], world.clock.now(), late=True)

    await world.store.write(read)

    assert await world.deliveries() == []
    await close(world)


async def test_a_second_stop_within_a_day_is_not_confirmed_and_one_after_it_is(world: World) -> None:
    await hear(world, wrote("SM1"), stop())
    await world.deliver()
    world.clock.advance(60)
    await hear(world, wrote("SM2", keyword="START"), START)
    world.clock.advance(60)
    await hear(world, wrote("SM3"), stop())
    await world.deliver()
    within = bodies(world)

    world.clock.advance(86_400)
    await hear(world, wrote("SM4"), stop())
    await world.deliver()

    assert within == [(ANN, WORDS)]
    assert bodies(world) == [(ANN, WORDS)] * 2
    await close(world)


async def test_where_the_person_took_messages_up_again_there_is_nothing_to_confirm(world: World) -> None:
    await hear(world, wrote("SM1"), stop())
    world.clock.advance(1)
    await hear(world, wrote("SM2", keyword="START"), START)
    await world.deliver()

    one = await world.delivery()
    assert (one.status, one.reason) == (DeliveryStatus.SUPPRESSED, Reason.NOT_SUBSCRIBED)
    assert world.requests == []
    await close(world)


@pytest.mark.parametrize("held", [True, False])
async def test_what_can_not_be_sent_within_five_minutes_is_expired(world: World, held: bool) -> None:
    await hear(world, wrote(), stop())
    if held:
        pause = Pause(world.clock.now(), "ops")
        there = (await world.services.workspace.current()).destinations["dst_paper"]
        await world.store.write(lambda c: pauses.pause(c, there.id, pause))
        world.services.workspace.invalidate()
        await world.deliver()
    world.clock.advance(300)
    await world.deliver()

    one = await world.delivery()
    assert (one.status, one.reason) == (DeliveryStatus.EXPIRED, Reason.STALE_EVENT)
    assert (one.detail or "").startswith("A stop is confirmed within 5 minutes or not at all")
    assert world.requests == []
    await close(world)


async def test_a_confirmation_that_failed_is_not_sent_once_more(world: World) -> None:
    await hear(world, wrote(), stop())
    await world.deliver()

    await world.call_back(MessageStatus.UNDELIVERED, provider_code="30003", resend=Resend.NEVER_SENT)

    assert len(await world.deliveries()) == 1
    await close(world)


async def test_what_is_rolled_back_confirms_nothing(world: World) -> None:
    there = (await world.services.workspace.current()).destinations["dst_paper"]
    counts = await world.counts()

    def change(connection: Connection) -> list[settle.Reached]:
        signals.apply(connection, world.secrets, there, [wrote(), stop()], world.clock.now())
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        await settle.settle(world.services, change)
    assert await world.counts() == counts

    await hear(world, wrote(), stop())
    await world.deliver()
    assert bodies(world) == [(ANN, WORDS)]
    await close(world)


async def test_the_message_itself_is_kept_as_ever(world: World) -> None:
    await hear(world, wrote(), stop())

    page = await world.store.read(lambda c: inbound_messages.page(c, "default", 10, None))
    assert [(one.message_sid, one.keyword) for one in page.items] == [("SM9", "ALTO")]
    assert [one.status for one in await world.words()] == [ConsentStatus.UNSUBSCRIBED]
    await close(world)


async def test_no_mapping_is_said_to_text_somebody_twice_beside_it(world: World) -> None:
    await world.configure(
        mapping(id="map_all", name="all", trigger='type = "track"', purpose=Purpose.TRANSACTIONAL)
    )
    snapshot = await world.services.workspace.current()

    found = overlaps.of_stored(snapshot, "map_all")

    assert len(snapshot.compiled) == 3
    assert len(found) == 1  # the mapping for orders
    await close(world)


async def test_what_confirms_stops_is_compiled_once_for_all_destinations_and_each_has_its_own(
    world: World,
) -> None:
    await world.configure(destination(id="dst_two", name="Two", settings={"token": "another"}))

    snapshot = await world.services.workspace.current()

    one, two = (snapshot.compiled[mapping_id_of(key, Channel.SMS)] for key in ("dst_paper", "dst_two"))
    assert (one.apply is two.apply, one.trigger is two.trigger) == (True, True)
    for key, there in (("dst_paper", one), ("dst_two", two)):
        assert (there.mapping.destination_id, there.destination.id) == (key, key)
    tokens = [there.settings.token.get_secret_value() for there in (one, two)]  # type: ignore[attr-defined]
    assert tokens == ["s3cret-of-paper", "another"]
    await close(world)
